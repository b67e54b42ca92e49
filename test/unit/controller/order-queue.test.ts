/** Concurrency per node and in all, turns between nodes, and the end. */
import { describe, expect, it } from "vitest";
import { OrderQueue } from "../../../src/controller/order-queue.js";

function workshop(limits: { perNodeCountMax: number; countMax: number; queuedCountMax?: number }): {
  readonly queue: OrderQueue;
  readonly started: string[];
  readonly add: (nodeId: string, name: string) => boolean;
  readonly finish: (name: string) => Promise<void>;
} {
  const queue = new OrderQueue({ queuedCountMax: 100, ...limits });
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const add = (nodeId: string, name: string): boolean =>
    queue.push(nodeId, () => {
      started.push(name);
      return new Promise((resolve) => ends.set(name, resolve));
    });
  const finish = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { queue, started, add, finish };
}

describe("the order queue", () => {
  it("runs so many per node, and the next when one ends", async () => {
    const { started, add, finish, queue } = workshop({ perNodeCountMax: 2, countMax: 10 });
    for (const name of ["a", "b", "c"]) add("n1", name);
    expect(started).toEqual(["a", "b"]);
    expect([queue.running, queue.queued]).toEqual([2, 1]);
    await finish("a");
    expect(started).toEqual(["a", "b", "c"]);
  });

  it("lets nodes take turns under the common bound", async () => {
    const { started, add, finish } = workshop({ perNodeCountMax: 2, countMax: 2 });
    for (const name of ["a", "b", "c"]) add("n1", name);
    add("n2", "x");
    expect(started).toEqual(["a", "b"]);
    await finish("a");
    await finish("b");
    expect(started.slice(2).sort()).toEqual(["c", "x"]);
  });

  it("refuses when full, and drops what waits when closed", async () => {
    const { started, add, finish, queue } = workshop({
      perNodeCountMax: 1,
      countMax: 1,
      queuedCountMax: 1,
    });
    expect(add("n1", "a")).toBe(true);
    expect(add("n1", "b")).toBe(true);
    expect(add("n1", "c")).toBe(false);
    queue.close();
    await finish("a");
    expect(started).toEqual(["a"]);
    expect(add("n1", "d")).toBe(false);
  });
});
