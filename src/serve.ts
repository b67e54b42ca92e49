/**
 * The composition root of the daemon: the only file that names concrete adapters. Starts the parts
 * in the order of their dependence and stops them in reverse; what they do is theirs.
 */
import { logVerbosity, setLogVerbosity } from "@grpc/grpc-js";

import { createController, type Controller } from "./controller/controller.js";
import type { MetricsSink } from "./controller/metrics.js";
import { createDataNodeClient } from "./controller/data-node-client.js";
import { exitCode, FatalError, MasterError } from "./base/errors.js";
import type { Random } from "./base/random.js";
import type { HostPort, Invocation, MasterConfig } from "./config/model.js";
import { notifySocketPath, programVersion } from "./config/process.js";
import { handOverWaitMs } from "./controlplane/raft/limits.js";
import { nameCluster } from "./controlplane/raft/name-cluster.js";
import type { MemberOptions } from "./controlplane/raft/member-options.js";
import { RaftMember } from "./controlplane/raft/open-member.js";
import { WalWatchdog } from "./controlplane/raft/wal-watchdog.js";
import { findAdvertiseAddr } from "./process/addresses.js";
import { randomClusterUuid, randomId, randomShortUuid, systemRandom } from "./process/entropy.js";
import { failureOf } from "./process/failure.js";
import { createLogger, type ProcessLogger } from "./process/logger.js";
import { createNotifier, type Notifier } from "./process/notify.js";
import { listenForBugs, listenForStop } from "./process/signals.js";
import { systemClock } from "./process/system-clock.js";
import type { RaftStatus, ServerDeps } from "./server/deps.js";
import { createGrpcServer, type GrpcServer } from "./server/grpc/server.js";
import { createHttpServer, type HttpServer } from "./server/http/server.js";
import { createMetrics, type ClusterMetrics } from "./server/metrics.js";
import { Reader } from "./server/read-policy.js";
import { createDisk } from "./storage/disk.js";
import { descriptorSetFile } from "./wire/load.js";

/** How long the whole stop may take before the process ends anyway. */
const stopBudgetMs = 1900;
/** How long calls in flight may take while the servers stop. */
const drainMs = 500;
/** When calls that still wait are told so, early enough for the answer to go out. */
const endCallsMs = 250;

/** Runs the daemon until a signal or a failure ends the process. */
export async function serve(invocation: Extract<Invocation, { kind: "serve" }>): Promise<void> {
  const { config } = invocation;
  const log = createLogger(config.logLevel, config.nodeId);
  const notifier = createNotifier({
    socketPath: notifySocketPath(),
    onError: (reason) => {
      log.warn({ event: "notify-failed", reason }, "systemd could not be told");
    },
  });
  let stopping = false;
  const fail = (thrown: unknown): void => {
    // Who still waited for a cluster when the signal came learns of it; the stop goes on.
    if (stopping && thrown instanceof MasterError && thrown.code === "stopping") return;
    die(log, thrown);
  };
  listenForBugs(fail);
  // The library writes lines of its own to stderr; what matters of them reaches us as errors.
  setLogVerbosity(logVerbosity.NONE);
  log.info(
    { event: "starting", version: programVersion(), nodeVersion: process.version, config },
    "starting quidditch-master",
  );
  for (const warning of invocation.warnings) {
    log.warn({ event: warning.event, origin: warning.origin }, warning.text);
  }
  try {
    const started: { daemon?: Daemon } = {};
    listenForStop((signal) => {
      stopping = true;
      log.info({ event: "stopping", signal }, "stopping");
      // Before it was started there is nothing that would have to be handed over or flushed.
      if (started.daemon === undefined) process.exit(exitCode.clean);
      stopWithin(started.daemon, notifier, log);
    });
    const daemon = await startDaemon(config, log);
    started.daemon = daemon;
    await daemon.ready;
    await notifier.ready();
    log.info({ event: "started" }, "serving");
    await daemon.joined;
  } catch (thrown) {
    fail(thrown);
  }
}

/** A started daemon. */
interface Daemon {
  readonly member: RaftMember;
  readonly grpc: GrpcServer;
  readonly http: HttpServer;
  readonly controller: Controller;
  readonly watchdog: WalWatchdog;
  /** Ports are open, and what was on disk is recovered if there was anything. */
  readonly ready: Promise<void>;
  /** The member takes part in its cluster. */
  readonly joined: Promise<void>;
}

async function startDaemon(config: MasterConfig, log: ProcessLogger): Promise<Daemon> {
  const advertiseHost = await advertiseHostOf(config);
  const random = systemRandom();
  const clock = systemClock;
  const served: { grpc?: GrpcServer; http?: HttpServer } = {};
  const member = await RaftMember.open(memberOptions(config, advertiseHost), {
    disk: createDisk(),
    clock,
    random,
    logger: log.child({ component: "raft" }),
    soon: (callback) => {
      setImmediate(callback);
    },
    newId: randomId,
    newUuid: randomShortUuid,
    newClusterUuid: randomClusterUuid,
    onFatal: (error) => {
      die(log, error);
    },
    onQuarantine: () => {
      served.grpc?.setServing(false);
      served.http?.setStopping();
    },
  });
  const { controlPlane } = member;
  const metrics = createMetrics();
  const controller = startController(member, config, { metrics, random, log });
  const deps: ServerDeps & { reader: Reader } = {
    controlPlane,
    nodeReports: controller,
    clock,
    log: log.child({ component: "server" }),
    metrics,
    newId: randomShortUuid,
    raftStatus: () => statusOf(member),
    memberAdmin: member.admin,
    reader: new Reader({ controlPlane, clock }, () => {
      metrics.staleRead();
    }),
  };
  const { bindAddr: host, grpcPort, httpPort } = config;
  const grpc = createGrpcServer({ host, port: grpcPort, advertiseHost, descriptorSetFile }, deps);
  const http = createHttpServer({ host, port: httpPort }, deps);
  Object.assign(served, { grpc, http });
  nameCluster(controlPlane, {
    clusterName: config.clusterName,
    clusterUuid: () => member.clusterUuid,
    log,
  });
  await member.listen();
  await grpc.bind();
  await http.bind();
  grpc.setServing(true);
  const joined = member.join();
  const ready = member.clusterUuid === "" ? Promise.resolve() : joined;
  const watchdog = new WalWatchdog(member, {
    clock,
    log,
    electionTimeoutMs: config.raft.electionTimeoutMs,
    onFatal: (error) => {
      die(log, error);
    },
  });
  return { member, grpc, http, controller, watchdog, ready, joined };
}

