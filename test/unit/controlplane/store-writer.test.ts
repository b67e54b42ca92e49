/** The store follows the applied state: one batch at a time, each with the mark of its items. */
import { describe, expect, it } from "vitest";

import { assertDefined } from "../../../src/base/assert.js";
import { storeFlushDelayMs } from "../../../src/controlplane/raft/limits.js";
import { StoreWriter, type ItemStore } from "../../../src/controlplane/raft/store-writer.js";
import { ManualClock } from "../../support/server/manual-clock.js";

interface Write {
  readonly puts: Record<string, string>;
  readonly deletes: readonly string[];
  readonly logIndex: number;
  readonly sync: boolean;
  readonly finish: () => void;
  readonly fail: (error: unknown) => void;
}

function harness(): {
  readonly clock: ManualClock;
  readonly writer: StoreWriter;
  readonly writes: Write[];
  readonly errors: unknown[];
  readonly apply: (puts: Record<string, string>, deletes?: readonly string[]) => void;
} {
  const clock = new ManualClock();
  const writes: Write[] = [];
  const errors: unknown[] = [];
  let logIndex = 0;
  let busy = false;
  const store: ItemStore = {
    write: (batch, { sync }) => {
      expect(busy).toBe(false);
      busy = true;
      return new Promise((resolve, reject) => {
        writes.push({
          puts: Object.fromEntries(batch.puts),
          deletes: batch.deletes,
          logIndex: batch.applied.logIndex,
          sync,
          finish: () => {
            busy = false;
            resolve();
          },
          fail: reject,
        });
      });
    },
  };
  const writer = new StoreWriter(store, {
    clock,
    markOf: () => ({ logIndex, term: 1, hash: "h", meta: "" }),
    onError: (error) => errors.push(error),
  });
  return {
    ...{ clock, writer, writes, errors },
    apply: (puts, deletes = []) => {
      logIndex += 1;
      writer.onApplied({ puts: Object.entries(puts), deletes, previous: [] });
    },
  };
}

async function turn(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function last(writes: readonly Write[]): Write {
  return assertDefined(writes.at(-1), "there is a write");
}

describe("the store writer", () => {
  it("gathers for a while and writes the newest value of each key under the newest mark", async () => {
    const { clock, writes, apply } = harness();
    apply({ a: "1", b: "1" });
    apply({ a: "2" }, ["b"]);
    clock.advance(storeFlushDelayMs - 1);
    await turn();
    expect(writes).toEqual([]);
    clock.advance(1);
    await turn();
    expect(writes).toMatchObject([{ puts: { a: "2" }, deletes: ["b"], logIndex: 2, sync: false }]);
  });

  it("one at a time: the next waits, with what came meanwhile", async () => {
    const { clock, writes, apply } = harness();
    apply({ a: "1" });
    clock.advance(storeFlushDelayMs);
    await turn();
    apply({ b: "1" });
    clock.advance(storeFlushDelayMs);
    apply({ c: "1" });
    clock.advance(storeFlushDelayMs);
    await turn();
    expect(writes).toHaveLength(1);
    last(writes).finish();
    await turn();
    expect(last(writes)).toMatchObject({ puts: { b: "1" }, logIndex: 2 });
    last(writes).finish();
    await turn();
    expect(last(writes)).toMatchObject({ puts: { c: "1" }, logIndex: 3 });
    expect(writes).toHaveLength(3);
  });

  it("an entry that changed nothing still moves the mark", async () => {
    const { clock, writer, writes } = harness();
    writer.onApplied(undefined);
    clock.advance(storeFlushDelayMs);
    await turn();
    expect(writes).toMatchObject([{ puts: {}, deletes: [] }]);
  });

  it("a flush with sync writes even when nothing is left to write", async () => {
    const { writer, writes } = harness();
    const flushed = writer.flush({ sync: true });
    await turn();
    expect(writes).toMatchObject([{ sync: true }]);
    last(writes).finish();
    await flushed;
  });

  it("writes nothing between a suspension and the end of the replacement", async () => {
    const { clock, writer, writes, apply } = harness();
    apply({ old: "1" });
    writer.suspend();
    clock.advance(storeFlushDelayMs * 3);
    await writer.flush({ sync: true });
    expect(writes).toEqual([]);
    let end: (() => void) | undefined;
    const replaced = writer.replaceAll(
      () =>
        new Promise((resolve) => {
          end = resolve;
        }),
    );
    await turn();
    apply({ young: "1" });
    clock.advance(storeFlushDelayMs * 3);
    await turn();
    expect(writes).toEqual([]);
    end?.();
    await replaced;
    clock.advance(storeFlushDelayMs);
    await turn();
    // What was gathered before belongs to the state that is gone.
    expect(writes).toMatchObject([{ puts: { young: "1" }, deletes: [] }]);
  });

  it("a replacement waits for the write under way", async () => {
    const { clock, writer, writes, apply } = harness();
    apply({ a: "1" });
    clock.advance(storeFlushDelayMs);
    await turn();
    let replacing = false;
    const replaced = writer.replaceAll(() => {
      replacing = true;
      return Promise.resolve();
    });
    await turn();
    expect(replacing).toBe(false);
    last(writes).finish();
    await replaced;
    expect(replacing).toBe(true);
  });

  it("closed, it writes what is left and never again", async () => {
    const { clock, writer, writes, apply } = harness();
    let end: (() => void) | undefined;
    const replaced = writer.replaceAll(
      () =>
        new Promise((resolve) => {
          end = resolve;
        }),
    );
    await turn();
    apply({ young: "1" });
    const closed = writer.close();
    end?.();
    await replaced;
    await turn();
    expect(writes).toMatchObject([{ puts: { young: "1" }, sync: true }]);
    last(writes).finish();
    await closed;
    apply({ late: "1" });
    await writer.replaceAll(() => Promise.reject(new Error("a closed store")));
    clock.advance(storeFlushDelayMs * 3);
    await turn();
    expect(writes).toHaveLength(1);
  });

  it("closed while it waits for a replacement that does not come, it writes nothing", async () => {
    const { writer, writes, apply } = harness();
    apply({ a: "1" });
    writer.suspend();
    await writer.close();
    expect(writes).toEqual([]);
  });

  it("a failed write is reported", async () => {
    const { clock, writes, errors, apply } = harness();
    apply({ a: "1" });
    clock.advance(storeFlushDelayMs);
    await turn();
    last(writes).fail(new Error("disk"));
    await turn();
    expect(errors).toHaveLength(1);
  });
});
