/**
 * From a data directory to a running member: lock, identity, listener, formation, log, snapshots,
 * state store, core, driver - each opened once, in this order, and closed in reverse. Formation may
 * take as long as the other members do; the control plane can be called meanwhile.
 */
import { initialState } from "../../state/initial.js";
import {
  dataPaths,
  prepareDataDirectory,
  type DataPaths,
  type Identity,
} from "../../storage/identity.js";
import { openLevel } from "../../storage/level-key-value.js";
import { acquireProcessLock, type ProcessLock } from "../../storage/process-lock.js";
import type { Suspicion } from "../../storage/suspicion.js";
import { GrpcTransport } from "../../transport/grpc-transport.js";
import type { MemberId } from "../../raft/types.js";
import type {
  FormationRecord,
  PeerHandlers,
  ProbeAnswer,
  RefusalCode,
  Transport,
} from "../../transport/types.js";
import {
  recordCluster,
  recordedCluster,
  refuseOtherCluster,
  removedError,
} from "./cluster-record.js";
import {
  healDirectory,
  markSuspectTail,
  takeDirectory,
  type TakenDirectory,
} from "./data-trust.js";
import { currentMembers, type Directory } from "./directory.js";
import { awaitFormation } from "./formation.js";
import { askToComeBack } from "./healing.js";
import { RaftMemberAdmin, type AdminParts } from "./member-admin.js";
import { mayGo } from "./membership-rules.js";
import type { MemberOptions, MemberStatus, OpenDeps } from "./member-options.js";
import { Quarantine } from "./quarantine.js";
import { RaftControlPlane } from "./raft-control-plane.js";
import { openRunning, type Running } from "./running-member.js";
import { WatchHub } from "./watch-hub.js";

const notLeader = { accepted: false, code: "not_leader", message: "not in a cluster" } as const;

/** See the file comment. */
export class RaftMember {
  readonly controlPlane: RaftControlPlane;
  readonly admin: RaftMemberAdmin;
  readonly #options: MemberOptions;
  readonly #deps: OpenDeps;
  readonly #hub: WatchHub;
  readonly #lock: ProcessLock;
  readonly #paths: DataPaths;
  readonly #nonce: number;
  readonly #quarantine: Quarantine;
  /** Both are others once a member that was not trusted has become another one. */
  #taken: TakenDirectory;
  #transport: Transport;
  readonly #stopped = new AbortController();
  /** Who refused this member because it was removed. */
  readonly #refusers = new Set<MemberId>();
  #formation: FormationRecord | undefined;
  #running: Running | undefined;
  /** Settles when what the member runs on is open, or failed to open. */
  #restoring: Promise<unknown> = Promise.resolve();
  /** This member has applied its own removal. */
  #retiring = false;
  /** A peer has confirmed it. */
  #ended = false;

