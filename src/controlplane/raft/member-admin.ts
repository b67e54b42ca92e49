/**
 * The members, for operators, on any member: finds the leader and asks it, again when leadership
 * changes hands meanwhile. What was asked for is a state to be reached; so a lost answer is settled
 * by looking whether it has been.
 */
import type { Clock } from "../../base/clock.js";
import { MasterError, type ErrorCode } from "../../base/errors.js";
import { noMember, type MemberId } from "../../raft/types.js";
import type { AdministerResult, MemberRequest, Transport } from "../../transport/types.js";
import type { MemberAdmin, MemberOperation, MemberOutcome, MembersView } from "../admin.js";
import type { CallOptions } from "../port.js";
import { Budget } from "./budget.js";
import type { LeaderAdmin } from "./leader-admin.js";
import { administerBudgetMs, administerRetryMs } from "./limits.js";
import type { Member } from "./member.js";
import { isGoalReached, subjectOf } from "./membership-rules.js";

/** What is there once the member is in a cluster. */
export interface AdminParts {
  readonly member: Member;
  readonly leaderAdmin: LeaderAdmin;
  readonly transport: Transport;
  readonly clusterUuid: string;
}

type Refused = Extract<AdministerResult, { accepted: false }>;
type Accepted = Extract<AdministerResult, { accepted: true }>;

/** Refusals after which whoever leads then may be asked. */
const transient: ReadonlySet<string> = new Set<ErrorCode>(["not_leader", "no_leader"]);

/** See the file comment. */
export class RaftMemberAdmin implements MemberAdmin {
  readonly #clock: Clock;
  /** Undefined while this member is in no cluster. */
  readonly #parts: () => AdminParts | undefined;
  readonly #budgets = new Set<Budget>();
  #stopped = false;

  constructor(clock: Clock, parts: () => AdminParts | undefined) {
    this.#clock = clock;
    this.#parts = parts;
  }

  async members(options: CallOptions): Promise<MembersView> {
    return (await this.#ask({ kind: "list" }, options)).after;
  }

  async administer(operation: MemberOperation, options: CallOptions): Promise<MemberOutcome> {
    const { memberId, after } = await this.#ask(operation, options);
    return { memberId, after };
  }

  /** Ends all calls. */
  stop(): void {
    this.#stopped = true;
    for (const budget of this.#budgets) budget.expire();
  }

  async #ask(request: MemberRequest, options: CallOptions): Promise<Accepted> {
    const budgetMs = options.budgetMs ?? administerBudgetMs;
    const endsMs = this.#clock.monotonicMs() + budgetMs;
    const budget = new Budget({ ...options, budgetMs }, this.#clock);
    this.#budgets.add(budget);
    if (this.#stopped) budget.expire();
    try {
      return await this.#drive(request, budget, endsMs);
    } finally {
      this.#budgets.delete(budget);
      budget.close();
    }
  }

  async #drive(request: MemberRequest, budget: Budget, endsMs: number): Promise<Accepted> {
    /** Whom the operation may have reached first; 0 = nobody yet. */
    let askedFirst: MemberId = noMember;
    while (!budget.isOver) {
      const leftMs = Math.max(1, endsMs - this.#clock.monotonicMs());
      if (askedFirst !== noMember) {
        const settled = await this.#settle({ request, askedFirst }, budget, leftMs);
        if (settled !== undefined) return settled;
      }
      const asked = this.#parts()?.member.driver.soft.leader ?? noMember;
      const answer = await this.#once(request, budget, leftMs);
      if (answer === "expired") break;
      if (answer.accepted) return answer;
      if (answer.code === "leader_lost") askedFirst = askedFirst === noMember ? asked : askedFirst;
      else if (!transient.has(answer.code)) {
        throw new MasterError(answer.code as ErrorCode, answer.message);
      }
      await budget.pause(administerRetryMs);
    }
    if (askedFirst !== noMember) {
      throw new MasterError("deadline", "the outcome was not known in time: list the members");
    }
    if (this.#stopped) {
      throw new MasterError("stopping", "this member is stopping; ask another one");
    }
    throw new MasterError("no_leader", "no leader answered in time");
  }

  /** The outcome of an operation whose answer was lost, if it was done. */
  async #settle(
    lost: { readonly request: MemberRequest; readonly askedFirst: MemberId },
    budget: Budget,
    leftMs: number,
  ): Promise<Accepted | undefined> {
    const listed = await this.#once({ kind: "list" }, budget, leftMs);
    if (listed === "expired" || !listed.accepted) return undefined;
    const { after } = listed;
    if (!isGoalReached(lost.request, after, lost.askedFirst)) return undefined;
    return { accepted: true, memberId: subjectOf(lost.request, after), after };
  }

  async #once(
    request: MemberRequest,
    budget: Budget,
    budgetMs: number,
  ): Promise<AdministerResult | "expired"> {
    const parts = this.#parts();
    if (parts === undefined) return noLeader("this member is in no cluster yet");
    const { member, leaderAdmin, transport, clusterUuid } = parts;
    const { leader, term } = member.driver.soft;
    const address = member.roster.addressOf(leader);
    if (leader !== member.identity.memberId && address === undefined) {
      return noLeader("no leader is known");
    }
    const answer = await budget.wait<AdministerResult>((resolve) => {
      const call =
        address === undefined || leader === member.identity.memberId
          ? leaderAdmin.execute(request, budgetMs)
          : transport.administer(address, { clusterUuid, request, budgetMs });
      const lost = (message: string): void => {
        resolve({ accepted: false, code: "leader_lost", message });
      };
      call.then(resolve, (thrown: unknown) => {
        lost(MasterError.from(thrown).message);
      });
      if (leader === member.identity.memberId) return () => undefined;
      // One that stands still answers nothing while another one leads already.
      return member.onProgress(() => {
        const now = member.driver.soft;
        if (now.leader !== leader || now.term !== term) lost("another member leads now");
      });
    });
    return "accepted" in answer ? answer : "expired";
  }
}

function noLeader(message: string): Refused {
  return { accepted: false, code: "no_leader", message };
}
