/**
 * One simulated master: a place with a disk, on which one process after the other runs the real
 * member, controller and watchdog. It wires them as the daemon does; only time, chance, disk and
 * wire are others. It restarts by itself whatever ends with the code that asks for it.
 */
import { assertDefined } from "../../src/base/assert.js";
import { exitCode, MasterError } from "../../src/base/errors.js";
import type { LogFields, Logger } from "../../src/base/log.js";
import type { Random } from "../../src/base/random.js";
import { createController, type Controller } from "../../src/controller/controller.js";
import type { DataNodeClient } from "../../src/controller/data-node-calls.js";
import { noMetrics } from "../../src/controller/metrics.js";
import { handOverWaitMs } from "../../src/controlplane/raft/limits.js";
import type { MemberOptions, MemberStatus } from "../../src/controlplane/raft/member-options.js";
import { nameCluster } from "../../src/controlplane/raft/name-cluster.js";
import { RaftMember } from "../../src/controlplane/raft/open-member.js";
import { WalWatchdog } from "../../src/controlplane/raft/wal-watchdog.js";
import { failureOf } from "../../src/process/failure.js";
import type { OpenedWal, Wal } from "../../src/storage/wal/wal.js";
import { openInlineWal } from "../../src/storage/wal/wal.js";
import type { ThreadedOptions } from "../../src/storage/wal/threaded-wal.js";
import { DiskCrash, MemoryDisk, type CrashStyle } from "../support/storage/memory-disk.js";
import { bootIdPath, processDisk, type DiskConditions, type ProcessDisk } from "./disk.js";
import { Lane, type ClockFaults } from "./lane.js";
import { SimTransport, type SimNetwork } from "./network.js";
import type { RaftChecker } from "./raft-checker.js";
import { drawText, pick, streamOf } from "./seeded.js";
import type { Coverage, Findings } from "./violation.js";
import type { World } from "./world.js";

/** How a process ends: the process alone, or with the power of its machine. */
export type EndStyle = "kill" | CrashStyle;

/** What all masters share. */
export interface MasterDeps {
  readonly seed: number;
  readonly world: World;
  readonly network: SimNetwork;
  readonly checker: RaftChecker;
  readonly findings: Findings;
  readonly coverage: Coverage;
  readonly dialDataNode: (place: number, address: string) => DataNodeClient;
  /** A process of this place ran. */
  readonly onTouched: (place: number) => void;
  readonly onEnded: (place: number) => void;
}

interface Process {
  readonly lane: Lane;
  readonly random: Random;
  transport: SimTransport | undefined;
  member: RaftMember | undefined;
  controller: Controller | undefined;
  watchdog: WalWatchdog | undefined;
  stopping: boolean;
}

/** How soon a process manager starts a process again. */
const restartDelayMs = 300;

/** See the file comment. */
export class SimMaster {
  readonly place: number;
  readonly diskConditions: DiskConditions;
  readonly clockFaults: ClockFaults;
  readonly #deps: MasterDeps;
  readonly #options: MemberOptions;
  #disk = new MemoryDisk();
  #process: Process | undefined;
  #startsCount = 0;
  /** While it is off nothing starts it. */
  #isOff = false;

  constructor(
    place: number,
    options: MemberOptions,
    deps: MasterDeps,
    conditions: { readonly disk: DiskConditions; readonly clock: ClockFaults },
  ) {
    this.place = place;
    this.#options = options;
    this.#deps = deps;
    this.diskConditions = conditions.disk;
    this.clockFaults = conditions.clock;
    this.#markBoot();
  }

  get isUp(): boolean {
    return this.#process !== undefined;
  }

  /** Undefined while no process runs, or it was not opened yet. */
  get member(): RaftMember | undefined {
    return this.#process?.member;
  }

  get controller(): Controller | undefined {
    return this.#process?.controller;
  }

  get lane(): Lane | undefined {
    return this.#process?.lane;
  }

  get disk(): MemoryDisk {
    return this.#disk;
  }

  status(): MemberStatus | undefined {
    return this.#process?.member?.status();
  }

