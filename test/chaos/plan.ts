/**
 * What goes wrong when, under a seed: faults of every kind in several lanes that overlap. The plan
 * names kinds, times and numbers to choose targets by; what a target is at that moment (who leads,
 * who runs) is seen when the fault comes. Pure.
 */
import { assert, assertDefined } from "../../src/base/assert.js";
import { createRandom, type Random } from "../../src/base/random.js";

/** Everything that can happen to a cluster here. */
export const faultKinds = [
  "kill",
  "kill-all",
  "stop",
  "pause",
  "partition",
  "one-way",
  "loss",
  "delay",
  "disk-full",
  "transfer",
  "replace",
] as const;
/** One of {@link faultKinds}. */
export type FaultKind = (typeof faultKinds)[number];

/** One fault of a plan. */
export interface Fault {
  readonly kind: FaultKind;
  readonly startMs: number;
  /** Until it is undone; transfers and replacements end by themselves. */
  readonly durationMs: number;
  /** Whether it is meant for the leader of the moment. */
  readonly atLeader: boolean;
  /** Chooses among the members otherwise, and how strong it is. */
  readonly choice: number;
}

interface Bounds {
  readonly minMs: number;
  readonly maxMs: number;
}

const durations: Readonly<Record<FaultKind, Bounds>> = {
  kill: { minMs: 100, maxMs: 4000 },
  "kill-all": { minMs: 100, maxMs: 2000 },
  stop: { minMs: 100, maxMs: 2000 },
  pause: { minMs: 300, maxMs: 6000 },
  partition: { minMs: 1000, maxMs: 7000 },
  "one-way": { minMs: 1000, maxMs: 7000 },
  loss: { minMs: 2000, maxMs: 7000 },
  delay: { minMs: 2000, maxMs: 7000 },
  "disk-full": { minMs: 2000, maxMs: 7000 },
  transfer: { minMs: 100, maxMs: 100 },
  replace: { minMs: 100, maxMs: 100 },
};

const lanesCount = 2;
const pause: Bounds = { minMs: 300, maxMs: 2500 };
/** The cluster forms and clients begin before the first fault. */
const quietMs = 1000;
const leaderPercent = 50;

/** The faults of a run, by their start. The same arguments give the same plan. */
export function planFaults(
  seed: number,
  durationMs: number,
  without: ReadonlySet<FaultKind> = new Set(),
): readonly Fault[] {
  assert(durationMs > 0, "a run takes time");
  assert(without.size < faultKinds.length, "something is to go wrong");
  const random = createRandom(seed);
  const kinds = faultKinds.filter((kind) => !without.has(kind));
  const deck = new Deck(kinds, random);
  const laneEndsMs = Array.from({ length: lanesCount }, () => quietMs);
  const faults: Fault[] = [];
  for (;;) {
    const lane = laneEndsMs.indexOf(Math.min(...laneEndsMs));
    const startMs = assertDefined(laneEndsMs[lane], "a lane") + between(random, pause);
    if (startMs >= durationMs) return faults.sort((a, b) => a.startMs - b.startMs);
    const kind = deck.draw();
    const lastsMs = Math.min(between(random, durations[kind]), durationMs - startMs);
    const atLeader = random.below(100) < leaderPercent;
    faults.push({ kind, startMs, durationMs: lastsMs, atLeader, choice: random.uint32() });
    laneEndsMs[lane] = startMs + lastsMs;
  }
}

/** Each kind once in a random order, again and again: none is left to chance alone. */
class Deck {
  readonly #kinds: readonly FaultKind[];
  readonly #random: Random;
  #cards: FaultKind[] = [];

  constructor(kinds: readonly FaultKind[], random: Random) {
    this.#kinds = kinds;
    this.#random = random;
  }

  draw(): FaultKind {
    if (this.#cards.length === 0) this.#cards = [...this.#kinds];
    const [card] = this.#cards.splice(this.#random.below(this.#cards.length), 1);
    return assertDefined(card, "a deck that was filled has a card");
  }
}

function between(random: Random, { minMs, maxMs }: Bounds): number {
  return minMs + random.below(maxMs - minMs + 1);
}
