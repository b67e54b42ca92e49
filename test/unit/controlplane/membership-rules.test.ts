/** Which changes of the members are sensible: every rule, beside a case where it does not apply. */
import { describe, expect, it } from "vitest";

import {
  applyMembershipEntry,
  foundingDirectory,
  type Directory,
} from "../../../src/controlplane/raft/directory.js";
import {
  isGoalReached,
  labelOf,
  mayGo,
  planAdd,
  planPromote,
  planPromotion,
  planRejoin,
  planRemove,
  planReplace,
  quorumProblem,
  subjectOf,
  type Plan,
  type PlanView,
} from "../../../src/controlplane/raft/membership-rules.js";
import { encodeMembershipChange } from "../../../src/raft/membership-codec.js";
import type {
  MemberDescription,
  MemberRequest,
  MembersDescription,
  ProbeAnswer,
} from "../../../src/transport/types.js";

function founders(count: number): Directory {
  return foundingDirectory(
    Array.from({ length: count }, (_, at) => ({
      ...{ memberId: at + 1, nodeId: `m${String(at + 1)}`, address: `h${String(at + 1)}:1` },
    })),
  );
}

const three: PlanView = { directory: founders(3), selfId: 1, clusterUuid: "c" };

function newcomer(memberId: number, more: Partial<ProbeAnswer> = {}): ProbeAnswer {
  return {
    ...{ nonce: 1, memberId, nodeId: `m${String(memberId)}`, peers: [], formation: undefined },
    ...{ joining: true, replaces: undefined, members: [], removed: [], leaderEpoch: 0 },
    ...more,
  };
}

/** The directory after a plan was carried out, the joint half of it too. */
function after(view: PlanView, plan: Plan): PlanView {
  if (plan.kind !== "change") throw new Error(`it is no change: ${JSON.stringify(plan)}`);
  const entered = applyMembershipEntry(view.directory, encodeMembershipChange(plan.change));
  if (typeof entered === "string") throw new Error(entered);
  if (entered.membership.votersOutgoing.length === 0) return { ...view, directory: entered };
  const leave = { transition: "auto", steps: [], context: new Uint8Array() } as const;
  const left = applyMembershipEntry(entered, encodeMembershipChange(leave));
  if (typeof left === "string") throw new Error(left);
  return { ...view, directory: left };
}

const addFourth = { kind: "add", peerAddress: "h4:1", suffrage: "voter" } as const;
const replaceThird = { kind: "replace", memberId: 3, peerAddress: "h4:1" } as const;
const withFourth = after(three, planAdd(three, newcomer(4), addFourth));
const replacing = after(three, planReplace(three, newcomer(4), replaceThird));

function refusal(plan: Plan): string {
  return plan.kind === "refuse" ? `${plan.code}: ${plan.message}` : plan.kind;
}

