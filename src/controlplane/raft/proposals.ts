/**
 * The way of a proposal from the caller to its outcome. It is offered to the leader of an epoch,
 * here or by forwarding, under a tag. Whoever applies the tagged entry answers the caller. When a
 * newer leader's first entry is applied and the tag has not been seen, the entry can never commit,
 * and the proposal is offered again: so a change of leader costs latency, not errors.
 */
import type { Clock } from "../../base/clock.js";
import { MasterError, type ErrorCode } from "../../base/errors.js";
import type { CommandResult } from "../../state/commands.js";
import type { ForwardResult, ProposalTag } from "../../transport/types.js";
import type { Proposed, ProposeOptions } from "../port.js";
import { Budget, isExpired } from "./budget.js";
import { forwardTimeoutMs, offerRetryMs, waitingProposalsMax } from "./limits.js";

/** A leader to offer to. */
export interface OfferTarget {
  readonly epoch: number;
  /** True when this member leads. */
  readonly isSelf: boolean;
}

/** One offer of a proposal. */
export interface Offer {
  readonly epoch: number;
  readonly command: Uint8Array;
  readonly tag: ProposalTag;
  readonly origin: string;
}

/** What proposals need of the driver. */
export interface ProposalHost {
  /** The leader known now, or undefined. */
  target(): OfferTarget | undefined;
  /** Calls back on every change of {@link target}; returns how to stop. */
  onTargetChange(listener: () => void): () => void;
  /** Appends on this member, which leads under the offer's epoch. */
  append(offer: Offer): ForwardResult;
  forward(offer: Offer, timeoutMs: number): Promise<ForwardResult>;
  newTag(): ProposalTag;
}

/** How an offer ended: applied, hidden in a snapshot, or never to be applied. */
type Fate =
  | { readonly kind: "applied"; readonly proposed: Proposed }
  | { readonly kind: "hidden" | "superseded" | "retry" };

/** What became of one offer. A refusal says that it was not appended this time. */
type OfferAnswer = "accepted" | "unknown" | Extract<ForwardResult, { accepted: false }>;

interface Waiting {
  readonly budget: Budget;
  /** Epoch of the offer that is not decided yet; 0 = none. */
  epoch: number;
  fate: Fate | undefined;
  notify: ((fate: Fate) => void) | undefined;
}

/** Refusals after which the same proposal may be offered again. */
const transientRefusals: ReadonlySet<string> = new Set<ErrorCode>(["not_leader", "no_leader"]);

/** See the file comment. */
export class Proposals {
  readonly #host: ProposalHost;
  readonly #clock: Clock;
  /** By tag sequence: tags of this process only. */
  readonly #waiting = new Map<number, Waiting>();
  #stopped = false;

  constructor(host: ProposalHost, clock: Clock) {
    this.#host = host;
    this.#clock = clock;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** See ControlPlane.propose. `command` is encoded. */
  async propose(command: Uint8Array, options: ProposeOptions): Promise<Proposed> {
    if (this.#waiting.size >= waitingProposalsMax) {
      throw new MasterError("overloaded", "too many proposals wait; try again later");
    }
    const budget = new Budget(options, this.#clock);
    const tag = this.#host.newTag();
    const waiting: Waiting = { budget, epoch: 0, fate: undefined, notify: undefined };
    this.#waiting.set(tag.sequence, waiting);
    if (this.#stopped) budget.expire();
    try {
      return await this.#drive({ command, tag, waiting, options });
    } finally {
      this.#waiting.delete(tag.sequence);
      budget.close();
    }
  }

  /** An entry of this process was applied. */
  onApplied(tag: ProposalTag, version: number, result: CommandResult): void {
    const waiting = this.#waiting.get(tag.sequence);
    if (waiting !== undefined) settle(waiting, { kind: "applied", proposed: { version, result } });
  }

  /** The first entry of the leader of `epoch` was applied: older offers are decided. */
  onEpochApplied(epoch: number): void {
    for (const waiting of this.#waiting.values()) {
      if (waiting.epoch !== 0 && waiting.epoch < epoch) settle(waiting, { kind: "superseded" });
    }
  }

  /** A snapshot was installed: it may hold entries whose outcome nobody here will see. */
  onOutcomesHidden(): void {
    for (const waiting of this.#waiting.values()) {
      if (waiting.epoch !== 0) settle(waiting, { kind: "hidden" });
    }
  }

  /** This member stops: nobody here will see an outcome any more. */
  stop(): void {
    this.#stopped = true;
    for (const waiting of this.#waiting.values()) waiting.budget.expire();
  }

  async #drive(call: {
    readonly command: Uint8Array;
    readonly tag: ProposalTag;
    readonly waiting: Waiting;
    readonly options: ProposeOptions;
  }): Promise<Proposed> {
    const { command, tag, waiting, options } = call;
    const { budget } = waiting;
    let unconfirmed = false;
    for (;;) {
      const undecided = waiting.epoch !== 0;
      if (undecided) {
        const fate = await this.#fate(waiting, unconfirmed);
        if (fate.kind === "applied") return fate.proposed;
        if (fate.kind === "superseded") {
          if (options.epoch !== undefined) throw lostEpoch(options.epoch);
          forget(waiting);
          continue;
        }
        // Only the leader that may hold the tag already may be asked again before it is decided.
        if (this.#host.target()?.epoch !== waiting.epoch) continue;
      }
      const target = await this.#findTarget(options, budget);
      if (target === undefined) throw this.#expiry(undecided ? "offered" : "unoffered");
      waiting.epoch = target.epoch;
      const offer: Offer = { epoch: target.epoch, command, tag, origin: options.origin };
      const answer = await this.#offer(target, offer, waiting);
      unconfirmed = answer !== "accepted";
      // A refusal decides nothing while an earlier offer may have been taken.
      if (answer === "accepted" || answer === "unknown" || undecided) continue;
      throwUnlessTransient(answer, options);
      forget(waiting);
      if (!(await budget.pause(offerRetryMs))) throw this.#expiry("unoffered");
    }
  }

  async #findTarget(options: ProposeOptions, budget: Budget): Promise<OfferTarget | undefined> {
    const known = this.#host.target();
    if (options.epoch !== undefined) {
      if (known?.isSelf !== true || known.epoch !== options.epoch) throw lostEpoch(options.epoch);
      return known;
    }
    if (known !== undefined) return budget.isOver ? undefined : known;
    const found = await budget.wait<OfferTarget>((resolve) =>
      this.#host.onTargetChange(() => {
        const target = this.#host.target();
        if (target !== undefined) resolve(target);
      }),
    );
    return isExpired(found) ? undefined : found;
  }

