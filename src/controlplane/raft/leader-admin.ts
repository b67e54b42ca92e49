/**
 * Carries out changes of the members on whichever member leads: plans by the rules, asks the core,
 * and waits until the change is applied and durably known. One at a time. Looks after learners
 * once a second, so that a promotion goes on under the next leader where the last one left it.
 */
import type { Clock, TimerHandle } from "../../base/clock.js";
import { MasterError } from "../../base/errors.js";
import type { Logger } from "../../base/log.js";
import { noMember, type MemberId, type ProgressView } from "../../raft/types.js";
import type {
  AdministerResult,
  MemberDescription,
  MemberRequest,
  MembersDescription,
  ProbeAnswer,
  Transport,
} from "../../transport/types.js";
import { Budget, isExpired } from "./budget.js";
import {
  newcomerProbeTimeoutMs,
  promoteCheckIntervalMs,
  promoteLagEntriesMax,
  successorWaitMs,
} from "./limits.js";
import type { Member } from "./member.js";
import {
  labelOf,
  planAdd,
  planPromote,
  planPromotion,
  planRejoin,
  planRemove,
  planReplace,
  quorumProblem,
  type LearnerProgress,
  type Plan,
  type PlanView,
} from "./membership-rules.js";
import { Promoter } from "./promoter.js";

/** What the leader's half works with. */
export interface LeaderAdminDeps {
  readonly member: Member;
  readonly clusterUuid: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A member that was not heard of for this long does not count as reachable. */
  readonly electionTimeoutMs: number;
}

type ChangePlan = Extract<Plan, { kind: "change" }>;

/** See the file comment. */
export class LeaderAdmin {
  readonly #deps: LeaderAdminDeps;
  readonly #promoter = new Promoter();
  #timer: TimerHandle | undefined;
  #isBusy = false;
  /** Why the last promotion did not go on; said once. */
  #lastObstacle = "";

  constructor(deps: LeaderAdminDeps) {
    this.#deps = deps;
  }

