/**
 * One simulated master: a place with a disk, on which one process after the other runs the real
 * member, controller and watchdog. It wires them as the daemon does; only time, chance, disk and
 * wire are others. It restarts by itself whatever ends with the code that asks for it.
 */
import { assert, assertDefined } from "../../src/base/assert.js";
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
import type { MemberId } from "../../src/raft/types.js";
import { failureOf } from "../../src/process/failure.js";
import type { OpenedWal } from "../../src/storage/wal/wal.js";
import { createMetrics } from "../../src/server/metrics.js";
import { openInlineWal } from "../../src/storage/wal/wal.js";
import type { ThreadedOptions } from "../../src/storage/wal/threaded-wal.js";
import { silentLogger } from "../support/controlplane/silent-logger.js";
import type { NetworkCall } from "../support/devnode/node-network.js";
import { createDirectService, type DirectCall } from "../support/server/direct-service.js";
import { DiskCrash, MemoryDisk, type CrashStyle } from "../support/storage/memory-disk.js";
import { bootIdPath, processDisk, type DiskConditions, type ProcessDisk } from "./disk.js";
import { Lane, type ClockFaults } from "./lane.js";
import { SimTransport, type SimNetwork } from "./network.js";
import type { Routes } from "./routes.js";
import type { RaftChecker } from "./raft-checker.js";
import { drawText, pick, streamOf } from "./seeded.js";
import type { Coverage, Findings } from "./violation.js";
import { watchedWal } from "./watched-wal.js";
import type { World } from "./world.js";

/** How a process ends: the process alone, or with the power of its machine. */
export type EndStyle = "kill" | CrashStyle;

/** Which disk calls the power may go in: syncs of the log, any about snapshots, or any at all. */
export type CallPlace = "logSync" | "snapshots" | "any";

/** What all masters share. */
export interface MasterDeps {
  readonly seed: number;
  readonly world: World;
  readonly network: SimNetwork;
  readonly checker: RaftChecker;
  readonly findings: Findings;
  readonly coverage: Coverage;
  readonly dialDataNode: (place: number, lane: Lane, address: string) => DataNodeClient;
  readonly routes: Routes;
  readonly wasRemoved: (memberId: MemberId) => boolean;
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
  /** The API as data nodes call it. */
  service: DirectCall | undefined;
  watchdog: WalWatchdog | undefined;
  stopping: boolean;
}

