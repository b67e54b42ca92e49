/**
 * Members of one cluster in this process: the real control plane, log, snapshots and state store
 * over a wire in memory. Time moves only while a test waits, a millisecond with each turn of the
 * event loop, so that seconds of waiting take no time and nothing depends on the machine's speed.
 */
import { cpSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assertDefined } from "../../../src/base/assert.js";
import type { Logger, LogFields } from "../../../src/base/log.js";
import { createRandom, type Random } from "../../../src/base/random.js";
import type { ControlPlane } from "../../../src/controlplane/port.js";
import type { MemberOptions, MemberStatus } from "../../../src/controlplane/raft/member-options.js";
import { RaftMember } from "../../../src/controlplane/raft/open-member.js";
import type { SnapshotPolicy } from "../../../src/controlplane/raft/persistence.js";
import { createDisk, type Disk } from "../../../src/storage/disk.js";
import { dataPaths, type DataPaths } from "../../../src/storage/identity.js";
import { openInlineWal } from "../../../src/storage/wal/wal.js";
import { ManualClock } from "../server/manual-clock.js";
import { Lane } from "./lane.js";
import { MemoryNetwork, MemoryTransport } from "./network.js";

/** What a test may choose. */
export interface ClusterOptions {
  readonly size: number;
  readonly seed?: number;
  readonly snapshot?: SnapshotPolicy;
  /** A folder of data directories that the members find; see {@link MemberCluster.keep}. */
  readonly from?: string;
}

interface Running {
  readonly member: RaftMember;
  readonly lane: Lane;
  /** Another one once the member has become another one. */
  transport: MemoryTransport;
  /** How joining ended. */
  readonly joined: Promise<void>;
}

const rareSnapshots: SnapshotPolicy = { entriesCount: 1_000_000, logBytes: 2 ** 40 };
/** Virtual time after which a wait counts as failed. */
const patienceMs = 60_000;

/** See the file comment. */
export class MemberCluster {
  readonly clock: ManualClock = new ManualClock();
  readonly network: MemoryNetwork = new MemoryNetwork();
  /** What the disk of a place says is free; absent = plenty. */
  readonly freeBytes: Map<number, number> = new Map<number, number>();
  /** Errors that would have ended a member's process. */
  readonly fatal: unknown[] = [];
  /** `event` fields of all log lines, newest last. */
  readonly events: LogFields[] = [];
  readonly #directory: string;
  readonly #options: ClusterOptions;
  readonly #random: Random;
  readonly #running: (Running | undefined)[] = [];
  #joiningCount = 0;
  #lastTurnMs = performance.now();
  /** Virtual time that may pass now. */
  #creditMs = 0;