  /** Begins to look after learners. */
  start(): void {
    this.#timer = this.#deps.clock.after(promoteCheckIntervalMs, () => {
      this.#lookAfterLearners();
      this.start();
    });
  }

  close(): void {
    this.#timer?.cancel();
  }

  /** Does one operation; refuses with `not_leader` when this member does not lead. */
  async execute(request: MemberRequest, budgetMs: number): Promise<AdministerResult> {
    const budget = new Budget({ budgetMs }, this.#deps.clock);
    try {
      const memberId = await this.#run(request, budget);
      return { accepted: true, memberId, after: this.describe() };
    } catch (thrown) {
      const { code, message } = MasterError.from(thrown);
      return { accepted: false, code, message };
    } finally {
      budget.close();
    }
  }

  /** The members as this one sees them. */
  describe(): MembersDescription {
    const { member, clusterUuid } = this.#deps;
    const { directory } = member;
    const view = member.view();
    const progress = new Map(view.progress.map((one) => [one.member, one]));
    const { leader: leaderId } = member.driver.soft;
    const members = directory.members.map((record): MemberDescription => {
      const { memberId, nodeId, address, promotes, replaces } = record;
      const isLearner = directory.membership.learners.includes(memberId);
      return {
        ...{ memberId, nodeId, peerAddress: address, promotes, replaces },
        grpcAddress: this.#deps.transport.factsOf(memberId)?.grpcAddress ?? "",
        suffrage: isLearner ? "learner" : "voter",
        isLeader: memberId === leaderId,
        ...this.#positionsOf(memberId),
        lagEntriesCount: this.#lagOf(progress.get(memberId)),
        lastContactMs: this.#lastContactMs(memberId),
      };
    });
    const isJoint = directory.membership.votersOutgoing.length > 0;
    return { clusterUuid, epoch: view.term, members, isJoint, removed: directory.removed };
  }

  async #run(request: MemberRequest, budget: Budget): Promise<MemberId> {
    this.#requireLeadership();
    if (request.kind === "list") return noMember;
    if (request.kind === "transfer") return this.#transfer(request.memberId, budget);
    if (this.#isBusy) throw busy();
    this.#isBusy = true;
    try {
      const plan = await this.#plan(request);
      // Whoever was asked meanwhile may have taken its time.
      this.#requireLeadership();
      return await this.#carryOut(plan, budget);
    } finally {
      this.#isBusy = false;
    }
  }

  async #plan(request: Exclude<MemberRequest, { kind: "list" | "transfer" }>): Promise<Plan> {
    switch (request.kind) {
      case "add": {
        const newcomer = await this.#probe(request.peerAddress);
        return planAdd(this.#planView(), newcomer, request);
      }
      case "replace": {
        const newcomer = await this.#probe(request.peerAddress);
        return planReplace(this.#planView(), newcomer, request);
      }
      case "rejoin": {
        const newcomer = await this.#probe(request.peerAddress);
        return planRejoin(this.#planView(), newcomer, request);
      }
      case "remove":
        return planRemove(this.#planView(), request.memberId);
      case "promote": {
        const { memberId } = request;
        const fares = this.#progressOf(memberId);
        return planPromote(this.#planView(), memberId, fares, promoteLagEntriesMax);
      }
    }
  }

  async #carryOut(plan: Plan, budget: Budget): Promise<MemberId> {
    switch (plan.kind) {
      case "refuse":
        throw new MasterError(plan.code, plan.message);
      case "done":
        return plan.memberId;
      case "handOver":
        await this.#handOver(budget);
        throw new MasterError("not_leader", "leadership was handed over first");
      case "change": {
        const { logIndex, term } = this.#propose(plan);
        await this.#awaitChange(logIndex, term, budget);
        return plan.memberId;
      }
    }
  }

  /** Asks the core for a change that passes the rules. */
  #propose(plan: ChangePlan): { readonly logIndex: number; readonly term: number } {
    const { member, logger } = this.#deps;
    if (member.directory.membership.votersOutgoing.length > 0) throw busy();
    const problem = quorumProblem(member.directory, plan, (id) => this.#isReachable(id));
    if (problem !== undefined) throw new MasterError("wrong_state", problem);
    const result = member.driver.withNode((node) => node.proposeMembership(plan.change));
    if (result.ok) {
      const { firstLogIndex: logIndex, term } = result;
      logger.info({ event: "members-changing", what: plan.what, logIndex }, "changing the members");
      return { logIndex, term };
    }
    switch (result.reason) {
      case "changePending":
      case "unapplied":
        throw busy();
      case "transferring":
      case "notLeader":
      case "removed":
        throw new MasterError("not_leader", "leadership is changing hands");
      case "uncommittedFull":
        throw new MasterError("overloaded", "too much waits to be committed; try again later");
      default:
        throw new MasterError("wrong_state", `${plan.what} was refused: ${result.reason}`);
    }
  }

  /** Until the change is in force, a joint configuration left, and both durably known here. */
  async #awaitChange(logIndex: number, term: number, budget: Budget): Promise<void> {
    const { member } = this.#deps;
    const leads = (): boolean =>
      member.driver.soft.role === "leader" && member.driver.soft.term === term;
    const isDone = (): boolean =>
      member.settled.logIndex >= logIndex &&
      member.settled.directory.membership.votersOutgoing.length === 0;
    const inTime = await this.#until(() => isDone() || !leads(), budget);
    if (isDone() && leads()) return;
    if (!inTime) throw new MasterError("deadline", "the change was not in force in time");
    throw new MasterError("leader_lost", "leadership changed while the members did");
  }

  async #transfer(to: MemberId, budget: Budget): Promise<MemberId> {
    const { member } = this.#deps;
    const { directory } = member;
    const { memberId: selfId } = member.identity;
    if (to === selfId) return selfId;
    if (to !== noMember) {
      const label = labelOf(directory, to);
      const isVoter = directory.membership.voters.includes(to);
      if (!isVoter && directory.membership.learners.includes(to)) {
        throw new MasterError("wrong_state", `${label} is a learner and cannot lead`);
      }
      if (!isVoter) throw new MasterError("node_not_found", `there is no member ${String(to)}`);
      if (!this.#isReachable(to)) {
        throw new MasterError("wrong_state", `${label} cannot lead: nothing is heard of it`);
      }
    }
    await this.#handOver(budget, to);
    return member.driver.soft.leader;
  }

  /** Makes another voter lead: `to`, or the one that has most of the log. */
  async #handOver(budget: Budget, to: MemberId = noMember): Promise<void> {
    const { member, clock } = this.#deps;
    const target = to === noMember ? this.#successor() : to;
    if (target === undefined) {
      const message =
        "this member leads, and no other voter that could is reachable: start one of them first";
      throw new MasterError("wrong_state", message);
    }
    const asked = member.driver.withNode((node) => node.transferLeadership(target));
    if (!asked.ok) throw new MasterError("wrong_state", `not handed over: ${asked.reason ?? ""}`);
    const patience = new Budget({ budgetMs: successorWaitMs }, clock);
    const { leader: selfId } = member.driver.soft;
    const hasGone = (): boolean =>
      member.driver.soft.leader !== selfId && member.driver.soft.leader !== noMember;
    const inTime = await this.#until(hasGone, patience);
    patience.close();
    if (inTime) return;
    if (budget.isOver) throw new MasterError("deadline", "leadership was not handed over in time");
    const label = labelOf(member.directory, target);
    throw new MasterError("wrong_state", `${label} did not take over leadership in time`);
  }

  /** The reachable voter that is to stay and has most of the log. */
  #successor(): MemberId | undefined {
    const { member } = this.#deps;
    const { voters } = member.directory.membership;
    const able = member
      .view()
      .progress.filter(
        (one) =>
          voters.includes(one.member) &&
          one.member !== member.identity.memberId &&
          this.#isReachable(one.member),
      );
    return able.sort((a, b) => b.match - a.match)[0]?.member;
  }

  #lookAfterLearners(): void {
    const { member, clock, logger } = this.#deps;
    if (!member.leader().isSelf) {
      this.#promoter.forget();
      return;
    }
    const { members, membership } = member.directory;
    const candidates = members
      .filter((record) => membership.learners.includes(record.memberId))
      .map((record) => ({ record, ...this.#progressOf(record.memberId) }));
    const [record] = this.#promoter.look(candidates, clock.monotonicMs());
    if (record === undefined || this.#isBusy) return;
    const plan = planPromotion(this.#planView(), record);
    this.#isBusy = true;
    this.#promote(plan)
      .then(
        () => {
          this.#lastObstacle = "";
        },
        (thrown: unknown) => {
          const { code, message } = MasterError.from(thrown);
          if (message === this.#lastObstacle) return;
          this.#lastObstacle = message;
          logger.warn({ event: "promotion-waits", code, reason: message }, "a learner waits");
        },
      )
      .finally(() => {
        this.#isBusy = false;
      });
  }

  async #promote(plan: Plan): Promise<void> {
    const budget = new Budget({ budgetMs: successorWaitMs }, this.#deps.clock);
    try {
      if (plan.kind === "handOver") await this.#handOver(budget);
      else await this.#carryOut(plan, budget);
    } finally {
      budget.close();
    }
  }

  async #probe(address: string): Promise<ProbeAnswer> {
    try {
      return await this.#deps.transport.probe(address, newcomerProbeTimeoutMs);
    } catch (thrown) {
      const message = `no member answers at ${address}: start it there with --join first`;
      throw new MasterError("invalid_argument", message, { address }, thrown);
    }
  }

  /** Waits for `condition`; false when the budget ended first. */
  async #until(condition: () => boolean, budget: Budget): Promise<boolean> {
    const waited = await budget.wait<true>((resolve) => {
      const look = (): void => {
        if (condition()) resolve(true);
      };
      const stop = this.#deps.member.onProgress(look);
      look();
      return stop;
    });
    return !isExpired(waited);
  }

  #requireLeadership(): void {
    if (this.#deps.member.leader().isSelf) return;
    throw new MasterError("not_leader", "this member does not lead");
  }

  #planView(): PlanView {
    const { member, clusterUuid } = this.#deps;
    return { directory: member.directory, selfId: member.identity.memberId, clusterUuid };
  }

  #progressOf(memberId: MemberId): LearnerProgress {
    const progress = this.#deps.member.view().progress.find((one) => one.member === memberId);
    return { isReachable: this.#isReachable(memberId), lagEntriesCount: this.#lagOf(progress) };
  }

  #lagOf(progress: ProgressView | undefined): number {
    const { lastLogIndex } = this.#deps.member.view();
    return progress === undefined ? 0 : Math.max(0, lastLogIndex - progress.match);
  }

  #isReachable(memberId: MemberId): boolean {
    const { member, electionTimeoutMs } = this.#deps;
    if (memberId === member.identity.memberId) return true;
    return member.roster.isHeard(memberId, electionTimeoutMs);
  }

  #lastContactMs(memberId: MemberId): number | undefined {
    const { member, clock } = this.#deps;
    if (memberId === member.identity.memberId) return 0;
    const heardMs = member.roster.heardMs(memberId);
    const isCurrent = heardMs !== undefined && heardMs >= member.ledSinceMs;
    return isCurrent ? clock.monotonicMs() - heardMs : undefined;
  }

  #positionsOf(
    memberId: MemberId,
  ): Pick<MemberDescription, "term" | "lastLogIndex" | "commitLogIndex" | "appliedLogIndex"> {
    const { member } = this.#deps;
    if (memberId === member.identity.memberId) {
      const { term, lastLogIndex, commit, applied } = member.view();
      return { term, lastLogIndex, commitLogIndex: commit, appliedLogIndex: applied };
    }
    const report = member.roster.reportOf(memberId);
    return {
      term: report?.term ?? 0,
      lastLogIndex: report?.lastLogIndex ?? 0,
      commitLogIndex: report?.commitLogIndex ?? 0,
      appliedLogIndex: report?.appliedLogIndex ?? 0,
    };
  }
}

function busy(): MasterError {
  const message = "another change of the members is under way: try again when it is over";
  return new MasterError("wrong_state", message);
}