  private constructor(
    options: MemberOptions,
    deps: OpenDeps,
    held: {
      readonly taken: TakenDirectory;
      readonly lock: ProcessLock;
      readonly nonce: number;
    },
  ) {
    this.#options = options;
    this.#deps = deps;
    this.#taken = held.taken;
    this.#lock = held.lock;
    this.#paths = dataPaths(options.dataDir);
    this.#nonce = held.nonce;
    const cluster = initialState();
    this.#hub = new WatchHub(cluster);
    this.controlPlane = new RaftControlPlane(cluster, { hub: this.#hub, clock: deps.clock });
    this.admin = new RaftMemberAdmin(deps.clock, () => this.#adminParts());
    this.#quarantine = this.#createQuarantine();
    this.#transport = this.#createTransport();
  }

  /**
   * Takes the data directory. Nothing is listened to and nothing joined yet.
   *
   * @throws FatalError 78 when the directory cannot be used, 79 when it must not be.
   */
  static async open(options: MemberOptions, deps: OpenDeps): Promise<RaftMember> {
    const { disk } = deps;
    prepareDataDirectory(disk, options.dataDir);
    const lockDirectory = dataPaths(options.dataDir).lock;
    const acquireLock =
      deps.acquireLock ??
      ((path): Promise<ProcessLock> => acquireProcessLock(path, deps.openKeyValue ?? openLevel));
    const lock = await acquireLock(lockDirectory);
    const nonce = deps.newId();
    try {
      const taken = takeDirectory(options, nonce, deps);
      return new RaftMember(options, deps, { taken, lock, nonce });
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Listens for peers. A member that must not speak is not there for them. */
  async listen(): Promise<void> {
    if (this.#taken.suspicion !== undefined) return;
    this.#formation = recordedCluster(this.#deps.disk, this.#options.dataDir);
    await this.#transport.listen();
  }

  /**
   * Finds the cluster, restores what was applied, and takes part. Resolves when it does.
   *
   * A member whose data is not trusted waits for its cluster's leader first, and then begins anew.
   *
   * @throws FatalError 79 when the data must not be used.
   */
  async join(): Promise<void> {
    if (this.#taken.suspicion !== undefined) await this.#heal(this.#taken.suspicion);
    try {
      await this.#takePart();
    } catch (thrown) {
      const suspicion = markSuspectTail(thrown, this.#taken, {
        ...{ options: this.#options, disk: this.#deps.disk },
      });
      if (suspicion === undefined) throw thrown;
      await this.#heal(suspicion);
      await this.#takePart();
    }
  }

  /** Becomes another member, with nothing but its new identity. */
  async #heal(suspicion: Suspicion): Promise<void> {
    this.#taken = { ...this.#taken, suspicion };
    await this.#transport.close();
    this.#formation = undefined;
    const { identity } = this.#taken;
    const signal = this.#stopped.signal;
    await healDirectory({ identity, suspicion }, this.#options, {
      ...{ ...this.#deps, transport: this.#transport, signal },
    });
    this.#taken = takeDirectory(this.#options, this.#nonce, this.#deps);
    this.#transport = this.#createTransport();
    await this.#transport.listen();
  }

  async #takePart(): Promise<void> {
    const formation = this.#formation ?? (await this.#form());
    this.#formation = formation;
    refuseOtherCluster(this.#options.clusterUuid, formation.clusterUuid);
    if (this.#isStopped()) return;
    const restoring = openRunning(formation, {
      ...{ identity: this.#identity, options: this.#options, deps: this.#deps },
      ...{ paths: this.#paths, transport: this.#transport, hub: this.#hub },
      bootCount: this.#taken.boot.count,
      onSuspicion: (suspicion) => {
        this.#onSuspicion(suspicion);
      },
      onLeaderChange: () => {
        this.controlPlane.announceLeader();
      },
      onMembersChanged: (directory) => {
        this.#onMembersChanged(directory);
      },
    });
    this.#restoring = restoring.catch(() => undefined);
    this.#running = await restoring;
    if (this.#isStopped()) return;
    this.#hub.replace(this.#running.machine.state.cluster);
    this.#transport.join({
      clusterUuid: formation.clusterUuid,
      ...this.#running.member.roster.peers(),
    });
    this.#running.member.start();
    this.#running.watch.start();
    this.#running.leaderAdmin.start();
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

  /** Whether this member's data is not trusted, so that it serves nobody. */
  get isSuspect(): boolean {
    return this.#taken.suspicion !== undefined || this.#quarantine.suspicion !== undefined;
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
      care: running.watch.figures(),
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
    this.admin.stop();
    this.#running?.member.endCalls();
  }

  /** Stops taking part and closes everything, what is applied flushed. */
  async close(): Promise<void> {
    this.#stopped.abort();
    this.endCalls();
    await this.#restoring;
    this.#running?.watch.close();
    this.#running?.leaderAdmin.close();
    this.#running?.member.stop();
    await this.#transport.close();
    await this.#taken.ledger?.close();
    if (this.#running !== undefined) {
      await this.#running.persistence.close();
      await this.#running.wal.close();
      await this.#running.stores.close();
    }
    await this.#lock.release();
  }

  /**
   * Whoever was removed stops serving at once. It goes on voting until a peer refuses it: that one
   * has durably recorded the removal, and needs nothing more of this member.
   */
  #onMembersChanged({ removed }: Directory): void {
    if (this.#retiring || !removed.includes(this.#identity.memberId)) return;
    this.#retiring = true;
    this.#deps.logger.error({ event: "removed" }, "this member was removed and serves no longer");
    this.endCalls();
  }

  #adminParts(): AdminParts | undefined {
    const running = this.#running;
    if (running === undefined || this.#quarantine.suspicion !== undefined) return undefined;
    const { member, leaderAdmin } = running;
    return { member, leaderAdmin, transport: this.#transport, clusterUuid: this.clusterUuid };
  }

  get #identity(): Identity {
    return this.#taken.identity;
  }

  #createTransport(): Transport {
    const { clock, logger, createTransport } = this.#deps;
    const { nodeId, listenAddress, peerAddress, grpcAddress } = this.#options;
    const { boot, identity } = this.#taken;
    const self = { nodeId, listenAddress, peerAddress, grpcAddress, nonce: this.#nonce, boot };
    const options = { memberId: identity.memberId, ...self };
    const handlers = this.#peerHandlers();
    return (
      createTransport?.(options, handlers) ??
      new GrpcTransport(options, { handlers, clock, log: logger })
    );
  }

  #createQuarantine(): Quarantine {
    const { disk, clock, logger, onFatal, onQuarantine } = this.#deps;
    const { dataDir } = this.#options;
    return new Quarantine({
      ...{ dataDir, disk, clock, logger, onFatal },
      onBegin: (why) => {
        this.controlPlane.quarantine(why);
        onQuarantine?.();
      },
    });
  }

  #onSuspicion(suspicion: Suspicion): void {
    const { member, watch } = this.#running ?? {};
    watch?.close();
    if (member === undefined) this.#quarantine.begin(suspicion, undefined);
    else {
      this.#quarantine.begin(suspicion, {
        view: () => member.view(),
        endCalls: () => {
          member.endCalls();
        },
        transferTo: (memberId) => {
          member.driver.withNode((node) => node.transferLeadership(memberId));
        },
        stop: () => {
          member.stop();
        },
      });
    }
  }

  #onRefused(from: MemberId, code: RefusalCode): void {
    if (code === "bootRegress") {
      const detail =
        `member ${String(from)} remembers later starts of this directory than its ` +
        `${String(this.#taken.boot.count)}: it is an older copy`;
      this.#onSuspicion({ reason: "boot-regress", detail });
      return;
    }
    if (code !== "removed" || this.#isStopped() || this.#ended) return;
    this.#refusers.add(from);
    const directory = this.#running?.member.directory;
    const view = { selfId: this.#identity.memberId };
    if (directory !== undefined && !mayGo({ ...view, directory }, this.#refusers)) return;
    this.#ended = true;
    this.endCalls();
    this.#deps.onFatal(removedError(this.#identity.memberId, this.#options.nodeId));
  }

  #isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  async #form(): Promise<FormationRecord> {
    const { peers, peerAddress, nodeId, dataDir } = this.#options;
    const { memberId } = this.#identity;
    const { newClusterUuid, disk } = this.#deps;
    if (peers.length > 0 || this.#seeks) return this.#findCluster();
    const members = [{ memberId, nodeId, address: peerAddress }];
    const formation = { clusterUuid: newClusterUuid(), members };
    recordCluster(disk, dataDir, formation);
    return formation;
  }

  /** Whether this member waits until a cluster that exists has added it. */
  get #seeks(): boolean {
    return this.#options.join || this.#identity.replaces !== undefined;
  }

  async #findCluster(): Promise<FormationRecord> {
    const { nodeId, peerAddress, dataDir } = this.#options;
    const { memberId, replaces } = this.#identity;
    const { clock, logger: log, newClusterUuid, disk } = this.#deps;
    const peers = [...new Set([...(replaces?.addresses ?? []), ...this.#options.peers])];
    const clusterUuid = replaces?.clusterId ?? this.#options.clusterUuid;
    const found = new AbortController();
    const signal = AbortSignal.any([this.#stopped.signal, found.signal]);
    const transport = this.#transport;
    const asking =
      replaces === undefined
        ? Promise.resolve()
        : askToComeBack(
            { memberId, nodeId, peerAddress, replaces },
            { transport, clock, log, signal },
          );
    try {
      const formation = await awaitFormation(
        { nonce: this.#nonce, memberId, peers, joining: this.#seeks, clusterUuid },
        {
          probe: (address, timeoutMs) => transport.probe(address, timeoutMs),
          ...{ clock, log, newClusterUuid, signal: this.#stopped.signal },
        },
      );
      recordCluster(disk, dataDir, formation, this.#seeks ? peers : undefined);
      return formation;
    } finally {
      found.abort();
      await asking;
    }
  }

  #describe(): ProbeAnswer {
    const member = this.#running?.member;
    const leader = member?.leader();
    return {
      nonce: this.#nonce,
      memberId: this.#identity.memberId,
      nodeId: this.#options.nodeId,
      peers: this.#options.peers,
      formation: this.#formation,
      joining: this.#seeks && this.#formation === undefined,
      replaces: this.#identity.replaces,
      members: member === undefined ? [] : currentMembers(member.directory),
      removed: member?.directory.removed ?? [],
      leaderEpoch: leader?.isSelf === true ? leader.epoch : 0,
    };
  }

  #peerHandlers(): PeerHandlers {
    return {
      onMessages: (messages) => {
        this.#running?.member.onMessages(messages);
      },
      onForward: (request) => {
        const isTrusted = this.#quarantine.suspicion === undefined;
        const member = isTrusted ? this.#running?.member : undefined;
        return Promise.resolve(member?.onForward(request) ?? notLeader);
      },
      describe: () => this.#describe(),
      admit: (member, boot) =>
        this.#taken.ledger?.admits(member, boot) === false ? "bootRegress" : undefined,
      onRefused: (member, code) => {
        this.#onRefused(member, code);
      },
      onReport: (member, report) => {
        this.#running?.member.roster.onReport(member, report);
        this.#running?.watch.onReport(member, report);
      },
      onAdminister: ({ request, budgetMs }) =>
        this.#adminParts()?.leaderAdmin.execute(request, budgetMs) ?? Promise.resolve(notLeader),
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
