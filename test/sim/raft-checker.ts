/**
 * What must hold across the masters, looked at after every event in the members that it touched:
 * one leader and one vote in a term, matching logs, committed entries that never change, leaders
 * that hold everything committed, commits that a quorum has on disk, disks that give back what
 * they said they hold, and equal states at equal positions. It sees logs as they are written,
 * messages as they are sent and members' figures, and asks none of the product's own code for a
 * verdict.
 */
import { assertDefined } from "../../src/base/assert.js";
import type { MemberStatus } from "../../src/controlplane/raft/member-options.js";
import type { Entry, HardState, MemberId, Message } from "../../src/raft/types.js";
import type { RecoveredLog } from "../../src/storage/wal/types.js";
import { LogMirror } from "./log-mirror.js";
import type { Reference } from "./reference.js";
import type { Coverage, Findings } from "./violation.js";

/** One batch on its way to a log. */
export interface WatchedBatch {
  readonly seq: number;
  readonly hardState?: HardState | undefined;
  readonly entries: readonly Entry[];
  readonly snapshot?: { readonly logIndex: number; readonly term: number } | undefined;
}

/** What is known of one master over all its processes. */
interface Watched {
  memberId: MemberId;
  /** Of the process: what it has handed to its log. */
  log: LogMirror;
  hardState: HardState;
  pending: WatchedBatch[];
  /** Of the disk: what was reported durable. */
  durable: LogMirror;
  durableHardState: HardState;
  /** Positions compared with the committed ones. */
  checkedCommit: number;
  appliedSeen: number;
  role: string;
  term: number;
}

interface KnownEntry {
  readonly data: Uint8Array;
  readonly kind: string;
  readonly previousTerm: number | undefined;
}

/** See the file comment. Members are named by their place. */
export class RaftChecker {
  readonly #findings: Findings;
  readonly #coverage: Coverage;
  readonly #reference: Reference;
  readonly #watched = new Map<number, Watched>();
  readonly #leaders = new Map<number, MemberId>();
  readonly #votes = new Map<string, MemberId>();
  readonly #entries = new Map<string, KnownEntry>();

  constructor(deps: {
    readonly findings: Findings;
    readonly coverage: Coverage;
    readonly reference: Reference;
  }) {
    this.#findings = deps.findings;
    this.#coverage = deps.coverage;
    this.#reference = deps.reference;
  }

  /** Leaders that were seen, one a term. */
  get leadersCount(): number {
    return this.#leaders.size;
  }

  /** The member at a place, once it has opened its log. */
  memberIdOf(place: number): MemberId | undefined {
    return this.#watched.get(place)?.memberId;
  }

  /** The place is taken by somebody else from here on. */
  forget(place: number): void {
    this.#watched.delete(place);
  }

