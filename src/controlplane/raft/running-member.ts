/**
 * Opens what a member runs on once its cluster is known - state store, snapshots, log - puts the
 * applied state together, and wires core, driver and everything around them to each other. In which
 * order a process comes here, and how it ends, is open-member.ts.
 */
import { defaultRaftConfig } from "../../raft/limits.js";
import { RaftNode } from "../../raft/node.js";
import type { MemberId, RaftView } from "../../raft/types.js";
import {
  markLogCreated,
  refuseLostLog,
  type DataPaths,
  type Identity,
} from "../../storage/identity.js";
import { openLevel } from "../../storage/level-key-value.js";
import type { Suspicion } from "../../storage/suspicion.js";
import { openWal } from "../../storage/wal/threaded-wal.js";
import type { Wal } from "../../storage/wal/wal.js";
import type { FormationRecord, Transport } from "../../transport/types.js";
import { compareWithDirectory } from "./cluster-record.js";
import { DiskWatch } from "./disk-watch.js";
import type { Directory } from "./directory.js";
import { LeaderAdmin } from "./leader-admin.js";
import { Machine } from "./machine.js";
import { emptyMachineState, hashText, metaOf } from "./machine-codec.js";
import type { MemberOptions, OpenDeps } from "./member-options.js";
import { Member, type MemberEvents } from "./member.js";
import { Persistence } from "./persistence.js";
import { openStores, restoreMachine, type Stores } from "./restore.js";
import { SelfWatch } from "./self-watch.js";
import { SnapshotReceiver } from "./snapshot-receiver.js";
import type { WatchHub } from "./watch-hub.js";

/** Everything that exists once the member takes part. */
export interface Running {
  readonly member: Member;
  readonly machine: Machine;
  readonly wal: Wal;
  readonly stores: Stores;
  readonly persistence: Persistence;
  readonly leaderAdmin: LeaderAdmin;
  readonly watch: SelfWatch;
}

/** What a running member is made from. */
export interface RunningParts {
  readonly identity: Identity;
  readonly options: MemberOptions;
  readonly deps: OpenDeps;
  readonly paths: DataPaths;
  readonly transport: Transport;
  readonly hub: WatchHub;
  readonly bootCount: number;
  readonly onLeaderChange: () => void;
  /** This member's state is not to be trusted. */
  readonly onSuspicion: (suspicion: Suspicion) => void;
  /** The members are others, and the log durably says so. */
  readonly onMembersChanged: (directory: Directory) => void;
}

/** Something that holds files. */
interface Closable {
  close(): Promise<void>;
}

/**
 * Opens everything; nothing is sent and no time passes yet. What was opened before something else
 * could not be is closed again.
 */
export async function openRunning(
  formation: FormationRecord,
  parts: RunningParts,
): Promise<Running> {
  const opened: Closable[] = [];
  try {
    return await openInto(opened, formation, parts);
  } catch (error) {
    for (const one of opened.reverse()) await one.close();
    throw error;
  }
}

async function openInto(
  opened: Closable[],
  formation: FormationRecord,
  parts: RunningParts,
): Promise<Running> {
  const { identity, options, deps, paths } = parts;
  const { logger } = deps;
  const openKeyValue = deps.openKeyValue ?? openLevel;
  refuseLostLog(deps.disk, paths.directory);
  const stores = await openStores(paths, formation, { ...deps, openKeyValue });
  opened.push(stores);
  const saved = await stores.load();
  const { wal, recovered } = await (deps.openWal ?? openWal)({
    directory: paths.wal,
    identity: { memberId: identity.memberId, clusterId: formation.clusterUuid },
    segmentBytes: options.walSegmentBytes,
    witnesses: saved.witnesses,
    snapshot: saved.snapshot?.state,
  });
  opened.push(wal);
  markLogCreated(deps.disk, paths.directory);
  logger.info(
    { event: "log-opened", finding: recovered.finding, lastLogIndex: recovered.lastLogIndex },
    "opened the log",
  );
  const empty = emptyMachineState(formation.members);
  const restored = restoreMachine({ saved, recovered, empty });
  compareWithDirectory(restored.machine.directory, { identity, options, logger });
  const meta = metaOf(restored.machine, formation.clusterUuid);
  await stores.align(restored.machine, meta, saved.stored);
  const config = {
    ...defaultRaftConfig(identity.memberId, deps.random),
    electionTimeoutTicks: options.electionTimeoutTicks,
    appendEntriesCountMax: options.appendEntriesCountMax,
  };
  const machine = new Machine(restored.machine, hashText);
  const node = new RaftNode(config, restored.raft);
  return wireUp(formation, { ...parts, stores, wal, machine, node });
}

