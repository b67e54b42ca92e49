/**
 * The bars that the design sets for writes and reads, and where a run stands against them. Pure;
 * a bar that is missed is reported, never an error, because the machine may be at fault.
 */
import type { RoundFigures } from "./statistics.js";

/** One contender's medians: alone, and with many clients at once. */
export interface Standing {
  readonly one: RoundFigures;
  readonly many: RoundFigures;
}

/** One bar and what was measured; `met` is absent when there is no peer to compare with. */
export interface Verdict {
  readonly bar: string;
  readonly measured: string;
  readonly met?: boolean;
}

/** Operations per second below which writes may never fall, whatever the peer does. */
const writesPerSecondMin = 1000;
const writesRatioMin = 1.2;

/** Writes: as quick as the peer for one client, 1.2 times its rate for many, and a floor. */
export function judgeWrites(ours: Standing, peer: Standing | undefined): readonly Verdict[] {
  return [
    latencyVerdict(ours, peer),
    rateVerdict(ours, peer, writesRatioMin),
    {
      bar: `many clients: never under ${String(writesPerSecondMin)} operations/s`,
      measured: `${ours.many.perSecond.toFixed(0)}/s`,
      met: ours.many.perSecond >= writesPerSecondMin,
    },
  ];
}

/** Linearizable reads: as quick as the peer's for one client, and its rate for many. */
export function judgeReads(ours: Standing, peer: Standing | undefined): readonly Verdict[] {
  return [latencyVerdict(ours, peer), rateVerdict(ours, peer, 1)];
}

function latencyVerdict(ours: Standing, peer: Standing | undefined): Verdict {
  const bar = "one client: p50 <= etcd's";
  const measured = `${ours.one.p50Ms.toFixed(2)} ms`;
  if (peer === undefined) return { bar, measured };
  return {
    bar,
    measured: `${measured}, ${ratio(ours.one.p50Ms, peer.one.p50Ms)} of etcd's`,
    met: ours.one.p50Ms <= peer.one.p50Ms,
  };
}

function rateVerdict(ours: Standing, peer: Standing | undefined, ratioMin: number): Verdict {
  const bar = `many clients: operations/s >= ${ratioMin === 1 ? "" : `${String(ratioMin)} x `}etcd's`;
  const measured = `${ours.many.perSecond.toFixed(0)}/s`;
  if (peer === undefined) return { bar, measured };
  return {
    bar,
    measured: `${measured}, ${ratio(ours.many.perSecond, peer.many.perSecond)} of etcd's`,
    met: ours.many.perSecond >= ratioMin * peer.many.perSecond,
  };
}

/** A quotient as people read it, such as `0.85x`; a dash when there is nothing to divide by. */
export function ratio(part: number, whole: number): string {
  return whole > 0 ? `${(part / whole).toFixed(2)}x` : "-";
}