/** Places below are those of masters. */
const mastersPlacesEnd = 50;
/** Nobody looks at the figures of the API; registering them anew for each process takes long. */
const metrics = createMetrics();
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
  /** Nobody has taken the place, or its member was removed. */
  #isFree: boolean;
  /** Its member is not one of the founders. */
  #joins = false;

  constructor(
    place: number,
    options: MemberOptions,
    deps: MasterDeps,
    conditions: { readonly disk: DiskConditions; readonly clock: ClockFaults },
  ) {
    this.place = place;
    this.#options = options;
    this.#isFree = options.join;
    this.#deps = deps;
    this.diskConditions = conditions.disk;
    this.clockFaults = conditions.clock;
    this.#markBoot();
    deps.routes.add(options.grpcAddress, {
      place,
      lane: () => (this.#process?.service === undefined ? undefined : this.#process.lane),
      answer: (call, from) => this.#answer(call, from),
    });
  }

  get isUp(): boolean {
    return this.#process !== undefined;
  }

  /** A place that nobody has taken, or whose member was removed. */
  get isSpare(): boolean {
    return this.#process === undefined && this.#isFree;
  }

  get peerAddress(): string {
    return this.#options.peerAddress;
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
    if (this.#isFree) return;
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
      onThrown: (thrown) => {
        this.#onFatal(process, thrown);
      },
    });
    const process: Process = {
      ...{ lane, random, stopping: false },
      ...{ transport: undefined, member: undefined, controller: undefined },
      ...{ watchdog: undefined, service: undefined },
    };
    this.#process = process;
    coverage.count("master started");
    lane.soon(() => {
      this.#run(process).catch((thrown: unknown) => {
        this.#onFatal(process, thrown);
      });
    });
  }

  /** Takes a free place: a process on an empty disk that waits to be added. */
  startAfresh(): void {
    assert(this.isSpare, "only a free place is taken");
    this.#isFree = false;
    this.#joins = true;
    this.#disk = new MemoryDisk();
    this.#markBoot();
    this.#deps.checker.forget(this.place);
    this.start();
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

  /** Lets the power go in the n-th changing disk call from now that is of this kind. */
  cutPowerAtCall(callsCount: number, place: CallPlace): void {
    const disk = this.#disk;
    let left = callsCount;
    disk.onMutation = (call, path) => {
      if (place === "logSync" && (call !== "sync" || !path.includes("/wal/"))) return;
      if (place === "snapshots" && !path.includes("/snapshots")) return;
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
    const join = this.#joins;
    const member = await RaftMember.open(
      { ...this.#options, join },
      {
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
      },
    );
    if (lane.hasEnded) return;
    process.member = member;
    const electionTimeoutMs = this.#options.electionTimeoutTicks * this.#options.tickMs;
    process.controller = createController(
      { electionTimeoutMs },
      {
        ...{ controlPlane: member.controlPlane, clock: lane.clock, random, log },
        ...{ metrics: noMetrics, newId: newUuid, defer: lane.soon },
        dialDataNode: (address) => this.#deps.dialDataNode(this.place, lane, address),
      },
    );
    process.service = this.#makeService(process, member, process.controller);
    const clusterUuid = (): string => member.clusterUuid;
    nameCluster(member.controlPlane, { clusterName: "sim", clusterUuid, log });
    await member.listen();
    process.watchdog = new WalWatchdog(member, {
      ...{ clock: lane.clock, log, electionTimeoutMs, onFatal },
    });
    await member.join();
    coverage.count("master joined");
  }

  #makeService(process: Process, member: RaftMember, controller: Controller): DirectCall {
    const { lane, random } = process;
    return createDirectService({
      ...{ controlPlane: member.controlPlane, nodeReports: controller, clock: lane.clock },
      ...{ log: silentLogger, metrics, newId: () => drawText(random, 22) },
      raftStatus: () => {
        throw new Error("nobody asks for figures");
      },
      advertiseHost: this.#options.grpcAddress.replace(/:.*$/, ""),
      forwardHeartbeat: (request, address) => {
        if (address === "") return;
        const { signal } = new AbortController();
        const call = { to: address, method: "NodeHeartbeat", request, deadlineMs: 1000, signal };
        // A heartbeat that is lost is made good by the next one.
        this.#deps.routes.call(this.place, lane, call).catch(() => undefined);
      },
    });
  }

  /** A call of a data node, or of another master that passes one on. */
  #answer(call: NetworkCall, from: number): Promise<object> {
    const service = assertDefined(this.#process?.service, "only a running master answers");
    return service(call.method, call.request, {
      peerAddress: `10.1.0.${String(from - 99)}:40000`,
      ...{ signal: call.signal, deadlineMs: call.deadlineMs },
      forwarded: from < mastersPlacesEnd,
    });
  }

  async #stop(process: Process): Promise<void> {
    const member = assertDefined(process.member, "an opened member is stopped");
    process.watchdog?.close();
    await member.handOver(handOverWaitMs);
    process.controller?.close();
    await member.close();
  }

  #openWal(process: Process, disk: ProcessDisk, options: ThreadedOptions): Promise<OpenedWal> {
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
      return { recovered: opened.recovered, wal: watchedWal(opened.wal, this.place, this.#deps) };
    });
  }

  #onPowerLost(process: Process): void {
    if (process.lane.hasEnded) return;
    // The call that met it is still under way: nothing more of this process is to run.
    this.#deps.coverage.count("power lost in a disk call");
    const styles = ["lost", "torn", "torn", "reordered", "any"] as const;
    const style = pick(process.random, styles);
    this.#end(process, style);
  }

  #onFatal(process: Process, thrown: unknown): void {
    if (process.lane.hasEnded) return;
    const { findings, coverage } = this.#deps;
    const isStop =
      process.stopping || (thrown instanceof MasterError && thrown.code === "stopping");
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
    const memberId = process.transport?.options.memberId;
    if (memberId !== undefined && this.#deps.wasRemoved(memberId)) {
      coverage.count("removed member ended");
      this.#isFree = true;
      this.#isOff = true;
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
    // What it did and told in the event that ended it counts.
    const status = process.member?.status();
    if (status !== undefined) this.#deps.checker.look(this.place, status);
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
      const { event } = fields;
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
