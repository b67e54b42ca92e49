/**
 * What members say about members - probes, reports, operations - to and from its wire form, with
 * bounds checks on everything that comes in.
 */
import type { MemberId } from "../raft/types.js";
import type {
  AdministerRequest,
  AdministerRequest__Output,
} from "../wire/gen/quidditch/raft/AdministerRequest.js";
import type {
  AdministerResponse,
  AdministerResponse__Output,
} from "../wire/gen/quidditch/raft/AdministerResponse.js";
import type { Formation, Formation__Output } from "../wire/gen/quidditch/raft/Formation.js";
import type {
  MemberAddress,
  MemberAddress__Output,
} from "../wire/gen/quidditch/raft/MemberAddress.js";
import type {
  MemberDescription as WireMember,
  MemberDescription__Output,
} from "../wire/gen/quidditch/raft/MemberDescription.js";
import type { MembersDescription__Output } from "../wire/gen/quidditch/raft/MembersDescription.js";
import type {
  ProbeResponse,
  ProbeResponse__Output,
} from "../wire/gen/quidditch/raft/ProbeResponse.js";
import type {
  StateReport as WireReport,
  StateReport__Output,
} from "../wire/gen/quidditch/raft/StateReport.js";
import { malformed, memberId, position } from "./codec.js";
import {
  administerBudgetMsMax,
  membersCountMax,
  memberTextCharsMax,
  removedCountMax,
} from "./limits.js";
import type {
  AdministerCall,
  AdministerResult,
  FormationRecord,
  MemberDescription,
  MemberRequest,
  MembersDescription,
  PeerAddress,
  ProbeAnswer,
  StateReport,
} from "./types.js";

/** The wire form of a probe's answer. */
export function encodeProbe(answer: ProbeAnswer): ProbeResponse {
  return {
    nonce: answer.nonce,
    member_id: answer.memberId,
    node_id: answer.nodeId,
    peers: [...answer.peers],
    formation: answer.formation === undefined ? null : encodeFormation(answer.formation),
    joining: answer.joining,
    replaces: answer.replaces?.memberId ?? 0,
    replaces_reason: answer.replaces?.reason ?? "",
    members: answer.members.map((member) => ({
      member: encodeAddress(member),
      learner: member.suffrage === "learner",
    })),
    removed: [...answer.removed],
    leader_epoch: answer.leaderEpoch,
  };
}

/**
 * Decodes a probe's answer.
 *
 * @throws MasterError `invalid_argument` naming the field that is out of bounds.
 */
export function decodeProbe(wire: ProbeResponse__Output): ProbeAnswer {
  if (wire.peers.length > membersCountMax) throw malformed("peers", wire.peers.length);
  if (wire.members.length > membersCountMax) throw malformed("members", wire.members.length);
  return {
    nonce: wire.nonce,
    memberId: memberId(wire.member_id, "member_id"),
    nodeId: text(wire.node_id, "node_id"),
    peers: [...wire.peers],
    formation: wire.formation === null ? undefined : decodeFormation(wire.formation),
    joining: wire.joining,
    replaces:
      wire.replaces === 0
        ? undefined
        : {
            memberId: memberId(wire.replaces, "replaces"),
            reason: text(wire.replaces_reason, "replaces_reason"),
          },
    members: wire.members.map(({ member, learner }) => {
      if (member === null) throw malformed("members.member", "absent");
      return { ...decodeAddress(member), suffrage: learner ? "learner" : "voter" };
    }),
    removed: removedIds(wire.removed),
    leaderEpoch: position(wire.leader_epoch, "leader_epoch"),
  };
}

function encodeFormation(formation: FormationRecord): Formation {
  return {
    cluster_uuid: formation.clusterUuid,
    members: formation.members.map(encodeAddress),
  };
}

function decodeFormation(wire: Formation__Output): FormationRecord {
  if (wire.members.length > membersCountMax) {
    throw malformed("formation.members", wire.members.length);
  }
  return {
    clusterUuid: text(wire.cluster_uuid, "cluster_uuid"),
    members: wire.members.map(decodeAddress),
  };
}

