/**
 * AdminService: the members of the cluster for operators, on every member alike. It judges the
 * form of a request and leaves a line in the log for each change that was asked for; whether the
 * change is sound is the capability's to say. A program without that capability answers that it
 * has none.
 */
import type { UntypedServiceImplementation } from "@grpc/grpc-js";

import { MasterError } from "../../base/errors.js";
import type {
  MemberAdmin,
  MemberOperation,
  MembersView,
  MemberView,
} from "../../controlplane/admin.js";
import type { CallOptions } from "../../controlplane/port.js";
import type { AddMemberRequest__Output } from "../../wire/gen/quidditch/master/AddMemberRequest.js";
import type { AddMemberResponse } from "../../wire/gen/quidditch/master/AddMemberResponse.js";
import type { ListMembersResponse } from "../../wire/gen/quidditch/master/ListMembersResponse.js";
import type { Member } from "../../wire/gen/quidditch/master/Member.js";
import type { Members } from "../../wire/gen/quidditch/master/Members.js";
import type { PromoteMemberRequest__Output } from "../../wire/gen/quidditch/master/PromoteMemberRequest.js";
import type { RemoveMemberRequest__Output } from "../../wire/gen/quidditch/master/RemoveMemberRequest.js";
import type { ReplaceMemberRequest__Output } from "../../wire/gen/quidditch/master/ReplaceMemberRequest.js";
import type { TransferLeadershipRequest__Output } from "../../wire/gen/quidditch/master/TransferLeadershipRequest.js";
import type { ServerDeps } from "../deps.js";
import { peerAddressLengthMax } from "../limits.js";
import type { CallContext, Gate } from "./call.js";
import { unary } from "./call.js";
import { requireCount, requireText } from "./requests.js";

/** The full name of the service, for health and reflection. */
export const adminServiceName = "quidditch.master.AdminService";

/** What every change answers; the responses of the methods have the same fields. */
type ChangeResponse = AddMemberResponse;

/** The implementation of the service. */
export function adminService(deps: ServerDeps, gate: Gate): UntypedServiceImplementation {
  const change = <Request>(
    name: string,
    toOperation: (request: Request) => MemberOperation,
  ): ReturnType<typeof unary<Request, ChangeResponse>> =>
    unary<Request, ChangeResponse>(
      name,
      async (request, context) => ({
        message: await administer(toOperation(request), context, deps),
      }),
      deps,
      gate,
    );
  return {
    ListMembers: unary<unknown, ListMembersResponse>(
      "ListMembers",
      async (_request, context) => {
        const view = await capabilityOf(deps).members(optionsOf(context));
        return { message: { members: toMembers(view) } };
      },
      deps,
      gate,
    ),
    AddMember: change("AddMember", (request: AddMemberRequest__Output) => ({
      kind: "add",
      peerAddress: requireAddress(request.peer_address),
      suffrage: request.learner ? "learner" : "voter",
    })),
    PromoteMember: change("PromoteMember", (request: PromoteMemberRequest__Output) => ({
      kind: "promote",
      memberId: requireMember(request.member_id),
    })),
    RemoveMember: change("RemoveMember", (request: RemoveMemberRequest__Output) => ({
      kind: "remove",
      memberId: requireMember(request.member_id),
    })),
    ReplaceMember: change("ReplaceMember", (request: ReplaceMemberRequest__Output) => ({
      kind: "replace",
      memberId: requireMember(request.member_id),
      peerAddress: requireAddress(request.peer_address),
    })),
    TransferLeadership: change(
      "TransferLeadership",
      (request: TransferLeadershipRequest__Output) => ({
        kind: "transfer",
        memberId: requireCount(request.member_id, "member_id"),
      }),
    ),
  };
}

/** Does one change and says in the log who asked for it and what became of it. */
async function administer(
  operation: MemberOperation,
  context: CallContext,
  deps: ServerDeps,
): Promise<ChangeResponse> {
  const asked = { operation: operation.kind, ...operandsOf(operation), origin: context.origin };
  const admin = capabilityOf(deps);
  try {
    const { memberId, after } = await admin.administer(operation, optionsOf(context));
    deps.log.info({ event: "members-changed", ...asked, outcomeId: memberId }, "Members changed");
    return { member_id: memberId, members: toMembers(after) };
  } catch (thrown) {
    const { code, message: reason } = MasterError.from(thrown);
    const fields = { event: "members-not-changed", ...asked, code, reason };
    deps.log.info(fields, "A change of the members was not made, or its outcome is unknown");
    throw thrown;
  }
}

function operandsOf(operation: MemberOperation): Record<string, string | number> {
  switch (operation.kind) {
    case "add":
      return { peerAddress: operation.peerAddress, suffrage: operation.suffrage };
    case "replace":
      return { peerAddress: operation.peerAddress, memberId: operation.memberId };
    case "promote":
    case "remove":
    case "transfer":
      return { memberId: operation.memberId };
  }
}

function capabilityOf(deps: ServerDeps): MemberAdmin {
  if (deps.memberAdmin !== undefined) return deps.memberAdmin;
  const text = "the members of this cluster are no processes of ours; change them where they run";
  throw new MasterError("unimplemented", text);
}

function optionsOf(context: CallContext): CallOptions {
  return { budgetMs: context.remainingMs(), signal: context.signal };
}

function requireMember(memberId: number): number {
  if (requireCount(memberId, "member_id") > 0) return memberId;
  throw new MasterError("invalid_argument", "member_id is required; ListMembers shows it", {
    field: "member_id",
  });
}

/** host:port with a port that exists; whether anybody answers there is for the leader to see. */
function requireAddress(given: string): string {
  const field = "peer_address";
  const address = requireText(given, field);
  const match = /^(?:\[[0-9a-f:.]+\]|[^\s:[\]]+):(\d{1,5})$/i.exec(address);
  const port = Number(match?.[1] ?? 0);
  if (address.length <= peerAddressLengthMax && port >= 1 && port <= 65_535) return address;
  const shown = JSON.stringify(address.slice(0, peerAddressLengthMax));
  const text = `${field} is ${shown}, which is no host:port such as master-4:9300`;
  throw new MasterError("invalid_argument", text, { field });
}

function toMembers(view: MembersView): Members {
  return {
    cluster_uuid: view.clusterUuid,
    epoch: view.epoch,
    members: view.members.map(toMember),
    is_joint: view.isJoint,
    removed: [...view.removed],
  };
}

function toMember(member: MemberView): Member {
  const { lastContactMs } = member;
  return {
    member_id: member.memberId,
    node_id: member.nodeId,
    peer_address: member.peerAddress,
    grpc_address: member.grpcAddress,
    suffrage: member.suffrage === "voter" ? "SUFFRAGE_VOTER" : "SUFFRAGE_LEARNER",
    is_leader: member.isLeader,
    promotes: member.promotes,
    replaces: member.replaces,
    term: member.term,
    last_log_index: member.lastLogIndex,
    commit_log_index: member.commitLogIndex,
    applied_log_index: member.appliedLogIndex,
    lag_entries_count: member.lagEntriesCount,
    // Clocks count in fractions, the wire does not.
    ...(lastContactMs === undefined ? {} : { last_contact_ms: Math.round(lastContactMs) }),
  };
}
