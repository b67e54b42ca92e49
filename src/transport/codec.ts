/**
 * Messages of the core to and from their wire form, with bounds checks on everything that comes
 * in. A message that does not decode is refused as a whole; nothing is guessed.
 */
import { assertNever } from "../base/assert.js";
import { MasterError } from "../base/errors.js";
import type { Entry, MemberId, Membership, Message, SnapshotMeta } from "../raft/types.js";
import type { ForwardProposalRequest__Output } from "../wire/gen/quidditch/raft/ForwardProposalRequest.js";
import type { RaftEntry } from "../wire/gen/quidditch/raft/RaftEntry.js";
import type { RaftMessage, RaftMessage__Output } from "../wire/gen/quidditch/raft/RaftMessage.js";
import type {
  SnapshotDescription,
  SnapshotDescription__Output,
} from "../wire/gen/quidditch/raft/SnapshotDescription.js";
import { frameMessagesMax, membersCountMax } from "./limits.js";
import type { ForwardRequest } from "./types.js";

/** The wire form of a message. */
export function encodeMessage(message: Message): RaftMessage {
  const base = { from: message.from, to: message.to, term: message.term };
  switch (message.kind) {
    case "append":
      return {
        ...base,
        kind: "KIND_APPEND",
        log_index: message.prevLogIndex,
        log_term: message.prevLogTerm,
        entries: message.entries.map(encodeEntry),
        commit: message.commit,
      };
    case "appendResponse":
      return {
        ...base,
        kind: "KIND_APPEND_RESPONSE",
        log_index: message.logIndex,
        reject: message.reject,
        hint_log_index: message.hintLogIndex,
        hint_term: message.hintTerm,
      };
    case "vote":
    case "preVote":
      return {
        ...base,
        kind: message.kind === "vote" ? "KIND_VOTE" : "KIND_PRE_VOTE",
        log_index: message.lastLogIndex,
        log_term: message.lastLogTerm,
        transfer: message.transfer,
      };
    case "voteResponse":
    case "preVoteResponse": {
      const kind =
        message.kind === "voteResponse" ? "KIND_VOTE_RESPONSE" : "KIND_PRE_VOTE_RESPONSE";
      const { reject, commit = 0, commitTerm = 0 } = message;
      return { ...base, kind, reject, commit, hint_term: commitTerm };
    }
    default:
      return encodeOther(message);
  }
}

type OtherMessage = Exclude<
  Message,
  { kind: "append" | "appendResponse" | "vote" | "preVote" | "voteResponse" | "preVoteResponse" }
>;

function encodeOther(message: OtherMessage): RaftMessage {
  const base = { from: message.from, to: message.to, term: message.term };
  switch (message.kind) {
    case "heartbeat":
      return {
        ...base,
        kind: "KIND_HEARTBEAT",
        commit: message.commit,
        context: message.readRound,
      };
    case "heartbeatResponse":
      return { ...base, kind: "KIND_HEARTBEAT_RESPONSE", context: message.readRound };
    case "snapshot":
      return { ...base, kind: "KIND_SNAPSHOT", snapshot: encodeSnapshot(message.snapshot) };
    case "readIndex":
      return { ...base, kind: "KIND_READ_INDEX", context: message.requestId };
    case "readIndexResponse":
      return {
        ...base,
        kind: "KIND_READ_INDEX_RESPONSE",
        context: message.requestId,
        log_index: message.logIndex,
      };
    case "timeoutNow":
      return { ...base, kind: "KIND_TIMEOUT_NOW" };
    case "transferLeader":
      return { ...base, kind: "KIND_TRANSFER_LEADER" };
    case "propose": {
      const entries = message.entries.map((entry) => ({
        kind: entry.kind === "membership" ? 1 : 0,
        data: Buffer.from(entry.data.buffer, entry.data.byteOffset, entry.data.byteLength),
      }));
      return { ...base, kind: "KIND_PROPOSE", entries };
    }
    default:
      return assertNever(message, "unknown message kind");
  }
}

function encodeEntry(entry: Entry): RaftEntry {
  const { data } = entry;
  return {
    log_index: entry.logIndex,
    term: entry.term,
    kind: entry.kind === "membership" ? 1 : 0,
    data: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  };
}

function encodeSnapshot(snapshot: SnapshotMeta): SnapshotDescription {
  return {
    log_index: snapshot.logIndex,
    term: snapshot.term,
    voters: [...snapshot.membership.voters],
    voters_outgoing: [...snapshot.membership.votersOutgoing],
    learners: [...snapshot.membership.learners],
    learners_next: [...snapshot.membership.learnersNext],
    auto_leave: snapshot.membership.autoLeave,
  };
}

/**
 * Decodes the messages of one frame.
 *
 * @throws MasterError `invalid_argument` naming the field that is out of bounds.
 */
export function decodeMessages(frame: readonly RaftMessage__Output[]): Message[] {
  if (frame.length > frameMessagesMax) throw malformed("messages", frame.length);
  return frame.map(decodeMessage);
}

