/** What members say about members, through its wire form: equal, or refused by the field's name. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { MasterError } from "../../../src/base/errors.js";
import { membersCountMax, memberTextCharsMax } from "../../../src/transport/limits.js";
import {
  decodeAdminister,
  decodeAdministered,
  decodeProbe,
  decodeReport,
  encodeAdminister,
  encodeAdministered,
  encodeProbe,
  encodeReport,
} from "../../../src/transport/member-codec.js";
import type {
  AdministerCall,
  AdministerResult,
  MemberRequest,
  ProbeAnswer,
  StateReport,
} from "../../../src/transport/types.js";
import { wire } from "../../../src/wire/load.js";

const { Probe, Administer, Stream } = wire.PeerService.service;

const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const at = fc.oneof(fc.nat(9), fc.maxSafeNat());
const text = fc.string({ maxLength: 20 });
const suffrage = fc.constantFrom("voter" as const, "learner" as const);
const address = fc.record({ memberId: id, nodeId: text, address: text });
const removed = fc.array(id, { maxLength: 4 });
const probe: fc.Arbitrary<ProbeAnswer> = fc.record({
  nonce: at,
  memberId: id,
  nodeId: text,
  peers: fc.array(text, { maxLength: 4 }),
  formation: fc.option(
    fc.record({ clusterUuid: text, members: fc.array(address, { maxLength: 4 }) }),
    { nil: undefined },
  ),
  joining: fc.boolean(),
  replaces: fc.option(fc.record({ memberId: id, reason: text }), { nil: undefined }),
  members: fc.array(fc.record({ memberId: id, nodeId: text, address: text, suffrage }), {
    maxLength: 4,
  }),
  removed,
  leaderEpoch: at,
});
const report: fc.Arbitrary<StateReport> = fc.record({
  ...{ term: at, lastLogIndex: at, commitLogIndex: at, appliedLogIndex: at, hashLogIndex: at },
  ...{ stateHash: text, diskLow: fc.boolean(), bootCount: at },
});
const request: fc.Arbitrary<MemberRequest> = fc.oneof(
  fc.constant({ kind: "list" } as const),
  fc.record({ kind: fc.constant("add" as const), peerAddress: text, suffrage }),
  fc.record({ kind: fc.constantFrom("promote" as const, "remove" as const), memberId: id }),
  fc.record({ kind: fc.constant("transfer" as const), memberId: at }),
  fc.record({ kind: fc.constant("replace" as const), memberId: id, peerAddress: text }),
  fc.record({
    ...{ kind: fc.constant("rejoin" as const), memberId: id, newMemberId: id },
    ...{ nodeId: text, peerAddress: text, reason: text },
  }),
);
const administerCall: fc.Arbitrary<AdministerCall> = fc.record({
  clusterUuid: text,
  request,
  budgetMs: fc.nat(60_000),
});
const described = fc.record({
  ...{ memberId: id, nodeId: text, peerAddress: text, grpcAddress: text, suffrage },
  ...{ isLeader: fc.boolean(), promotes: fc.boolean(), replaces: at, term: at },
  ...{ lastLogIndex: at, commitLogIndex: at, appliedLogIndex: at, lagEntriesCount: at },
  lastContactMs: fc.option(at, { nil: undefined }),
});
const result: fc.Arbitrary<AdministerResult> = fc.oneof(
  fc.record({ accepted: fc.constant(false as const), code: text, message: text }),
  fc.record({
    accepted: fc.constant(true as const),
    memberId: at,
    after: fc.record({
      ...{ clusterUuid: text, epoch: at, members: fc.array(described, { maxLength: 4 }) },
      ...{ isJoint: fc.boolean(), removed },
    }),
  }),
);

function probeBack(answer: ProbeAnswer): ProbeAnswer {
  return decodeProbe(Probe.responseDeserialize(Probe.responseSerialize(encodeProbe(answer))));
}

function callBack(call: AdministerCall): AdministerCall {
  const bytes = Administer.requestSerialize(encodeAdminister(call));
  return decodeAdminister(Administer.requestDeserialize(bytes));
}

function resultBack(outcome: AdministerResult): AdministerResult {
  const bytes = Administer.responseSerialize(encodeAdministered(outcome));
  return decodeAdministered(Administer.responseDeserialize(bytes));
}

describe("what members say about members", () => {
  it("comes back as it was", () => {
    const same = <T>(arbitrary: fc.Arbitrary<T>, back: (value: T) => T): void => {
      fc.assert(
        fc.property(arbitrary, (value) => {
          expect(back(value)).toEqual(value);
        }),
      );
    };
    same(probe, probeBack);
    same(administerCall, callBack);
    same(result, resultBack);
    fc.assert(
      fc.property(report, (value) => {
        const bytes = Stream.requestSerialize({ report: encodeReport(value) });
        const frame = Stream.requestDeserialize(bytes);
        expect(frame.report === null ? undefined : decodeReport(frame.report)).toEqual(value);
      }),
    );
  });

  const answer: ProbeAnswer = {
    ...{ nonce: 1, memberId: 1, nodeId: "m", peers: [], formation: undefined, joining: false },
    ...{ replaces: undefined, members: [], removed: [], leaderEpoch: 0 },
  };
  const long = "x".repeat(memberTextCharsMax + 1);
  const many = Array.from({ length: membersCountMax + 1 }, (_, n) => n + 1);
  const member = { memberId: 1, nodeId: "m", address: "a", suffrage: "voter" } as const;
  const remove = { kind: "remove", memberId: 0 } as const;
  it.each<[string, () => unknown]>([
    ["member_id", () => probeBack({ ...answer, memberId: 0 })],
    ["node_id", () => probeBack({ ...answer, nodeId: long })],
    ["peers", () => probeBack({ ...answer, peers: many.map(String) })],
    ["members", () => probeBack({ ...answer, members: many.map(() => member) })],
    ["removed", () => probeBack({ ...answer, removed: [0] })],
    ["leader_epoch", () => probeBack({ ...answer, leaderEpoch: 2 ** 60 })],
    ["member_id", () => callBack({ clusterUuid: "c", request: remove, budgetMs: 1 })],
    ["cluster_uuid", () => callBack({ clusterUuid: long, request: remove, budgetMs: 1 })],
    ["kind", () => decodeAdminister(Administer.requestDeserialize(Buffer.alloc(0)))],
    [
      "members",
      () =>
        decodeAdministered(
          Administer.responseDeserialize(Administer.responseSerialize({ accepted: true })),
        ),
    ],
  ])("is refused for %s out of bounds", (field, decode) => {
    let thrown: unknown;
    try {
      decode();
    } catch (error) {
      thrown = error;
    }
    expect(thrown instanceof MasterError && thrown.code).toBe("invalid_argument");
    expect(thrown instanceof MasterError && thrown.details["field"]).toBe(field);
  });
});
