/**
 * One member whose peers are scripted: a core, a disk that is as fast as the test lets it be, and
 * a short way to write what the others say. Nothing is delivered that the test does not deliver.
 */
import { assert, assertDefined } from "../../../src/base/assert.js";
import { createRandom } from "../../../src/base/random.js";
import type { Random } from "../../../src/base/random.js";
import { checkState } from "../../../src/raft/invariants.js";
import { defaultRaftConfig } from "../../../src/raft/limits.js";
import { emptyMembership } from "../../../src/raft/membership.js";
import { RaftNode } from "../../../src/raft/node.js";
import type {
  AppendMessage,
  Entry,
  MemberId,
  Membership,
  MembershipChange,
  MembershipStep,
  Message,
  ProgressView,
  ProposeResult,
  RaftConfig,
  RaftEvent,
  RaftView,
  ReadState,
  Ready,
  Role,
  SnapshotMeta,
} from "../../../src/raft/types.js";

/** How a lone member begins; what is left out is empty, and the voters are 1, 2 and 3. */
export interface SoloOptions {
  readonly id?: MemberId;
  readonly voters?: readonly MemberId[];
  readonly learners?: readonly MemberId[];
  readonly membership?: Membership;
  /** Terms of the entries that it holds, from position 1 (or behind the snapshot). */
  readonly terms?: readonly number[];
  readonly snapshot?: { readonly logIndex: number; readonly term: number };
  readonly term?: number;
  readonly vote?: MemberId;
  readonly commit?: number;
  readonly applied?: number;
  readonly config?: Partial<RaftConfig>;
  /** The election timeout that is drawn every time, in ticks beyond the shortest. */
  readonly drawnTicks?: number;
  readonly random?: Random;
}

/** The messages that may be of a kind; some have two. */
export type MessageOf<Kind, Any extends Message = Message> = Any extends { kind: infer Kinds }
  ? Kind extends Kinds
    ? Any
    : never
  : never;

/** A message by its kind, without who it is from and to. */
type Said<Kind extends Message["kind"]> = Omit<MessageOf<Kind>, "kind" | "from" | "to" | "term"> & {
  readonly term?: number;
};

/** Entries with the given terms behind `prevLogIndex`, each with one byte of payload. */
function entriesBehind(prevLogIndex: number, terms: readonly number[]): readonly Entry[] {
  return terms.map((term, at) => ({
    logIndex: prevLogIndex + 1 + at,
    term,
    kind: "normal",
    data: new Uint8Array([at]),
  }));
}

/** A change from words such as `v4 r1`; without words, the way out of a joint configuration. */
export function changeOf(
  words: string,
  transition: MembershipChange["transition"] = "auto",
): MembershipChange {
  const kinds = { v: "addVoter", l: "addLearner", r: "remove", u: "update" } as const;
  const steps = words.split(" ").flatMap((word): MembershipStep[] => {
    const kind = kinds[word.charAt(0) as keyof typeof kinds];
    return word === "" ? [] : [{ kind, member: Number(word.slice(1)) }];
  });
  return { transition, steps, context: new Uint8Array(0) };
}

/** See the file comment. */
export class Solo {
  readonly id: MemberId;
  readonly node: RaftNode;
  /** What the member has applied, told and been told since the start. */
  readonly applied: Entry[] = [];
  readonly readStates: ReadState[] = [];
  readonly events: RaftEvent[] = [];
  readonly readys: Ready[] = [];

  constructor(options: SoloOptions = {}) {
    const { voters = [1, 2, 3], learners = [], terms = [], drawnTicks = 0 } = options;
    this.id = options.id ?? 1;
    const membership = options.membership ?? { ...emptyMembership, voters, learners };
    const snapshot: SnapshotMeta = { logIndex: 0, term: 0, ...options.snapshot, membership };
    const random = options.random ?? { uint32: () => 0, below: () => drawnTicks };
    const config = { ...defaultRaftConfig(this.id, random), preVote: false, checkQuorum: false };
    const applied = options.applied ?? snapshot.logIndex;
    this.node = new RaftNode(
      { ...config, ...options.config },
      {
        hardState: {
          term: options.term ?? Math.max(snapshot.term, ...terms, 0),
          vote: options.vote ?? 0,
          commit: options.commit ?? applied,
        },
        snapshot,
        entries: entriesBehind(snapshot.logIndex, terms),
        applied,
        membership,
      },
    );
  }

  /** A member that the other voters elected; its first entry is sent, and nobody answered. */
  static leader(options: SoloOptions = {}): Solo {
    const solo = new Solo(options);
    solo.elect();
    return solo;
  }

  get view(): RaftView {
    return this.node.inspect();
  }

  get role(): Role {
    return this.view.role;
  }

  get term(): number {
    return this.view.term;
  }

  /** Terms of the entries held, first to last. */
  get terms(): readonly (number | undefined)[] {
    const { firstLogIndex, lastLogIndex } = this.view;
    const count = lastLogIndex - firstLogIndex + 1;
    return Array.from({ length: count }, (_, at) => this.node.termAt(firstLogIndex + at));
  }

  progressOf(member: MemberId): ProgressView {
    const progress = this.view.progress.find((one) => one.member === member);
    return assertDefined(progress, `member ${String(member)} is known`);
  }

