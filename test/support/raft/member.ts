/**
 * One simulated member: a core, its disk, and a shell that honours the contract of Ready with
 * delays of its own: batches become durable later, entries are applied later, in between the
 * core goes on.
 */
import { assert, assertDefined } from "../../../src/base/assert.js";
import { RaftNode } from "../../../src/raft/node.js";
import type {
  Entry,
  MemberId,
  Membership,
  Message,
  RaftConfig,
  RaftEvent,
  ReadState,
  Ready,
  SnapshotMeta,
} from "../../../src/raft/types.js";
import { SimDisk } from "./disk.js";

/** Who looks at every step of a member; see checker.ts. */
export interface MemberObserver {
  observe(member: SimMember): void;
  forget(member: MemberId): void;
  persisted(member: SimMember, entry: Entry): void;
  applied(entry: Entry): void;
  configured(logIndex: number, membership: Membership): void;
  membershipAt(logIndex: number): Membership;
}

/** What a member tells its cluster. */
export interface MemberPort {
  readonly checker: MemberObserver;
  send(message: Message): void;
  onReadState(member: SimMember, read: ReadState): void;
  onEvent(member: SimMember, event: RaftEvent): void;
}

/** See the file comment. */
export class SimMember {
  readonly id: MemberId;
  readonly disk: SimDisk;
  node: RaftNode;
  up = true;
  /** Batches handed out and not durable yet, oldest first. */
  batches: Ready[] = [];
  /** Entries handed out and not applied yet. */
  toApply: Entry[] = [];
  /** What the member's own state machine has applied; its state is durable up to here. */
  applied = 0;
  /** Payloads applied, by position; a snapshot leaves holes. */
  readonly state: Map<number, Entry> = new Map();
  readonly #config: RaftConfig;
  readonly #port: MemberPort;

  constructor(config: RaftConfig, membership: Membership, port: MemberPort) {
    this.id = config.memberId;
    this.disk = new SimDisk(membership);
    this.#config = config;
    this.#port = port;
    this.node = new RaftNode(config, this.disk.restore(0, membership));
    if (membership.voters.length > 0) port.checker.configured(0, membership);
  }

  /** Takes every Ready there is and starts its effects. */
  pump(): void {
    while (this.up && this.node.hasReady()) this.#start(this.node.ready());
  }

  /** Makes the oldest `count` batches durable and reports them together. */
  persist(count: number): void {
    const done = this.batches.splice(0, count);
    const last = done.at(-1);
    if (last === undefined) return;
    for (const batch of done) {
      this.disk.write(batch);
      if (batch.snapshot !== undefined) this.#install(batch.snapshot);
      for (const message of batch.sendAfterPersist) this.#port.send(message);
    }
    this.node.persisted(last.mark);
    this.#port.checker.observe(this);
  }

  /** Applies the next `count` entries and reports them together. */
  apply(count: number): void {
    const entries = this.toApply.splice(0, count);
    for (const entry of entries) {
      assert(entry.logIndex === this.applied + 1, "entries are applied in order, each once");
      assert(this.disk.holds(entry.logIndex, entry.term), "only durable entries are applied");
      this.#port.checker.applied(entry);
      this.applied = entry.logIndex;
      this.state.set(entry.logIndex, entry);
      if (entry.kind === "membership") this.#report();
    }
    if (entries.length > 0) this.#report();
  }

  /** Everything that is under way happens. */
  settle(): void {
    for (;;) {
      this.pump();
      if (this.batches.length === 0 && this.toApply.length === 0) return;
      this.persist(this.batches.length);
      this.apply(this.toApply.length);
    }
  }

  /** Takes a snapshot of what is applied and forgets all but `keepCount` entries before it. */
  compact(keepCount: number): void {
    const logIndex = this.applied;
    if (logIndex <= this.disk.snapshot.logIndex || this.node.inspect().applied !== logIndex) return;
    const term = this.node.termAt(logIndex);
    if (term === undefined) return;
    const snapshot = { logIndex, term, membership: this.node.inspect().membership };
    this.disk.keepSnapshot(snapshot);
    this.node.compact(snapshot, Math.max(0, logIndex - keepCount));
    this.#port.checker.observe(this);
  }

  /** Stops; the oldest `survivingCount` batches made it to the disk without being reported. */
  crash(survivingCount: number): void {
    for (const batch of this.batches.slice(0, survivingCount)) this.disk.write(batch);
    this.batches = [];
    this.toApply = [];
    this.up = false;
    this.#port.checker.forget(this.id);
  }

  /**
   * Starts again from the disk. The state machine may have kept anything between the snapshot
   * and what it had applied.
   */
  restart(appliedLost: number): void {
    const { snapshot } = this.disk;
    const kept = Math.min(this.applied, this.disk.lastLogIndex) - appliedLost;
    this.applied = Math.max(snapshot.logIndex, kept);
    const membership =
      this.applied === snapshot.logIndex
        ? snapshot.membership
        : this.#port.checker.membershipAt(this.applied);
    this.node = new RaftNode(this.#config, this.disk.restore(this.applied, membership));
    this.up = true;
    this.#port.checker.observe(this);
  }

  #start(ready: Ready): void {
    for (const entry of ready.entries) this.#port.checker.persisted(this, entry);
    for (const message of ready.sendNow) this.#port.send(message);
    for (const read of ready.readStates) this.#port.onReadState(this, read);
    for (const event of ready.events) this.#port.onEvent(this, event);
    this.batches.push(ready);
    this.toApply.push(...ready.committed);
    this.#port.checker.observe(this);
  }

  #install(snapshot: SnapshotMeta): void {
    this.toApply = this.toApply.filter(({ logIndex }) => logIndex > snapshot.logIndex);
    assert(this.toApply.length === 0, "nothing behind a snapshot is handed out before it");
    this.applied = Math.max(this.applied, snapshot.logIndex);
    this.#port.checker.configured(snapshot.logIndex, snapshot.membership);
  }

  #report(): void {
    this.node.applied(this.applied);
    this.#port.checker.observe(this);
    const last = assertDefined(this.state.get(this.applied), "something was applied");
    assert(last.logIndex === this.applied, "the state is at the applied position");
    this.#port.checker.configured(this.applied, this.node.inspect().membership);
  }
}