function encodeAddress(member: PeerAddress): MemberAddress {
  return { member_id: member.memberId, node_id: member.nodeId, address: member.address };
}

function decodeAddress(wire: MemberAddress__Output): PeerAddress {
  return {
    memberId: memberId(wire.member_id, "member_id"),
    nodeId: text(wire.node_id, "node_id"),
    address: text(wire.address, "address"),
  };
}

/** The wire form of a report. */
export function encodeReport(report: StateReport): WireReport {
  return {
    term: report.term,
    last_log_index: report.lastLogIndex,
    commit_log_index: report.commitLogIndex,
    applied_log_index: report.appliedLogIndex,
    state_hash: report.stateHash,
    disk_low: report.diskLow,
    boot_count: report.bootCount,
    hash_log_index: report.hashLogIndex,
  };
}

/**
 * Decodes a report.
 *
 * @throws MasterError `invalid_argument` naming the field that is out of bounds.
 */
export function decodeReport(wire: StateReport__Output): StateReport {
  return {
    term: position(wire.term, "report.term"),
    lastLogIndex: position(wire.last_log_index, "report.last_log_index"),
    commitLogIndex: position(wire.commit_log_index, "report.commit_log_index"),
    appliedLogIndex: position(wire.applied_log_index, "report.applied_log_index"),
    stateHash: text(wire.state_hash, "report.state_hash"),
    diskLow: wire.disk_low,
    bootCount: position(wire.boot_count, "report.boot_count"),
    hashLogIndex: position(wire.hash_log_index, "report.hash_log_index"),
  };
}

/** The wire form of an operation on the members. */
export function encodeAdminister(call: AdministerCall): AdministerRequest {
  const base = { cluster_uuid: call.clusterUuid, budget_ms: Math.ceil(call.budgetMs) };
  const { request } = call;
  switch (request.kind) {
    case "list":
      return { ...base, kind: "KIND_LIST" };
    case "add": {
      const learner = request.suffrage === "learner";
      return { ...base, kind: "KIND_ADD", peer_address: request.peerAddress, learner };
    }
    case "promote":
      return { ...base, kind: "KIND_PROMOTE", member_id: request.memberId };
    case "remove":
      return { ...base, kind: "KIND_REMOVE", member_id: request.memberId };
    case "transfer":
      return { ...base, kind: "KIND_TRANSFER", member_id: request.memberId };
    case "replace": {
      const { memberId: member_id, peerAddress: peer_address } = request;
      return { ...base, kind: "KIND_REPLACE", member_id, peer_address };
    }
    case "rejoin":
      return {
        ...base,
        kind: "KIND_REJOIN",
        member_id: request.memberId,
        new_member_id: request.newMemberId,
        node_id: request.nodeId,
        peer_address: request.peerAddress,
        reason: request.reason,
      };
  }
}

/**
 * Decodes an operation on the members.
 *
 * @throws MasterError `invalid_argument` naming the field that is out of bounds.
 */
export function decodeAdminister(wire: AdministerRequest__Output): AdministerCall {
  return {
    clusterUuid: text(wire.cluster_uuid, "cluster_uuid"),
    request: decodeRequest(wire),
    budgetMs: Math.min(position(wire.budget_ms, "budget_ms"), administerBudgetMsMax),
  };
}

function decodeRequest(wire: AdministerRequest__Output): MemberRequest {
  const peerAddress = text(wire.peer_address, "peer_address");
  switch (wire.kind) {
    case "KIND_LIST":
      return { kind: "list" };
    case "KIND_ADD":
      return { kind: "add", peerAddress, suffrage: wire.learner ? "learner" : "voter" };
    case "KIND_PROMOTE":
      return { kind: "promote", memberId: memberId(wire.member_id, "member_id") };
    case "KIND_REMOVE":
      return { kind: "remove", memberId: memberId(wire.member_id, "member_id") };
    case "KIND_TRANSFER":
      return { kind: "transfer", memberId: position(wire.member_id, "member_id") };
    case "KIND_REPLACE":
      return { kind: "replace", memberId: memberId(wire.member_id, "member_id"), peerAddress };
    case "KIND_REJOIN":
      return {
        kind: "rejoin",
        memberId: memberId(wire.member_id, "member_id"),
        newMemberId: memberId(wire.new_member_id, "new_member_id"),
        nodeId: text(wire.node_id, "node_id"),
        peerAddress,
        reason: text(wire.reason, "reason"),
      };
    default:
      throw malformed("kind", wire.kind);
  }
}