  private constructor(options: ClusterOptions) {
    this.#options = options;
    this.#random = createRandom(options.seed ?? 1);
    this.#directory = mkdtempSync(join(fastDirectory(), "quidditch-members-"));
    if (options.from !== undefined) cpSync(options.from, this.#directory, { recursive: true });
  }

  /** Nothing runs yet. */
  static prepared(options: ClusterOptions): MemberCluster {
    return new MemberCluster(options);
  }

  /** Copies the data directories, while no member runs, to a folder that is to be. */
  keep(folder: string): void {
    cpSync(this.#directory, folder, { recursive: true });
  }

  /** Starts all members; they form their cluster when time passes. */
  static async start(options: ClusterOptions): Promise<MemberCluster> {
    const cluster = new MemberCluster(options);
    for (let at = 0; at < options.size; at += 1) await cluster.restart(at);
    return cluster;
  }

  /** A started cluster that has a leader. */
  static async formed(options: ClusterOptions): Promise<MemberCluster> {
    const cluster = await MemberCluster.start(options);
    await cluster.leader();
    return cluster;
  }

  plane(at: number): ControlPlane {
    return this.#at(at).member.controlPlane;
  }

  member(at: number): RaftMember {
    return this.#at(at).member;
  }

  joined(at: number): Promise<void> {
    return this.#at(at).joined;
  }

  transport(at: number): MemoryTransport {
    return this.#at(at).transport;
  }

  status(at: number): MemberStatus {
    return assertDefined(this.member(at).status(), "the member takes part");
  }

  paths(at: number): DataPaths {
    return dataPaths(this.#dataDir(at));
  }

  /** Places of the founders. */
  get members(): number[] {
    return Array.from({ length: this.#options.size }, (_, at) => at);
  }

  /** Where the peer service of a place is. */
  addressOf(at: number): string {
    return `10.0.0.${String(at + 1)}:9300`;
  }

  idOf(at: number): number {
    return this.transport(at).options.memberId;
  }

  /** Starts a member, with an empty or its own directory, that waits to be added. */
  async startJoining(at: number, more: Partial<MemberOptions> = {}): Promise<void> {
    await this.restart(at, {
      join: true,
      peers: this.members.map((m) => this.addressOf(m)),
      ...more,
    });
  }

  /** Removes the data directory of a member that does not run. */
  wipe(at: number): void {
    rmSync(this.#dataDir(at), { recursive: true, force: true });
  }

  /** The errors that would have ended processes so far, which were expected. */
  takeFatal(): unknown[] {
    return this.fatal.splice(0);
  }

  /** Waits for a leader among `those` and returns its place. */
  async leader(those: readonly number[] = this.members): Promise<number> {
    const find = (): number =>
      those.find((at) => this.#running[at]?.member.controlPlane.leader().isSelf === true) ?? -1;
    await this.until("there is a leader", () => find() >= 0);
    return find();
  }

  /** All members but `at`. */
  others(at: number): number[] {
    return this.members.filter((other) => other !== at);
  }

  isolate(at: number): void {
    this.network.isolate(this.transport(at));
  }

  pause(at: number): void {
    this.#at(at).lane.pause();
  }

  resume(at: number): void {
    this.#at(at).lane.resume();
  }

  /** Lets time pass until `promise` is settled. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    promise.then(mark, mark);
    await this.until("the call is settled", () => settled);
    return promise;
  }

  /** Lets time pass until `probe` is true. */
  async until(what: string, probe: () => boolean): Promise<void> {
    const until = this.clock.monotonicMs() + patienceMs;
    while (!probe()) {
      if (this.clock.monotonicMs() > until) throw new Error(`never: ${what}`);
      await this.#turn();
    }
  }

  /** Lets `ms` pass. */
  async pass(ms: number): Promise<void> {
    const until = this.clock.monotonicMs() + ms;
    await this.until("time passes", () => this.clock.monotonicMs() >= until);
  }

  /** Waits until all of `those` have applied the same and have the same hash. */
  async agreement(those: readonly number[] = this.members): Promise<void> {
    await this.until("all have applied the same", () => {
      const all = those.map((at) => this.member(at).status());
      const first = all[0];
      return all.every((one) => one !== undefined && one.appliedLogIndex === first?.lastLogIndex);
    });
    const hashes = new Set(those.map((at) => this.status(at).stateHash));
    if (hashes.size !== 1) throw new Error(`hashes differ: ${[...hashes].join(" ")}`);
  }

  /** Stops a member in good order. */
  async stop(at: number): Promise<void> {
    const { member } = this.#at(at);
    const joined = this.#at(at).joined.catch(() => undefined);
    await this.settle(member.close());
    await this.settle(joined);
    this.#running[at] = undefined;
  }

  /** Starts a member on its data directory. */
  async restart(at: number, more: Partial<MemberOptions> = {}): Promise<void> {
    const lane = new Lane(this.clock);
    let transport: MemoryTransport | undefined;
    const disk: Disk = { ...createDisk(), freeBytes: () => this.freeBytes.get(at) ?? 2 ** 40 };
    const opening = RaftMember.open(
      { ...this.#memberOptions(at), ...more },
      {
        disk,
        clock: lane.clock,
        random: this.#random,
        logger: this.#logger(),
        soon: lane.soon,
        newId: () => this.#random.uint32() + 1,
        newUuid: () => this.#text(22),
        newClusterUuid: () => `cluster-${this.#text(8)}`,
        onFatal: (error) => {
          this.fatal.push(error);
        },
        openWal: (options) =>
          Promise.resolve().then(() =>
            openInlineWal({
              ...options,
              snapshot: options.snapshot,
              disk: createDisk(),
              schedule: lane.soon,
              monotonicMs: () => this.clock.monotonicMs(),
            }),
          ),
        createTransport: (options, handlers) => {
          const deps = { network: this.network, lane, clock: this.clock };
          transport = new MemoryTransport(options, handlers, deps);
          const running = this.#running[at];
          if (running?.lane === lane) running.transport = transport;
          return transport;
        },
      },
    );
    const member = await this.settle(opening);
    await member.listen();
    const joined = member.join();
    this.#joiningCount += 1;
    const noLonger = (): void => {
      this.#joiningCount -= 1;
    };
    // A test that cares awaits it; others stop members that never joined.
    joined.then(noLonger, noLonger);
    this.#running[at] = {
      member,
      lane,
      transport: assertDefined(transport, "a member has a transport"),
      joined,
    };
  }

  /** Stops everything and removes the files. */
  async close(): Promise<void> {
    this.network.heal();
    for (const [at, running] of this.#running.entries()) {
      if (running === undefined) continue;
      running.lane.resume();
      await this.stop(at);
    }
    rmSync(this.#directory, { recursive: true, force: true });
    if (this.fatal.length > 0)
      throw new Error("a member's process would have ended", {
        cause: this.fatal[0],
      });
  }

  /**
   * The disk is real and takes real time: budgets must not end only because it was busy. So time
   * runs a number of times as fast as the real one, and slower while members open their files.
   */
  async #turn(): Promise<void> {
    const factor = this.#joiningCount > 0 ? 10 : 100;
    const realMs = performance.now();
    if (this.#creditMs < 50) this.#creditMs += (realMs - this.#lastTurnMs) * factor;
    this.#lastTurnMs = realMs;
    if (this.#creditMs >= 1) {
      this.#creditMs -= 1;
      this.clock.advance(1);
    }
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }

  #at(at: number): Running {
    return assertDefined(this.#running[at], "the member runs");
  }

  #dataDir(at: number): string {
    return join(this.#directory, `m${String(at + 1)}`);
  }

  #memberOptions(at: number): MemberOptions {
    const { size } = this.#options;
    return {
      nodeId: `m${String(at + 1)}`,
      dataDir: this.#dataDir(at),
      listenAddress: this.addressOf(at),
      peerAddress: this.addressOf(at),
      grpcAddress: `10.0.0.${String(at + 1)}:9301`,
      peers: size === 1 ? [] : this.members.map((other) => this.addressOf(other)),
      clusterUuid: undefined,
      join: false,
      tickMs: 100,
      electionTimeoutTicks: 10,
      appendEntriesCountMax: 100,
      walSegmentBytes: 256 * 1024,
      diskLowBytes: 512 * 1024,
      snapshot: this.#options.snapshot ?? rareSnapshots,
    };
  }

  #logger(): Logger {
    const note = (fields: LogFields): void => {
      this.events.push(fields);
    };
    const logger: Logger = {
      error: note,
      warn: note,
      info: note,
      debug: () => undefined,
      child: () => logger,
    };
    return logger;
  }

  #text(length: number): string {
    const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    return Array.from({ length }, () => letters.charAt(this.#random.below(64))).join("");
  }
}

/** A directory whose syncs cost nothing, where the system has one. */
function fastDirectory(): string {
  const isThere = statSync("/dev/shm", { throwIfNoEntry: false })?.isDirectory() === true;
  return isThere ? "/dev/shm" : tmpdir();
}
