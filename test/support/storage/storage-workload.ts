/**
 * A life of a member's storage, step by step: votes, appends, a conflicting suffix, new segments,
 * snapshots taken, received and deleted, compaction, flushes, an installed snapshot, restarts. It
 * notes before each append what the log will hold, and after it that this is durable now.
 */
import { assertDefined } from "../../../src/base/assert.js";
import type { Entry, HardState } from "../../../src/raft/types.js";
import { MemoryDisk } from "./memory-disk.js";
import { memoryKeyValue } from "./memory-key-value.js";
import { StorageMember, committedEntry, peerSnapshot, termAt } from "./storage-member.js";
import type { LogPicture } from "./wal-fixtures.js";
import { modelPictures } from "./wal-fixtures.js";

const bootIdPath = "/proc/sys/kernel/random/boot_id";

/** Gives the machine that `disk` is in a boot of its own. */
export function boot(disk: MemoryDisk, name: string): void {
  disk.plant(bootIdPath, Buffer.from(`${name}\n`));
}

/** A disk in a machine that runs. */
export function bootedDisk(): MemoryDisk {
  const disk = new MemoryDisk();
  boot(disk, "boot-0");
  return disk;
}

/** Opens the member on a disk as a new process does. */
export function openMember(disk: MemoryDisk): Promise<StorageMember> {
  return StorageMember.open(disk, memoryKeyValue(disk));
}

/** What must be found again, as of some moment. */
export interface Promised {
  /** What the log may hold: the last durable picture, or one of those on their way. */
  readonly pictures: readonly LogPicture[];
  /** A snapshot at this position or above must be there. */
  readonly snapshotLogIndex: number;
}

/** Keeps what was promised. */
export class Ledger {
  /** What the log held after each append, in order; the last may not be durable yet. */
  readonly pictures: LogPicture[] = [...modelPictures([])];
  /** How many of them are durable, the empty log included. */
  durableCount = 1;
  /** Position of the newest snapshot that was reported complete. */
  snapshotLogIndex = 0;

  get last(): LogPicture {
    return assertDefined(this.pictures.at(-1), "there is a first picture");
  }

  get promised(): Promised {
    const pictures = this.pictures.slice(this.durableCount - 1);
    return { pictures, snapshotLogIndex: this.snapshotLogIndex };
  }

  intend(picture: LogPicture): void {
    this.pictures.push(picture);
  }

  settle(): void {
    this.durableCount = this.pictures.length;
  }
}

/** Runs a life on a disk until it ends or the disk does. */
export class Workload {
  readonly ledger: Ledger = new Ledger();
  readonly #disk: MemoryDisk;
  readonly #peer: ReadonlyMap<number, Uint8Array>;
  #running: StorageMember | undefined;

  constructor(disk: MemoryDisk, peer: ReadonlyMap<number, Uint8Array>) {
    this.#disk = disk;
    this.#peer = peer;
  }

  /** Snapshots that a peer would send. */
  static async peerSnapshots(): Promise<ReadonlyMap<number, Uint8Array>> {
    const files = new Map<number, Uint8Array>();
    for (const logIndex of [80, 120]) {
      files.set(logIndex, await peerSnapshot(new MemoryDisk(), logIndex));
    }
    return files;
  }

  /** Undefined while it opens, and after it was stopped. */
  get running(): StorageMember | undefined {
    return this.#running;
  }

  get member(): StorageMember {
    return assertDefined(this.#running, "the member runs");
  }

  async run(): Promise<void> {
    await this.#start();
    this.#append({ hardState: { term: 1, vote: 5, commit: 0 } });
    this.#append({ entries: [1, 2, 3].map(committedEntry) });
    this.#append({ entries: [conflicting(4), conflicting(5), conflicting(6)] });
    this.#append({ hardState: { term: 2, vote: 0, commit: 2 } });
    this.#append({ entries: committed(4, 5) });
    await this.#commitTo(5, { sync: false });
    this.#append({ entries: committed(6, 20) });
    await this.#commitTo(20, { sync: true });
    await this.#snapshot();
    this.#giveUp(15);
    this.#append({ entries: committed(21, 40) });
    await this.#commitTo(40, { sync: false });
    await this.#restart();
    await this.#commitTo(40, { sync: true });
    await this.#snapshot();
    this.#giveUp(36);
    this.#append({ entries: committed(41, 50) });
    await this.#commitTo(50, { sync: true });
    await this.#snapshot();
    this.#append({ entries: [conflicting(51), conflicting(52)] });
    await this.#receive(80);
    await this.member.install(80);
    this.ledger.settle();
    this.#append({ entries: committed(81, 88) });
    await this.#commitTo(88, { sync: true });
    await this.#snapshot();
    this.#giveUp(88);
    await this.#receive(120);
    await this.#restart();
    this.ledger.settle();
    this.#append({ entries: committed(121, 125) });
    await this.#commitTo(125, { sync: false });
    await this.#stop();
  }

  async #start(): Promise<void> {
    this.#running = await openMember(this.#disk);
    this.member.catchUp();
  }

  async #stop(): Promise<void> {
    const { member } = this;
    this.#running = undefined;
    await member.close();
  }

  async #restart(): Promise<void> {
    await this.#stop();
    await this.#start();
  }

  #append(step: { readonly hardState?: HardState; readonly entries?: readonly Entry[] }): void {
    const { hardState, entries = [] } = step;
    const { last } = this.ledger;
    const first = entries[0];
    const kept =
      first === undefined ? last.entries : last.entries.slice(0, first.logIndex - last.floor - 1);
    this.ledger.intend({
      ...last,
      ...hardState,
      entries: [...kept, ...entries.map(textOf)],
    });
    this.member.append({ hardState, entries });
    this.ledger.settle();
  }

  async #commitTo(commit: number, how: { readonly sync: boolean }): Promise<void> {
    const term = termAt(commit);
    if (this.ledger.last.commit < commit) this.#append({ hardState: { term, vote: 3, commit } });
    await this.member.apply(how);
  }

  async #snapshot(): Promise<void> {
    await this.member.takeSnapshot();
    this.ledger.snapshotLogIndex = this.member.appliedLogIndex;
  }

  #giveUp(floor: number): void {
    const { last } = this.ledger;
    this.ledger.intend({ ...last, floor, entries: last.entries.slice(floor - last.floor) });
    this.member.giveUp(floor);
    this.ledger.settle();
  }

  /** From the moment it is complete, the next process goes on behind it. */
  async #receive(logIndex: number): Promise<void> {
    const { last } = this.ledger;
    this.ledger.intend({ ...last, marker: logIndex, floor: logIndex, entries: [] });
    await this.member.receive(logIndex, assertDefined(this.#peer.get(logIndex), "a peer has it"));
    this.ledger.snapshotLogIndex = logIndex;
  }
}

function committed(first: number, last: number): Entry[] {
  return Array.from({ length: last - first + 1 }, (_, n) => committedEntry(first + n));
}

/** An entry that some leader wrote and none committed. */
function conflicting(logIndex: number): Entry {
  const data = Uint8Array.from(Buffer.from(`lost=${"x".repeat(300)}${logIndex}`));
  return { logIndex, term: termAt(logIndex - 1), kind: "normal", data };
}

function textOf({ logIndex, term, kind, data }: Entry): string {
  return `${logIndex}/${term}/${kind}/${Buffer.from(data).toString("hex")}`;
}