describe("a newcomer", () => {
  it("becomes a learner that remembers what it is to be", () => {
    expect(withFourth.directory.membership).toMatchObject({ voters: [1, 2, 3], learners: [4] });
    expect(withFourth.directory.members.at(-1)).toEqual({
      ...{ memberId: 4, nodeId: "m4", address: "h4:1", promotes: true, replaces: 0 },
    });
    const learner = { ...addFourth, suffrage: "learner" } as const;
    const { directory } = after(three, planAdd(three, newcomer(4), learner));
    expect(directory.members.at(-1)?.promotes).toBe(false);
    expect(replacing.directory.members.at(-1)).toMatchObject({ promotes: true, replaces: 3 });
  });

  const removedFourth = { ...three, directory: { ...three.directory, removed: [4] } };
  const elsewhere = { clusterUuid: "d", members: [] };
  it.each<[string, PlanView, ProbeAnswer, string, string]>([
    ["a member", three, newcomer(2), "h2:1", "invalid_argument: m2 at h2:1 is a member already"],
    [
      "a removed id",
      removedFourth,
      newcomer(4),
      "h4:1",
      "wrong_state: member 4 at h4:1 was removed",
    ],
    [
      "one of another cluster",
      three,
      newcomer(4, { formation: elsewhere }),
      "h4:1",
      "invalid_argument: m4 at h4:1 belongs to cluster d already",
    ],
    [
      "one that forms a cluster",
      three,
      newcomer(4, { joining: false }),
      "h4:1",
      "wrong_state: m4 at h4:1 does not wait to be added",
    ],
    [
      "a namesake",
      three,
      newcomer(4, { nodeId: "m2" }),
      "h4:1",
      "invalid_argument: node id m2 is that of the member at h2:1",
    ],
    ["one too many", { ...three, directory: founders(9) }, newcomer(10), "h10:1", "at most 9"],
    ["at an address in use", three, newcomer(4), "h3:1", "h3:1 is the address of m3"],
  ])("is refused: %s", (...row) => {
    const [, view, answer, peerAddress, text] = row;
    expect(refusal(planAdd(view, answer, { ...addFourth, peerAddress }))).toContain(text);
  });

  it("may have name and address of the one that it replaces, and be the tenth for a while", () => {
    const nine = { ...three, directory: founders(9) };
    const answer = newcomer(10, { nodeId: "m3" });
    const plan = planReplace(nine, answer, { ...replaceThird, peerAddress: "h3:1" });
    expect(after(nine, plan).directory.members).toHaveLength(10);
    expect(labelOf(after(nine, plan).directory, 3)).toBe("m3 (id 3)");
    expect(labelOf(nine.directory, 3)).toBe("m3");
  });

  it("replaces nobody who is not there, or is being replaced already", () => {
    const nobody = planReplace(three, newcomer(5), { ...replaceThird, memberId: 9 });
    expect(refusal(nobody)).toBe("node_not_found: there is no member 9");
    const second = planReplace(replacing, newcomer(5), { ...replaceThird, peerAddress: "h5:1" });
    expect(refusal(second)).toContain("wrong_state: m4 is to replace m3 already");
  });

  it("takes the place of a learner at once, and what was asked of it", () => {
    const request = { kind: "replace", memberId: 4, peerAddress: "h5:1" } as const;
    const { directory } = after(replacing, planReplace(replacing, newcomer(5), request));
    expect(directory.membership).toMatchObject({ voters: [1, 2, 3], learners: [5] });
    expect(directory.removed).toEqual([4]);
    expect(directory.members.at(-1)).toMatchObject({ memberId: 5, promotes: true, replaces: 3 });
  });
});

describe("a member that comes back under a new id", () => {
  const request: Extract<MemberRequest, { kind: "rejoin" }> = {
    kind: "rejoin",
    ...{ memberId: 3, newMemberId: 7, nodeId: "m3", peerAddress: "h3:1", reason: "suspect" },
  };
  const back = newcomer(7, { nodeId: "m3" });
  const waiting = after(three, planRejoin(three, back, request));

  it("waits in the place of its old one; asked again, nothing happens", () => {
    expect(waiting.directory.members.at(-1)).toEqual({
      ...{ memberId: 7, nodeId: "m3", address: "h3:1", promotes: true, replaces: 3 },
    });
    expect(planRejoin(waiting, back, request)).toEqual({ kind: "done", memberId: 7 });
  });

  it("under yet another id takes the place of the one before", () => {
    const again = { ...request, newMemberId: 8 };
    const { directory } = after(waiting, planRejoin(waiting, newcomer(8), again));
    expect(directory.membership).toMatchObject({ voters: [1, 2, 3], learners: [8] });
    expect(directory.removed).toEqual([7]);
    expect(directory.members.at(-1)?.replaces).toBe(3);
  });

  it.each<[string, PlanView, ProbeAnswer, Partial<typeof request>, string]>([
    ["from elsewhere", three, back, { peerAddress: "h9:1" }, "m3 is at h3:1, not at h9:1"],
    ["of nobody", three, back, { memberId: 9 }, "node_not_found"],
    ["that is not there", three, newcomer(6), {}, "at h3:1 is member 6, not 7"],
    [
      "with an id of old",
      { ...three, directory: { ...three.directory, removed: [7] } },
      back,
      {},
      "was removed",
    ],
    ["of one that is replaced", replacing, back, {}, "m4 at h4:1 is to replace m3 already"],
  ])("is refused: %s", (...row) => {
    const [, view, answer, more, text] = row;
    expect(refusal(planRejoin(view, answer, { ...request, ...more }))).toContain(text);
  });
});

