/**
 * A member that is in a cluster: the driver and what surrounds it - proposals, reads, watches,
 * failover - wired to each other. Opening and closing what it runs on (log, snapshots, store,
 * wire) is its maker's task.
 */
import type { Clock, TimerHandle } from "../../base/clock.js";
import { MasterError } from "../../base/errors.js";
import type { Logger } from "../../base/log.js";
import type { Random } from "../../base/random.js";
import {
  noMember,
  type Entry,
  type MemberId,
  type Message,
  type RaftNodeApi,
  type RaftView,
  type SnapshotMessage,
  type SoftState,
} from "../../raft/types.js";
import { decodeCommand, encodeCommand } from "../../state/command-codec.js";
import type { Command } from "../../state/commands.js";
import type {
  ForwardRequest,
  ForwardResult,
  ProposalTag,
  Transport,
} from "../../transport/types.js";
import type { CallOptions, LeaderView, Proposed, ProposeOptions, ReadView } from "../port.js";
import { Budget, isExpired } from "./budget.js";
import type { Directory } from "./directory.js";
import type { DiskWatch } from "./disk-watch.js";
import { Driver, type DriverLog } from "./driver.js";
import { encodeEnvelope } from "./envelope.js";
import { Failover } from "./failover.js";
import { commandBytesMax, readRetryMs, rememberedTagsMax, waitingReadsMax } from "./limits.js";
import {
  encodeLeader,
  type AppliedEntry,
  type EpochLeader,
  type Machine,
  type MachineState,
} from "./machine.js";
import { Proposals, type Offer, type OfferTarget } from "./proposals.js";
import { Reads } from "./reads.js";
import { Roster } from "./roster.js";
import type { WatchHub } from "./watch-hub.js";

/** Who this member is. */
export interface MemberIdentity {
  readonly memberId: MemberId;
  readonly nodeId: string;
  /** host:port of its MasterService, for redirects. */
  readonly grpcAddress: string;
  /** Random per process start, a positive safe integer. */
  readonly boot: number;
}

/** What happens around the member; called synchronously. */
export interface MemberEvents {
  onLeaderChange(): void;
  onApplied(entry: Entry, applied: AppliedEntry): void;
  onBatchApplied(state: MachineState): void;
  onInstalled(state: MachineState): void;
  onInstallDurable(): void;
  onSnapshotOffered(message: SnapshotMessage): void;
  /** The members are others, and the log durably says so. */
  onMembersChanged(directory: Directory): void;
  onFatal(error: unknown): void;
}

/** The members as of a log position. */
export interface SettledDirectory {
  readonly logIndex: number;
  readonly directory: Directory;
}

/** What the member works with. */
export interface MemberDeps {
  readonly node: RaftNodeApi;
  readonly machine: Machine;
  readonly log: DriverLog;
  readonly transport: Transport;
  readonly hub: WatchHub;
  readonly clock: Clock;
  readonly random: Random;
  readonly soon: (callback: () => void) => void;
  readonly logger: Logger;
  /** 22 characters of base64url. */
  readonly newUuid: () => string;
  /** Length of one tick of the core. */
  readonly tickMs: number;
  /** What has no room on this member's disk. */
  readonly disk: Pick<DiskWatch, "drops" | "refusal">;
  readonly events: MemberEvents;
}

/** See the file comment. */
export class Member {
  readonly identity: MemberIdentity;
  readonly driver: Driver;
  readonly roster: Roster;
  readonly #deps: MemberDeps;
  readonly #proposals: Proposals;
  readonly #reads: Reads;
  readonly #failover: Failover;
  readonly #targetListeners = new Set<() => void>();
  /** Tags appended here under the present epoch. */
  #appendedTags = new Set<string>();
  #tagSequence = 0;
  #lastGrantMs = Number.NEGATIVE_INFINITY;
  #readRetryTimer: TimerHandle | undefined;
  /** Budgets of the reads that wait. */
  readonly #readBudgets = new Set<Budget>();
  readonly #progressListeners = new Set<() => void>();
  /** The members that the log durably knows, and those that were applied since. */
  #settled: SettledDirectory;
  #unsettled: SettledDirectory[] = [];
  #ledSinceMs = 0;
  /** Highest epoch this member has named; a leader that was known before it was lost counts. */
  #epochSeen = 0;
  #stopped = false;