/** The wire form of an operation's outcome. */
export function encodeAdministered(result: AdministerResult): AdministerResponse {
  if (!result.accepted) return { accepted: false, code: result.code, message: result.message };
  const { after } = result;
  return {
    accepted: true,
    member_id: result.memberId,
    members: {
      cluster_uuid: after.clusterUuid,
      epoch: after.epoch,
      members: after.members.map(encodeMember),
      joint: after.isJoint,
      removed: [...after.removed],
    },
  };
}

/**
 * Decodes an operation's outcome.
 *
 * @throws MasterError `invalid_argument` naming the field that is out of bounds.
 */
export function decodeAdministered(wire: AdministerResponse__Output): AdministerResult {
  if (!wire.accepted) return { accepted: false, code: wire.code, message: wire.message };
  if (wire.members === null) throw malformed("members", "absent");
  const member = position(wire.member_id, "member_id");
  return { accepted: true, memberId: member, after: decodeMembers(wire.members) };
}

function decodeMembers(wire: MembersDescription__Output): MembersDescription {
  if (wire.members.length > membersCountMax) throw malformed("members", wire.members.length);
  return {
    clusterUuid: text(wire.cluster_uuid, "cluster_uuid"),
    epoch: position(wire.epoch, "epoch"),
    members: wire.members.map(decodeMember),
    isJoint: wire.joint,
    removed: removedIds(wire.removed),
  };
}

function encodeMember(member: MemberDescription): WireMember {
  const wire: WireMember = {
    member_id: member.memberId,
    node_id: member.nodeId,
    peer_address: member.peerAddress,
    grpc_address: member.grpcAddress,
    learner: member.suffrage === "learner",
    leader: member.isLeader,
    promotes: member.promotes,
    replaces: member.replaces,
    term: member.term,
    last_log_index: member.lastLogIndex,
    commit_log_index: member.commitLogIndex,
    applied_log_index: member.appliedLogIndex,
    lag_entries_count: member.lagEntriesCount,
  };
  const { lastContactMs } = member;
  return lastContactMs === undefined
    ? wire
    : { ...wire, last_contact_ms: Math.round(lastContactMs) };
}

function decodeMember(wire: MemberDescription__Output): MemberDescription {
  const contact = wire.last_contact_ms;
  return {
    memberId: memberId(wire.member_id, "member_id"),
    nodeId: text(wire.node_id, "node_id"),
    peerAddress: text(wire.peer_address, "peer_address"),
    grpcAddress: text(wire.grpc_address, "grpc_address"),
    suffrage: wire.learner ? "learner" : "voter",
    isLeader: wire.leader,
    promotes: wire.promotes,
    replaces: position(wire.replaces, "replaces"),
    term: position(wire.term, "term"),
    lastLogIndex: position(wire.last_log_index, "last_log_index"),
    commitLogIndex: position(wire.commit_log_index, "commit_log_index"),
    appliedLogIndex: position(wire.applied_log_index, "applied_log_index"),
    lagEntriesCount: position(wire.lag_entries_count, "lag_entries_count"),
    lastContactMs: contact === undefined ? undefined : position(contact, "last_contact_ms"),
  };
}

function removedIds(values: readonly number[]): MemberId[] {
  if (values.length > removedCountMax) throw malformed("removed", values.length);
  return values.map((value) => memberId(value, "removed"));
}

function text(value: string, field: string): string {
  if (value.length > memberTextCharsMax) throw malformed(field, value.length);
  return value;
}