describe("promoting and removing", () => {
  const near = { isReachable: true, lagEntriesCount: 1000 };
  const learnerOnly = after(
    three,
    planAdd(three, newcomer(4), { ...addFourth, suffrage: "learner" }),
  );

  it("a learner close behind is wished a voter; one that is wished so already stays", () => {
    const plan = planPromote(learnerOnly, 4, near, 1000);
    expect(after(learnerOnly, plan).directory.members.at(-1)?.promotes).toBe(true);
    expect(planPromote(withFourth, 4, near, 1000)).toEqual({ kind: "done", memberId: 4 });
  });

  it.each([
    [2, near, "wrong_state: m2 is a voter already"],
    [9, near, "node_not_found: there is no member 9"],
    [4, { ...near, isReachable: false }, "nothing is heard of it"],
    [4, { ...near, lagEntriesCount: 1001 }, "it is 1001 entries behind, at most 1000 are allowed"],
  ])("of member %d is refused", (memberId, progress, text) => {
    expect(refusal(planPromote(learnerOnly, memberId, progress, 1000))).toContain(text);
  });

  it("a learner that replaces nobody is added to the voters, any other takes a place", () => {
    const fourth = withFourth.directory.members.at(-1);
    const added = after(withFourth, planPromotion(withFourth, fourth ?? fail()));
    expect(added.directory.membership).toMatchObject({ voters: [1, 2, 3, 4], learners: [] });
    expect(added.directory.members.at(-1)).toMatchObject({ promotes: false, replaces: 0 });
    const successor = replacing.directory.members.at(-1) ?? fail();
    const placed = after(replacing, planPromotion(replacing, successor));
    expect(placed.directory.membership).toMatchObject({ voters: [1, 2, 4], learners: [] });
    expect(placed.directory.removed).toEqual([3]);
    const gone = after(replacing, planRemove(replacing, 3));
    const late = after(gone, planPromotion(gone, successor));
    expect(late.directory.membership.voters).toEqual([1, 2, 4]);
  });

  it("a leader does not replace or remove itself; the only voter stays", () => {
    const third = { ...replacing, selfId: 3 };
    const successor = third.directory.members.at(-1) ?? fail();
    expect(planPromotion(third, successor)).toEqual({ kind: "handOver" });
    expect(planRemove(third, 3)).toEqual({ kind: "handOver" });
    const alone = { ...three, directory: founders(1) };
    expect(refusal(planRemove(alone, 1))).toContain("m1 is the only voter");
    expect(refusal(planRemove(three, 9))).toBe("node_not_found: there is no member 9");
    const gone = after(three, planRemove(three, 3));
    expect(refusal(planRemove(gone, 3))).toBe("node_not_found: member 3 was removed already");
    expect(gone.directory).toMatchObject({ removed: [3], membership: { voters: [1, 2] } });
  });
});

function fail(): never {
  throw new Error("there is such a member");
}

describe("the quorum that a change leaves", () => {
  const successor = replacing.directory.members.at(-1) ?? fail();
  it.each<[string, PlanView, Plan, number[], string | undefined]>([
    ["all are there", three, planRemove(three, 3), [1, 2, 3], undefined],
    [
      "one of two",
      three,
      planRemove(three, 3),
      [1, 3],
      "removing m3 leaves the voters m1, m2: 2 of 2 are needed, reachable is m1 only",
    ],
    [
      "two of four",
      withFourth,
      planPromotion(withFourth, withFourth.directory.members.at(-1) ?? fail()),
      [1, 4],
      "promoting m4 leaves the voters m1, m2, m3, m4: 3 of 4 are needed, reachable are m1, m4 only",
    ],
    [
      "a replacement of the dead",
      replacing,
      planPromotion(replacing, successor),
      [1, 2, 4],
      undefined,
    ],
    [
      "a replacement while another one is dead",
      replacing,
      planPromotion(replacing, successor),
      [1, 4],
      "replacing m3 by m4 needs the present voters m1, m2, m3: 2 of 3 are needed, reachable is m1 only",
    ],
    ["a learner never costs it", three, planAdd(three, newcomer(4), addFourth), [1], undefined],
    ["nor does removing one", withFourth, planRemove(withFourth, 4), [1], undefined],
  ])("%s", (...row) => {
    const [, { directory }, plan, reachable, problem] = row;
    if (plan.kind !== "change") throw new Error("it is a change");
    expect(quorumProblem(directory, plan, (id) => reachable.includes(id))).toBe(problem);
  });
});

