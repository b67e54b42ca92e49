/**
 * Looks at a log from outside, for people: what its segments and batches hold, where it is
 * damaged, and what opening it would decide. Unlike recovery it does not stop at the first problem,
 * because what is intact behind the damage tells how much is missing. It only ever reads.
 */
import { join } from "node:path";
import { assert, assertDefined } from "../../base/assert.js";
import type { HardState } from "../../raft/types.js";
import type { Disk } from "../disk.js";
import { assertText, assertWhole } from "../invariants.js";
import type { RecoveryDecision } from "../wal/recovery-table.js";
import { decideRecovery } from "../wal/recovery-table.js";
import type { LogProblem, LogScan } from "../wal/scan.js";
import { scanLog } from "../wal/scan.js";
import { parseSegmentName } from "../wal/segment.js";
import type { LogMarker, LogWitness } from "../wal/types.js";
import type { InspectedBatch, InspectedSegment } from "./segment.js";
import { inspectSegment } from "./segment.js";

/** A place at which a log or a snapshot is not what it must be. */
export interface Finding {
  /** Names the kind of problem, as the recovery table does. */
  readonly fact: string;
  readonly file: string;
  readonly offset: number;
  readonly expected: string;
  readonly actual: string;
  /** Log positions that cannot be read because of it; undefined where that is not known. */
  readonly firstLogIndex?: number | undefined;
  readonly lastLogIndex?: number | undefined;
}

/** What opening the log would do: see the recovery table. */
export interface WalVerdict {
  readonly decision: RecoveryDecision;
  /** The row of the table. */
  readonly row: string;
  readonly findings: readonly Finding[];
  readonly segmentCount: number;
  readonly readBytes: number;
  /** Positions that read well: entries from behind `floorLogIndex` to `lastLogIndex`. */
  readonly floorLogIndex: number;
  readonly lastLogIndex: number;
  /** Term of the last position; 0 when it is not known. */
  readonly lastTerm: number;
  readonly hardState: HardState;
  /** The last snapshot that was installed, or position 0. */
  readonly marker: LogMarker;
}

/** Everything in a log. */
export interface WalInspection extends WalVerdict {
  readonly directory: string;
  readonly segments: readonly InspectedSegment[];
  /** Names of copies of tails that were cut off. */
  readonly tornCopies: readonly string[];
}

/** Reads the whole log in `directory`; undefined when there is no segment in it. */
export function inspectWal(disk: Disk, directory: string): WalInspection | undefined {
  assertText(directory, "a directory");
  const names = segmentNames(disk, directory);
  if (names.length === 0) return undefined;
  const segments = names.map((name) => inspectSegment(disk, join(directory, name)));
  const verdict = judged(disk, { directory, witnesses: [], segments });
  const tornCopies = disk.list(directory).filter((name) => name.endsWith(".torn"));
  assert(segments.length === verdict.segmentCount, "each segment is shown");
  return { ...verdict, directory, segments, tornCopies };
}

/**
 * The same without the content: whether the log would be opened, and if not, why.
 *
 * @param witnesses positions that something outside the log has seen durable in it.
 */
export function verifyWal(
  disk: Disk,
  directory: string,
  witnesses: readonly LogWitness[] = [],
): WalVerdict | undefined {
  assertText(directory, "a directory");
  const names = segmentNames(disk, directory);
  assert(
    witnesses.every(({ logIndex }) => logIndex >= 0),
    "witnesses name positions",
  );
  if (names.length === 0) return undefined;
  const segments = names.map((name) => inspectSegment(disk, join(directory, name)));
  return judged(disk, { directory, witnesses, segments });
}

interface Judged {
  readonly directory: string;
  readonly witnesses: readonly LogWitness[];
  readonly segments: readonly InspectedSegment[];
}

/** Recovery's own verdict, with what recovery did not look for any more. */
function judged(disk: Disk, { directory, witnesses, segments }: Judged): WalVerdict {
  assert(segments.length > 0, "a log has segments");
  const scan = scanLog({ disk, directory, identity: undefined, witnesses });
  const { decision, name } = decideRecovery(scan.facts);
  const findings = scan.problems.map((problem) => located(problem, segments));
  for (const [order, segment] of segments.entries()) {
    const isLast = order === segments.length - 1;
    for (const problem of segment.problems) {
      const isTail = problem.fact === "tailWritten" || problem.fact === "laterWritten";
      const fact = isLast || problem.fact.startsWith("header") ? problem.fact : "sealedDamaged";
      const isKnown = findings.some(
        (known) => known.file === problem.file && (known.offset === problem.offset || isTail),
      );
      if (!isKnown) findings.push(located({ ...problem, fact }, segments));
    }
  }
  assert(decision === "open" || findings.length > 0, "what is not opened has a reason");
  return { decision, row: name, findings, ...figuresOf(scan, segments) };
}

function figuresOf(
  scan: LogScan,
  segments: readonly InspectedSegment[],
): Omit<WalVerdict, "decision" | "row" | "findings"> {
  const { hardState, marker, floorLogIndex, lastLogIndex } = scan.state;
  assertWhole(scan.lastTerm, "a term");
  assert(floorLogIndex <= lastLogIndex, "only what was written is given up");
  return {
    segmentCount: segments.length,
    readBytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
    floorLogIndex,
    lastLogIndex,
    lastTerm: scan.lastTerm,
    hardState,
    marker,
  };
}

function segmentNames(disk: Disk, directory: string): string[] {
  assertText(directory, "a directory");
  if (disk.stat(directory)?.isDirectory !== true) return [];
  return disk.list(directory).filter((name) => parseSegmentName(name) !== undefined);
}

/** Adds the positions between the last one in front of the damage and the next one behind it. */
function located(problem: LogProblem, segments: readonly InspectedSegment[]): Finding {
  assertText(problem.file, "a path");
  assertWhole(problem.offset, "an offset");
  const order = segments.findIndex(({ file }) => file === problem.file);
  if (order === -1) return problem;
  const segment = assertDefined(segments[order], "the damaged segment is shown");
  const before = segment.batches.filter(({ offset }) => offset < problem.offset).at(-1);
  const base = before?.lastLogIndex ?? segment.startLogIndex;
  const later = segments.slice(order + 1).flatMap(({ batches }) => batches);
  const behind = [...segment.batches.filter(({ offset }) => offset > problem.offset), ...later];
  const next = firstEntry(behind) ?? segments[order + 1]?.startLogIndex;
  if (base === undefined) return problem;
  const last = next === undefined ? undefined : next - 1;
  if (last !== undefined && last <= base) return problem;
  return { ...problem, firstLogIndex: base + 1, lastLogIndex: last };
}

function firstEntry(batches: readonly InspectedBatch[]): number | undefined {
  const found = batches.find(({ entries }) => entries !== undefined)?.entries?.firstLogIndex;
  assert(found === undefined || found > 0, "positions are counted from 1");
  assert(batches.length > 0 || found === undefined, "an entry is in a batch");
  return found;
}
