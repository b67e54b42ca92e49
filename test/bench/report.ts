/** Text of the reports: plain tables and verdict lines. Pure; printing is the caller's. */
import type { Verdict } from "./bars.js";

/**
 * A table with columns as wide as their widest cell; the first column is left-aligned, all others
 * right-aligned. Rows may be shorter than the head.
 */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, column) => {
        const cell = cells[column] ?? "";
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd();
  return [line(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)];
}

/** One line for a bar: whether it is met, what was asked, what was measured. */
export function formatVerdict(subject: string, verdict: Verdict): string {
  return `${formatMet(verdict.met)}  ${subject}; ${verdict.bar}: ${verdict.measured}`;
}

function formatMet(met: boolean | undefined): string {
  if (met === undefined) return "no peer";
  return met ? "met    " : "NOT MET";
}

/** Milliseconds with two digits behind the point. */
export function formatMs(ms: number): string {
  return ms.toFixed(2);
}
