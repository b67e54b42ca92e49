/**
 * Snapshots return what was written, or are reported as damaged and skipped; never anything else.
 */
import { describe, expect, it } from "vitest";
import { MasterError } from "../../../src/base/errors.js";
import { createRandom } from "../../../src/base/random.js";
import { snapshotChunkBytesMax } from "../../../src/storage/limits.js";
import type { SnapshotFile } from "../../../src/storage/snapshot/snapshot-store.js";
import { SnapshotStore, snapshotId } from "../../../src/storage/snapshot/snapshot-store.js";
import { DiskCrash, MemoryDisk } from "../../support/storage/memory-disk.js";

const directory = "/data/snapshots";
const clusterId = "6f1c2b7e-1f0e-4b6a-9f4f-0d9a4f4f7a11";

function storeOn(disk: MemoryDisk, cluster = clusterId): SnapshotStore {
  return new SnapshotStore({ disk, directory, clusterId: cluster });
}

function bodyOf(logIndex: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, n) => (n * 7 + logIndex) & 0xff);
}

async function take(store: SnapshotStore, logIndex: number, bytes = 900): Promise<SnapshotFile> {
  const meta = new Uint8Array([1, 2, logIndex & 0xff]);
  const writer = await store.create({ logIndex, term: 3, meta });
  const body = bodyOf(logIndex, bytes);
  await writer.write(body.subarray(0, 100));
  await writer.write(body.subarray(100));
  return writer.finish();
}

/** A disk that stops may do so while the store is opened. */
async function takeOn(disk: MemoryDisk, logIndex: number): Promise<void> {
  await take(storeOn(disk), logIndex);
}

