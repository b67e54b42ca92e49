/** Messages between members through the real wire form: equal, or refused by the field's name. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { MasterError } from "../../../src/base/errors.js";
import type { Entry, Membership, Message } from "../../../src/raft/types.js";
import { decodeForward, decodeMessages } from "../../../src/transport/codec.js";
import { frameMessagesMax, membersCountMax } from "../../../src/transport/limits.js";
import type { ForwardProposalRequest__Output } from "../../../src/wire/gen/quidditch/raft/ForwardProposalRequest.js";
import type { PeerFrame__Output } from "../../../src/wire/gen/quidditch/raft/PeerFrame.js";
import type { RaftMessage } from "../../../src/wire/gen/quidditch/raft/RaftMessage.js";
import { wire } from "../../../src/wire/load.js";
import { throughWire } from "../../support/controlplane/network.js";

const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const at = fc.oneof(fc.nat(9), fc.maxSafeNat());
const base = { from: id, to: id, term: at };
const bytes = fc.uint8Array({ maxLength: 30 });
const ids = fc.array(id, { maxLength: 5 });
const membership: fc.Arbitrary<Membership> = fc.record({
  voters: ids,
  votersOutgoing: ids,
  learners: ids,
  learnersNext: ids,
  autoLeave: fc.boolean(),
});
const payloads = fc.array(
  fc.record({
    term: at,
    kind: fc.constantFrom("normal" as const, "membership" as const),
    data: bytes,
  }),
  { maxLength: 4 },
);

const kinds: readonly fc.Arbitrary<Message>[] = [
  fc
    .record({ ...base, prevLogIndex: fc.nat(1_000_000), prevLogTerm: at, commit: at, payloads })
    .map(({ payloads: list, ...rest }): Message => {
      const entries = list.map((one, i): Entry => ({
        ...one,
        logIndex: rest.prevLogIndex + 1 + i,
      }));
      return { ...rest, kind: "append", entries };
    }),
  fc.record({
    ...base,
    kind: fc.constant("appendResponse" as const),
    logIndex: at,
    reject: fc.boolean(),
    hintLogIndex: at,
    hintTerm: at,
  }),
  fc.record({
    ...base,
    kind: fc.constantFrom("vote" as const, "preVote" as const),
    lastLogIndex: at,
    lastLogTerm: at,
    transfer: fc.boolean(),
  }),
  fc.record({
    ...base,
    kind: fc.constantFrom("voteResponse" as const, "preVoteResponse" as const),
    reject: fc.constant(false),
  }),
  fc.record({
    ...base,
    kind: fc.constantFrom("voteResponse" as const, "preVoteResponse" as const),
    reject: fc.constant(true),
    commit: id,
    commitTerm: at,
  }),
  fc.record({ ...base, kind: fc.constant("heartbeat" as const), commit: at, readRound: at }),
  fc.record({ ...base, kind: fc.constant("heartbeatResponse" as const), readRound: at }),
  fc.record({
    ...base,
    kind: fc.constant("snapshot" as const),
    snapshot: fc.record({ logIndex: at, term: at, membership }),
  }),
  fc.record({ ...base, kind: fc.constant("readIndex" as const), requestId: at }),
  fc.record({
    ...base,
    kind: fc.constant("readIndexResponse" as const),
    requestId: at,
    logIndex: at,
  }),
  fc.record({ ...base, kind: fc.constantFrom("timeoutNow" as const, "transferLeader" as const) }),
];

/** Wire messages as they come from a socket. */
function receive(messages: readonly RaftMessage[]): Message[] {
  const { Stream } = wire.PeerService.service;
  const sent = Stream.requestSerialize({ messages: [...messages] });
  return decodeMessages(Stream.requestDeserialize(sent).messages);
}

function refusedField(run: () => unknown): unknown {
  try {
    run();
  } catch (thrown) {
    if (!(thrown instanceof MasterError)) throw thrown;
    expect(thrown.code).toBe("invalid_argument");
    return thrown.details["field"];
  }
  return undefined;
}

function plain(messages: readonly Message[]): unknown {
  return messages.map((message) => {
    if (message.kind !== "append") return message;
    const entries = message.entries.map((entry) => ({ ...entry, data: [...entry.data] }));
    return { ...message, entries };
  });
}