  /**
   * Offers once. "unknown" = the leader may or may not have appended it. What decides the offer
   * ends the wait for the answer too, which may never come from a leader that stands still.
   */
  async #offer(target: OfferTarget, offer: Offer, waiting: Waiting): Promise<OfferAnswer> {
    if (target.isSelf) {
      const answer = this.#host.append(offer);
      return answer.accepted ? "accepted" : answer;
    }
    const answer = await waiting.budget.wait<OfferAnswer>((resolve) => {
      waiting.notify = () => {
        resolve("unknown");
      };
      this.#host.forward(offer, forwardTimeoutMs).then(
        (result) => {
          resolve(result.accepted ? "accepted" : result);
        },
        () => {
          resolve("unknown");
        },
      );
      return () => {
        waiting.notify = undefined;
      };
    });
    return isExpired(answer) ? "unknown" : answer;
  }

  #expiry(offered: "offered" | "unoffered"): MasterError {
    if (offered === "offered") {
      const text = "the outcome was not known in time; read before repeating";
      return new MasterError("leader_lost", text);
    }
    return this.#stopped
      ? new MasterError("stopping", "this member is stopping; nothing was proposed")
      : new MasterError("no_leader", "no leader was found in time; nothing was proposed");
  }

  /**
   * Waits until the offer is decided. One that nobody confirmed is offered again after a pause:
   * the same leader recognises its tag.
   *
   * @throws MasterError `leader_lost` when its outcome will not be known here in time.
   */
  async #fate(waiting: Waiting, unconfirmed: boolean): Promise<Fate> {
    const fate = waiting.fate ?? (await this.#awaitFate(waiting, unconfirmed));
    if (fate === undefined) throw this.#expiry("offered");
    if (fate.kind === "hidden") throw hidden();
    return fate;
  }

  /** Undefined when the budget ended first. */
  async #awaitFate(waiting: Waiting, unconfirmed: boolean): Promise<Fate | undefined> {
    const fate = await waiting.budget.wait<Fate>((resolve) => {
      waiting.notify = resolve;
      const retry = unconfirmed
        ? this.#clock.after(offerRetryMs, () => {
            resolve({ kind: "retry" });
          })
        : undefined;
      return () => {
        waiting.notify = undefined;
        retry?.cancel();
      };
    });
    return isExpired(fate) ? undefined : fate;
  }
}

function settle(waiting: Waiting, fate: Fate): void {
  if (waiting.fate !== undefined) return;
  waiting.fate = fate;
  waiting.notify?.(fate);
}

/** The offer is known never to be applied. */
function forget(waiting: Waiting): void {
  waiting.epoch = 0;
  waiting.fate = undefined;
}

/** Ends the call unless the refused proposal may be offered again, to whoever leads then. */
function throwUnlessTransient(
  answer: Extract<ForwardResult, { accepted: false }>,
  options: ProposeOptions,
): void {
  if (!transientRefusals.has(answer.code)) {
    throw new MasterError(answer.code as ErrorCode, answer.message);
  }
  if (options.epoch !== undefined) throw lostEpoch(options.epoch);
}

function lostEpoch(epoch: number): MasterError {
  return new MasterError("not_leader", `this member no longer leads under epoch ${String(epoch)}`);
}

function hidden(): MasterError {
  return new MasterError("leader_lost", "a snapshot was installed; the outcome is unknown");
}
