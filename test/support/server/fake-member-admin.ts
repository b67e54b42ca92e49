/**
 * Members without a cluster: what an operation does is written down in a few lines, and a test
 * decides who catches up and when, and how the next call fails.
 */
import { MasterError } from "../../../src/base/errors.js";
import type {
  MemberAdmin,
  MemberOperation,
  MemberOutcome,
  MembersView,
  MemberView,
} from "../../../src/controlplane/admin.js";
import type { CallOptions } from "../../../src/controlplane/port.js";

/** A member as the leader sees one that keeps up. */
function memberView(memberId: number, nodeId: string, rest: Partial<MemberView> = {}): MemberView {
  return {
    memberId,
    nodeId,
    peerAddress: `${nodeId}:9300`,
    grpcAddress: `${nodeId}:9301`,
    suffrage: "voter",
    isLeader: false,
    promotes: false,
    replaces: 0,
    term: 7,
    lastLogIndex: 120,
    commitLogIndex: 119,
    appliedLogIndex: 118,
    lagEntriesCount: 0,
    lastContactMs: 40,
    ...rest,
  };
}

/** See the file comment. */
export class FakeMemberAdmin implements MemberAdmin {
  view: MembersView = {
    clusterUuid: "cluster-uuid",
    epoch: 7,
    members: [
      memberView(101, "m1", { isLeader: true }),
      memberView(102, "m2"),
      memberView(103, "m3", { lagEntriesCount: 12, lastContactMs: undefined }),
    ],
    isJoint: false,
    removed: [99],
  };
  /** Thrown by the next calls of either kind, oldest first. */
  readonly failures: MasterError[] = [];
  readonly operations: MemberOperation[] = [];
  readonly options: CallOptions[] = [];
  /** How often the members were listed. */
  listedCount = 0;
  /** Called before each listing, so that a test lets time pass there. */
  onList: () => void = () => undefined;
  #nextId = 201;

  members(options: CallOptions): Promise<MembersView> {
    this.listedCount += 1;
    this.options.push(options);
    const failure = this.failures.shift();
    if (failure !== undefined) return Promise.reject(failure);
    this.onList();
    return Promise.resolve(this.view);
  }

  administer(operation: MemberOperation, options: CallOptions): Promise<MemberOutcome> {
    this.operations.push(operation);
    this.options.push(options);
    const failure = this.failures.shift();
    if (failure !== undefined) return Promise.reject(failure);
    return Promise.resolve({ memberId: this.#apply(operation), after: this.view });
  }

  /** Changes one member as it is seen. */
  edit(memberId: number, change: Partial<MemberView>): void {
    this.#require(memberId);
    const members = this.view.members.map((one) =>
      one.memberId === memberId ? { ...one, ...change } : one,
    );
    this.view = { ...this.view, members };
  }

  /** What the leader does when a learner has caught up. */
  promoteCaughtUp(memberId: number): void {
    const { replaces } = this.#require(memberId);
    this.edit(memberId, { suffrage: "voter", promotes: false, replaces: 0, lagEntriesCount: 0 });
    if (replaces !== 0) this.drop(replaces);
  }

  /** Takes a member out. */
  drop(memberId: number): void {
    this.#require(memberId);
    const members = this.view.members.filter((one) => one.memberId !== memberId);
    this.view = { ...this.view, members, removed: [...this.view.removed, memberId] };
  }

  #apply(operation: MemberOperation): number {
    switch (operation.kind) {
      case "add":
        return this.#join(operation.peerAddress, { promotes: operation.suffrage === "voter" });
      case "replace":
        this.#require(operation.memberId);
        return this.#join(operation.peerAddress, { promotes: true, replaces: operation.memberId });
      case "promote":
        this.edit(operation.memberId, { promotes: true });
        return operation.memberId;
      case "remove":
        this.drop(operation.memberId);
        return operation.memberId;
      case "transfer":
        return this.#lead(operation.memberId === 0 ? 102 : operation.memberId);
    }
  }

  #join(peerAddress: string, rest: Partial<MemberView>): number {
    const memberId = this.#nextId;
    this.#nextId += 1;
    const joined = memberView(memberId, peerAddress.replace(/:.*/, ""), {
      peerAddress,
      grpcAddress: "",
      suffrage: "learner",
      lagEntriesCount: 100,
      ...rest,
    });
    this.view = { ...this.view, members: [...this.view.members, joined] };
    return memberId;
  }

  #lead(memberId: number): number {
    this.#require(memberId);
    const members = this.view.members.map((one) => ({
      ...one,
      isLeader: one.memberId === memberId,
    }));
    this.view = { ...this.view, epoch: this.view.epoch + 1, members };
    return memberId;
  }

  #require(memberId: number): MemberView {
    const found = this.view.members.find((one) => one.memberId === memberId);
    if (found !== undefined) return found;
    throw new MasterError("node_not_found", `there is no member ${String(memberId)}`);
  }
}