  /** A process has opened its log. */
  onOpened(place: number, memberId: MemberId, recovered: RecoveredLog): void {
    const known = this.#watched.get(place);
    const log = new LogMirror();
    const { floorLogIndex, marker, entries, hardState } = recovered;
    const floorTerm = marker.logIndex === floorLogIndex ? marker.term : 0;
    log.reset(floorLogIndex, known?.durable.termAt(floorLogIndex) ?? floorTerm);
    log.append(entries);
    if (known?.memberId === memberId) this.#compareWithDisk(place, known, recovered);
    const same = known?.memberId === memberId ? known : undefined;
    this.#watched.set(place, {
      memberId,
      log,
      hardState,
      pending: [],
      durable: log.copy(),
      durableHardState: hardState,
      checkedCommit: same?.checkedCommit ?? 0,
      appliedSeen: 0,
      role: "follower",
      term: hardState.term,
    });
  }

  /** A batch was handed to a log. */
  onAppend(place: number, batch: WatchedBatch): void {
    const watched = this.#of(place);
    const { snapshot, entries, hardState } = batch;
    if (snapshot !== undefined) {
      this.#coverage.count("snapshot installed");
      watched.log.reset(snapshot.logIndex, snapshot.term);
    }
    for (const entry of entries) this.#checkMatching(place, watched.log, entry);
    watched.pending.push(batch);
    watched.hardState = hardState ?? watched.hardState;
  }

  /** A log says that everything up to `seq` is durable. */
  onDurable(place: number, seq: number): void {
    const watched = this.#of(place);
    while (watched.pending[0] !== undefined && watched.pending[0].seq <= seq) {
      const batch = assertDefined(watched.pending.shift(), "a batch is pending");
      const { snapshot, entries, hardState } = batch;
      if (snapshot !== undefined) watched.durable.reset(snapshot.logIndex, snapshot.term);
      watched.durable.append(entries);
      watched.durableHardState = hardState ?? watched.durableHardState;
    }
  }

  /** Messages leave a member. */
  onSent(place: number, messages: readonly Message[]): void {
    const watched = this.#watched.get(place);
    if (watched === undefined) return;
    for (const message of messages) {
      this.#checkPromise(place, watched, message);
      switch (message.kind) {
        case "append":
        case "heartbeat":
        case "snapshot":
        case "timeoutNow":
          this.#noteLeader(message.term, message.from);
          break;
        case "voteResponse":
          if (!message.reject) this.#noteVote(message.term, message.from, message.to);
          break;
        default:
      }
    }
  }

  /** Looks at a member after something happened in its process. */
  look(place: number, status: MemberStatus): void {
    const watched = this.#watched.get(place);
    if (watched === undefined) return;
    if (status.role === "leader") {
      this.#noteLeader(status.term, status.memberId);
      const isNew = watched.role !== "leader" || watched.term !== status.term;
      if (isNew) this.#checkComplete(place, watched, status.term);
    }
    watched.role = status.role;
    watched.term = status.term;
    this.#checkCommit(place, watched, status);
    this.#checkApplied(place, watched, status);
  }

  #of(place: number): Watched {
    return assertDefined(this.#watched.get(place), "the member has opened its log");
  }

  #compareWithDisk(place: number, known: Watched, recovered: RecoveredLog): void {
    const { floorLogIndex, entries, hardState, lastLogIndex } = recovered;
    const { durable, durableHardState } = known;
    for (let at = Math.max(durable.floor, floorLogIndex) + 1; at <= durable.last; at += 1) {
      const found = entries[at - floorLogIndex - 1]?.term;
      const isThere = found === durable.termAt(at) || this.#mayBeReplaced(known, at);
      this.#findings.expect(isThere, "durable log", () => {
        const was = String(durable.termAt(at));
        return `m${String(place)} had ${String(at)} of term ${was} on disk, finds ${String(found)}`;
      });
    }
    this.#findings.expect(
      lastLogIndex >= Math.min(durable.last, ...known.pending.map(firstOf)),
      "durable log",
      () => `m${String(place)} lost the end of its log`,
    );
    this.#findings.expect(hardState.term >= durableHardState.term, "durable term", () => {
      return `m${String(place)} went back to term ${String(hardState.term)}`;
    });
    const sameTerm = hardState.term === durableHardState.term;
    const votes =
      !sameTerm || durableHardState.vote === 0 || hardState.vote === durableHardState.vote;
    this.#findings.expect(votes, "durable vote", () => `m${String(place)} forgot its vote`);
  }

  /** A batch that was not reported may be there all the same, and replace what was. */
  #mayBeReplaced(known: Watched, logIndex: number): boolean {
    return known.pending.some((batch) => batch.snapshot !== undefined || firstOf(batch) < logIndex);
  }

  #checkMatching(place: number, log: LogMirror, entry: Entry): void {
    const previousTerm = log.termAt(entry.logIndex - 1);
    log.append([entry]);
    const key = `${String(entry.logIndex)}/${String(entry.term)}`;
    const known = this.#entries.get(key);
    if (known === undefined) {
      this.#entries.set(key, { data: entry.data, kind: entry.kind, previousTerm });
      this.#reference.note(entry);
      return;
    }
    const isSame =
      known.kind === entry.kind &&
      (known.data === entry.data || Buffer.compare(known.data, entry.data) === 0);
    this.#findings.expect(isSame, "log matching", () => `m${String(place)} differs at ${key}`);
    const follows =
      known.previousTerm === undefined ||
      previousTerm === undefined ||
      known.previousTerm === previousTerm;
    this.#findings.expect(follows, "log matching", () => `m${String(place)} differs before ${key}`);
  }

  /** What a message promises must be on the sender's disk. */
  #checkPromise(place: number, watched: Watched, message: Message): void {
    const { durableHardState, durable } = watched;
    if (message.kind === "voteResponse" && !message.reject) {
      const isKept =
        durableHardState.term > message.term ||
        (durableHardState.term === message.term && durableHardState.vote === message.to);
      this.#findings.expect(isKept, "promise before disk", () => {
        return `m${String(place)} grants a vote in term ${String(message.term)} that it may forget`;
      });
    }
    if (message.kind === "appendResponse" && !message.reject) {
      const isKept = durable.last >= message.logIndex;
      this.#findings.expect(isKept, "promise before disk", () => {
        const held = String(durable.last);
        return `m${String(place)} acknowledges ${String(message.logIndex)}, its disk holds ${held}`;
      });
    }
  }

  #noteLeader(term: number, member: MemberId): void {
    const known = this.#leaders.get(term);
    if (known === undefined) {
      this.#leaders.set(term, member);
      this.#coverage.count("leader elected");
      return;
    }
    this.#findings.expect(known === member, "one leader per term", () => {
      return `${String(known)} and ${String(member)} lead in term ${String(term)}`;
    });
  }

  #noteVote(term: number, voter: MemberId, candidate: MemberId): void {
    const key = `${String(term)}/${String(voter)}`;
    const known = this.#votes.get(key) ?? candidate;
    this.#votes.set(key, known);
    this.#findings.expect(known === candidate, "one vote per term", () => {
      return `${String(voter)} votes twice in term ${String(term)}`;
    });
  }

  #checkComplete(place: number, watched: Watched, term: number): void {
    const last = this.#reference.lastLogIndex;
    const held = watched.log.termAt(last);
    const isComplete = last <= watched.log.floor || held === this.#reference.termAt(last);
    this.#findings.expect(isComplete, "leader completeness", () => {
      return `m${String(place)} leads term ${String(term)} without the committed ${String(last)}`;
    });
  }

  #checkCommit(place: number, watched: Watched, status: MemberStatus): void {
    const commit = status.commitLogIndex;
    for (let logIndex = watched.checkedCommit + 1; logIndex <= commit; logIndex += 1) {
      const term = watched.log.termAt(logIndex);
      const committed = this.#reference.termAt(logIndex);
      if (committed === undefined) {
        if (term === undefined) {
          this.#findings.add("committed", `m${String(place)} knows ${String(logIndex)} only`);
          return;
        }
        if (status.role === "leader") this.#checkQuorum(logIndex, term, watched.appliedSeen);
        this.#reference.commit(logIndex, term);
        continue;
      }
      const isSame = term === undefined ? logIndex <= watched.log.floor : term === committed;
      this.#findings.expect(isSame, "committed never changes", () => {
        const terms = `${String(committed)} was committed, m${String(place)} holds ${String(term)}`;
        return `at ${String(logIndex)} term ${terms}`;
      });
    }
    watched.checkedCommit = Math.max(watched.checkedCommit, commit);
    if (watched.log.last - watched.log.floor > 4000) watched.log.forget(commit - 1000);
    if (watched.durable.last - watched.durable.floor > 4000) watched.durable.forget(commit - 1000);
  }

  /** A configuration takes effect when the leader applies it, which may be before or after this. */
  #checkQuorum(logIndex: number, term: number, appliedLogIndex: number): void {
    const holders = new Set<MemberId>();
    for (const { memberId, durable } of this.#watched.values()) {
      const holds = durable.floor >= logIndex || durable.termAt(logIndex) === term;
      if (holds) holders.add(memberId);
    }
    const isHeld = [appliedLogIndex, logIndex - 1].some((at) => {
      const { voters, votersOutgoing } = this.#reference.membershipAt(at);
      return isMajority(voters, holders) && isMajority(votersOutgoing, holders);
    });
    this.#findings.expect(isHeld, "commit on a quorum's disks", () => {
      return `${String(logIndex)} counts as committed, on disk with ${String(holders.size)}`;
    });
  }

  #checkApplied(place: number, watched: Watched, status: MemberStatus): void {
    const { appliedLogIndex, stateHash, commitLogIndex } = status;
    if (appliedLogIndex === watched.appliedSeen) return;
    this.#findings.expect(appliedLogIndex > watched.appliedSeen, "applied only grows", () => {
      return `m${String(place)} went from ${String(watched.appliedSeen)} to ${String(appliedLogIndex)}`;
    });
    watched.appliedSeen = appliedLogIndex;
    this.#findings.expect(appliedLogIndex <= commitLogIndex, "applied is committed", () => {
      return `m${String(place)} applied ${String(appliedLogIndex)} before it was committed`;
    });
    const expected = this.#reference.hashAt(appliedLogIndex);
    this.#findings.expect(expected === stateHash, "equal states", () => {
      return `m${String(place)} has another state at ${String(appliedLogIndex)}`;
    });
  }
}

function firstOf({ entries }: WatchedBatch): number {
  return (entries[0]?.logIndex ?? Number.POSITIVE_INFINITY) - 1;
}

/** More than half; nobody is a majority of nobody. */
function isMajority(voters: readonly MemberId[], holders: ReadonlySet<MemberId>): boolean {
  const count = voters.filter((id) => holders.has(id)).length;
  return voters.length === 0 || 2 * count > voters.length;
}
