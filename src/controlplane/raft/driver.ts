/**
 * The one loop that owns the consensus core of this member. Everything enters through its inbox and
 * leaves as a Ready, in a fixed order: send what may go now, hand the batch to the log without
 * waiting, release what waited for it when the log says that it is durable, apply, then tell the
 * core. Nothing else calls the core or applies an entry. Time, chance, disk and wire are given.
 */
import { assert } from "../../base/assert.js";
import type { Clock, TimerHandle } from "../../base/clock.js";
import type { Logger } from "../../base/log.js";
import { BoundedQueue } from "../../base/bounded-queue.js";
import { checkStep } from "../../raft/invariants.js";
import {
  noMember,
  type Entry,
  type HardState,
  type MemberId,
  type Message,
  type RaftNodeApi,
  type RaftView,
  type Ready,
  type SnapshotMessage,
  type SnapshotMeta,
  type SoftState,
} from "../../raft/types.js";
import { inboxMessagesMax } from "./limits.js";
import type { AppliedEntry, Machine, MachineState } from "./machine.js";

/** The log on disk. */
export interface DriverLog {
  append(batch: {
    readonly seq: number;
    readonly hardState: HardState;
    readonly entries: readonly Entry[];
    readonly snapshot?: { readonly logIndex: number; readonly term: number };
  }): void;
  onDurable(callback: (seq: number) => void): void;
}

/** What the driver tells. All are called synchronously from the loop and must not throw. */
export interface DriverEvents {
  onSoftState(soft: SoftState): void;
  /** An entry was applied. */
  onApplied(entry: Entry, applied: AppliedEntry): void;
  /** A whole batch of entries was applied; the core knows. */
  onBatchApplied(state: MachineState): void;
  /** A snapshot took the place of the state. */
  onInstalled(state: MachineState): void;
  /** The log holds that snapshot's position durably; nothing was applied since. */
  onInstallDurable(): void;
  /**
   * The log durably says that membership entries up to here are committed. Earlier, nobody else may
   * be told of them: a member that was removed and gone could be missed by one that forgot.
   */
  onMembershipDurable(logIndex: number): void;
  onReadState(answer: { readonly requestId: number; readonly logIndex: number }): void;
  /** A leader offers a snapshot: fetch it, then call {@link Driver.installSnapshot}. */
  onSnapshotOffered(message: SnapshotMessage): void;
  /** A vote or pre-vote of this member goes out. */
  onVoteGranted(): void;
  /** The loop cannot go on. */
  onFatal(error: unknown): void;
}

/** What the driver works with. */
export interface DriverDeps {
  readonly node: RaftNodeApi;
  readonly machine: Machine;
  readonly log: DriverLog;
  readonly send: (messages: readonly Message[]) => void;
  /** Calls back in the next turn of the event loop. */
  readonly soon: (callback: () => void) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called in each turn of the loop, before the core is asked for effects. */
  readonly beforeReady: (node: RaftNodeApi) => void;
  readonly events: DriverEvents;
  /** Length of one tick of the core. */
  readonly tickMs: number;
}

interface PendingBatch {
  readonly mark: number;
  readonly messages: readonly Message[];
  /** Nothing of it goes to the log: it is durable when the one before it is. */
  readonly isEmpty: boolean;
  readonly installs: boolean;
  /** The last membership entry that its commit position reached; 0 = none. */
  readonly membershipLogIndex: number;
}

/** Longest run of Readys in one turn of the event loop. */
const readysPerTurnMax = 16;

/** See the file comment. */
export class Driver {
  readonly #deps: DriverDeps;
  readonly #inbox = new BoundedQueue<Message>(inboxMessagesMax);
  #pending: PendingBatch[] = [];
  #hardState: HardState;
  #soft: SoftState;
  #scheduled = false;
  #draining = false;
  #stopped = false;
  #tickTimer: TimerHandle | undefined;
  #lastTickMs: number;
  #droppedMessages = 0;
  #lastView: RaftView | undefined;
  /** The state that the next Ready's snapshot installs. */
  #fetched: MachineState | undefined;

