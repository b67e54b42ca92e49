/** Rows of text as columns that line up. It knows nothing of what they mean. */

/** A column: its title, and on which side its cells line up. */
export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

/** The lines of a table, its titles first; without spaces at the ends of lines. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  const titles = columns.map((column) => column.title);
  const widths = columns.map((column, position) =>
    Math.max(column.title.length, ...rows.map((row) => (row[position] ?? "").length)),
  );
  return [titles, ...rows].map((row) =>
    columns
      .map(({ align }, position) => {
        const cell = row[position] ?? "";
        const width = widths[position] ?? 0;
        return align === "left" ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd(),
  );
}

/** A number with its noun: `1 entry`, `12 entries`. */
export function counted(count: number, one: string, many: string): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}

/** A time span for people: `40 ms`, `3.2 s`, `10 min`. */
export function span(ms: number): string {
  if (ms < 1_000) return `${String(Math.round(ms))} ms`;
  if (ms < 120_000) return `${String(Math.round(ms / 100) / 10)} s`;
  return `${String(Math.round(ms / 60_000))} min`;
}
