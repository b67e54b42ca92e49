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

function capture(isTTY: boolean): { isTTY: boolean; columns: number; written: string[] } & {
  write(text: string): void;
} {
  const written: string[] = [];
  return { isTTY, columns: 12, written, write: (text) => written.push(text) };
}

describe("a terminal", () => {
  it("draws over what it drew, and never wider than it is", () => {
    const output = capture(true);
    const terminal = createTerminal(output);
    terminal.show(view, undefined);
    terminal.say("this line is longer than the terminal");
    const drawn = ["cluster RED,", "", "", "  shard     ", ""];
    expect(output.written).toEqual([
      `\u001b[J${drawn.join("\n")}\n`,
      `\u001b[5A\u001b[J${[...drawn, "this line is"].join("\n")}\n`,
    ]);
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
