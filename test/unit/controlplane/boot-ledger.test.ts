/** Starts are counted, and who comes back from an older copy of its disk is not let in. */
import { describe, expect, it } from "vitest";

import { FatalError, exitCode } from "../../../src/base/errors.js";
import { createRandom } from "../../../src/base/random.js";
import { BootLedger } from "../../../src/controlplane/raft/boot-ledger.js";
import { bootPeersMax } from "../../../src/controlplane/raft/limits.js";
import { dataPaths, prepareDataDirectory } from "../../../src/storage/identity.js";
import { crashStyles, DiskCrash, MemoryDisk } from "../../support/storage/memory-disk.js";

const directory = "/data";
const { boots } = dataPaths(directory);

function empty(): MemoryDisk {
  const disk = new MemoryDisk();
  prepareDataDirectory(disk, directory);
  return disk;
}

const errors: unknown[] = [];

function open(disk: MemoryDisk, nonce = 1): BootLedger {
  const onError = (error: unknown): void => {
    errors.push(error);
  };
  return BootLedger.open(directory, nonce, { disk, onError });
}

describe("own starts", () => {
  it("are counted from one, durably, before anybody can be told", () => {
    let disk = empty();
    for (let count = 1; count <= 3; count += 1) {
      expect(open(disk, count * 10).own).toEqual({ count, nonce: count * 10 });
      disk = disk.crash(createRandom(count), "lost");
    }
  });

  it("never count to the same twice after a power cut at any call", () => {
    const whole = empty();
    open(whole);
    const before = whole.mutations;
    open(whole);
    for (let call = before + 1; call <= whole.mutations; call += 1) {
      for (const style of crashStyles) {
        const disk = empty();
        open(disk);
        disk.crashAt = call;
        expect(() => open(disk)).toThrow(DiskCrash);
        // The start that was cut off told nobody: its number may be given again.
        expect([2, 3]).toContain(open(disk.crash(createRandom(call), style)).own.count);
      }
    }
  });

  it("are refused when what they had come to is damaged, wherever", () => {
    const disk = empty();
    open(disk);
    const { byteLength } = disk.bytesOf(boots);
    for (let at = 0; at < byteLength; at += 1) {
      const damaged = disk.restart();
      damaged.damage(boots, (bytes) => {
        bytes[at] = (bytes[at] ?? 0) ^ 4;
        return bytes;
      });
      const before = damaged.mutations;
      expect(() => open(damaged)).toThrow(FatalError);
      expect(damaged.mutations).toBe(before);
    }
  });
});

describe("a peer's start", () => {
  it.each([
    ["the first that is seen", [[5, 1]], true],
    ["the same once more: a connection that broke", [[5, 1], [5, 1]], true], // prettier-ignore
    ["the next one", [[5, 1], [6, 2]], true], // prettier-ignore
    ["one after some that were not seen", [[5, 1], [9, 2]], true], // prettier-ignore
    ["a lower one", [[5, 1], [4, 2]], false], // prettier-ignore
    ["a lower one of the same number in between", [[5, 1], [6, 2], [5, 1]], false], // prettier-ignore
    ["an equal one of another process", [[5, 1], [5, 2]], false], // prettier-ignore
    ["a higher one, once it was refused", [[5, 1], [4, 2], [6, 3]], false], // prettier-ignore
    ["the highest known one, once it was refused", [[5, 1], [4, 2], [5, 1]], false], // prettier-ignore
    ["one that does not count", [[5, 1], [0, 2]], true], // prettier-ignore
    ["one that counts after some that did not", [[0, 1], [1, 2]], true], // prettier-ignore
  ] as const)("is judged: %s", async (_, starts, admitted) => {
    const disk = empty();
    const ledger = open(disk);
    const judged = starts.map(([count, nonce]) => ledger.admits(8, { count, nonce }));
    expect(judged.at(-1)).toBe(admitted);
    await ledger.close();

    // The same after a restart between any two of them, and from what is durable.
    let other = empty();
    let last = true;
    for (const [count, nonce] of starts) {
      const next = open(other);
      last = next.admits(8, { count, nonce });
      await next.close();
      other = other.crash(createRandom(1), "lost");
    }
    expect(last).toBe(admitted);
    expect(errors).toEqual([]);
  });

  it("is told apart from that of other members", () => {
    const ledger = open(empty());
    expect(ledger.admits(8, { count: 5, nonce: 1 })).toBe(true);
    expect(ledger.admits(9, { count: 1, nonce: 2 })).toBe(true);
    expect(ledger.admits(9, { count: 0, nonce: 2 })).toBe(true);
  });

  it("is remembered for a bounded number of members, the latest ones", async () => {
    const disk = empty();
    const ledger = open(disk);
    for (let member = 1; member <= bootPeersMax + 1; member += 1) {
      expect(ledger.admits(member, { count: 5, nonce: 1 })).toBe(true);
    }
    await ledger.close();
    const next = open(disk.restart());
    expect(next.admits(1, { count: 1, nonce: 2 })).toBe(true);
    expect(next.admits(bootPeersMax + 1, { count: 1, nonce: 2 })).toBe(false);
  });

  it("that cannot be written ends the process with the temporary code", async () => {
    const disk = empty();
    const ledger = open(disk);
    disk.failure = { mutation: disk.mutations + 2, code: "EIO" };
    expect(ledger.admits(8, { count: 5, nonce: 1 })).toBe(true);
    await ledger.close();
    const error = errors.pop();
    expect(error instanceof FatalError && error.exit).toBe(exitCode.temporary);
    expect(String(error)).toContain(boots);
  });
});
