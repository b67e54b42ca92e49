/**
 * Everything that is done to the cluster in one run, as data: faults and requests, numbered, drawn
 * from the seed before the run begins. A run repeats without some of them by leaving their numbers
 * out, which is how a failing one is made small.
 */
import { drawText, exponential, pick, streamOf } from "./seeded.js";
import type { SwarmConfig } from "./config.js";
import { memberKinds, type FaultKind } from "./fault-kinds.js";

/** One thing that goes wrong. */
export interface Fault {
  readonly no: number;
  readonly atMs: number;
  readonly lastsMs: number;
  readonly kind: FaultKind;
  /** Whom it meets: a draw, or -1 for whoever leads at that moment. */
  readonly who: number;
  /** What is left to decide: a draw. */
  readonly amount: number;
}

/** What clients ask for. */
export type RequestKind =
  | "create"
  | "delete"
  | "settings"
  | "guarded"
  | "get"
  | "local"
  | "watch"
  | "clusterSettings"
  | "document";

/** One request of a client. */
export interface Request {
  readonly no: number;
  readonly atMs: number;
  readonly kind: RequestKind;
  /** Which master is asked: a draw. */
  readonly via: number;
  /** Which index it is about: a draw. */
  readonly key: number;
  readonly amount: number;
  /** A value that no other request writes. */
  readonly value: string;
}

/** See the file comment. */
export interface Plan {
  readonly faults: readonly Fault[];
  readonly requests: readonly Request[];
}

/** The plan of a seed. */
export function drawPlan(seed: number, config: SwarmConfig): Plan {
  const faults = drawFaults(seed, config);
  return { faults, requests: drawRequests(seed, config, faults.length) };
}

/** The same plan without what has one of these numbers. */
export function without(plan: Plan, dropped: ReadonlySet<number>): Plan {
  const stays = ({ no }: { readonly no: number }): boolean => !dropped.has(no);
  return { faults: plan.faults.filter(stays), requests: plan.requests.filter(stays) };
}

/** Numbers of everything in the plan, ascending. */
export function numbersOf(plan: Plan): number[] {
  return [...plan.faults, ...plan.requests].map(({ no }) => no);
}

function drawFaults(seed: number, config: SwarmConfig): Fault[] {
  const random = streamOf(seed, "faults");
  const faults: Fault[] = [];
  if (config.faults.length === 0) return faults;
  // The cluster forms first, most of the time.
  for (let atMs = random.below(4) === 0 ? 0 : 3000; ;) {
    atMs += exponential(random, config.faultEveryMs);
    // Rare for other reasons: only some of the calls it may meet show anything.
    const isInCall = config.faults.includes("powerInCall") && random.below(4) === 0;
    const isOperation = config.sparesCount > 0 && random.below(4) === 0;
    const other = isOperation ? pick(random, memberKinds) : pick(random, config.faults);
    const kind = isInCall ? "powerInCall" : other;
    const lastsMs = exponential(random, config.faultLastsMs);
    const who = random.below(3) === 0 ? -1 : random.below(2 ** 30);
    const amount = random.uint32() / 2 ** 32;
    if (atMs >= config.stormMs) return faults;
    faults.push({ no: faults.length + 1, atMs, lastsMs, kind, who, amount });
  }
}

const requestKinds: readonly RequestKind[] = [
  ...(["create", "create", "create", "delete", "settings", "settings", "settings"] as const),
  ...(["guarded", "get", "get", "get", "get", "local", "watch", "clusterSettings"] as const),
  ...(["document", "document", "document", "document", "document"] as const),
];

function drawRequests(seed: number, config: SwarmConfig, before: number): Request[] {
  const random = streamOf(seed, "requests");
  const requests: Request[] = [];
  for (let atMs = 500; ;) {
    atMs += exponential(random, config.requestEveryMs);
    if (atMs >= config.stormMs) return requests;
    requests.push({
      no: before + requests.length + 1,
      atMs,
      kind: pick(random, requestKinds),
      via: random.below(2 ** 30),
      key: random.below(2 ** 30),
      amount: random.uint32() / 2 ** 32,
      value: drawText(random, 12),
    });
  }
}