/** Decodes one message; see {@link decodeMessages}. */
function decodeMessage(wire: RaftMessage__Output): Message {
  const base = {
    from: memberId(wire.from, "from"),
    to: memberId(wire.to, "to"),
    term: position(wire.term, "term"),
  };
  switch (wire.kind) {
    case "KIND_APPEND":
      return {
        ...base,
        kind: "append",
        prevLogIndex: position(wire.log_index, "log_index"),
        prevLogTerm: position(wire.log_term, "log_term"),
        entries: decodeEntries(wire),
        commit: position(wire.commit, "commit"),
      };
    case "KIND_APPEND_RESPONSE":
      return {
        ...base,
        kind: "appendResponse",
        logIndex: position(wire.log_index, "log_index"),
        reject: wire.reject,
        hintLogIndex: position(wire.hint_log_index, "hint_log_index"),
        hintTerm: position(wire.hint_term, "hint_term"),
      };
    case "KIND_VOTE":
    case "KIND_PRE_VOTE":
      return {
        ...base,
        kind: wire.kind === "KIND_VOTE" ? "vote" : "preVote",
        lastLogIndex: position(wire.log_index, "log_index"),
        lastLogTerm: position(wire.log_term, "log_term"),
        transfer: wire.transfer,
      };
    case "KIND_VOTE_RESPONSE":
      return { ...base, kind: "voteResponse", ...decodeRefusal(wire) };
    case "KIND_PRE_VOTE_RESPONSE":
      return { ...base, kind: "preVoteResponse", ...decodeRefusal(wire) };
    default:
      return decodeOther(base, wire);
  }
}

/** A vote's answer; a refusal may say how far the voter knows the log to be committed. */
function decodeRefusal(
  wire: RaftMessage__Output,
): { reject: false } | { reject: true; commit?: number; commitTerm?: number } {
  if (!wire.reject) return { reject: false };
  const commit = position(wire.commit, "commit");
  const commitTerm = position(wire.hint_term, "hint_term");
  return commit > 0 ? { reject: true, commit, commitTerm } : { reject: true };
}

interface Base {
  readonly from: MemberId;
  readonly to: MemberId;
  readonly term: number;
}

function decodeOther(base: Base, wire: RaftMessage__Output): Message {
  switch (wire.kind) {
    case "KIND_HEARTBEAT":
      return {
        ...base,
        kind: "heartbeat",
        commit: position(wire.commit, "commit"),
        readRound: position(wire.context, "context"),
      };
    case "KIND_HEARTBEAT_RESPONSE":
      return { ...base, kind: "heartbeatResponse", readRound: position(wire.context, "context") };
    case "KIND_SNAPSHOT":
      if (wire.snapshot === null) throw malformed("snapshot", "absent");
      return { ...base, kind: "snapshot", snapshot: decodeSnapshot(wire.snapshot) };
    case "KIND_READ_INDEX":
      return { ...base, kind: "readIndex", requestId: position(wire.context, "context") };
    case "KIND_READ_INDEX_RESPONSE":
      return {
        ...base,
        kind: "readIndexResponse",
        requestId: position(wire.context, "context"),
        logIndex: position(wire.log_index, "log_index"),
      };
    case "KIND_TIMEOUT_NOW":
      return { ...base, kind: "timeoutNow" };
    case "KIND_TRANSFER_LEADER":
      return { ...base, kind: "transferLeader" };
    default:
      throw malformed("kind", wire.kind);
  }
}

/**
 * Decodes a forwarded proposal.
 *
 * @throws MasterError `invalid_argument` naming the field that is out of bounds.
 */
export function decodeForward(wire: ForwardProposalRequest__Output): ForwardRequest {
  return {
    from: memberId(wire.from, "from"),
    epoch: position(wire.epoch, "epoch"),
    command: wire.command,
    tag: {
      member: memberId(wire.tag_member, "tag_member"),
      boot: memberId(wire.tag_boot, "tag_boot"),
      sequence: position(wire.tag_sequence, "tag_sequence"),
    },
    origin: wire.origin,
  };
}

function decodeEntries(wire: RaftMessage__Output): Entry[] {
  return wire.entries.map((entry, i) => {
    const logIndex = position(entry.log_index, "entries.log_index");
    if (logIndex !== wire.log_index + 1 + i) throw malformed("entries.log_index", logIndex);
    if (entry.kind > 1) throw malformed("entries.kind", entry.kind);
    return {
      logIndex,
      term: position(entry.term, "entries.term"),
      kind: entry.kind === 1 ? "membership" : "normal",
      data: entry.data,
    };
  });
}

function decodeSnapshot(wire: SnapshotDescription__Output): SnapshotMeta {
  const membership: Membership = {
    voters: memberIds(wire.voters, "voters"),
    votersOutgoing: memberIds(wire.voters_outgoing, "voters_outgoing"),
    learners: memberIds(wire.learners, "learners"),
    learnersNext: memberIds(wire.learners_next, "learners_next"),
    autoLeave: wire.auto_leave,
  };
  return {
    logIndex: position(wire.log_index, "snapshot.log_index"),
    term: position(wire.term, "snapshot.term"),
    membership,
  };
}

function memberIds(values: readonly number[], field: string): MemberId[] {
  if (values.length > membersCountMax) throw malformed(field, values.length);
  return values.map((value) => memberId(value, field));
}

/** A member id as it may appear on the wire: a positive safe integer. */
export function memberId(value: number, field: string): MemberId {
  if (!Number.isSafeInteger(value) || value <= 0) throw malformed(field, value);
  return value;
}

/** A count or log position as it may appear on the wire: a safe integer that is not negative. */
export function position(value: number, field: string): number {
  if (!Number.isSafeInteger(value) || value < 0) throw malformed(field, value);
  return value;
}

/** The failure of a frame with a field out of bounds. */
export function malformed(field: string, value: number | string): MasterError {
  return new MasterError("invalid_argument", `peer message: ${field} is out of bounds`, {
    field,
    value,
  });
}
