/**
 * What one run is like: sizes, times, limits and what goes wrong in it, all drawn from its seed,
 * and different from seed to seed in kind and not only in detail. Small limits make rare ways
 * common.
 */
import type { Random } from "../../src/base/random.js";
import type { SnapshotPolicy } from "../../src/controlplane/raft/persistence.js";
import { faultKinds, type FaultKind } from "./fault-kinds.js";
import { between, chance, pick, streamOf, wholeBetween } from "./seeded.js";

/** See the file comment. */
export interface SwarmConfig {
  readonly mastersCount: number;
  /** Places for members to come; with any, members are changed while the run lasts. */
  readonly sparesCount: number;
  readonly dataNodesCount: number;
  /** The first so many of them behave like the existing Go node. */
  readonly goNodesCount: number;
  readonly tickMs: number;
  readonly electionTimeoutTicks: number;
  readonly appendEntriesCountMax: number;
  readonly walSegmentBytes: number;
  readonly snapshot: SnapshotPolicy;
  readonly latencyMinMs: number;
  readonly latencyMeanMs: number;
  readonly overtakes: boolean;
  /** Of a calm wire. */
  readonly lossRate: number;
  readonly repeatRate: number;
  readonly diskMinMs: number;
  readonly diskMeanMs: number;
  /** Clocks run fast or slow by up to this part. */
  readonly driftMax: number;
  /** How long things go wrong. */
  readonly stormMs: number;
  readonly requestEveryMs: number;
  readonly faultEveryMs: number;
  readonly faultLastsMs: number;
  readonly faults: readonly FaultKind[];
  readonly indicesCount: number;
  /** Values that clients write have up to so many characters. */
  readonly valueLengthMax: number;
}

/** The configuration of a seed. */
export function drawConfig(seed: number): SwarmConfig {
  const random = streamOf(seed, "config");
  const dataNodesCount = wholeBetween(random, 0, 4);
  const latencyMinMs = between(random, 0.05, 1);
  return {
    mastersCount: pick(random, [3, 3, 3, 3, 5, 5, 7]),
    sparesCount: chance(random, 0.35) ? wholeBetween(random, 1, 3) : 0,
    dataNodesCount,
    goNodesCount: chance(random, 0.3) ? random.below(dataNodesCount + 1) : 0,
    tickMs: pick(random, [50, 100, 100, 100]),
    electionTimeoutTicks: wholeBetween(random, 5, 12),
    appendEntriesCountMax: pick(random, [1, 3, 10, 100]),
    walSegmentBytes: 512 * pick(random, [8, 16, 32, 64, 128]),
    snapshot: drawSnapshots(random),
    latencyMinMs,
    latencyMeanMs: between(random, 0.1, 6),
    overtakes: chance(random, 0.3),
    lossRate: chance(random, 0.3) ? between(random, 0, 0.05) : 0,
    repeatRate: chance(random, 0.3) ? between(random, 0, 0.05) : 0,
    diskMinMs: between(random, 0.05, 1),
    diskMeanMs: between(random, 0.05, 4),
    driftMax: chance(random, 0.3) ? between(random, 0, 0.05) : 0.0005,
    stormMs: wholeBetween(random, 15_000, 40_000),
    requestEveryMs: pick(random, [100, 200, 400, 800]),
    faultEveryMs: pick(random, [400, 1000, 2000, 4000]),
    faultLastsMs: pick(random, [300, 1000, 3000]),
    faults: faultKinds.filter(() => chance(random, 0.5)),
    indicesCount: wholeBetween(random, 1, 6),
    valueLengthMax: pick(random, [12, 12, 600, 4000]),
  };
}

function drawSnapshots(random: Random): SnapshotPolicy {
  return {
    entriesCount: pick(random, [5, 20, 50, 200]),
    logBytes: pick(random, [2_000, 20_000, 2 ** 30]),
    trailingEntries: pick(random, [0, 0, 5, 50]),
  };
}
