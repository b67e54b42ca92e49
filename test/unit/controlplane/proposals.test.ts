/**
 * One proposal through changes of leader: what is offered to whom and when, and which error a
 * caller is told. The host is a script; nothing here has a log.
 */
import { describe, expect, it } from "vitest";

import { assertDefined } from "../../../src/base/assert.js";
import { MasterError } from "../../../src/base/errors.js";
import type { Proposed, ProposeOptions } from "../../../src/controlplane/port.js";
import {
  forwardTimeoutMs,
  offerRetryMs,
  waitingProposalsMax,
} from "../../../src/controlplane/raft/limits.js";
import {
  Proposals,
  type Offer,
  type OfferTarget,
  type ProposalHost,
} from "../../../src/controlplane/raft/proposals.js";
import type { ForwardResult } from "../../../src/transport/types.js";
import { ManualClock } from "../../support/server/manual-clock.js";

const applied = { ok: true, indexUuid: "", items: [] } as const;
const notLeader: ForwardResult = { accepted: false, code: "not_leader", message: "no" };
const full: ForwardResult = { accepted: false, code: "overloaded", message: "full" };
const taken: ForwardResult = { accepted: true };

interface Forwarded {
  readonly offer: Offer;
  answer(result: ForwardResult): void;
  lose(): void;
}

class Host implements ProposalHost {
  readonly clock: ManualClock = new ManualClock();
  readonly proposals: Proposals = new Proposals(this, this.clock);
  readonly forwards: Forwarded[] = [];
  readonly appends: Offer[] = [];
  /** Set: every forward is answered with it at once. */
  always: ForwardResult | undefined;
  #target: OfferTarget | undefined;
  readonly #listeners = new Set<() => void>();
  #sequence = 0;

  target(): OfferTarget | undefined {
    return this.#target;
  }

  onTargetChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  append(offer: Offer): ForwardResult {
    this.appends.push(offer);
    return taken;
  }

  forward(offer: Offer): Promise<ForwardResult> {
    if (this.always !== undefined) return Promise.resolve(this.always);
    return new Promise((resolve, reject) => {
      this.forwards.push({
        offer,
        answer: resolve,
        lose: () => {
          reject(new MasterError("leader_lost", "lost"));
        },
      });
    });
  }

