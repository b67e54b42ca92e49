/** What was found in a log or a snapshot as text for people; JSON has all of it, batch by batch. */
import { basename } from "node:path";

import type { InspectedSegment } from "../storage/inspect/segment.js";
import type { SnapshotInspection } from "../storage/inspect/snapshot.js";
import type { Finding, WalInspection, WalVerdict } from "../storage/inspect/wal.js";
import { counted, renderTable, type Column } from "./table.js";

const segmentColumns: readonly Column[] = [
  { title: "SEGMENT", align: "left" },
  { title: "SIZE (BYTES)", align: "right" },
  { title: "WRITTEN (BYTES)", align: "right" },
  { title: "BATCHES", align: "right" },
  { title: "LOG INDEXES", align: "right" },
  { title: "TERMS", align: "right" },
  { title: "PROBLEMS", align: "right" },
];

/** A log with its segments. */
export function renderWal(wal: WalInspection): string[] {
  const rows = wal.segments.map((segment) => [
    basename(segment.file),
    String(segment.bytes),
    String(segment.writtenBytes),
    String(segment.batches.length),
    rangeOf(segment, "LogIndex"),
    rangeOf(segment, "Term"),
    String(segment.problems.length),
  ]);
  const torn = wal.tornCopies.map((name) => `  ${name}`);
  return [
    `log ${wal.directory}`,
    ...walFacts(wal),
    "",
    ...renderTable(segmentColumns, rows),
    ...(torn.length === 0 ? [] : ["", "Copies of tails that were cut off:", ...torn]),
    ...findingLines(wal.findings),
  ];
}

/** The same in a few lines: what is in it, whether it is sound, and what is wrong. */
export function renderWalVerdict(wal: WalVerdict): string[] {
  return [...walFacts(wal), ...findingLines(wal.findings)];
}

/** A snapshot. */
export function renderSnapshot(snapshot: SnapshotInspection): string[] {
  const { header } = snapshot;
  const meta = header === undefined ? undefined : readMeta(header.meta);
  const facts: (readonly [string, string | undefined])[] = [
    ["cluster", header?.clusterId],
    ["log index", header === undefined ? undefined : String(header.logIndex)],
    ["term", header === undefined ? undefined : String(header.term)],
    ["state version", textOf(meta?.["version"])],
    ["state hash", textOf(meta?.["hash"])],
    ["file bytes", String(snapshot.bytes)],
    [
      "body",
      `${counted(snapshot.chunkCount, "chunk", "chunks")}, ${bytesText(snapshot.bodyBytes)}`,
    ],
    ["items", String(snapshot.itemCount)],
    ["checksums", snapshot.isWhole ? "all fit" : "do not all fit"],
  ];
  return [
    `snapshot ${snapshot.file}`,
    ...facts.flatMap(([name, text]) => (text === undefined ? [] : [fact(name, text)])),
    ...findingLines(snapshot.findings),
  ];
}

/** What a snapshot says of its state; undefined where this version cannot read it. */
export function readMeta(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** What opening the log does, for each decision. */
const decisions: Readonly<Record<WalVerdict["decision"], string>> = {
  open: "sound",
  torn: "sound; its last batch was never synced and is incomplete: opening keeps a copy and cuts it",
  suspect: "damaged at its end, where acknowledged entries may have been: opening changes nothing",
  refuse: "damaged: opening refuses it and changes nothing",
};

function walFacts(wal: WalVerdict): string[] {
  const { floorLogIndex: floor, lastLogIndex: last, hardState, marker } = wal;
  const entries = last > floor ? `${String(floor + 1)} to ${String(last)}` : "none";
  const vote = hardState.vote === 0 ? "nobody" : `member ${String(hardState.vote)}`;
  return [
    fact("verdict", decisions[wal.decision]),
    fact("segments", `${String(wal.segmentCount)}, ${bytesText(wal.readBytes)}`),
    fact("log indexes", entries),
    fact("last term", String(wal.lastTerm)),
    fact("hard state", `term ${String(hardState.term)}, voted for ${vote}`),
    fact("committed", `${String(hardState.commit)} at least`),
    ...(marker.logIndex === 0
      ? []
      : [
          fact(
            "snapshot",
            `installed at log index ${String(marker.logIndex)}, term ${String(marker.term)}`,
          ),
        ]),
  ];
}

function findingLines(findings: readonly Finding[]): string[] {
  if (findings.length === 0) return [];
  const lines = findings.flatMap((finding) => [
    `  ${finding.file} at byte ${String(finding.offset)} (${finding.fact})`,
    `    expected ${finding.expected}, found ${finding.actual}${lostOf(finding)}`,
  ]);
  return ["", `${counted(findings.length, "problem", "problems")}:`, ...lines];
}

function lostOf({ firstLogIndex: first, lastLogIndex: last }: Finding): string {
  if (first === undefined) return "";
  if (last === undefined) return `; log indexes from ${String(first)} on cannot be read`;
  if (first === last) return `; log index ${String(first)} cannot be read`;
  return `; log indexes ${String(first)} to ${String(last)} cannot be read`;
}

/** Lowest and highest of what the batches of a segment hold. */
function rangeOf({ batches }: InspectedSegment, what: "LogIndex" | "Term"): string {
  const ranges = batches.flatMap(({ entries }) => (entries === undefined ? [] : [entries]));
  if (ranges.length === 0) return "-";
  const low = ranges.reduce((min, one) => Math.min(min, one[`first${what}`]), Infinity);
  const high = ranges.reduce((max, one) => Math.max(max, one[`last${what}`]), 0);
  return low === high ? String(low) : `${String(low)} to ${String(high)}`;
}

function fact(name: string, text: string): string {
  return `  ${name.padEnd(14)} ${text}`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

function bytesText(bytes: number): string {
  return counted(bytes, "byte", "bytes");
}
