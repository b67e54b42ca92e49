/**
 * One member of an interaction transcript: a core, what its disk holds, and the handling of its
 * effects as the transcripts divide it. The rules it follows are named in rules.ts.
 */
import { assertDefined } from "../../src/base/assert.js";
import type { Random } from "../../src/base/random.js";
import { defaultRaftConfig } from "../../src/raft/limits.js";
import { isVoter } from "../../src/raft/membership.js";
import { RaftNode } from "../../src/raft/node.js";
import type {
  Entry,
  MemberId,
  Message,
  ProgressView,
  RaftConfig,
  Ready,
  SnapshotMeta,
} from "../../src/raft/types.js";
import { showEntry, showProgress, showReady, showRole } from "./text.js";
import type { ReadyPicture } from "./text.js";

/** How a member begins. */
export interface MemberStart {
  readonly memberId: MemberId;
  readonly snapshot: SnapshotMeta;
  readonly config: Partial<RaftConfig>;
  /** The election timeout that the member always draws. */
  readonly drawnTimeoutTicks: number;
}

/** The transcripts' settings. */
export const electionTimeoutTicks = 3;
export const heartbeatTicks = 1;

const unlimited = Number.MAX_SAFE_INTEGER;

/** See the file comment. */
export class InteractionMember {
  readonly id: MemberId;
  readonly node: RaftNode;
  readonly #config: RaftConfig;
  /** Readys taken from the core and not handled yet. */
  #taken: Ready[] = [];
  #shownRole: ReadyPicture["softState"] = { leader: 0, role: "follower" };
  /** Entries on the disk, behind the position before the first one. */
  #disk: Entry[] = [];
  #diskBaseLogIndex: number;
  #snapshots: SnapshotMeta[];

  constructor({ memberId, snapshot, config, drawnTimeoutTicks }: MemberStart) {
    this.id = memberId;
    this.#snapshots = [snapshot];
    this.#diskBaseLogIndex = snapshot.logIndex;
    this.#config = {
      ...defaultRaftConfig(memberId, fixedRandom(drawnTimeoutTicks - electionTimeoutTicks)),
      electionTimeoutTicks,
      heartbeatTicks,
      preVote: false,
      checkQuorum: false,
      stepDownOnRemoval: false,
      proposalForwarding: true,
      appendEntriesCountMax: unlimited,
      appendBytesMax: unlimited,
      inflightCountMax: unlimited,
      inflightBytesMax: unlimited,
      uncommittedBytesMax: 0,
      committedBytesMax: unlimited,
      ...config,
    };
    this.node = new RaftNode(this.#config, {
      hardState: { term: 0, vote: 0, commit: snapshot.logIndex },
      snapshot,
      entries: [],
      applied: snapshot.logIndex,
      membership: snapshot.membership,
    });
  }

  get newestSnapshot(): SnapshotMeta {
    return assertDefined(this.#snapshots.at(-1), "there is a first snapshot");
  }

  /** Gives the core an input and takes the Ready that follows from it. */
  act<T>(input: (node: RaftNode) => T): T {
    const result = input(this.node);
    this.#take();
    return result;
  }

  /** Whether handling a Ready would show anything. */
  hasReady(): boolean {
    return showReady(this.#picture()).length > 1;
  }

  /** Handles what has accumulated; returns what was shown and what goes to others. */
  handleReady(): { readonly lines: readonly string[]; readonly messages: readonly Message[] } {
    const picture = this.#picture();
    const commit = this.node.inspect().commit;
    const mark = this.#taken.at(-1)?.mark;
    this.#taken = [];
    this.#apply(picture.committed);
    this.#write(picture);
    if (mark !== undefined) this.node.persisted(mark);
    this.#take();
    const together = this.#takeCommittedUpTo(commit);
    this.#apply(together);
    if (picture.softState !== undefined) this.#shownRole = picture.softState;
    const shown = { ...picture, committed: [...picture.committed, ...together] };
    return { lines: showReady(shown), messages: picture.messages };
  }

  /** Forgets the log up to `logIndex`, on the disk and in the core. */
  compact(logIndex: number): void {
    this.#disk = this.#disk.filter((entry) => entry.logIndex > logIndex);
    this.#diskBaseLogIndex = logIndex;
    this.act((node) => {
      node.compact(this.newestSnapshot, logIndex);
    });
  }

  /** The log as it is on the disk. */
  showLog(): readonly string[] {
    if (this.#disk.length > 0) return this.#disk.map(showEntry);
    const last = this.#diskBaseLogIndex;
    return [`log is empty: first index=${String(last + 1)}, last index=${String(last)}`];
  }

  showStatus(): readonly string[] {
    const { progress } = this.node.inspect();
    return progress.map((one: ProgressView) => showProgress(one, this.#config.inflightCountMax));
  }

  showRole(): string {
    const { role, term, leader, membership } = this.node.inspect();
    const voter = isVoter(membership, this.id);
    return showRole(this.id, role, { voter, term, leader });
  }

  #take(): void {
    while (this.node.hasReady()) this.#taken.push(this.node.ready());
  }

  #picture(): ReadyPicture {
    const { role, leader } = this.node.inspect();
    const shown = this.#shownRole;
    const same = shown?.role === role && shown.leader === leader;
    const taken = this.#taken;
    return {
      mustSync: taken.some(({ mustSync }) => mustSync),
      softState: same ? undefined : { leader, role },
      hardState: taken.findLast(({ hardState }) => hardState !== undefined)?.hardState,
      entries: mergedEntries(taken),
      snapshot: taken.findLast(({ snapshot }) => snapshot !== undefined)?.snapshot,
      committed: taken.flatMap(({ committed }) => committed),
      messages: [
        ...taken.flatMap(({ sendNow }) => sendNow),
        ...taken.flatMap(({ sendAfterPersist }) => sendAfterPersist),
      ],
    };
  }

  #takeCommittedUpTo(commit: number): readonly Entry[] {
    const isTogether = ({ logIndex }: Entry): boolean => logIndex <= commit;
    const together = this.#taken.flatMap(({ committed }) => committed.filter(isTogether));
    this.#taken = this.#taken.map((ready) => ({
      ...ready,
      committed: ready.committed.filter((entry) => !isTogether(entry)),
    }));
    return together;
  }

  #write({ snapshot, entries }: ReadyPicture): void {
    if (snapshot !== undefined) {
      this.#disk = [];
      this.#diskBaseLogIndex = snapshot.logIndex;
      this.#snapshots.push(snapshot);
    }
    const first = entries[0];
    if (first === undefined) return;
    this.#disk = this.#disk.filter(({ logIndex }) => logIndex < first.logIndex);
    this.#disk.push(...entries);
  }

  #apply(entries: readonly Entry[]): void {
    for (const { logIndex, term } of entries) {
      this.act((node) => {
        node.applied(logIndex);
        const { membership } = node.inspect();
        this.#snapshots.push({ logIndex, term, membership });
        node.compact(this.newestSnapshot, 0);
      });
    }
  }
}

/** Entries of several batches as one: a later batch replaces what it overlaps. */
function mergedEntries(taken: readonly Ready[]): readonly Entry[] {
  let merged: Entry[] = [];
  for (const { entries, snapshot } of taken) {
    if (snapshot !== undefined) merged = [];
    const first = entries[0];
    if (first === undefined) continue;
    merged = merged.filter(({ logIndex }) => logIndex < first.logIndex);
    merged.push(...entries);
  }
  return merged;
}

function fixedRandom(value: number): Random {
  return { uint32: () => value, below: (bound) => Math.min(value, bound - 1) };
}