function startController(
  { controlPlane }: RaftMember,
  config: MasterConfig,
  deps: {
    readonly metrics: ClusterMetrics;
    readonly random: Random;
    readonly log: ProcessLogger;
  },
): Controller {
  const { metrics, random, log } = deps;
  const { electionTimeoutMs } = config.raft;
  return createController(
    { electionTimeoutMs },
    {
      controlPlane,
      clock: systemClock,
      random,
      log: log.child({ component: "controller" }),
      metrics: controllerMetrics((operation, status) => {
        metrics.shardOperation(operation, status);
      }),
      newId: randomShortUuid,
      dialDataNode: createDataNodeClient,
      defer: (callback) => {
        setImmediate(callback);
      },
    },
  );
}

/** Stops in reverse order: hand over, no new calls, drain, flush. */
async function stopDaemon(daemon: Daemon): Promise<void> {
  const { member, grpc, http, controller, watchdog } = daemon;
  watchdog.close();
  http.setStopping();
  grpc.setServing(false);
  await member.handOver(handOverWaitMs);
  controller.close();
  setTimeout(() => {
    member.endCalls();
  }, endCallsMs);
  await Promise.all([grpc.stop(drainMs), http.stop(drainMs)]);
  await member.close();
}

function stopWithin(daemon: Daemon, notifier: Notifier, log: ProcessLogger): void {
  setTimeout(() => {
    log.warn({ event: "stop-overdue" }, "stopping took too long; ending now");
    process.exit(exitCode.clean);
  }, stopBudgetMs);
  Promise.all([notifier.stopping(), stopDaemon(daemon)]).then(
    () => {
      log.info({ event: "stopped" }, "stopped");
      process.exit(exitCode.clean);
    },
    (thrown: unknown) => {
      die(log, thrown);
    },
  );
}

/** Ends the process with the code that the failure asks for and one line that says why. */
function die(log: ProcessLogger, thrown: unknown): never {
  const { code, message, details } = failureOf(thrown);
  log.fatal({ event: "fatal", exitCode: code, ...details }, message);
  process.exit(code);
}

function memberOptions(config: MasterConfig, advertiseHost: string): MemberOptions {
  const { raft } = config;
  return {
    nodeId: config.nodeId,
    dataDir: config.dataDir,
    listenAddress: address({ host: config.bindAddr, port: config.raftPort }),
    peerAddress: address({ host: advertiseHost, port: config.raftPort }),
    grpcAddress: address({ host: advertiseHost, port: config.grpcPort }),
    peers: config.peers.map(address),
    clusterUuid: config.clusterUuid,
    join: config.join,
    tickMs: raft.heartbeatIntervalMs,
    electionTimeoutTicks: Math.ceil(raft.electionTimeoutMs / raft.heartbeatIntervalMs),
    appendEntriesCountMax: raft.appendEntriesCountMax,
    walSegmentBytes: raft.walSegmentSizeBytes,
    diskLowBytes: config.diskLowBytes,
    snapshot: { entriesCount: raft.snapshotEntriesCount, logBytes: raft.snapshotSizeBytes },
  };
}

async function advertiseHostOf(config: MasterConfig): Promise<string> {
  if (config.advertiseAddr !== undefined) return config.advertiseAddr;
  const found = await findAdvertiseAddr();
  if (found !== undefined) return found;
  const text =
    `bind_addr ${config.bindAddr} is every address, and this host has none but loopback: ` +
    "set advertise_addr to the address that other members and data nodes reach it by";
  throw new FatalError(exitCode.config, text);
}

/** host:port, with brackets around an IPv6 address. */
function address({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${String(port)}` : `${host}:${String(port)}`;
}

function statusOf(member: RaftMember): RaftStatus {
  const { isSuspect } = member;
  const status = member.status();
  if (status === undefined) return { ...noStatus, isSuspect };
  return {
    isLeader: status.role === "leader",
    term: status.term,
    commitIndex: status.commitLogIndex,
    appliedIndex: status.appliedLogIndex,
    votersCount: status.votersCount,
    stateHash: status.stateHash,
    wal: status.wal,
    droppedMessages: status.droppedMessages,
    isSuspect,
    care: status.care,
  };
}

/** Before the member takes part. */
const noStatus: RaftStatus = {
  isLeader: false,
  term: 0,
  commitIndex: 0,
  appliedIndex: 0,
  votersCount: 0,
  stateHash: "",
  wal: undefined,
  droppedMessages: 0,
  isSuspect: false,
  care: undefined,
};

function controllerMetrics(
  shardOperation: (operation: string, status: string) => void,
): MetricsSink {
  return {
    count: (name, labels) => {
      if (name !== "orders_finished") return;
      shardOperation(labels?.["kind"] ?? "unknown", labels?.["outcome"] ?? "unknown");
    },
    observe: () => undefined,
  };
}
