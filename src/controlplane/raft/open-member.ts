/**
 * From a data directory to a running member: lock, identity, listener, formation, log, snapshots,
 * state store, core, driver - each opened once, in this order, and closed in reverse. Formation may
 * take as long as the other members do; the control plane can be called meanwhile.
 */
import type { Clock } from "../../base/clock.js";
import { exitCode, FatalError } from "../../base/errors.js";
import type { Logger } from "../../base/log.js";
import type { Random } from "../../base/random.js";
import { sortedStrings } from "../../base/sorted.js";
import { defaultRaftConfig } from "../../raft/limits.js";
import { RaftNode } from "../../raft/node.js";
import type { SnapshotMessage } from "../../raft/types.js";
import { initialState } from "../../state/initial.js";
import type { Disk } from "../../storage/disk.js";
import {
  dataPaths,
  prepareDataDirectory,
  readFormation,
  readIdentity,
  writeFormation,
  writeIdentity,
  type DataPaths,
  type Identity,
} from "../../storage/identity.js";
import { acquireProcessLock, type ProcessLock } from "../../storage/process-lock.js";
import { openWal, type ThreadedOptions } from "../../storage/wal/threaded-wal.js";
import type { OpenedWal, Wal, WalStats } from "../../storage/wal/wal.js";
import { GrpcTransport, type GrpcTransportOptions } from "../../transport/grpc-transport.js";
import type { FormationRecord, PeerHandlers, Transport } from "../../transport/types.js";
import { awaitFormation } from "./formation.js";
import { Machine, type MachineState } from "./machine.js";
import { emptyMachineState, hashText, metaOf } from "./machine-codec.js";
import { Member, type MemberEvents } from "./member.js";
import { Persistence, type SnapshotPolicy } from "./persistence.js";
import { RaftControlPlane } from "./raft-control-plane.js";
import { openStores, restoreMachine, type Stores } from "./restore.js";
import { receiveSnapshot } from "./snapshot-body.js";
import { WatchHub } from "./watch-hub.js";

/** What a member is told. Addresses are host:port. */
export interface MemberOptions {
  readonly nodeId: string;
  readonly dataDir: string;
  readonly listenAddress: string;
  readonly peerAddress: string;
  readonly grpcAddress: string;
  /** Configured peer addresses; empty forms a single member. */
  readonly peers: readonly string[];
  /** The cluster this member must belong to, if the operator said so. */
  readonly clusterUuid: string | undefined;
  readonly tickMs: number;
  readonly electionTimeoutTicks: number;
  readonly appendEntriesCountMax: number;
  readonly walSegmentBytes: number;
  readonly snapshot: SnapshotPolicy;
}

/** What a member is given. */
export interface OpenDeps {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly soon: (callback: () => void) => void;
  /** A random positive safe integer. */
  readonly newId: () => number;
  /** 22 characters of base64url. */
  readonly newUuid: () => string;
  readonly newClusterUuid: () => string;
  /** The member cannot go on; the process must end with the error's code. */
  readonly onFatal: (error: unknown) => void;
  /** Absent: the log runs in a thread of its own. */
  readonly openWal?: (options: ThreadedOptions) => Promise<OpenedWal>;
  /** Absent: members talk over gRPC. */
  readonly createTransport?: (options: GrpcTransportOptions, handlers: PeerHandlers) => Transport;
}

/** A member's figures, for metrics and health. */
export interface MemberStatus {
  readonly memberId: number;
  readonly role: string;
  readonly term: number;
  readonly commitLogIndex: number;
  readonly appliedLogIndex: number;
  readonly lastLogIndex: number;
  readonly votersCount: number;
  readonly stateHash: string;
  readonly connectedPeers: number;
  readonly droppedMessages: number;
  readonly wal: WalStats;
}

/** See the file comment. */
export class RaftMember {
  readonly controlPlane: RaftControlPlane;
  readonly #options: MemberOptions;
  readonly #deps: OpenDeps;
  readonly #hub: WatchHub;
  readonly #identity: Identity;
  readonly #lock: ProcessLock;
  readonly #paths: DataPaths;
  readonly #nonce: number;
  readonly #transport: Transport;
  readonly #stopped = new AbortController();
  #formation: FormationRecord | undefined;
  #running: Running | undefined;
  /** Settles when what the member runs on is open, or failed to open. */
  #restoring: Promise<unknown> = Promise.resolve();
  #receiving = false;

