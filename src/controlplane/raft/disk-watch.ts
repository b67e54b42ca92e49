/**
 * Looks at the free space under the data directory, knows what peers say of theirs, and turns the
 * rules of disk-room.ts into effects. It never frees anything: room comes back by itself, with a
 * snapshot that lets the log be shortened, or from whoever filled the disk.
 */
import type { Clock } from "../../base/clock.js";
import type { Logger } from "../../base/log.js";
import type { MemberId, Message, RaftView } from "../../raft/types.js";
import type { Disk } from "../../storage/disk.js";
import {
  decideLeaderRoom,
  diskLevel,
  dropsEntries,
  hasQuorumWithRoom,
  lowVoters,
  roomBytes,
  type DiskLevel,
  type DisksView,
  type LeaderRoom,
} from "./disk-room.js";
import { reportFreshMs } from "./limits.js";

/** What the watch works with. */
export interface DiskWatchDeps {
  readonly directory: string;
  /** Less free space than this is low. */
  readonly lowBytes: number;
  readonly disk: Pick<Disk, "freeBytes">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly view: () => RaftView;
  readonly handOver: (to: MemberId) => void;
}

/** See the file comment. */
export class DiskWatch {
  readonly #deps: DiskWatchDeps;
  readonly #lowSinceMs = new Map<MemberId, number>();
  #level: DiskLevel = "room";
  #freeBytes: number | undefined;
  /** Why this member takes no writes now. */
  #refusal: string | undefined;
  #drops = false;
  #droppedCount = 0;
  #isBlind = false;

  constructor(deps: DiskWatchDeps) {
    this.#deps = deps;
  }

  get isLow(): boolean {
    return this.#level !== "room";
  }

  /** Undefined before the first look. */
  get freeBytes(): number | undefined {
    return this.#freeBytes;
  }

  /** Appends that were dropped for want of room. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  /**
   * Why a write is refused here, or undefined: this leader cannot have it committed, or this
   * follower does not take the entry and would never know what became of it.
   */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** Looks at the disk and does what follows. */
  look(): void {
    const { disk, directory, lowBytes } = this.#deps;
    try {
      this.#freeBytes = disk.freeBytes(directory);
      this.#isBlind = false;
    } catch (thrown) {
      this.#onBlind(thrown);
      return;
    }
    const before = this.#level;
    this.#level = diskLevel(before, this.#freeBytes, lowBytes);
    this.#tell(before);
    this.#act();
  }

  /**
   * Another member leads. One that leads from now on refuses at once what could not be committed;
   * whom it could hand over to is known only once the others have answered it.
   */
  onLeaderChange(): void {
    if (this.#freeBytes === undefined) return;
    const view = this.#deps.view();
    if (view.role === "leader" && hasQuorumWithRoom(this.#disksOf(view))) return;
    this.#act();
  }

  /** A peer told how its disk stands. */
  onReport(member: MemberId, isLow: boolean): void {
    if (isLow) this.#lowSinceMs.set(member, this.#deps.clock.monotonicMs());
    else this.#lowSinceMs.delete(member);
  }

  /** Whether a message from a peer is dropped, and counted, because its entries have no room. */
  drops(message: Message): boolean {
    if (!this.#drops) return false;
    const fills = message.kind === "append" && message.entries.length > 0;
    if (!fills && message.kind !== "snapshot") return false;
    this.#droppedCount += 1;
    return true;
  }

  #act(): void {
    const view = this.#deps.view();
    const disks = this.#disksOf(view);
    this.#drops = view.role !== "leader" && dropsEntries(disks);
    const decided: LeaderRoom =
      view.role === "leader"
        ? decideLeaderRoom(disks, view.progress, view.lastLogIndex)
        : { kind: this.#drops ? "refuse" : "go" };
    const wasRefusing = this.#refusal !== undefined;
    this.#refusal = decided.kind === "refuse" ? this.#describe(disks) : undefined;
    if (!wasRefusing && this.#refusal !== undefined) {
      this.#deps.logger.error({ event: "writes-refused", reason: this.#refusal }, "no room");
    }
    if (wasRefusing && this.#refusal === undefined) {
      this.#deps.logger.info({ event: "writes-accepted" }, "there is room for writes again");
    }
    if (decided.kind !== "handOver") return;
    const freeBytes = this.#freeBytes ?? 0;
    this.#deps.logger.warn(
      { event: "hand-over-for-room", to: decided.to, freeBytes },
      "handing leadership to a member whose disk has room",
    );
    this.#deps.handOver(decided.to);
  }

  #disksOf({ memberId, membership }: RaftView): DisksView {
    const sinceMs = this.#deps.clock.monotonicMs() - reportFreshMs;
    for (const [member, saidMs] of [...this.#lowSinceMs]) {
      if (saidMs < sinceMs) this.#lowSinceMs.delete(member);
    }
    const lowPeers = new Set(this.#lowSinceMs.keys());
    return { self: memberId, level: this.#level, membership, lowPeers };
  }

  #describe(disks: DisksView): string {
    const { directory, lowBytes } = this.#deps;
    if (this.isLow) {
      return (
        `the disk of ${directory} is nearly full: ${String(this.#freeBytes)} bytes are free, ` +
        `${String(roomBytes(lowBytes))} are needed before writes are accepted again`
      );
    }
    const low = lowVoters(disks).map((member) => String(member));
    return (
      `the disks of the members ${low.join(", ")} are nearly full, and the others are no quorum: ` +
      `each needs ${String(roomBytes(lowBytes))} bytes free in its data directory (here, ` +
      `${directory} has ${String(this.#freeBytes)}) before writes are accepted again`
    );
  }

  #tell(before: DiskLevel): void {
    if (before === this.#level) return;
    const { directory, lowBytes, logger } = this.#deps;
    const fields = { directory, freeBytes: this.#freeBytes ?? 0, lowBytes, level: this.#level };
    if (this.#level === "room") {
      logger.info({ event: "disk-has-room", ...fields }, "the data directory has room again");
    } else {
      logger.error({ event: "disk-low", ...fields }, "the disk of the data directory is full soon");
    }
  }

  #onBlind(thrown: unknown): void {
    if (this.#isBlind) return;
    this.#isBlind = true;
    const { directory, logger } = this.#deps;
    const fields = { event: "disk-unknown", directory, reason: String(thrown) };
    logger.warn(fields, "cannot tell how much room the data directory has");
  }
}
