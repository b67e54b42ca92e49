/**
 * Everything a member keeps on its disk, used in the order in which a member uses it, without
 * consensus: identity and formation, lock, log, snapshots, state store. The committed history is
 * fixed, so that the state at every position is known without asking the disk.
 */
import { assert, assertDefined } from "../../../src/base/assert.js";
import type { FatalError } from "../../../src/base/errors.js";
import type { Entry } from "../../../src/raft/types.js";
import type { Disk } from "../../../src/storage/disk.js";
import {
  dataPaths,
  prepareDataDirectory,
  readFormation,
  readIdentity,
  writeFormation,
  writeIdentity,
} from "../../../src/storage/identity.js";
import type { OpenKeyValue } from "../../../src/storage/key-value.js";
import { acquireProcessLock, type ProcessLock } from "../../../src/storage/process-lock.js";
import { SnapshotStore, snapshotId } from "../../../src/storage/snapshot/snapshot-store.js";
import type { AppliedState, StateStore } from "../../../src/storage/state-store.js";
import { openStateStore, readBootId } from "../../../src/storage/state-store.js";
import type { LogMarker, RecoveredLog, WalBatch } from "../../../src/storage/wal/types.js";
import { openInlineWal, type Wal } from "../../../src/storage/wal/wal.js";
import { smallSegmentBytes } from "./wal-fixtures.js";

/** Where the member is. */
const dataDirectory = "/data";
const clusterId = "8f0d3c62-1a3b-4c57-9d55-0a52b7a7d0f1";
const memberId = 77_000_001;

/** The committed entry at a position; its term grows slowly. */
export function committedEntry(logIndex: number): Entry {
  const data = Buffer.from(`k${logIndex % 11}=${"v".repeat(logIndex % 90)}${logIndex}`);
  return { logIndex, term: termAt(logIndex), kind: "normal", data: Uint8Array.from(data) };
}

/** Term of the committed entry at a position. */
export function termAt(logIndex: number): number {
  return logIndex <= 3 ? 1 : 2 + Math.floor(logIndex / 30);
}

/** The state after all committed entries up to `logIndex`. */
export function stateAt(logIndex: number): Map<string, string> {
  const items = new Map<string, string>();
  for (let at = 1; at <= logIndex; at += 1) applyEntry(items, committedEntry(at));
  return items;
}

function applyEntry(items: Map<string, string>, entry: Entry): string {
  const [key = "", value = ""] = Buffer.from(entry.data).toString("utf8").split("=");
  items.set(key, value);
  return key;
}

