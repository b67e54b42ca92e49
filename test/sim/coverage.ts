/**
 * What a batch must have seen: a run in which nothing rare happens proves nothing about it. Names
 * are those under which the parts of the simulation count.
 */

/** Seeds from which on a batch has to have seen everything. */
export const coverageSeedsMin = 200;

/** Things that have to happen in every batch. */
const required: readonly string[] = [
  "leader elected",
  "epoch begun",
  "leadership transfer asked",
  "transfer done",
  "snapshot fetch begun",
  "snapshot installed",
  "log compacted",
  "torn tail cut",
  "power lost",
  "power lost in a disk call",
  "master exited 75",
  "master stopped in good order",
  "disk full met",
  "slow disk hand-over",
  "proposal forwarded",
  "outcome hidden by install",
  "proposal superseded",
  "read retried",
  "read answered",
  "write acknowledged",
  "write failed: leader_lost",
  "watch resumed",
  "watch started over",
  "replica promoted",
  "primary acts in a new term",
  "document acknowledged",
  "document looked for",
  "configuration changed",
  "joint configuration",
  "member operation done: add",
  "member operation done: remove",
  "member operation done: replace",
  "removed member ended",
  "wire: lost",
  "wire: repeated",
  "log: state-rebuild",
  "log: snapshot-fetch-failed",
];

/** What is missing in these counts. */
export function missing(counts: ReadonlyMap<string, number>): string[] {
  return required.filter((name) => (counts.get(name) ?? 0) === 0);
}

/** The counts as lines, in columns. */
export function formatCounts(counts: ReadonlyMap<string, number>): string[] {
  const names = [...new Set([...counts.keys(), ...required])].sort();
  const width = Math.max(...names.map((name) => name.length));
  return names.map((name) => `  ${name.padEnd(width)}  ${String(counts.get(name) ?? 0)}`);
}