  constructor(deps: DriverDeps, hardState: HardState) {
    this.#deps = deps;
    this.#hardState = hardState;
    this.#soft = { role: "follower", leader: noMember, term: hardState.term };
    this.#lastTickMs = deps.clock.monotonicMs();
    deps.log.onDurable((seq) => {
      this.#onDurable(seq);
    });
  }

  get soft(): SoftState {
    return this.#soft;
  }

  get droppedMessages(): number {
    return this.#droppedMessages;
  }

  /** Starts ticking. */
  start(): void {
    this.#armTick();
    this.wake();
  }

  /** Stops ticking and sending; what is in the log stays there. */
  stop(): void {
    this.#stopped = true;
    this.#tickTimer?.cancel();
  }

  /** Messages from a peer. Beyond the bound they are dropped and counted. */
  onMessages(messages: readonly Message[]): void {
    for (const message of messages) {
      if (!this.#inbox.push(message)) this.#droppedMessages += 1;
    }
    this.wake();
  }

  /** Calls the core, then runs the loop soon. The only way in for proposals, reads and reports. */
  withNode<T>(call: (node: RaftNodeApi) => T): T {
    try {
      return call(this.#deps.node);
    } catch (thrown) {
      this.#fail(thrown);
      throw thrown;
    } finally {
      this.wake();
    }
  }

  /** Steps an offered snapshot whose data has been fetched and verified. */
  installSnapshot(message: SnapshotMessage, state: MachineState): void {
    assert(message.snapshot.logIndex === state.logIndex, "the data is of the offered snapshot");
    if (this.#stopped) return;
    const isNews = state.logIndex > this.#deps.machine.state.logIndex;
    this.#fetched = isNews ? state : undefined;
    this.#guard(() => {
      this.#deps.node.step(message);
    });
    this.#drain();
    this.#fetched = undefined;
  }

  /** Runs the loop in the next turn of the event loop. */
  wake(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    this.#deps.soon(() => {
      this.#scheduled = false;
      this.#drain();
    });
  }

  #armTick(): void {
    const { tickMs } = this.#deps;
    this.#tickTimer = this.#deps.clock.after(tickMs, () => {
      if (this.#stopped) return;
      const now = this.#deps.clock.monotonicMs();
      // A late timer counts as the ticks it missed, but never as so many that a process that was
      // paused campaigns before it has read what arrived meanwhile.
      const missed = Math.min(3, Math.max(1, Math.floor((now - this.#lastTickMs) / tickMs)));
      this.#lastTickMs = now;
      this.#armTick();
      this.#guard(() => {
        for (let i = 0; i < missed; i += 1) this.#deps.node.tick();
        this.#checkInvariants();
      });
      this.wake();
    });
  }

  /** A cheap look, once a tick, at what tests check after every step. */
  #checkInvariants(): void {
    const view = this.#deps.node.inspect();
    checkStep(this.#lastView ?? view, view);
    this.#lastView = view;
  }

  #onDurable(seq: number): void {
    this.#guard(() => {
      while (this.#pending[0] !== undefined && this.#pending[0].mark <= seq) this.#release();
    });
    this.#drain();
  }

  /** Releases the oldest batch, and those after it that did not need the log. */
  #release(): void {
    do {
      const batch = this.#pending.shift();
      assert(batch !== undefined, "only a pending batch is released");
      this.#send(batch.messages);
      this.#deps.node.persisted(batch.mark);
      // Of two that wait, the older one is of no use to anybody.
      const isNewest = !this.#pending.some((later) => later.installs);
      if (batch.installs && isNewest) this.#deps.events.onInstallDurable();
      const { membershipLogIndex } = batch;
      if (membershipLogIndex > 0) this.#deps.events.onMembershipDurable(membershipLogIndex);
    } while (this.#pending[0]?.isEmpty === true);
  }

  #drain(): void {
    if (this.#draining || this.#stopped) return;
    this.#draining = true;
    const isMoreLeft = this.#guard(() => {
      for (const message of this.#inbox.drain()) this.#step(message);
      this.#deps.beforeReady(this.#deps.node);
      for (let i = 0; i < readysPerTurnMax && this.#deps.node.hasReady(); i += 1) {
        this.#handle(this.#deps.node.ready());
      }
      return this.#inbox.size > 0 || this.#deps.node.hasReady();
    });
    this.#draining = false;
    if (isMoreLeft === true) this.wake();
  }

  #step(message: Message): void {
    // One that brings nothing new goes to the core, whose answer ends the leader's offers.
    const { logIndex } = this.#deps.machine.state;
    if (message.kind === "snapshot" && message.snapshot.logIndex > logIndex) {
      this.#deps.events.onSnapshotOffered(message);
      return;
    }
    this.#deps.node.step(message);
  }

  #handle(ready: Ready): void {
    for (const { event, fields } of ready.events) {
      this.#deps.logger.debug({ event: `raft-${event}`, ...fields }, "consensus event");
    }
    if (ready.softState !== undefined) {
      this.#soft = ready.softState;
      this.#deps.events.onSoftState(ready.softState);
    }
    this.#send(ready.sendNow);
    if (ready.hardState !== undefined) this.#hardState = ready.hardState;
    if (ready.snapshot !== undefined) this.#install(ready.snapshot);
    this.#persist(ready);
    this.#apply(ready.committed);
    for (const answer of ready.readStates) this.#deps.events.onReadState(answer);
  }

  #persist(ready: Ready): void {
    const { mark, entries, snapshot } = ready;
    const changes = ready.committed.filter((entry) => entry.kind === "membership");
    const membershipLogIndex = changes.at(-1)?.logIndex ?? 0;
    const movesCommit = !ready.mustSync && entries.length === 0 && snapshot === undefined;
    const isEmpty = movesCommit && membershipLogIndex === 0;
    if (isEmpty && this.#pending.length === 0) {
      // A commit position that moved alone rides on the next batch.
      this.#send(ready.sendAfterPersist);
      this.#deps.node.persisted(mark);
      return;
    }
    const installs = snapshot !== undefined;
    const messages = ready.sendAfterPersist;
    this.#pending.push({ mark, messages, isEmpty, installs, membershipLogIndex });
    if (isEmpty) return;
    const batch = { seq: mark, hardState: this.#hardState, entries };
    if (snapshot === undefined) this.#deps.log.append(batch);
    else {
      const { logIndex, term } = snapshot;
      this.#deps.log.append({ ...batch, snapshot: { logIndex, term } });
    }
  }

  /** The core counts the snapshot as applied once its batch is durable. */
  #install(snapshot: SnapshotMeta): void {
    const state = this.#fetched;
    assert(state?.logIndex === snapshot.logIndex, "a snapshot is stepped with its data at hand");
    this.#deps.machine.replace(state);
    this.#deps.events.onInstalled(state);
  }

  #apply(committed: readonly Entry[]): void {
    const last = committed.at(-1);
    if (last === undefined) return;
    for (const entry of committed) {
      const applied = this.#deps.machine.applyEntry(entry);
      this.#deps.events.onApplied(entry, applied);
    }
    this.#deps.node.applied(last.logIndex);
    this.#deps.events.onBatchApplied(this.#deps.machine.state);
  }

  #send(messages: readonly Message[]): void {
    if (messages.length === 0) return;
    for (const message of messages) {
      const isVote = message.kind === "voteResponse" || message.kind === "preVoteResponse";
      if (isVote && !message.reject) this.#deps.events.onVoteGranted();
    }
    this.#deps.send(messages);
  }

  /** Whatever goes wrong inside the loop ends it: a half-handled Ready cannot be repeated. */
  /** Undefined when it failed; nothing runs any more then. */
  #guard<T>(run: () => T): T | undefined {
    try {
      return run();
    } catch (thrown) {
      this.#fail(thrown);
      return undefined;
    }
  }

  #fail(thrown: unknown): void {
    this.stop();
    this.#deps.events.onFatal(thrown);
  }

  /** The member that leads as far as the core knows, or {@link noMember}. */
  get leader(): MemberId {
    return this.#soft.leader;
  }
}