describe("an operation whose answer was lost", () => {
  function described(...members: Partial<MemberDescription>[]): MembersDescription {
    const nobody: MemberDescription = {
      ...{ memberId: 1, nodeId: "", peerAddress: "", grpcAddress: "", suffrage: "voter" },
      ...{ isLeader: false, promotes: false, replaces: 0, term: 0, lastLogIndex: 0 },
      ...{ commitLogIndex: 0, appliedLogIndex: 0, lagEntriesCount: 0, lastContactMs: undefined },
    };
    const all = members.map((one) => ({ ...nobody, ...one }));
    return { clusterUuid: "c", epoch: 1, members: all, isJoint: false, removed: [3] };
  }

  const there = described({ memberId: 4, peerAddress: "h4:1", replaces: 2, isLeader: true });
  const learner = described({ memberId: 4, suffrage: "learner" });
  const wished = described({ memberId: 4, suffrage: "learner", promotes: true });
  it.each([
    ["add", { ...addFourth }, there, true, 4],
    ["add", { ...addFourth }, described(), false, 0],
    ["replace", { ...replaceThird, memberId: 2 }, there, true, 4],
    ["replace", { ...replaceThird }, there, true, 4],
    ["replace", { ...replaceThird, memberId: 5 }, there, false, 4],
    ["remove", { kind: "remove", memberId: 3 } as const, there, true, 3],
    ["remove", { kind: "remove", memberId: 4 } as const, there, false, 4],
    ["promote", { kind: "promote", memberId: 4 } as const, there, true, 4],
    ["promote", { kind: "promote", memberId: 4 } as const, wished, true, 4],
    ["promote", { kind: "promote", memberId: 4 } as const, learner, false, 4],
    ["transfer", { kind: "transfer", memberId: 4 } as const, there, true, 4],
    ["transfer", { kind: "transfer", memberId: 2 } as const, there, false, 4],
    ["transfer to anybody", { kind: "transfer", memberId: 0 } as const, there, true, 4],
    ["transfer to anybody", { kind: "transfer", memberId: 0 } as const, learner, false, 0],
  ])("%s: was it done", (...row) => {
    const [, request, view, reached, subject] = row;
    expect(isGoalReached(request, view, 1)).toBe(reached);
    expect(subjectOf(request, view)).toBe(subject);
  });
});

describe("a removed member", () => {
  const fourth = { ...withFourth, selfId: 1 };

  it.each([
    ["goes of two, once the other one refuses it", founders(2), [2]],
    ["goes of three, once one refuses it: the others are no quorum", founders(3), [2]],
    ["goes of four when only one is left that could count on it", founders(4), [2, 3]],
    ["goes when one refuses it that came later", founders(5), [77]],
  ])("%s", (_, directory, refusers) => {
    expect(mayGo({ directory, selfId: 1 }, new Set(refusers))).toBe(true);
  });

  it.each([
    ["stays of four while two could still count on it", founders(4), [2]],
    ["stays of five for three", founders(5), [2]],
    ["stays when nobody refused it", founders(3), []],
  ])("%s", (_, directory, refusers) => {
    expect(mayGo({ directory, selfId: 1 }, new Set(refusers))).toBe(false);
  });

  it("does not go because a learner refuses it, which elects nobody", () => {
    expect(mayGo(fourth, new Set([4]))).toBe(false);
    expect(mayGo(fourth, new Set([4, 2]))).toBe(true);
  });
});
