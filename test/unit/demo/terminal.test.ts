import { describe, expect, it } from "vitest";

import type { ClusterView } from "../../../src/demo/cluster-view.js";
import { createTerminal } from "../../../src/demo/terminal.js";

const view: ClusterView = {
  masters: [],
  nodes: [],
  leaderId: "m1",
  term: 1,
  status: "RED",
  version: 1,
  registered: [],
  shards: [],
};

function capture(
  isTTY: boolean,
  rows?: number,
): { isTTY: boolean; columns: number; written: string[] } & {
  write(text: string): void;
} {
  const written: string[] = [];
  const size = { columns: 12, ...(rows === undefined ? {} : { rows }) };
  return { isTTY, ...size, written, write: (text) => written.push(text) };
}

describe("a terminal", () => {
  it("draws over what it drew, and never wider than it is", () => {
    const output = capture(true);
    const terminal = createTerminal(output);
    terminal.show(view, undefined);
    terminal.say("this line is longer than the terminal");
    const drawn = ["cluster RED,", "", "", "  shard     ", ""];
    const text = (lines: readonly string[]): string =>
      lines.map((line) => `${line}\u001b[K\n`).join("");
    expect(output.written).toEqual([
      `${text(drawn)}\u001b[J`,
      `\u001b[5A${text([...drawn, "this line is"])}\u001b[J`,
    ]);
  });
});

describe("a terminal with few lines", () => {
  /** The lines of the last drawing, without what moves the cursor and clears. */
  const lastDrawn = (written: readonly string[]): string[] => {
    const lines = (written.at(-1) ?? "").split("\u001b[K\n").slice(0, -1);
    return lines.map((line) => line.replace(/^\u001b\[\d+A/, ""));
  };

  it("keeps the view, then the newest of what was said, then the footer", () => {
    const output = capture(true, 10);
    const terminal = createTerminal(output);
    terminal.show(view, undefined);
    terminal.footer(["foot 1", "foot 2", "foot 3"]);
    for (const line of ["said 1", "said 2", "said 3"]) terminal.say(line);
    const drawn = ["cluster RED,", "", "", "  shard     ", ""];
    expect(lastDrawn(output.written)).toEqual([...drawn, "said 2", "said 3", "foot 1", "foot 2"]);
  });

  it("never draws more lines than it can draw over again", () => {
    const rows = 4;
    const output = capture(true, rows);
    const terminal = createTerminal(output);
    terminal.show(view, undefined);
    terminal.footer(["foot"]);
    for (const text of output.written) expect(text.split("\n").length).toBeLessThanOrEqual(rows);
  });
});

describe("an output that is no terminal", () => {
  it("gets a line for each change, and none when nothing changes", () => {
    const output = capture(false);
    const terminal = createTerminal(output);
    terminal.show(view, undefined);
    terminal.show(view, view);
    terminal.show({ ...view, status: "GREEN" }, view);
    terminal.footer(["the end"]);
    expect(output.written).toEqual([
      "m1 leads in term 1\n",
      "the cluster is RED\n",
      "the cluster is GREEN\n",
      "the end\n",
    ]);
  });
});