  constructor(identity: MemberIdentity, deps: MemberDeps) {
    this.identity = identity;
    this.#deps = deps;
    this.#settled = deps.machine.state;
    const { clock, transport } = deps;
    const { directory } = deps.machine.state;
    this.roster = new Roster(directory, { selfId: identity.memberId, transport, clock });
    this.#proposals = new Proposals(
      {
        target: () => this.#target(),
        onTargetChange: (listener) => {
          this.#targetListeners.add(listener);
          return () => this.#targetListeners.delete(listener);
        },
        append: (offer) => this.#append(offer),
        forward: (offer, timeoutMs) => this.#forward(offer, timeoutMs),
        newTag: () => this.#newTag(),
      },
      clock,
    );
    this.#reads = new Reads(
      {
        askReadIndex: (id) => deps.node.readIndex(id).ok,
        appliedLogIndex: () => deps.machine.state.logIndex,
      },
      clock,
      identity.boot,
    );
    this.#failover = new Failover(
      {
        isLeaderless: () => this.driver.leader === noMember,
        forgetLeader: () => {
          this.driver.withNode((node) => {
            node.stepLocal({ kind: "forgetLeader" });
          });
        },
        campaign: () => {
          this.driver.withNode((node) => {
            node.stepLocal({ kind: "hup" });
          });
        },
        lastGrantMs: () => this.#lastGrantMs,
      },
      clock,
      deps.random,
    );
    this.driver = this.#createDriver();
  }

  /** Starts ticking. A single member has nobody to wait for and campaigns at once. */
  start(): void {
    this.driver.start();
    const { voters, votersOutgoing } = this.directory.membership;
    const isAlone = voters.length === 1 && votersOutgoing.length === 0;
    if (isAlone && voters[0] === this.identity.memberId) {
      this.driver.withNode((node) => {
        node.stepLocal({ kind: "hup" });
      });
    }
  }

  /** Stops the loop; callers that wait are told at once. */
  stop(): void {
    this.#stopped = true;
    this.#failover.close();
    this.driver.stop();
    this.#readRetryTimer?.cancel();
    this.endCalls();
  }

  /** Answers everyone who waits, and everyone who comes, that this member stops. */
  endCalls(): void {
    this.#proposals.stop();
    for (const budget of this.#readBudgets) budget.expire();
  }

  /** The members as applied here. */
  get directory(): Directory {
    return this.#deps.machine.state.directory;
  }

  view(): RaftView {
    return this.#deps.node.inspect();
  }

  get waitingCount(): number {
    return this.#proposals.waitingCount + this.#reads.waitingCount;
  }

  leader(): LeaderView {
    const { leader: memberId, term } = this.driver.soft;
    const known = this.#deps.machine.state.leader;
    const newest = memberId === noMember ? known.epoch : term;
    this.#epochSeen = Math.max(this.#epochSeen, newest);
    if (memberId === noMember) {
      const epoch = this.#epochSeen;
      return { epoch, nodeId: "", grpcAddress: "", electedAtMs: 0, isSelf: false };
    }
    if (known.epoch === term) {
      const { nodeId, grpcAddress, electedAtMs } = known;
      const isSelf = this.driver.soft.role === "leader";
      return { epoch: term, nodeId, grpcAddress, electedAtMs, isSelf };
    }
    const facts = this.#deps.transport.factsOf(memberId);
    const nodeId = facts?.nodeId ?? this.roster.nodeIdOf(memberId);
    const grpcAddress = facts?.grpcAddress ?? "";
    return { epoch: term, nodeId, grpcAddress, electedAtMs: 0, isSelf: false };
  }

  /** See ControlPlane.propose. */
  propose(command: Command, options: ProposeOptions): Promise<Proposed> {
    const bytes = Buffer.from(encodeCommand(command), "utf8");
    if (bytes.length > commandBytesMax) {
      const text = `the encoded command has ${String(bytes.length)} bytes, at most ${String(commandBytesMax)} are allowed`;
      return Promise.reject(new MasterError("limit_exceeded", text));
    }
    const { refusal } = this.#deps.disk;
    if (refusal !== undefined) return Promise.reject(new MasterError("overloaded", refusal));
    return this.#proposals.propose(bytes, options);
  }

  /** Resolves once the applied state is safe to read; false when the budget ended first. */
  async confirmRead(options: CallOptions): Promise<boolean> {
    if (this.#reads.waitingCount >= waitingReadsMax) {
      throw new MasterError("overloaded", "too many reads wait; try again later");
    }
    const budget = new Budget(options, this.#deps.clock);
    if (this.#stopped) budget.expire();
    this.#readBudgets.add(budget);
    const answer = await budget.wait<true>((resolve) => {
      const giveUp = this.#reads.request(() => {
        resolve(true);
      });
      this.driver.wake();
      this.#armReadRetry();
      return giveUp;
    });
    this.#readBudgets.delete(budget);
    budget.close();
    return !isExpired(answer);
  }

  /** What is applied here. */
  local(stale: boolean): ReadView {
    return { state: this.#deps.machine.state.cluster, leader: this.leader(), stale };
  }

  /**
   * A follower's proposal arrived. One of a newer release may not be understood here: appended, it
   * would stop every member that applies it.
   */
  onForward(request: ForwardRequest): ForwardResult {
    const { command } = request;
    if (command.length > commandBytesMax) {
      return { accepted: false, code: "limit_exceeded", message: "the command is too large" };
    }
    if (decodeCommand(Buffer.from(command).toString("utf8")) === undefined) {
      const message = "the leader's release does not know this command";
      return { accepted: false, code: "unimplemented", message };
    }
    return this.#append(request);
  }

  /** The last change of the members that the log durably knows. */
  get settled(): SettledDirectory {
    return this.#settled;
  }

  /** When this member's leadership began, on the monotonic clock. */
  get ledSinceMs(): number {
    return this.#ledSinceMs;
  }

  /** Calls back when something was applied or leadership changed; returns how to stop. */
  onProgress(listener: () => void): () => void {
    this.#progressListeners.add(listener);
    return () => this.#progressListeners.delete(listener);
  }

  /** Messages of one peer. */
  onMessages(messages: readonly Message[]): void {
    const from = messages[0]?.from;
    if (from !== undefined) this.roster.onHeard(from);
    this.driver.onMessages(messages.filter((message) => !this.#deps.disk.drops(message)));
  }

  /** The connection to a member is lost. */
  onPeerLost(member: MemberId): void {
    this.roster.onLost(member);
    if (member !== this.driver.leader) return;
    this.#failover.onLeaderLost(this.roster.turnAfter(member));
  }

  /** A message to a member could not be sent. */
  onUnreachable(member: MemberId): void {
    this.driver.withNode((node) => {
      node.stepLocal({ kind: "unreachable", member });
    });
  }

  #createDriver(): Driver {
    const { node, machine, log, transport, soon, clock, logger, events } = this.#deps;
    const view = node.inspect();
    const driver: Driver = new Driver(
      {
        node,
        machine,
        log,
        send: (messages) => {
          transport.send(messages);
        },
        soon,
        clock,
        logger,
        tickMs: this.#deps.tickMs,
        beforeReady: () => {
          this.#reads.startRound();
        },
        events: {
          onSoftState: (soft) => {
            this.#onSoftState(soft);
          },
          onApplied: (entry, applied) => {
            this.#onApplied(entry, applied);
          },
          onBatchApplied: (state) => {
            this.#reads.onApplied(state.logIndex);
            events.onBatchApplied(state);
          },
          onInstalled: (state) => {
            this.#onInstalled(state);
          },
          onInstallDurable: () => {
            events.onInstallDurable();
            const { logIndex, directory } = machine.state;
            this.#followDirectories([{ logIndex, directory }], logIndex);
          },
          onMembershipDurable: (logIndex) => {
            this.#followDirectories(this.#unsettled, logIndex);
          },
          onReadState: (answer) => {
            this.#reads.onReadState(answer);
          },
          onSnapshotOffered: events.onSnapshotOffered.bind(events),
          onVoteGranted: () => {
            this.#lastGrantMs = clock.monotonicMs();
          },
          onFatal: events.onFatal.bind(events),
        },
      },
      { term: view.term, vote: view.vote, commit: view.commit },
    );
    return driver;
  }

  #onSoftState(soft: SoftState): void {
    const { logger, node } = this.#deps;
    const leader = this.roster.nodeIdOf(soft.leader);
    logger.info(
      { event: "leadership", role: soft.role, term: soft.term, leader },
      "role or leader changed",
    );
    this.#appendedTags = new Set();
    if (soft.role === "leader") this.#startEpoch(node, soft.term);
    this.#reads.retry("all");
    this.#onTargetMayHaveChanged();
    this.#onProgress();
    this.driver.wake();
  }

  /** The first entry of a new leader names it; everything older is decided once it is applied. */
  #startEpoch(node: RaftNodeApi, epoch: number): void {
    const { memberId, nodeId, grpcAddress } = this.identity;
    const electedAtMs = this.#stampMs();
    this.#ledSinceMs = this.#deps.clock.monotonicMs();
    const leader: EpochLeader = { epoch, memberId, nodeId, grpcAddress, electedAtMs };
    const payload = encodeEnvelope({
      kind: "epoch",
      epoch,
      timeMs: electedAtMs,
      tag: this.#newTag(),
      uuid: this.#deps.newUuid(),
      origin: "leader",
      payload: encodeLeader(leader),
    });
    const result = node.propose([payload]);
    if (!result.ok) {
      this.#deps.logger.error({ event: "epoch-refused", reason: result.reason }, "cannot lead");
    }
  }

  #onApplied(entry: Entry, applied: AppliedEntry): void {
    const { machine, hub, events } = this.#deps;
    if (applied.isMembership) {
      const { logIndex, directory } = machine.state;
      this.#unsettled.push({ logIndex, directory });
    }
    if (applied.delta !== undefined) hub.publish(applied.delta);
    const { tag, result } = applied;
    const isOwn = tag?.member === this.identity.memberId && tag.boot === this.identity.boot;
    if (isOwn && result !== undefined) {
      this.#proposals.onApplied(tag, machine.state.cluster.version, result);
    }
    if (applied.isEpochStart) {
      this.#proposals.onEpochApplied(machine.state.leader.epoch);
      this.#onTargetMayHaveChanged();
    }
    events.onApplied(entry, applied);
  }

  #onInstalled(state: MachineState): void {
    this.#deps.hub.replace(state.cluster);
    this.#proposals.onOutcomesHidden();
    this.#reads.onApplied(state.logIndex);
    this.#deps.events.onInstalled(state);
    this.#onTargetMayHaveChanged();
  }

  /** The members are others up to a position, and the log durably says so. */
  #followDirectories(applied: readonly SettledDirectory[], logIndex: number): void {
    const settled = applied.findLast((one) => one.logIndex <= logIndex);
    this.#unsettled = this.#unsettled.filter((one) => one.logIndex > logIndex);
    if (settled === undefined || settled.logIndex <= this.#settled.logIndex) return;
    this.#settled = settled;
    if (this.#stopped) return;
    this.roster.follow(settled.directory);
    this.#deps.events.onMembersChanged(settled.directory);
    this.#onProgress();
  }

  #onProgress(): void {
    for (const listener of [...this.#progressListeners]) listener();
  }

  #onTargetMayHaveChanged(): void {
    for (const listener of [...this.#targetListeners]) listener();
    this.#deps.events.onLeaderChange();
  }

  #target(): OfferTarget | undefined {
    const { role, leader, term } = this.driver.soft;
    if (leader === noMember) return undefined;
    return { epoch: term, isSelf: role === "leader" };
  }

  #append(offer: Offer): ForwardResult {
    const { role, term } = this.driver.soft;
    if (role !== "leader" || term !== offer.epoch) {
      return { accepted: false, code: "not_leader", message: "not the leader of that epoch" };
    }
    const { member, boot, sequence } = offer.tag;
    const key = `${String(member)}/${String(boot)}/${String(sequence)}`;
    if (this.#appendedTags.has(key)) return { accepted: true };
    const { refusal } = this.#deps.disk;
    if (refusal !== undefined) return { accepted: false, code: "overloaded", message: refusal };
    const payload = encodeEnvelope({
      kind: "command",
      epoch: term,
      timeMs: this.#stampMs(),
      tag: offer.tag,
      uuid: this.#deps.newUuid(),
      origin: offer.origin,
      payload: offer.command,
    });
    const result = this.driver.withNode((node) => node.propose([payload]));
    if (!result.ok) {
      return result.reason === "uncommittedFull"
        ? { accepted: false, code: "overloaded", message: "too much waits to be committed" }
        : { accepted: false, code: "not_leader", message: `the core refused: ${result.reason}` };
    }
    this.#appendedTags.add(key);
    if (this.#appendedTags.size > rememberedTagsMax) {
      const oldest = this.#appendedTags.values().next().value;
      if (oldest !== undefined) this.#appendedTags.delete(oldest);
    }
    return { accepted: true };
  }

  #forward(offer: Offer, timeoutMs: number): Promise<ForwardResult> {
    const request = { ...offer, from: this.identity.memberId };
    return this.#deps.transport.forward(this.driver.leader, request, timeoutMs);
  }

  #newTag(): ProposalTag {
    this.#tagSequence += 1;
    const { memberId, boot } = this.identity;
    return { member: memberId, boot, sequence: this.#tagSequence };
  }

  #stampMs(): number {
    return Math.max(this.#deps.machine.state.timeMs, this.#deps.clock.wallMs());
  }

  #armReadRetry(): void {
    if (this.#readRetryTimer !== undefined) return;
    this.#readRetryTimer = this.#deps.clock.after(readRetryMs, () => {
      this.#readRetryTimer = undefined;
      if (this.#reads.waitingCount === 0) return;
      this.#reads.retry("overdue");
      this.driver.wake();
      this.#armReadRetry();
    });
  }
}