  private constructor(
    options: MemberOptions,
    deps: OpenDeps,
    held: { readonly identity: Identity; readonly lock: ProcessLock },
  ) {
    this.#options = options;
    this.#deps = deps;
    this.#identity = held.identity;
    this.#lock = held.lock;
    this.#paths = dataPaths(options.dataDir);
    this.#nonce = deps.newId();
    const cluster = initialState();
    this.#hub = new WatchHub(cluster);
    this.controlPlane = new RaftControlPlane(cluster, { hub: this.#hub, clock: deps.clock });
    const create =
      deps.createTransport ??
      ((transportOptions, handlers): Transport =>
        new GrpcTransport(transportOptions, { handlers, clock: deps.clock, log: deps.logger }));
    const { nodeId, listenAddress, peerAddress, grpcAddress } = options;
    const self = { nodeId, listenAddress, peerAddress, grpcAddress, nonce: this.#nonce };
    const { memberId } = held.identity;
    this.#transport = create({ memberId, ...self }, this.#peerHandlers());
  }

  /**
   * Takes the data directory. Nothing is listened to and nothing joined yet.
   *
   * @throws FatalError 78 when the directory cannot be used, 79 when it must not be.
   */
  static async open(options: MemberOptions, deps: OpenDeps): Promise<RaftMember> {
    const { disk } = deps;
    prepareDataDirectory(disk, options.dataDir);
    const lock = await acquireProcessLock(dataPaths(options.dataDir).lock);
    let identity = readIdentity(disk, options.dataDir);
    if (identity === undefined) {
      const createdMs = deps.clock.wallMs();
      identity = { memberId: deps.newId(), nodeId: options.nodeId, createdMs };
      writeIdentity(disk, options.dataDir, identity);
      deps.logger.info(
        { event: "formatted", memberId: identity.memberId, dataDir: options.dataDir },
        "formatted an empty data directory",
      );
    }
    return new RaftMember(options, deps, { identity, lock });
  }

  /** Listens for peers. */
  async listen(): Promise<void> {
    this.#formation = this.#recordedFormation();
    await this.#transport.listen();
  }

  /**
   * Finds the cluster, restores what was applied, and takes part. Resolves when it does.
   *
   * @throws FatalError 79 when the data must not be used.
   */
  async join(): Promise<void> {
    const formation = this.#formation ?? (await this.#form());
    this.#formation = formation;
    const { clusterUuid } = this.#options;
    if (clusterUuid !== undefined && clusterUuid !== formation.clusterUuid) {
      const text = `this data directory belongs to cluster ${formation.clusterUuid}, the configuration wants ${clusterUuid}`;
      throw new FatalError(exitCode.dataRefused, text);
    }
    this.#compareIdentity(formation);
    if (this.#isStopped()) return;
    const restoring = this.#restore(formation);
    this.#restoring = restoring.catch(() => undefined);
    this.#running = await restoring;
    if (this.#isStopped()) return;
    this.#hub.replace(this.#running.machine.state.cluster);
    this.#transport.join(formation);
    this.#running.member.start();
    this.controlPlane.join(this.#running.member);
    this.#deps.logger.info(
      {
        event: "joined",
        clusterUuid: formation.clusterUuid,
        memberId: this.#identity.memberId,
        appliedLogIndex: this.#running.machine.state.logIndex,
        version: this.#running.machine.state.cluster.version,
      },
      "taking part in the cluster",
    );
  }

  /** The cluster's uuid, or empty before it is known. */
  get clusterUuid(): string {
    return this.#formation?.clusterUuid ?? "";
  }

  /** Undefined until the member takes part. */
  status(): MemberStatus | undefined {
    const running = this.#running;
    if (running === undefined) return undefined;
    const view = running.member.view();
    const { connectedPeers, droppedMessages } = this.#transport.stats();
    return {
      memberId: view.memberId,
      role: view.role,
      term: view.term,
      commitLogIndex: view.commit,
      appliedLogIndex: running.machine.state.logIndex,
      lastLogIndex: view.lastLogIndex,
      votersCount: view.membership.voters.length,
      stateHash: running.machine.state.hash,
      connectedPeers,
      droppedMessages: droppedMessages + running.member.driver.droppedMessages,
      wal: running.wal.stats(),
    };
  }

  /** If this member leads, hands leadership over and waits for it, at most `waitMs`. */
  async handOver(waitMs: number): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    const view = running.member.view();
    if (view.role !== "leader") return;
    const target = [...view.progress]
      .filter((one) => one.member !== view.memberId && !one.isLearner && one.recentActive)
      .sort((a, b) => b.match - a.match)[0];
    if (target === undefined) return;
    const handed = new Promise<void>((resolve) => {
      const done = (): void => {
        timer.cancel();
        subscription.close();
        resolve();
      };
      const timer = this.#deps.clock.after(waitMs, done);
      const subscription = this.controlPlane.onLeaderChange((leader) => {
        if (!leader.isSelf && leader.nodeId !== "") done();
      });
    });
    running.member.driver.withNode((node) => node.transferLeadership(target.member));
    await handed;
  }

  /** Answers everyone who waits that this member stops, while answers can still be sent. */
  endCalls(): void {
    this.controlPlane.stop();
    this.#running?.member.endCalls();
  }

  /** Stops taking part and closes everything, what is applied flushed. */
  async close(): Promise<void> {
    this.#stopped.abort();
    this.endCalls();
    await this.#restoring;
    this.#running?.member.stop();
    await this.#transport.close();
    if (this.#running !== undefined) {
      await this.#running.persistence.close();
      await this.#running.wal.close();
      await this.#running.stores.close();
    }
    await this.#lock.release();
  }

  /** What the operator configures now against what is recorded: the record stands. */
  #compareIdentity(formation: FormationRecord): void {
    const { nodeId, peers, dataDir } = this.#options;
    const { logger } = this.#deps;
    const { memberId, nodeId: recordedId } = this.#identity;
    const twin = formation.members.find(
      (other) => other.nodeId === nodeId && other.memberId !== memberId,
    );
    if (twin !== undefined) {
      const text =
        `node id ${nodeId} is that of the member at ${twin.address}; the data directory ` +
        `${dataDir} was formatted as ${recordedId}: give this member its own node id`;
      throw new FatalError(exitCode.config, text);
    }
    if (recordedId !== nodeId) {
      logger.warn(
        { event: "node-id-changed", recorded: recordedId, configured: nodeId },
        "the node id is another one than when the data directory was formatted",
      );
    }
    const known = sortedStrings(formation.members.map((member) => member.address)).join(",");
    if (peers.length === 0 || sortedStrings(peers).join(",") === known) return;
    logger.warn(
      { event: "peers-ignored", configured: peers, members: known },
      "the configured peers are not the cluster's members; the members stand",
    );
  }

  #isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  #recordedFormation(): FormationRecord | undefined {
    const recorded = readFormation(this.#deps.disk, this.#options.dataDir);
    if (recorded === undefined) return undefined;
    const members = recorded.members.map(({ id, nodeId, address }) => ({
      memberId: id,
      nodeId,
      address,
    }));
    return { clusterUuid: recorded.clusterId, members };
  }

  async #form(): Promise<FormationRecord> {
    const { peers, peerAddress, nodeId } = this.#options;
    const { memberId } = this.#identity;
    const { clock, logger, newClusterUuid } = this.#deps;
    const formation =
      peers.length === 0
        ? { clusterUuid: newClusterUuid(), members: [{ memberId, nodeId, address: peerAddress }] }
        : await awaitFormation(
            { nonce: this.#nonce, memberId, peers },
            {
              probe: (address, timeoutMs) => this.#transport.probe(address, timeoutMs),
              clock,
              log: logger,
              newClusterUuid,
              signal: this.#stopped.signal,
            },
          );
    writeFormation(this.#deps.disk, this.#options.dataDir, {
      clusterId: formation.clusterUuid,
      members: formation.members.map((member) => ({
        id: member.memberId,
        nodeId: member.nodeId,
        address: member.address,
      })),
    });
    return formation;
  }

  async #restore(formation: FormationRecord): Promise<Running> {
    const { logger } = this.#deps;
    const stores = await openStores(this.#paths, formation.clusterUuid, this.#deps);
    const saved = await stores.load();
    const { wal, recovered } = await (this.#deps.openWal ?? openWal)({
      directory: this.#paths.wal,
      identity: { memberId: this.#identity.memberId, clusterId: formation.clusterUuid },
      segmentBytes: this.#options.walSegmentBytes,
      witnesses: saved.witnesses,
      snapshot: saved.snapshot?.state,
    });
    logger.info(
      { event: "log-opened", finding: recovered.finding, lastLogIndex: recovered.lastLogIndex },
      "opened the log",
    );
    const founding = {
      voters: formation.members.map((member) => member.memberId).sort((a, b) => a - b),
      votersOutgoing: [],
      learners: [],
      learnersNext: [],
      autoLeave: false,
    };
    const empty = emptyMachineState();
    const restored = restoreMachine({ saved, recovered, empty, founding });
    const { membership } = restored.raft;
    const meta = metaOf(restored.machine, { membership, clusterUuid: formation.clusterUuid });
    await stores.align(restored.machine, meta, saved.stored);
    const machine = new Machine(restored.machine, hashText);
    const config = {
      ...defaultRaftConfig(this.#identity.memberId, this.#deps.random),
      electionTimeoutTicks: this.#options.electionTimeoutTicks,
      appendEntriesCountMax: this.#options.appendEntriesCountMax,
    };
    const node = new RaftNode(config, restored.raft);
    return this.#wireUp({ formation, stores, wal, machine, node });
  }

  #wireUp(parts: {
    readonly formation: FormationRecord;
    readonly stores: Stores;
    readonly wal: Wal;
    readonly machine: Machine;
    readonly node: RaftNode;
  }): Running {
    const { formation, stores, wal, machine, node } = parts;
    const { clock, random, soon, logger, newUuid, onFatal } = this.#deps;
    const persistence = new Persistence(
      {
        clusterUuid: formation.clusterUuid,
        store: stores.store,
        snapshots: stores.snapshots,
        wal,
        policy: this.#options.snapshot,
        clock,
        log: logger,
        current: () => ({ state: machine.state, membership: node.inspect().membership }),
        onCompacted: (snapshot, compactTo) => {
          node.compact(snapshot, compactTo);
        },
        onError: onFatal,
      },
      stores.newestSnapshot,
    );
    const member = new Member(
      {
        memberId: this.#identity.memberId,
        nodeId: this.#options.nodeId,
        grpcAddress: this.#options.grpcAddress,
        boot: this.#deps.newId(),
      },
      formation,
      {
        node,
        machine,
        log: wal,
        transport: this.#transport,
        hub: this.#hub,
        clock,
        random,
        soon,
        logger,
        newUuid,
        tickMs: this.#options.tickMs,
        events: this.#memberEvents(persistence),
      },
    );
    wal.onError(onFatal);
    return { member, machine, wal, stores, persistence };
  }

  #memberEvents(persistence: Persistence): MemberEvents {
    const { onFatal } = this.#deps;
    return {
      onLeaderChange: () => {
        this.controlPlane.announceLeader();
      },
      onApplied: (entry, applied) => {
        persistence.onApplied(entry, applied);
      },
      onBatchApplied: () => {
        persistence.onBatchApplied();
      },
      onInstalled: (state, membership) => {
        persistence.onInstalled(state, membership);
      },
      onInstallDurable: () => {
        persistence.onInstallDurable();
      },
      onSnapshotOffered: (message) => {
        this.#onSnapshotOffered(message);
      },
      onFatal,
    };
  }