function hashOf(items: ReadonlyMap<string, string>): string {
  return JSON.stringify([...items].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function appliedAt(logIndex: number, items: ReadonlyMap<string, string>): AppliedState {
  const term = logIndex === 0 ? 0 : termAt(logIndex);
  return { logIndex, term, hash: hashOf(items), meta: `at ${logIndex}` };
}

/** A snapshot file of another member, to be received. */
export async function peerSnapshot(disk: Disk, logIndex: number): Promise<Uint8Array> {
  const store = new SnapshotStore({ disk, directory: "/peer", clusterId });
  await writeSnapshot(store, logIndex);
  const [file] = store.list();
  return (await store.readChunkAt(assertDefined(file, "it was written").id, 0)).bytes;
}

async function writeSnapshot(store: SnapshotStore, logIndex: number): Promise<void> {
  const writer = await store.create({
    logIndex,
    term: termAt(logIndex),
    meta: new Uint8Array([7]),
  });
  const lines = [...stateAt(logIndex)].map(([key, value]) => `${key}=${value}\n`);
  const half = lines.length >> 1;
  await writer.write(Buffer.from(lines.slice(0, half).join("")));
  await writer.write(Buffer.from(lines.slice(half).join("")));
  await writer.finish();
}

async function readSnapshotItems(store: SnapshotStore, id: string): Promise<Map<string, string>> {
  const { chunks } = await store.open(id);
  let text = "";
  for await (const chunk of chunks) text += Buffer.from(chunk).toString("utf8");
  const items = new Map<string, string>();
  for (const line of text.split("\n").slice(0, -1)) {
    const [key = "", value = ""] = line.split("=");
    items.set(key, value);
  }
  return items;
}

interface Parts {
  readonly lock: ProcessLock;
  readonly store: StateStore;
  readonly snapshots: SnapshotStore;
  readonly wal: Wal;
  readonly recovered: RecoveredLog;
  readonly newestSnapshot: number;
}

/** See the file comment. */
export class StorageMember {
  /** What the log held at open. */
  readonly recovered: RecoveredLog;
  /** Position of the newest snapshot that could be read at open. */
  readonly newestSnapshot: number;
  readonly #parts: Parts;
  #items: Map<string, string>;
  #applied: number;
  #commit: number;
  readonly #entries: Map<number, Entry>;
  #seq = 0;
  #failure: FatalError | undefined;
  /** Appends that the log reported durable. */
  acknowledgedCount = 0;

  private constructor(parts: Parts, base: { items: Map<string, string>; logIndex: number }) {
    this.#parts = parts;
    this.recovered = parts.recovered;
    this.newestSnapshot = parts.newestSnapshot;
    this.#items = base.items;
    this.#applied = base.logIndex;
    this.#commit = Math.max(parts.recovered.hardState.commit, base.logIndex);
    this.#entries = new Map(parts.recovered.entries.map((entry) => [entry.logIndex, entry]));
    parts.wal.onDurable((seq) => {
      assert(seq === this.#seq, "appends become durable one by one");
      this.acknowledgedCount += 1;
    });
    parts.wal.onError((error) => {
      this.#failure = error;
    });
  }

  /** Opens whatever is there; a member that never was is formatted and founded. */
  static async open(disk: Disk, openKeyValue: OpenKeyValue): Promise<StorageMember> {
    const paths = dataPaths(dataDirectory);
    prepareDataDirectory(disk, dataDirectory);
    const lock = await acquireProcessLock(paths.lock, openKeyValue);
    const identity = { memberId, nodeId: "m1", createdMs: 1 };
    const known = readIdentity(disk, dataDirectory);
    if (known === undefined) writeIdentity(disk, dataDirectory, identity);
    else assert(known.memberId === memberId, "an identity never changes");
    const founders = [{ id: memberId, nodeId: "m1", address: "10.0.0.1:9300" }];
    const formation = readFormation(disk, dataDirectory);
    if (formation === undefined)
      writeFormation(disk, dataDirectory, { clusterId, members: founders });
    else assert(formation.clusterId === clusterId, "a formation never changes");
    const bootId = readBootId(disk);
    const store = await openStateStore({ disk, directory: paths.state, bootId, openKeyValue });
    const snapshots = new SnapshotStore({ disk, directory: paths.snapshots, clusterId });
    const stored = await store.load(hashOf);
    const snapshot = await newestReadable(snapshots);
    const storedLogIndex = stored.kind === "loaded" ? stored.applied.logIndex : 0;
    const { wal, recovered } = openInlineWal({
      ...{ disk, directory: paths.wal, identity: { memberId, clusterId } },
      segmentBytes: smallSegmentBytes,
      witnesses: [{ source: "the state store", logIndex: storedLogIndex }],
      snapshot: snapshot.logIndex === 0 ? undefined : snapshot,
      schedule: (work) => {
        work();
      },
      monotonicMs: () => 0,
    });
    const isStoreNewer = stored.kind === "loaded" && storedLogIndex >= snapshot.logIndex;
    const base = isStoreNewer ? { items: stored.items, logIndex: storedLogIndex } : snapshot;
    assert(base.logIndex >= recovered.floorLogIndex, "something reaches to where the log begins");
    if (!isStoreNewer) await store.replaceAll(base.items, appliedAt(base.logIndex, base.items));
    const newestSnapshot = snapshot.logIndex;
    const parts = { lock, store, snapshots, wal, recovered, newestSnapshot };
    return new StorageMember(parts, base);
  }

  get items(): ReadonlyMap<string, string> {
    return this.#items;
  }

  get appliedLogIndex(): number {
    return this.#applied;
  }

  get commitLogIndex(): number {
    return this.#commit;
  }

  /** Appends one batch and waits for it; throws what the log failed with. */
  append(batch: Omit<WalBatch, "seq">): void {
    this.#seq += 1;
    this.#parts.wal.append({ ...batch, seq: this.#seq });
    this.#throwFailure();
    const first = batch.entries[0]?.logIndex;
    for (const logIndex of this.#entries.keys()) {
      if (first !== undefined && logIndex >= first) this.#entries.delete(logIndex);
    }
    for (const entry of batch.entries) this.#entries.set(entry.logIndex, entry);
    if (batch.snapshot === undefined) this.#commit = batch.hardState?.commit ?? this.#commit;
    else this.#commit = batch.snapshot.logIndex;
  }

  /** The log beneath, to see that a failed one stays so. */
  get wal(): Wal {
    return this.#parts.wal;
  }

  /** Applies what is committed and writes it to the store. */
  async apply({ sync }: { readonly sync: boolean }): Promise<void> {
    const puts = new Map<string, string>();
    const before = this.#applied;
    while (this.#applied < this.#commit) {
      this.#applied += 1;
      const entry = assertDefined(this.#entries.get(this.#applied), "committed entries are held");
      const key = applyEntry(this.#items, entry);
      puts.set(key, this.#items.get(key) ?? "");
    }
    if (before === this.#applied && !sync) return;
    const applied = appliedAt(this.#applied, this.#items);
    await this.#parts.store.write({ puts, deletes: [], applied }, { sync });
  }

  /** Applies in memory only, as at start. */
  catchUp(): void {
    while (this.#applied < this.#commit) {
      this.#applied += 1;
      const entry = assertDefined(this.#entries.get(this.#applied), "committed entries are held");
      applyEntry(this.#items, entry);
    }
  }

  takeSnapshot(): Promise<void> {
    return writeSnapshot(this.#parts.snapshots, this.#applied);
  }

  giveUp(logIndex: number): void {
    this.#parts.wal.truncatePrefix(logIndex);
    this.#throwFailure();
  }

  async receive(logIndex: number, bytes: Uint8Array): Promise<void> {
    const id = snapshotId({ term: termAt(logIndex), logIndex });
    const writer = this.#parts.snapshots.receive(id);
    await writer.write(bytes.subarray(0, 100));
    await writer.write(bytes.subarray(100));
    await writer.finish();
    await readSnapshotItems(this.#parts.snapshots, id);
    this.#parts.snapshots.confirmUsable(id);
  }

  /** Goes on behind a received snapshot: the log first, then the store. */
  async install(logIndex: number): Promise<void> {
    const snapshot: LogMarker = { logIndex, term: termAt(logIndex) };
    this.append({ entries: [], snapshot });
    this.#items = stateAt(logIndex);
    this.#applied = logIndex;
    await this.#parts.store.replaceAll(this.#items, appliedAt(logIndex, this.#items));
  }

  /** Stops in good order. */
  async close(): Promise<void> {
    await this.#parts.wal.close();
    this.#throwFailure();
    await this.#parts.store.close();
    await this.#parts.lock.release();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

async function newestReadable(
  snapshots: SnapshotStore,
): Promise<{ items: Map<string, string>; logIndex: number; term: number }> {
  for (const { id, logIndex, term } of snapshots.list()) {
    try {
      const items = await readSnapshotItems(snapshots, id);
      snapshots.confirmUsable(id);
      return { items, logIndex, term };
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "MasterError") throw error;
    }
  }
  return { items: new Map(), logIndex: 0, term: 0 };
}