  /** Starts a process unless one runs. */
  start(): void {
    this.#isOff = false;
    if (this.#process !== undefined) return;
    const { world, seed, onTouched, coverage } = this.#deps;
    this.#startsCount += 1;
    const name = `m${String(this.place)}/${String(this.#startsCount)}`;
    const random = streamOf(seed, name);
    const lane = new Lane(world, {
      random: streamOf(seed, `${name}/timers`),
      faults: this.clockFaults,
      onTouched: () => {
        onTouched(this.place);
      },
    });
    const process: Process = {
      ...{ lane, random, stopping: false },
      ...{ transport: undefined, member: undefined, controller: undefined, watchdog: undefined },
    };
    this.#process = process;
    coverage.count("master started");
    lane.soon(() => {
      this.#run(process).catch((thrown: unknown) => {
        this.#onFatal(process, thrown);
      });
    });
  }

  /** The process ends without a word, and stays away until {@link start}. */
  crash(style: EndStyle): void {
    this.#isOff = true;
    if (this.#process !== undefined) this.#end(this.#process, style);
  }

  /** Bytes that all files together may have, also for the processes to come. */
  setCapacity(bytes: number): void {
    this.#disk.capacityBytes = bytes;
  }

  /**
   * Lets the power go in the n-th changing disk call from now; with `inLog`, in the n-th sync of the
   * log, whose written sectors are then all at stake.
   */
  cutPowerAtCall(callsCount: number, inLog: boolean): void {
    const disk = this.#disk;
    let left = callsCount;
    disk.onMutation = (call, path) => {
      if (inLog && (call !== "sync" || !path.includes("/wal/"))) return;
      left -= 1;
      if (left > 0) return;
      disk.onMutation = undefined;
      disk.crashAt = disk.mutations;
      throw new DiskCrash();
    };
  }

  pause(): void {
    this.#process?.lane.pause();
  }

  resume(): void {
    this.#process?.lane.resume();
  }

  /** Stops in good order, as on SIGTERM, and stays away until {@link start}. */
  stop(): void {
    const process = this.#process;
    this.#isOff = true;
    if (process?.member === undefined || process.stopping) return;
    process.stopping = true;
    process.lane.run(() => {
      this.#stop(process).then(
        () => {
          this.#deps.coverage.count("master stopped in good order");
          this.#end(process, "kill");
        },
        (thrown: unknown) => {
          this.#onFatal(process, thrown);
        },
      );
    });
  }

  /** Asks the process to hand leadership over. */
  handOver(): void {
    const process = this.#process;
    const member = process?.member;
    if (process === undefined || member === undefined) return;
    if (member.status()?.role !== "leader") return;
    process.lane.run(() => {
      this.#deps.coverage.count("leadership transfer asked");
      member.handOver(handOverWaitMs).then(
        () => {
          if (member.status()?.role !== "leader") this.#deps.coverage.count("transfer done");
        },
        (thrown: unknown) => {
          this.#onFatal(process, thrown);
        },
      );
    });
  }

  async #run(process: Process): Promise<void> {
    const { random, lane } = process;
    const { seed, coverage } = this.#deps;
    const disk = processDisk(this.#disk, {
      lane,
      random: streamOf(seed, `m${String(this.place)}/${String(this.#startsCount)}/disk`),
      conditions: this.diskConditions,
      onPowerLost: () => {
        this.#onPowerLost(process);
      },
      onFull: () => {
        coverage.count("disk full met");
      },
    });
    const newUuid = (): string => drawText(random, 22);
    const log = this.#logger();
    const onFatal = (error: unknown): void => {
      this.#onFatal(process, error);
    };
    const member = await RaftMember.open(this.#options, {
      disk: disk.disk,
      openKeyValue: disk.openKeyValue,
      acquireLock: () => Promise.resolve({ release: () => Promise.resolve() }),
      clock: lane.clock,
      random,
      logger: log,
      soon: lane.soon,
      newId: () => random.uint32() * 1024 + random.below(1024) + 1,
      newUuid,
      newClusterUuid: () => `cluster-${newUuid()}`,
      onFatal,
      openWal: (options) => this.#openWal(process, disk, options),
      createTransport: (options, handlers) => {
        const deps = { network: this.#deps.network, lane, place: this.place };
        process.transport = new SimTransport(options, handlers, deps);
        return process.transport;
      },
    });
    if (lane.hasEnded) return;
    process.member = member;
    const electionTimeoutMs = this.#options.electionTimeoutTicks * this.#options.tickMs;
    process.controller = createController(
      { electionTimeoutMs },
      {
        ...{ controlPlane: member.controlPlane, clock: lane.clock, random, log },
        ...{ metrics: noMetrics, newId: newUuid, defer: lane.soon },
        dialDataNode: (address) => this.#deps.dialDataNode(this.place, address),
      },
    );
    const clusterUuid = (): string => member.clusterUuid;
    nameCluster(member.controlPlane, { clusterName: "sim", clusterUuid, log });
    await member.listen();
    process.watchdog = new WalWatchdog(member, {
      ...{ clock: lane.clock, log, electionTimeoutMs, onFatal },
    });
    await member.join();
    coverage.count("master joined");
  }

  async #stop(process: Process): Promise<void> {
    const member = assertDefined(process.member, "an opened member is stopped");
    process.watchdog?.close();
    await member.handOver(handOverWaitMs);
    process.controller?.close();
    await member.close();
  }

  #openWal(
    process: Process,
    disk: ProcessDisk,
    options: ThreadedOptions,
  ): Promise<OpenedWal> {
    // An error must become a rejection.
    return Promise.resolve().then(() => {
      const opened = openInlineWal({
        ...options,
        snapshot: options.snapshot,
        ...{ disk: disk.disk, schedule: disk.schedule },
        monotonicMs: () => process.lane.clock.monotonicMs(),
      });
      const { finding } = opened.recovered;
      if (finding.kind === "torn") this.#deps.coverage.count("torn tail cut");
      const { checker } = this.#deps;
      checker.onOpened(this.place, options.identity.memberId, opened.recovered);
      return { recovered: opened.recovered, wal: this.#watched(opened.wal) };
    });
  }

  #watched(wal: Wal): Wal {
    const { checker } = this.#deps;
    return {
      append: (batch) => {
        checker.onAppend(this.place, batch);
        wal.append(batch);
      },
      truncatePrefix: (logIndex) => {
        this.#deps.coverage.count("log compacted");
        wal.truncatePrefix(logIndex);
      },
      onDurable: (callback) => {
        wal.onDurable((seq) => {
          checker.onDurable(this.place, seq);
          callback(seq);
        });
      },
      onError: (callback) => {
        wal.onError(callback);
      },
      stats: () => wal.stats(),
      close: () => wal.close(),
    };
  }

  #onPowerLost(process: Process): void {
    if (process.lane.hasEnded) return;
    // The call that met it is still under way: nothing more of this process is to run.
    this.#deps.coverage.count("power lost in a disk call");
    const styles = ["lost", "torn", "reordered", "any"] as const;
    const style = pick(process.random, styles);
    this.#end(process, style);
  }

  #onFatal(process: Process, thrown: unknown): void {
    if (process.lane.hasEnded) return;
    const { findings, coverage } = this.#deps;
    const isStop = process.stopping || (thrown instanceof MasterError && thrown.code === "stopping");
    if (isStop) {
      this.#end(process, "kill");
      return;
    }
    const { code } = failureOf(thrown);
    if (code === exitCode.temporary) {
      coverage.count("master exited 75");
      this.#end(process, "kill");
      return;
    }
    const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    findings.add("process died", `m${String(this.place)}: ${text}`);
    this.#end(process, "kill");
  }

  /** What ended by itself is started again. */
  #restartLater(): void {
    if (this.#isOff) return;
    this.#deps.world.after(restartDelayMs, () => {
      if (!this.#isOff) this.start();
    });
  }

  #end(process: Process, style: EndStyle): void {
    if (process.lane.hasEnded) return;
    process.lane.end();
    this.#process = undefined;
    const { network, world, coverage, onEnded, seed } = this.#deps;
    if (process.transport !== undefined) network.remove(process.transport, style === "kill");
    if (style === "kill") this.#disk = this.#disk.restart();
    else {
      coverage.count("power lost");
      const random = streamOf(seed, `power/${String(this.place)}/${String(world.eventsCount)}`);
      this.#disk = this.#disk.crash(random, style);
      this.#markBoot();
    }
    onEnded(this.place);
    this.#restartLater();
  }

  /** The machine started: its boot has another name than the one before. */
  #markBoot(): void {
    const name = `boot ${String(this.place)} ${String(this.#deps.world.eventsCount)}`;
    this.#disk.plant(bootIdPath, Buffer.from(name, "latin1"));
  }

  #logger(): Logger {
    const { coverage, world } = this.#deps;
    const note = (fields: LogFields): void => {
      const event = String(fields["event"]);
      world.trace.addText(event);
      coverage.count(`log: ${event}`);
    };
    const logger: Logger = {
      ...{ error: note, warn: note, info: note },
      debug: () => undefined,
      child: () => logger,
    };
    return logger;
  }
}