function wireUp(
  formation: FormationRecord,
  parts: RunningParts & {
    readonly stores: Stores;
    readonly wal: Wal;
    readonly machine: Machine;
    readonly node: RaftNode;
  },
): Running {
  const { identity, options, deps, transport, hub, stores, wal, machine, node } = parts;
  const { clock, random, soon, logger, newUuid, onFatal } = deps;
  const persistence = new Persistence(
    {
      clusterUuid: formation.clusterUuid,
      store: stores.store,
      snapshots: stores.snapshots,
      wal,
      policy: options.snapshot,
      clock,
      log: logger,
      current: () => machine.state,
      onCompacted: (snapshot, compactTo) => {
        node.compact(snapshot, compactTo);
      },
      onError: onFatal,
    },
    stores.newestSnapshot,
  );
  const receiver = new SnapshotReceiver({
    ...{ snapshots: stores.snapshots, transport, logger, founders: formation.members },
    install: (message, state) => {
      member.driver.installSnapshot(message, state);
    },
    onFatal,
  });
  const room = watchDisk(parts, (to) => {
    member.driver.withNode((core) => core.transferLeadership(to));
  });
  const watch = watchSelf(parts, machine, room);
  const { nodeId, grpcAddress, tickMs } = options;
  const member = new Member(
    { memberId: identity.memberId, nodeId, grpcAddress, boot: deps.newId() },
    {
      ...{ node, machine, log: wal, transport, hub, clock, random, soon, logger, newUuid, tickMs },
      disk: room,
      events: memberEvents(parts, { persistence, receiver, watch, machine }),
    },
  );
  wal.onError(onFatal);
  const leaderAdmin = new LeaderAdmin({
    ...{ member, clusterUuid: formation.clusterUuid, transport, clock, logger },
    electionTimeoutMs: options.tickMs * options.electionTimeoutTicks,
  });
  return { member, machine, wal, stores, persistence, watch, leaderAdmin };
}

function watchDisk(
  { options, deps, node }: RunningParts & { readonly node: RaftNode },
  handOver: (to: MemberId) => void,
): DiskWatch {
  const { clock, logger, disk } = deps;
  const view = (): RaftView => node.inspect();
  const { dataDir: directory, diskLowBytes: lowBytes } = options;
  return new DiskWatch({ directory, lowBytes, disk, clock, logger, view, handOver });
}

function watchSelf(
  parts: RunningParts & { readonly node: RaftNode },
  machine: Machine,
  disk: DiskWatch,
): SelfWatch {
  const { deps, transport, node, bootCount, onSuspicion } = parts;
  const { clock, logger } = deps;
  const view = (): RaftView => node.inspect();
  return new SelfWatch(machine.state, {
    ...{ disk, clock, logger, transport, bootCount, view, onSuspicion },
  });
}

function memberEvents(
  { deps, onLeaderChange, onMembersChanged }: RunningParts,
  around: {
    readonly persistence: Persistence;
    readonly receiver: SnapshotReceiver;
    readonly watch: SelfWatch;
    readonly machine: Machine;
  },
): MemberEvents {
  const { persistence, receiver, watch, machine } = around;
  return {
    onLeaderChange: () => {
      watch.onLeaderChange();
      onLeaderChange();
    },
    onApplied: (entry, applied) => {
      persistence.onApplied(entry, applied);
      watch.onApplied(machine.state);
    },
    onBatchApplied: () => {
      persistence.onBatchApplied();
    },
    onInstalled: (state) => {
      persistence.onInstalled(state);
      watch.onApplied(state);
    },
    onInstallDurable: () => {
      persistence.onInstallDurable();
    },
    onSnapshotOffered: (message) => {
      receiver.onOffered(message);
    },
    onMembersChanged,
    onFatal: deps.onFatal,
  };
}
