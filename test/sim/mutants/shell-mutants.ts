/**
 * Known bugs around the consensus core: in the loop that drives it, the log on disk, snapshots and
 * restoring, proposals and reads, watches, and the rules of shards.
 */
import type { Mutant } from "./mutant.js";

/** See the file comment. */
export const shellMutants: readonly Mutant[] = [
  {
    name: "driver-replies-before-disk",
    pitfall: 9,
    file: "controlplane/raft/driver.ts",
    find: "    const messages = ready.sendAfterPersist;\n",
    replace: "    this.#send(ready.sendAfterPersist);\n    const messages: Message[] = [];\n",
    seedsMax: 10,
  },
  {
    name: "driver-counts-unsynced-as-durable",
    pitfall: 12,
    file: "controlplane/raft/driver.ts",
    find: "this.#pending[0].mark <= seq) this.#release();",
    replace: "this.#pending[0].mark <= seq + 1) this.#release();",
    seedsMax: 20,
  },
  {
    name: "wal-batch-not-synced",
    pitfall: 9,
    file: "storage/wal/writer.ts",
    find: "      this.#options.disk.fdatasync(this.#segment.file);\n",
    replace: "",
    seedsMax: 50,
  },
  {
    name: "wal-vote-left-out",
    pitfall: 10,
    file: "storage/wal/record.ts",
    find: "voteFrom: group === 0 ? batch.hardState : undefined,",
    replace: "voteFrom: group === 0 && entries.length > 0 ? batch.hardState : undefined,",
    seedsMax: 50,
  },
  {
    name: "wal-segment-name-not-synced",
    pitfall: 36,
    file: "storage/wal/segment-file.ts",
    find: "    this.#disk.syncDirectory(this.#directory);\n",
    replace: "",
    seedsMax: 100,
  },
  {
    name: "wal-deletes-needed-segments",
    pitfall: 36,
    file: "storage/wal/writer.ts",
    find: "if (segment.highestLogIndex > this.#state.floorLogIndex) break;",
    replace: "if (segment.highestLogIndex > this.#state.floorLogIndex + 20) break;",
    seedsMax: 50,
  },
  {
    name: "snapshot-after-compaction",
    pitfall: 36,
    file: "controlplane/raft/persistence.ts",
    find: "    const bytes = await writeSnapshot(",
    replace: "    wal.truncatePrefix(logIndex);\n    const bytes = await writeSnapshot(",
    seedsMax: 400,
  },
  {
    name: "snapshot-not-synced",
    pitfall: 36,
    file: "storage/snapshot/snapshot-store.ts",
    find:
      '    assert(this.#isOpen, "a snapshot is completed once");\n    try {\n' +
      "      await this.#disk.background.fdatasync(this.#file);\n",
    replace:
      '    assert(this.#isOpen, "a snapshot is completed once");\n    try {\n' +
      "      await Promise.resolve();\n",
    seedsMax: 400,
  },
  {
    name: "restore-commits-what-is-there",
    pitfall: 36,
    file: "controlplane/raft/restore.ts",
    find: "Math.max(Math.min(hardState.commit, last), machine.logIndex)",
    replace: "Math.max(last, machine.logIndex)",
    seedsMax: 100,
  },
  {
    name: "restore-forgets-vote",
    pitfall: 10,
    file: "controlplane/raft/restore.ts",
    find: "known ? hardState :",
    replace: "known ? { term: hardState.term, vote: noMember } :",
    seedsMax: 400,
  },
  {
    name: "proposal-tag-not-checked",
    pitfall: 0,
    file: "controlplane/raft/member.ts",
    find: "    if (this.#appendedTags.has(key)) return { accepted: true };\n",
    replace: "",
    seedsMax: 20,
  },
  {
    name: "proposal-offered-before-decided",
    pitfall: 0,
    file: "controlplane/raft/proposals.ts",
    find: "        if (this.#host.target()?.epoch !== waiting.epoch) continue;\n",
    replace: "",
    seedsMax: 100,
  },
  {
    name: "proposal-hidden-counts-as-lost",
    pitfall: 0,
    file: "controlplane/raft/proposals.ts",
    find: 'if (waiting.epoch !== 0) settle(waiting, { kind: "hidden" });',
    replace: 'if (waiting.epoch !== 0) settle(waiting, { kind: "superseded" });',
    seedsMax: 300,
  },
  {
    name: "read-before-applied",
    pitfall: 19,
    file: "controlplane/raft/reads.ts",
    find: "if (answer.logIndex <= this.#host.appliedLogIndex()) {",
    replace: "if (answer.logIndex > 0) {",
    seedsMax: 50,
  },
  {
    name: "watch-repeats-after-install",
    pitfall: 44,
    file: "controlplane/raft/watch-hub.ts",
    find: "if (!this.#watchers.has(watcher) || state.version <= watcher.version) continue;",
    replace: "if (!this.#watchers.has(watcher)) continue;",
    seedsMax: 100,
  },
  {
    name: "watch-loses-one-on-resume",
    pitfall: 44,
    file: "controlplane/raft/watch-hub.ts",
    find: "const first = this.#historyStart + (watcher.version - oldest);",
    replace:
      "const first = this.#historyStart + (watcher.version - oldest) + 1;\n" +
      "    watcher.version += 1;",
    seedsMax: 50,
  },
  {
    name: "swap-keeps-primary-term",
    pitfall: 0,
    file: "state/apply/shard-edit.ts",
    find: "return { ...promoted, primaryTerm: shard.primaryTerm + 1 };",
    replace: "return promoted;",
    seedsMax: 100,
  },
  {
    name: "promotes-copy-that-recovers",
    pitfall: 0,
    file: "state/apply/shard-edit.ts",
    find: "    (copy) => isActive(copy) && shard.inSync.includes(copy.allocationId),\n",
    replace: '    (copy) => copy.state === "INITIALIZING" && copy.role === "replica",\n',
    seedsMax: 400,
  },
  {
    name: "lost-copy-stays-in-sync",
    pitfall: 0,
    file: "state/apply/shard-edit.ts",
    find: "return promoteIfNeeded(dropInSync(lost, copy.allocationId));",
    replace: "return promoteIfNeeded(lost);",
    seedsMax: 400,
  },
];