  /** Pulls an offered snapshot, verifies it, and lets the core decide. One at a time. */
  #onSnapshotOffered(message: SnapshotMessage): void {
    const running = this.#running;
    if (running === undefined || this.#receiving) return;
    this.#receiving = true;
    const { snapshot, from } = message;
    const receive = async (): Promise<MachineState> => {
      const pieces = this.#transport.fetchSnapshot(from, snapshot);
      return receiveSnapshot(running.stores.snapshots, snapshot, pieces);
    };
    receive()
      .then((state) => {
        running.member.driver.installSnapshot(message, state);
      })
      .catch((thrown: unknown) => {
        this.#deps.logger.warn(
          { event: "snapshot-fetch-failed", logIndex: snapshot.logIndex, reason: String(thrown) },
          "could not fetch a snapshot; the leader offers it again",
        );
      })
      .finally(() => {
        this.#receiving = false;
      });
  }

  #peerHandlers(): PeerHandlers {
    return {
      onMessages: (messages) => {
        this.#running?.member.driver.onMessages(messages);
      },
      onForward: (request) => {
        const member = this.#running?.member;
        const refused = {
          accepted: false,
          code: "not_leader",
          message: "not in a cluster",
        } as const;
        return Promise.resolve(member?.onForward(request) ?? refused);
      },
      describe: () => ({
        nonce: this.#nonce,
        memberId: this.#identity.memberId,
        nodeId: this.#options.nodeId,
        peers: this.#options.peers,
        formation: this.#formation,
      }),
      openSnapshot: (id) => this.#running?.stores.openRaw(id),
      onUnreachable: (member) => {
        this.#running?.member.onUnreachable(member);
      },
      onPeerLost: (member) => {
        this.#running?.member.onPeerLost(member);
      },
    };
  }
}

/** Everything that exists once the member takes part. */
interface Running {
  readonly member: Member;
  readonly machine: Machine;
  readonly wal: Wal;
  readonly stores: Stores;
  readonly persistence: Persistence;
}