  newTag(): Offer["tag"] {
    this.#sequence += 1;
    return { member: 1, boot: 2, sequence: this.#sequence };
  }

  /** Another leader is known, or none. */
  async lead(target: OfferTarget | undefined): Promise<void> {
    this.#target = target;
    for (const listener of [...this.#listeners]) listener();
    await turn();
  }

  /** Time passes in small steps, with everything that follows from each. */
  async pass(ms: number): Promise<void> {
    for (let n = 0; n < ms; n += 5) {
      this.clock.advance(Math.min(5, ms - n));
      await turn();
    }
  }

  get last(): Forwarded {
    return assertDefined(this.forwards.at(-1), "something was forwarded");
  }
}

async function turn(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}

async function start(
  target: OfferTarget | undefined,
  options: Partial<ProposeOptions> = {},
): Promise<{ readonly host: Host; readonly outcome: Promise<Proposed | string> }> {
  const host = new Host();
  await host.lead(target);
  const call = host.proposals.propose(new Uint8Array([1]), {
    budgetMs: 8000,
    origin: "test",
    ...options,
  });
  const outcome = call.catch((thrown: unknown) => MasterError.from(thrown).code);
  await turn();
  return { host, outcome };
}

const other = (epoch: number): OfferTarget => ({ epoch, isSelf: false });
const self = (epoch: number): OfferTarget => ({ epoch, isSelf: true });

describe("a proposal", () => {
  it("waits for a leader, is offered once, and answered when it is applied", async () => {
    const { host, outcome } = await start(undefined);
    expect(host.forwards).toEqual([]);
    await host.lead(other(3));
    host.last.answer(taken);
    await host.pass(1000);
    expect(host.forwards).toHaveLength(1);
    expect(host.last.offer).toMatchObject({ epoch: 3, origin: "test" });
    host.proposals.onApplied(host.last.offer.tag, 7, applied);
    expect(await outcome).toEqual({ version: 7, result: applied });
    expect(host.proposals.waitingCount).toBe(0);
  });

  it("applied before its forward was answered, it is done", async () => {
    const { host, outcome } = await start(other(3));
    host.proposals.onApplied(host.last.offer.tag, 7, applied);
    host.last.lose();
    expect(await outcome).toMatchObject({ version: 7 });
    expect(host.forwards).toHaveLength(1);
  });

  it("refused, nothing was appended: it is offered again after a pause", async () => {
    const { host, outcome } = await start(other(3));
    host.last.answer(notLeader);
    await host.pass(offerRetryMs - 5);
    expect(host.forwards).toHaveLength(1);
    await host.lead(other(4));
    await host.pass(10);
    expect(host.forwards).toHaveLength(2);
    host.last.answer(taken);
    await turn();
    host.proposals.onApplied(host.last.offer.tag, 9, applied);
    expect(await outcome).toMatchObject({ version: 9 });
  });

  it("overloaded, the caller is told at once", async () => {
    const { host, outcome } = await start(other(3));
    host.last.answer(full);
    expect(await outcome).toBe("overloaded");
  });
});

describe("a proposal whose leader is lost", () => {
  it("accepted, is not offered to the next one before that one's first entry is applied", async () => {
    const { host, outcome } = await start(other(3));
    host.last.answer(taken);
    await host.lead(undefined);
    await host.lead(other(4));
    await host.pass(500);
    expect(host.forwards).toHaveLength(1);
    host.proposals.onEpochApplied(4);
    await turn();
    expect(host.forwards).toHaveLength(2);
    expect(host.last.offer.epoch).toBe(4);
    host.last.answer(taken);
    await turn();
    host.proposals.onApplied(host.last.offer.tag, 5, applied);
    expect(await outcome).toMatchObject({ version: 5 });
  });

  it("and found in the new leader's log, is not offered again", async () => {
    const { host, outcome } = await start(other(3));
    host.last.answer(taken);
    await host.lead(other(4));
    host.proposals.onApplied(host.last.offer.tag, 5, applied);
    host.proposals.onEpochApplied(4);
    expect(await outcome).toMatchObject({ version: 5 });
    expect(host.forwards).toHaveLength(1);
  });

  it("unconfirmed, is offered to the same leader again under the same tag", async () => {
    const { host, outcome } = await start(other(3));
    host.last.lose();
    await host.pass(offerRetryMs + 5);
    expect(host.forwards).toHaveLength(2);
    expect(host.forwards[1]?.offer.tag).toEqual(host.forwards[0]?.offer.tag);
    host.last.answer(taken);
    await host.pass(200);
    expect(host.forwards).toHaveLength(2);
    host.proposals.onApplied(host.last.offer.tag, 5, applied);
    expect(await outcome).toMatchObject({ version: 5 });
  });

  it("unconfirmed, is not offered to a new leader before it is decided", async () => {
    const { host, outcome } = await start(other(3));
    host.last.lose();
    await host.lead(other(4));
    await host.pass(300);
    expect(host.forwards).toHaveLength(1);
    host.proposals.onEpochApplied(3);
    await host.pass(50);
    expect(host.forwards).toHaveLength(1);
    host.proposals.onEpochApplied(4);
    await host.pass(5);
    expect(host.forwards).toHaveLength(2);
    host.proposals.onApplied(host.last.offer.tag, 5, applied);
    expect(await outcome).toMatchObject({ version: 5 });
  });

  it("unconfirmed and then refused or overloaded, is still undecided", async () => {
    const { host, outcome } = await start(other(3), { budgetMs: 1000 });
    host.last.lose();
    await host.pass(offerRetryMs + 5);
    host.last.answer(full);
    await host.pass(offerRetryMs + 5);
    host.last.answer(notLeader);
    await host.pass(1000);
    expect(await outcome).toBe("leader_lost");
  });

  it("hidden by a snapshot: unknown", async () => {
    const { host, outcome } = await start(other(3));
    host.last.answer(taken);
    await turn();
    host.proposals.onOutcomesHidden();
    expect(await outcome).toBe("leader_lost");
  });

  it("a snapshot hides nothing of what was not offered", async () => {
    const { host, outcome } = await start(undefined);
    host.proposals.onOutcomesHidden();
    await host.lead(self(4));
    host.proposals.onApplied(assertDefined(host.appends[0], "an offer").tag, 2, applied);
    expect(await outcome).toMatchObject({ version: 2 });
  });
});

describe("a proposal's budget", () => {
  it.each<[string, OfferTarget | undefined, ForwardResult | undefined, string]>([
    ["no leader", undefined, undefined, "no_leader"],
    ["refused each time", other(3), notLeader, "no_leader"],
    ["taken, not applied", other(3), taken, "leader_lost"],
  ])("ends: %s", async (_, target, result, code) => {
    const { host, outcome } = await start(undefined, { budgetMs: 300 });
    host.always = result;
    await host.lead(target);
    await host.pass(300);
    expect(await outcome).toBe(code);
  });

  it("ends while a forward hangs, not when that does", async () => {
    const { host, outcome } = await start(other(3), { budgetMs: 100 });
    expect(forwardTimeoutMs).toBeGreaterThan(100);
    await host.pass(110);
    expect(await outcome).toBe("leader_lost");
    host.last.answer(taken);
    await turn();
  });

  it("decided while a forward hangs, it does not wait for that", async () => {
    const { host, outcome } = await start(other(3));
    await host.lead(other(4));
    host.proposals.onEpochApplied(4);
    await turn();
    expect(host.forwards).toHaveLength(2);
    host.proposals.onApplied(host.last.offer.tag, 5, applied);
    expect(await outcome).toMatchObject({ version: 5 });
  });

  it("superseded and then over: nothing was proposed", async () => {
    const { host, outcome } = await start(other(3), { budgetMs: 100 });
    host.last.answer(taken);
    await host.lead(undefined);
    host.proposals.onEpochApplied(4);
    await host.pass(110);
    expect(await outcome).toBe("no_leader");
  });

  it("is over before it began for a caller that has gone", async () => {
    const { host, outcome } = await start(self(1), { signal: AbortSignal.abort() });
    expect(await outcome).toBe("no_leader");
    expect(host.appends).toEqual([]);
  });
});

describe("a proposal for one epoch", () => {
  it.each<[string, OfferTarget | undefined]>([
    ["nobody leads", undefined],
    ["another member leads", other(3)],
    ["this member leads under a later one", self(4)],
  ])("is refused at once when %s", async (_, target) => {
    const { host, outcome } = await start(target, { epoch: 3 });
    expect(await outcome).toBe("not_leader");
    expect([...host.forwards, ...host.appends]).toEqual([]);
  });

  it("is appended here, and not offered to anybody else afterwards", async () => {
    const { host, outcome } = await start(self(3), { epoch: 3 });
    expect(host.appends).toHaveLength(1);
    await host.lead(other(4));
    host.proposals.onEpochApplied(4);
    expect(await outcome).toBe("not_leader");
    expect(host.forwards).toEqual([]);
  });
});

describe("all proposals", () => {
  it("beyond the bound are refused; a stop ends them by what is known of each", async () => {
    const host = new Host();
    const ask = (): Promise<string> =>
      host.proposals.propose(new Uint8Array(), { budgetMs: undefined, origin: "t" }).then(
        () => "none",
        (thrown: unknown) => MasterError.from(thrown).code,
      );
    await host.lead(other(3));
    const offered = ask();
    await turn();
    await host.lead(undefined);
    const rest = Array.from({ length: waitingProposalsMax - 1 }, ask);
    await turn();
    expect(await ask()).toBe("overloaded");
    host.proposals.stop();
    expect(await offered).toBe("leader_lost");
    expect(new Set(await Promise.all(rest))).toEqual(new Set(["stopping"]));
    expect(await ask()).toBe("stopping");
  });
});
