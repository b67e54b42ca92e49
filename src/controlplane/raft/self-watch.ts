/**
 * How a member looks after itself while it runs: once a second it looks at its disk, tells its
 * peers what it has applied, and compares what they told. It finds out; who is told that this
 * member's state is wrong stops it.
 */
import type { Clock, TimerHandle } from "../../base/clock.js";
import type { Logger } from "../../base/log.js";
import { compareNumbers } from "../../base/sorted.js";
import { allMembers } from "../../raft/membership.js";
import type { MemberId, RaftView } from "../../raft/types.js";
import type { Suspicion } from "../../storage/suspicion.js";
import type { StateReport, Transport } from "../../transport/types.js";
import type { DiskWatch } from "./disk-watch.js";
import { selfWatchIntervalMs, lagSamplesCount, undecidedLooksCount } from "./limits.js";
import type { MachineState } from "./machine.js";
import { comparableHash } from "./machine-codec.js";
import type { CareFigures, MemberLag } from "./member-options.js";
import { compareStates, StateHashes, type Comparison } from "./state-comparison.js";

/** What the watch works with. */
export interface SelfWatchDeps {
  readonly disk: DiskWatch;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly transport: Pick<Transport, "sendReport">;
  readonly bootCount: number;
  readonly view: () => RaftView;
  /** This member's state is not what most voters have. Called once. */
  readonly onSuspicion: (suspicion: Suspicion) => void;
}

/** See the file comment. */
export class SelfWatch {
  readonly #deps: SelfWatchDeps;
  readonly #hashes: StateHashes;
  readonly #samples: { readonly atMs: number; readonly lastLogIndex: number }[] = [];
  #timer: TimerHandle | undefined;
  /** Position that the leader told last: the one that all tell their hash of. */
  #wanted = 0;
  /** Members whose state was another one when it was last compared. */
  readonly #differing = new Set<MemberId>();
  /** Those of them that most voters disagree with. */
  readonly #outvoted = new Set<MemberId>();
  #undecided: { readonly members: string; readonly looks: number } = { members: "", looks: 0 };
  #suspected = false;

  constructor(state: MachineState, deps: SelfWatchDeps) {
    this.#deps = deps;
    this.#hashes = new StateHashes(deps.view().memberId);
    this.onApplied(state);
  }

  start(): void {
    this.#look();
    this.#arm();
  }

  close(): void {
    this.#timer?.cancel();
  }

  /** The state after an entry, or that of a snapshot. */
  onApplied(state: MachineState): void {
    this.#hashes.onApplied({ logIndex: state.logIndex, hash: comparableHash(state) });
  }

  /** Another member leads, or none. */
  onLeaderChange(): void {
    this.#deps.disk.onLeaderChange();
  }

  /** A peer told what it has applied. */
  onReport(member: MemberId, report: StateReport): void {
    this.#deps.disk.onReport(member, report.diskLow);
    const { leader, memberId } = this.#deps.view();
    if (member === leader && leader !== memberId) this.#wanted = report.hashLogIndex;
    this.#hashes.onReport(member, { logIndex: report.hashLogIndex, hash: report.stateHash });
    this.#compareAt(report.hashLogIndex);
  }

  /** For metrics. */
  figures(): CareFigures {
    const { disk } = this.#deps;
    return {
      ...{ diskFreeBytes: disk.freeBytes, diskLow: disk.isLow },
      droppedAppendsCount: disk.droppedCount,
      differingMembersCount: this.#differing.size,
      lags: this.#lags(),
    };
  }

  #lags(): readonly MemberLag[] {
    const { role, lastLogIndex, memberId, progress } = this.#deps.view();
    if (role !== "leader") return [];
    const nowMs = this.#deps.clock.monotonicMs();
    return progress
      .filter(({ member }) => member !== memberId)
      .map(({ member, match }) => {
        const entriesCount = Math.max(0, lastLogIndex - match);
        const had = this.#samples.findLast((sample) => sample.lastLogIndex <= match);
        const sinceMs = had?.atMs ?? this.#samples[0]?.atMs ?? nowMs;
        const seconds = entriesCount === 0 ? 0 : (nowMs - sinceMs) / 1000;
        return { memberId: member, entriesCount, seconds };
      });
  }

  #arm(): void {
    this.#timer = this.#deps.clock.after(selfWatchIntervalMs, () => {
      this.#look();
      this.#arm();
    });
  }

  #look(): void {
    const { disk, clock, transport, bootCount } = this.#deps;
    disk.look();
    const view = this.#deps.view();
    const { term, lastLogIndex, commit, applied, membership } = view;
    this.#retain(allMembers(membership));
    this.#samples.push({ atMs: clock.monotonicMs(), lastLogIndex });
    if (this.#samples.length > lagSamplesCount) this.#samples.shift();
    // Whoever leads names the position; the others follow.
    const leads = view.role === "leader";
    const { logIndex, hash } = this.#hashes.toReport(leads ? applied : this.#wanted);
    transport.sendReport({
      ...{ term, lastLogIndex, commitLogIndex: commit, appliedLogIndex: applied },
      ...{ hashLogIndex: logIndex, stateHash: hash, diskLow: disk.isLow, bootCount },
    });
    this.#sayUndecided();
  }

  #retain(members: readonly MemberId[]): void {
    this.#hashes.retain(members);
    for (const set of [this.#differing, this.#outvoted]) {
      for (const known of [...set]) if (!members.includes(known)) set.delete(known);
    }
  }

  #compareAt(logIndex: number): void {
    const comparison = this.#hashes.compare(logIndex, this.#deps.view().membership);
    if (comparison === undefined || this.#suspected) return;
    const { self, hashes } = comparison;
    for (const [member, hash] of hashes) {
      if (hash !== hashes.get(self)) this.#differing.add(member);
      else {
        this.#differing.delete(member);
        this.#outvoted.delete(member);
      }
    }
    const verdict = compareStates(comparison);
    if (verdict.kind === "peersDiffer") this.#onPeersDiffer(verdict.members, logIndex);
    if (verdict.kind === "selfDiffers") this.#onSelfDiffers(verdict.majority, comparison, logIndex);
  }

  #onSelfDiffers(majority: readonly MemberId[], { self, hashes }: Comparison, at: number): void {
    this.#suspected = true;
    const theirs = hashes.get(majority[0] ?? self) ?? "";
    const detail =
      `at log position ${String(at)} this member's state hashes to ${hashes.get(self) ?? ""}, ` +
      `that of the members ${majority.join(", ")} to ${theirs}`;
    this.#deps.onSuspicion({ reason: "state-diverged", detail });
  }

  #onPeersDiffer(members: readonly MemberId[], logIndex: number): void {
    const isKnown = members.every((member) => this.#outvoted.has(member));
    for (const member of members) this.#outvoted.add(member);
    if (isKnown) return;
    this.#deps.logger.error(
      { event: "peer-state-differs", members: members.join(","), logIndex },
      "members have another state than most; they will notice and start over",
    );
  }

  /** The next report may decide; only what stays is said, once. */
  #sayUndecided(): void {
    const open = [...this.#differing].filter((member) => !this.#outvoted.has(member));
    const members = open.sort(compareNumbers).join(",");
    const looks = members === this.#undecided.members ? this.#undecided.looks + 1 : 1;
    this.#undecided = { members, looks };
    if (members === "" || looks !== undecidedLooksCount) return;
    this.#deps.logger.error(
      { event: "states-differ", members, logIndex: this.#wanted },
      "members have different states and no majority has the same: compare GET /_health of all " +
        "of them, and replace the one that is wrong",
    );
  }
}