describe("peer messages", () => {
  it("of every kind come back equal", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(...kinds), { maxLength: 20 }), (messages) => {
        expect(plain(throughWire(messages))).toEqual(plain(messages));
      }),
      { numRuns: 300 },
    );
  });

  it("a refusal that tells no commit position tells none", () => {
    const refusal: Message = { from: 1, to: 2, term: 3, kind: "voteResponse", reject: true };
    expect(throughWire([refusal])).toEqual([refusal]);
    const nothing: Message = { ...refusal, commit: 0, commitTerm: 0 };
    expect(throughWire([nothing])).toEqual([refusal]);
  });

  const good: RaftMessage = { kind: "KIND_HEARTBEAT", from: 1, to: 2, term: 3 };
  const entry = { log_index: 8, term: 1, kind: 0, data: Buffer.alloc(1) };
  const append: RaftMessage = { ...good, kind: "KIND_APPEND", log_index: 7, log_term: 1 };
  const many = Array.from({ length: membersCountMax + 1 }, (_, n) => n + 1);
  it.each<[string, RaftMessage, string | undefined]>([
    ["as it should be", good, undefined],
    ["from nobody", { ...good, from: 0 }, "from"],
    ["to nobody", { ...good, to: 0 }, "to"],
    ["an id beyond safe integers", { ...good, from: 2 ** 60 }, "from"],
    ["a term beyond safe integers", { ...good, term: 2 ** 53 }, "term"],
    ["a commit beyond safe integers", { ...good, commit: 2 ** 60 }, "commit"],
    ["a context beyond safe integers", { ...good, context: 2 ** 60 }, "context"],
    ["no kind", { ...good, kind: "KIND_UNSPECIFIED" }, "kind"],
    ["a kind of the future", { ...good, kind: 99 as 0 }, "kind"],
    ["proposals, which go another way", { ...good, kind: "KIND_PROPOSE" }, "kind"],
    ["a snapshot without its description", { ...good, kind: "KIND_SNAPSHOT" }, "snapshot"],
    [
      "a snapshot of too many members",
      { ...good, kind: "KIND_SNAPSHOT", snapshot: { log_index: 1, term: 1, voters: many } },
      "voters",
    ],
    [
      "a snapshot with member 0",
      { ...good, kind: "KIND_SNAPSHOT", snapshot: { log_index: 1, term: 1, learners: [0] } },
      "learners",
    ],
    ["entries in order", { ...append, entries: [entry, { ...entry, log_index: 9 }] }, undefined],
    [
      "entries with a gap",
      { ...append, entries: [{ ...entry, log_index: 9 }] },
      "entries.log_index",
    ],
    ["entries twice", { ...append, entries: [entry, entry] }, "entries.log_index"],
    [
      "an entry of an unknown kind",
      { ...append, entries: [{ ...entry, kind: 2 }] },
      "entries.kind",
    ],
    ["an entry's term", { ...append, entries: [{ ...entry, term: 2 ** 60 }] }, "entries.term"],
  ])("%s", (_, message, field) => {
    expect(refusedField(() => receive([message]))).toBe(field);
  });

  it("one bad message refuses its whole frame, and a frame has a bound", () => {
    expect(refusedField(() => receive([good, { ...good, to: 0 }]))).toBe("to");
    const full = Array.from({ length: frameMessagesMax }, () => good);
    expect(receive(full)).toHaveLength(frameMessagesMax);
    expect(refusedField(() => receive([...full, good]))).toBe("messages");
  });

  it("random bytes are refused or decoded, never anything else", () => {
    const { Stream } = wire.PeerService.service;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (random) => {
        let frame: PeerFrame__Output;
        try {
          frame = Stream.requestDeserialize(Buffer.from(random));
        } catch {
          return;
        }
        refusedField(() => decodeMessages(frame.messages));
      }),
      { numRuns: 500 },
    );
  });
});

describe("forwarded proposals", () => {
  const request: ForwardProposalRequest__Output = {
    cluster_uuid: "c",
    from: 1,
    epoch: 2,
    command: Buffer.from("x"),
    tag_member: 3,
    tag_boot: 4,
    tag_sequence: 5,
    origin: "o",
  };

  it("keep their tag", () => {
    expect(decodeForward(request)).toMatchObject({
      from: 1,
      epoch: 2,
      tag: { member: 3, boot: 4, sequence: 5 },
    });
  });

  it.each(["from", "epoch", "tag_member", "tag_boot", "tag_sequence"] as const)(
    "%s out of bounds is refused: the log could not hold it",
    (field) => {
      expect(refusedField(() => decodeForward({ ...request, [field]: 2 ** 60 }))).toBe(field);
      expect(refusedField(() => decodeForward({ ...request, [field]: -1 }))).toBe(field);
    },
  );
});