  hup(): readonly Message[] {
    this.node.stepLocal({ kind: "hup" });
    return this.settle();
  }

  tick(count = 1): readonly Message[] {
    const sent: Message[] = [];
    for (let at = 0; at < count; at += 1) {
      this.node.tick();
      sent.push(...this.settle());
    }
    return sent;
  }

  propose(...sizesBytes: readonly number[]): ProposeResult {
    return this.node.propose(sizesBytes.map((size) => new Uint8Array(size)));
  }

  /** Campaigns and receives every other voter's vote. */
  elect(): void {
    this.hup();
    const { voters, votersOutgoing } = this.view.membership;
    for (const kind of ["preVoteResponse", "voteResponse"] as const) {
      for (const voter of new Set([...voters, ...votersOutgoing])) {
        if (voter === this.id) continue;
        const term = kind === "voteResponse" ? this.term : this.term + 1;
        this.hear(voter, kind, { reject: false, term });
      }
    }
    assert(this.role === "leader", "the member was elected");
  }

  /** A member says something in this member's term, unless another one is given. */
  say<Kind extends Message["kind"]>(from: MemberId, kind: Kind, said: Said<Kind>): void {
    const message = { term: this.term, ...said, kind, from, to: this.id };
    this.node.step(message as unknown as Message);
    checkState(this.view);
  }

  /** {@link Solo.say}, and what this member sends as a consequence. */
  hear<Kind extends Message["kind"]>(
    from: MemberId,
    kind: Kind,
    said: Said<Kind>,
  ): readonly Message[] {
    this.say(from, kind, said);
    return this.settle();
  }

  /** An append of entries with the given terms. */
  hearAppend(
    from: MemberId,
    { prev = [0, 0], terms = [], commit = 0, term = this.term }: AppendText,
  ): readonly Message[] {
    const [prevLogIndex, prevLogTerm] = prev;
    const entries = entriesBehind(prevLogIndex, terms);
    return this.hear(from, "append", { prevLogIndex, prevLogTerm, entries, commit, term });
  }

  /** A member has everything up to `logIndex`. */
  acknowledge(from: MemberId, logIndex: number): readonly Message[] {
    const rest = { reject: false, hintLogIndex: 0, hintTerm: 0 };
    return this.hear(from, "appendResponse", { logIndex, ...rest });
  }

  /** A member refuses the append behind `logIndex`. */
  refuse(from: MemberId, logIndex: number, hint: readonly [number, number]): readonly Message[] {
    const [hintLogIndex, hintTerm] = hint;
    return this.hear(from, "appendResponse", { logIndex, reject: true, hintLogIndex, hintTerm });
  }

  heartbeat(from: MemberId, commit = 0, readRound = 0): readonly Message[] {
    return this.hear(from, "heartbeat", { commit, readRound });
  }

  /** Everybody acknowledges what the leader holds, so that it is committed and applied. */
  acknowledgeAll(): void {
    const { progress, lastLogIndex } = this.view;
    for (const { member } of progress) {
      if (member !== this.id) this.acknowledge(member, lastLogIndex);
    }
  }

  /** Makes every batch durable and applies what is committed; returns what was sent. */
  settle(): readonly Message[] {
    const sent: Message[] = [];
    while (this.node.hasReady()) {
      const ready = this.take();
      this.node.persisted(ready.mark);
      sent.push(...ready.sendNow, ...ready.sendAfterPersist);
      this.apply(ready.committed);
    }
    checkState(this.view);
    return sent;
  }

  /** Takes a Ready without making it durable or applying anything. */
  take(): Ready {
    const ready = this.node.ready();
    this.readys.push(ready);
    this.readStates.push(...ready.readStates);
    this.events.push(...ready.events);
    return ready;
  }

  /** Applies entries, one report each. */
  apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.applied.push(entry);
      this.node.applied(entry.logIndex);
    }
  }

  /** Takes a snapshot of what is applied and forgets the log up to `logIndex`. */
  compact(logIndex: number): void {
    const { applied, membership } = this.view;
    const term = assertDefined(this.node.termAt(applied), "what is applied is held");
    this.node.compact({ logIndex: applied, term, membership }, logIndex);
  }
}

/** What an append says; see {@link Solo.hearAppend}. */
export interface AppendText {
  /** Position and term before the entries. */
  readonly prev?: readonly [number, number];
  readonly terms?: readonly number[];
  readonly commit?: number;
  readonly term?: number;
}

/** Messages of one kind among others. */
export function ofKind<Kind extends Message["kind"]>(
  messages: readonly Message[],
  kind: Kind,
): readonly MessageOf<Kind>[] {
  return messages.filter((message): message is MessageOf<Kind> & Message => message.kind === kind);
}

/** Appends to one member, as `position/term[terms] commit`. */
export function appendTexts(messages: readonly Message[], to: MemberId): readonly string[] {
  return ofKind(messages, "append")
    .filter((message) => message.to === to)
    .map(showAppend);
}

function showAppend({ prevLogIndex, prevLogTerm, entries, commit }: AppendMessage): string {
  const terms = entries.map(({ term }) => term).join(" ");
  return `${String(prevLogIndex)}/${String(prevLogTerm)} [${terms}] ${String(commit)}`;
}

/** A generator with a real sequence, for tests of what is drawn. */
export function seeded(seed: number): Random {
  return createRandom(seed);
}