async function bodyFrom(store: SnapshotStore, id: string): Promise<Buffer> {
  const { chunks } = await store.open(id);
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

interface Newest {
  readonly newest: SnapshotFile | undefined;
  readonly damaged: readonly { readonly id: string; readonly error: MasterError }[];
}

/** The newest that reads to its end, and those before it that do not. */
async function newestOf(store: SnapshotStore): Promise<Newest> {
  const damaged: { id: string; error: MasterError }[] = [];
  for (const file of store.list()) {
    try {
      await bodyFrom(store, file.id);
      return { newest: file, damaged };
    } catch (error) {
      if (!(error instanceof MasterError)) throw error;
      expect(error.code).toBe("corrupt");
      damaged.push({ id: file.id, error });
    }
  }
  return { newest: undefined, damaged };
}

async function copyTo(target: SnapshotStore, source: SnapshotStore, id: string): Promise<void> {
  const writer = target.receive(id);
  for (let offset = 0; ;) {
    const { bytes } = await source.readChunkAt(id, offset);
    if (bytes.byteLength === 0) break;
    await writer.write(bytes);
    offset += bytes.byteLength;
  }
  await writer.finish();
}

function pathOf(id: string): string {
  return `${directory}/${id}.snap`;
}

describe("snapshots", () => {
  it("return header and body as written, in chunks within their limit", async () => {
    const disk = new MemoryDisk();
    const store = storeOn(disk);
    const bytes = 2 * snapshotChunkBytesMax + 300;
    const { id } = await take(store, 77, bytes);
    expect(id).toBe(snapshotId({ term: 3, logIndex: 77 }));
    const { header, chunks } = await store.open(id);
    expect(header).toEqual({ clusterId, logIndex: 77, term: 3, meta: new Uint8Array([1, 2, 77]) });
    const sizes: number[] = [];
    for await (const chunk of chunks) sizes.push(chunk.byteLength);
    expect(sizes).toEqual([100, snapshotChunkBytesMax, snapshotChunkBytesMax, 200]);
    expect((await bodyFrom(store, id)).equals(bodyOf(77, bytes))).toBe(true);
    expect(disk.openCount).toBe(0);
  });

  it("may be empty", async () => {
    const store = storeOn(new MemoryDisk());
    const writer = await store.create({ logIndex: 1, term: 1, meta: new Uint8Array() });
    const { id } = await writer.finish();
    expect(await bodyFrom(store, id)).toHaveLength(0);
  });

  it("keeps the newest two", async () => {
    const disk = new MemoryDisk();
    const store = storeOn(disk);
    for (const logIndex of [10, 20, 30, 40]) await take(store, logIndex);
    expect(store.list().map((file) => file.logIndex)).toEqual([40, 30]);
    expect(disk.list(directory)).toHaveLength(2);
  });

  it("leaves nothing when aborted, and removes leftovers at start", async () => {
    const disk = new MemoryDisk();
    const writer = await storeOn(disk).create({ logIndex: 5, term: 1, meta: new Uint8Array() });
    await writer.write(new Uint8Array(10));
    expect(disk.list(directory)).toHaveLength(1);
    expect(storeOn(disk.restart()).list()).toEqual([]);
    writer.abort();
    expect(disk.list(directory)).toEqual([]);
    expect(disk.openCount).toBe(0);
  });

  it("reports each changed byte, and takes the older one instead", async () => {
    const original = new MemoryDisk();
    const store = storeOn(original);
    await take(store, 10);
    const { id } = await take(store, 20);
    const { byteLength } = original.bytesOf(pathOf(id));
    for (let at = 0; at < byteLength; at += 1) {
      const disk = original.restart();
      disk.damage(pathOf(id), (bytes) => {
        bytes[at] = (bytes[at] ?? 0) ^ 0x04;
        return bytes;
      });
      const { newest, damaged } = await newestOf(storeOn(disk));
      expect(newest?.logIndex).toBe(10);
      expect(damaged.map(({ id: found }) => found)).toEqual([id]);
      expect(damaged[0]?.error.message).toMatch(/\.snap (is damaged at byte \d+|is of cluster)/);
      expect(disk.openCount).toBe(0);
    }
  });

  it("reports each truncation and bytes behind the end", async () => {
    const original = new MemoryDisk();
    const { id, bytes } = await take(storeOn(original), 20);
    for (let length = 0; length <= bytes + 1; length += 1) {
      if (length === bytes) continue;
      const disk = original.restart();
      disk.damage(pathOf(id), (all) => {
        const changed = new Uint8Array(length);
        changed.set(all.subarray(0, length));
        return changed;
      });
      const { newest, damaged } = await newestOf(storeOn(disk));
      expect(newest).toBeUndefined();
      expect(damaged).toHaveLength(1);
    }
  });

  it("counts an unreadable sector, another cluster's and a renamed file as damaged", async () => {
    const disk = new MemoryDisk();
    const { id } = await take(storeOn(disk), 20, 2000);
    expect((await newestOf(storeOn(disk, "other"))).damaged[0]?.error.message).toContain("other");
    disk.unreadable.set(pathOf(id), new Set([512]));
    expect((await newestOf(storeOn(disk))).damaged[0]?.error.message).toContain("cannot read");
    disk.unreadable.clear();
    const wrong = snapshotId({ term: 3, logIndex: 21 });
    disk.rename(pathOf(id), pathOf(wrong));
    expect((await newestOf(storeOn(disk))).damaged[0]?.error.message).toContain("its name");
    await expect(storeOn(disk).open(wrong)).rejects.toMatchObject({ code: "corrupt" });
    expect(disk.openCount).toBe(0);
  });

  it("counts a damaged one, which nobody could read, not among the two it keeps", async () => {
    const disk = new MemoryDisk();
    await take(storeOn(disk), 10);
    const { id } = await take(storeOn(disk), 20);
    disk.damage(pathOf(id), (bytes) => bytes.fill(1, 60, 70));
    const store = storeOn(disk);
    const { newest } = await newestOf(store);
    store.confirmUsable(newest?.id ?? "");
    await take(store, 30);
    expect(store.list().map((file) => file.logIndex)).toEqual([30, 20, 10]);
    await take(store, 40);
    expect(store.list().map((file) => file.logIndex)).toEqual([40, 30]);
  });

  it("received in a row without being used leave the ones that can be, and are few", async () => {
    const source = storeOn(new MemoryDisk());
    const disk = new MemoryDisk();
    await take(storeOn(disk), 9);
    const target = storeOn(disk);
    target.confirmUsable(snapshotId({ term: 3, logIndex: 9 }));
    await take(target, 10);
    for (let logIndex = 20; logIndex <= 90; logIndex += 10) {
      const { id } = await take(source, logIndex);
      await copyTo(target, source, id);
      expect(target.list().map((file) => file.logIndex)).toEqual(
        [logIndex, logIndex - 10, 10, 9].filter((held, n) => n !== 1 || held > 10),
      );
    }
    target.confirmUsable(snapshotId({ term: 3, logIndex: 90 }));
    await take(target, 100);
    expect(target.list().map((file) => file.logIndex)).toEqual([100, 90]);
  });

  it("named by a process that ended at once survive a later power cut", async () => {
    for (let crashAt = 1; ; crashAt += 1) {
      const disk = new MemoryDisk();
      disk.crashAt = crashAt;
      const ended = await takeOn(disk, 20).then(
        () => true,
        (error: unknown) => error instanceof DiskCrash,
      );
      expect(ended).toBe(true);
      const after = disk.restart();
      const seen = storeOn(after).list();
      const cut = after.crash(createRandom(crashAt), "lost");
      expect(storeOn(cut).list()).toEqual(seen);
      if (disk.mutations < crashAt) break;
    }
  });

  it("travels to a peer in pieces and is verified there", async () => {
    const source = storeOn(new MemoryDisk());
    const { id, bytes } = await take(source, 9, snapshotChunkBytesMax + 5000);
    const target = storeOn(new MemoryDisk());
    const writer = target.receive(id);
    let offset = 0;
    for (;;) {
      const piece = await source.readChunkAt(id, offset);
      expect(piece.totalBytes).toBe(bytes);
      if (piece.bytes.byteLength === 0) break;
      await writer.write(piece.bytes);
      offset += piece.bytes.byteLength;
    }
    await writer.finish();
    expect((await newestOf(target)).newest?.id).toBe(id);
  });

  it("rejects what a peer sends damaged, incomplete or under another id", async () => {
    const disk = new MemoryDisk();
    const source = storeOn(new MemoryDisk());
    const { id } = await take(source, 9);
    const { bytes } = await source.readChunkAt(id, 0);
    const target = storeOn(disk);
    const changed = bytes.slice();
    changed[300] = (changed[300] ?? 0) ^ 1;
    const attempts = [
      { name: id, content: changed },
      { name: id, content: bytes.subarray(0, 500) },
      { name: snapshotId({ term: 3, logIndex: 10 }), content: bytes },
    ];
    for (const { name, content } of attempts) {
      const writer = target.receive(name);
      await writer.write(content);
      await expect(writer.finish()).rejects.toMatchObject({ code: "corrupt" });
    }
    expect(disk.list(directory)).toEqual([]);
    expect(disk.openCount).toBe(0);
  });

  it("says when there is no such snapshot", async () => {
    const store = storeOn(new MemoryDisk());
    await expect(store.open("../../etc/passwd")).rejects.toBeInstanceOf(MasterError);
    await expect(store.readChunkAt(snapshotId({ term: 1, logIndex: 1 }), 0)).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });

  it("after a power cut at any call leave the older one or both, verified", async () => {
    const whole = new MemoryDisk();
    await take(storeOn(whole), 10);
    const before = whole.mutations;
    await take(storeOn(whole), 20);
    const found = new Set<number>();
    for (let crashAt = before + 1; crashAt <= whole.mutations; crashAt += 1) {
      for (let seed = 0; seed < 8; seed += 1) {
        const disk = new MemoryDisk();
        await take(storeOn(disk), 10);
        disk.crashAt = crashAt;
        await expect(takeOn(disk, 20)).rejects.toBeInstanceOf(DiskCrash);
        const { newest, damaged } = await newestOf(storeOn(disk.crash(createRandom(seed))));
        expect(damaged).toEqual([]);
        found.add(newest?.logIndex ?? 0);
      }
    }
    expect(found).toEqual(new Set([10, 20]));
  });
});
