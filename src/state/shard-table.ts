/**
 * The life of one copy as data: what may happen to a copy in each stage, and where it goes. Apply
 * asks this table before it changes a copy, so whatever is not in it is refused. Roles, in-sync
 * sets and terms are not here: apply/shard-edit.ts keeps those.
 */
import { isRelocationTarget, type ShardCopy } from "./model.js";

/** Where a copy is in its life. `absent` is before it exists and after it went. */
export const copyStages = [
  "absent",
  "unassigned",
  "initializing",
  "target",
  "started",
  "relocating",
] as const;
/** One of {@link copyStages}; `target` is an initializing copy that will replace another. */
export type CopyStage = (typeof copyStages)[number];

/** What can happen to a copy. */
export const copyEvents = [
  /** The index came, or got more replicas. */
  "create",
  /** The index went, or got fewer replicas. */
  "remove",
  /** Ordered onto a node. */
  "assign",
  /** Found again, complete, on its returned node. */
  "resume",
  /** Begins to move. */
  "relocate",
  /** Made as the destination of a move. */
  "aim",
  /** Reported usable. */
  "start",
  /** Its destination was reported usable, which ends it. */
  "replaced",
  /** Its destination was lost. */
  "target_lost",
  /** The copy that it was to replace was lost. */
  "source_lost",
  "allocation_failed",
  "copy_missing",
  "primary_failed",
  "node_left",
] as const;
/** One of {@link copyEvents}. */
export type CopyEvent = (typeof copyEvents)[number];

/** Next stage by stage and event; what is absent is illegal. */
export const copyTable: Readonly<
  Record<CopyStage, Readonly<Partial<Record<CopyEvent, CopyStage>>>>
> = {
  absent: { create: "unassigned", aim: "target" },
  unassigned: {
    remove: "absent",
    assign: "initializing",
    resume: "started",
    /** Its node is back without it: only the reason changes. */
    copy_missing: "unassigned",
  },
  initializing: {
    remove: "absent",
    start: "started",
    allocation_failed: "unassigned",
    primary_failed: "unassigned",
    node_left: "unassigned",
  },
  target: {
    remove: "absent",
    start: "started",
    /** A replica's destination takes its place; a primary's goes with it. */
    source_lost: "initializing",
    allocation_failed: "absent",
    primary_failed: "absent",
    node_left: "absent",
  },
  started: {
    remove: "absent",
    relocate: "relocating",
    copy_missing: "unassigned",
    primary_failed: "unassigned",
    node_left: "unassigned",
  },
  relocating: {
    remove: "absent",
    replaced: "absent",
    target_lost: "started",
    copy_missing: "unassigned",
    primary_failed: "unassigned",
    node_left: "unassigned",
  },
};

/** The stage of a copy. */
export function stageOf(copy: ShardCopy): CopyStage {
  switch (copy.state) {
    case "UNASSIGNED":
      return "unassigned";
    case "INITIALIZING":
      return isRelocationTarget(copy) ? "target" : "initializing";
    case "STARTED":
      return "started";
    case "RELOCATING":
      return "relocating";
  }
}

/** Whether `event` may happen to `copy`. */
export function isLegal(copy: ShardCopy, event: CopyEvent): boolean {
  return copyTable[stageOf(copy)][event] !== undefined;
}
