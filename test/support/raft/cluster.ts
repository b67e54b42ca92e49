/**
 * Several simulated members and the wire between them. The wire holds messages until somebody
 * delivers, drops or repeats them; nothing happens by itself.
 */
import { assert, assertDefined } from "../../../src/base/assert.js";
import { createRandom } from "../../../src/base/random.js";
import { defaultRaftConfig } from "../../../src/raft/limits.js";
import { emptyMembership } from "../../../src/raft/membership.js";
import type {
  MemberId,
  Membership,
  Message,
  RaftConfig,
  RaftEvent,
  ReadState,
} from "../../../src/raft/types.js";
import { ClusterChecker } from "./checker.js";
import { SimMember } from "./member.js";

/** A read that was asked for, and what it must at least see. */
export interface PendingRead {
  readonly member: MemberId;
  readonly requestId: number;
  readonly commitAtLeast: number;
}

/** How to build a cluster; `joiners` start without any configuration. */
export interface ClusterOptions {
  readonly voters: readonly MemberId[];
  readonly learners?: readonly MemberId[];
  readonly joiners?: readonly MemberId[];
  readonly seed: number;
  readonly config?: Partial<RaftConfig>;
  /** Terms of the entries on the disks of members that do not start empty. */
  readonly logs?: Readonly<Record<MemberId, DiskLog>>;
}

/** What is on a member's disk at the start; no vote was given in `term`. */
export interface DiskLog {
  readonly terms: readonly number[];
  readonly term?: number;
  readonly commit?: number;
}

/** See the file comment. */
export class SimCluster {
  readonly members: Map<MemberId, SimMember> = new Map();
  readonly checker: ClusterChecker = new ClusterChecker((id) => this.members.get(id));
  readonly answeredReads: (ReadState & { readonly member: MemberId })[] = [];
  readonly events: { readonly member: MemberId; readonly event: RaftEvent }[] = [];
  /** Messages under way, oldest first. */
  wire: Message[] = [];
  /** Called with every message that a member sends. */
  onSend: (message: Message) => void = () => undefined;
  readonly #cut = new Set<string>();
  readonly #reads = new Map<number, PendingRead>();
  #requestId = 0;

  constructor(options: ClusterOptions) {
    const { voters, learners = [], joiners = [], seed } = options;
    const founding: Membership = { ...emptyMembership, voters, learners };
    for (const id of [...voters, ...learners, ...joiners]) {
      const base = defaultRaftConfig(id, createRandom(seed * 1000 + id));
      const membership = joiners.includes(id) ? emptyMembership : founding;
      this.members.set(id, new SimMember({ ...base, ...options.config }, membership, this.#port()));
      const log = options.logs?.[id];
      if (log !== undefined) this.#preload(this.member(id), log);
    }
  }

  member(id: MemberId): SimMember {
    return assertDefined(this.members.get(id), `there is a member ${String(id)}`);
  }

  get live(): readonly SimMember[] {
    return [...this.members.values()].filter(({ up }) => up);
  }

  /** The leader with the highest term, if there is one. */
  get leader(): SimMember | undefined {
    const leaders = this.live.filter(({ node }) => node.inspect().role === "leader");
    leaders.sort((a, b) => b.node.inspect().term - a.node.inspect().term);
    return leaders[0];
  }

  /** Cuts or heals the wire from one member to another. */
  setCut(from: MemberId, to: MemberId, state: "cut" | "healed"): void {
    const key = `${String(from)}>${String(to)}`;
    if (state === "cut") this.#cut.add(key);
    else this.#cut.delete(key);
  }

  healAll(): void {
    this.#cut.clear();
  }

  isCut(message: Message): boolean {
    return this.#cut.has(`${String(message.from)}>${String(message.to)}`);
  }

  /** Hands a message to its receiver, unless the wire is cut or the receiver is down. */
  deliver(message: Message): boolean {
    const receiver = this.members.get(message.to);
    if (receiver === undefined || !receiver.up || this.isCut(message)) return false;
    receiver.node.step(message);
    this.checker.observe(receiver);
    return true;
  }

  /** Takes the message at `position` off the wire. */
  take(position: number): Message {
    const [message] = this.wire.splice(position, 1);
    return assertDefined(message, "there is a message at the position");
  }

  /** Asks a member for a read position; the answer is checked when it comes. */
  read(id: MemberId): number {
    this.#requestId += 1;
    const requestId = this.#requestId;
    const result = this.member(id).node.readIndex(requestId);
    if (!result.ok) return 0;
    const commitAtLeast = this.checker.commitMax;
    this.#reads.set(requestId, { member: id, requestId, commitAtLeast });
    return requestId;
  }

  /** Everything under way happens, in order, until nothing moves. */
  settle(): void {
    for (let round = 0; round < 10_000; round += 1) {
      for (const member of this.live) member.settle();
      if (this.wire.length === 0) return;
      for (const message of this.wire.splice(0)) this.deliver(message);
    }
    assert(this.wire.length === 0, "the cluster comes to rest");
  }

  /** One unit of time for everybody, and all that follows from it. */
  tickAll(): void {
    for (const member of this.live) {
      member.node.tick();
      this.checker.observe(member);
    }
    this.settle();
  }

  #preload(member: SimMember, { terms, term = Math.max(0, ...terms), commit = 0 }: DiskLog): void {
    member.crash(0);
    member.disk.hardState = { term, vote: 0, commit };
    member.disk.entries = terms.map((entryTerm, at) => ({
      logIndex: at + 1,
      term: entryTerm,
      kind: "normal",
      data: new Uint8Array([entryTerm]),
    }));
    member.restart(0);
  }

  #port(): {
    readonly checker: ClusterChecker;
    send(message: Message): void;
    onReadState(member: SimMember, read: ReadState): void;
    onEvent(member: SimMember, event: RaftEvent): void;
  } {
    return {
      checker: this.checker,
      send: (message) => {
        this.onSend(message);
        this.wire.push(message);
      },
      onReadState: (member, read) => {
        const pending = assertDefined(this.#reads.get(read.requestId), "a read was asked for");
        assert(pending.member === member.id, "a read is answered where it was asked");
        assert(read.logIndex >= pending.commitAtLeast, "a read sees what was committed before it");
        this.answeredReads.push({ ...read, member: member.id });
      },
      onEvent: (member, event) => this.events.push({ member: member.id, event }),
    };
  }
}
