/**
 * An operator at work: adds, replaces, promotes and removes members, hands leadership over, while
 * everything else goes on. What comes of an operation is not judged here; what must hold of the
 * cluster meanwhile and afterwards is.
 */
import { MasterError } from "../../src/base/errors.js";
import type { MemberOperation } from "../../src/controlplane/admin.js";
import type { SimMaster } from "./master.js";
import type { Fault } from "./plan.js";
import type { Reference } from "./reference.js";
import type { Coverage } from "./violation.js";
import type { World } from "./world.js";

const budgetMs = 10_000;
/** How long a new process gets before it is added. */
const startMs = 600;

/** What the operator works with. */
export interface MemberChangesDeps {
  readonly world: World;
  readonly masters: readonly SimMaster[];
  readonly reference: Reference;
  readonly coverage: Coverage;
}

/** See the file comment. */
export class MemberChanges {
  readonly #deps: MemberChangesDeps;
  /** Operations under way, with the place that serves them. */
  readonly #open = new Map<number, number>();
  #operations = 0;

  constructor(deps: MemberChangesDeps) {
    this.#deps = deps;
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** The process at a place ended, and what it served with it. */
  onEnded(place: number): void {
    for (const [no, at] of this.#open) if (at === place) this.#open.delete(no);
  }

  /** A new process joins, as a learner that stays one or as a voter. */
  add(fault: Fault): void {
    const newcomer = this.#newcomer();
    if (newcomer === undefined) return;
    const suffrage = fault.amount < 0.2 ? "learner" : "voter";
    this.#afterStart(newcomer, () => {
      this.#ask(fault, { kind: "add", peerAddress: newcomer.peerAddress, suffrage });
    });
  }

  /** A new process takes the place of a member. */
  replace(fault: Fault): void {
    const memberId = this.#someMember(fault);
    const newcomer = this.#newcomer();
    if (newcomer === undefined) return;
    this.#afterStart(newcomer, () => {
      this.#ask(fault, { kind: "replace", memberId, peerAddress: newcomer.peerAddress });
    });
  }

  remove(fault: Fault): void {
    this.#ask(fault, { kind: "remove", memberId: this.#someMember(fault) });
  }

  promote(fault: Fault): void {
    const { learners } = this.#deps.reference.membershipNow;
    const memberId = learners[0];
    if (memberId !== undefined) this.#ask(fault, { kind: "promote", memberId });
  }

  transfer(fault: Fault): void {
    this.#ask(fault, {
      kind: "transfer",
      memberId: fault.amount < 0.5 ? 0 : this.#someMember(fault),
    });
  }

  #newcomer(): SimMaster | undefined {
    return this.#deps.masters.find((master) => master.isSpare);
  }

  #afterStart(newcomer: SimMaster, ask: () => void): void {
    newcomer.startAfresh();
    this.#deps.world.after(startMs, ask);
  }

  #someMember({ amount }: Fault): number {
    const { voters, learners } = this.#deps.reference.membershipNow;
    const all = [...voters, ...learners];
    return all[Math.floor(amount * 4096) % Math.max(1, all.length)] ?? 0;
  }

  #ask(fault: Fault, operation: MemberOperation): void {
    const { masters, coverage } = this.#deps;
    const place = Math.max(0, fault.who) % masters.length;
    const master = masters[place];
    const member = master?.member;
    if (master?.lane === undefined || member === undefined) return;
    this.#operations += 1;
    const no = this.#operations;
    this.#open.set(no, place);
    coverage.count(`member operation: ${operation.kind}`);
    master.lane.run(() => {
      member.admin.administer(operation, { budgetMs }).then(
        () => {
          this.#open.delete(no);
          coverage.count(`member operation done: ${operation.kind}`);
        },
        (thrown: unknown) => {
          this.#open.delete(no);
          coverage.count(`member operation failed: ${MasterError.from(thrown).code}`);
        },
      );
    });
  }
}
