/**
 * The one way from a state to the next: a function of the state, a command and what the leader
 * stamped on the entry. It never throws for a command: one that cannot apply is a rejection. A
 * rejected command and one that changes nothing leave the very same state object. It knows nothing
 * of logs, members or storage.
 */
import { assertNever } from "../base/assert.js";
import type { Change } from "./changes.js";
import type { ApplyContext, Command, CommandResult } from "./commands.js";
import { applyClusterInit, applyClusterSettings } from "./apply/cluster.js";
import { Draft } from "./apply/draft.js";
import { applyIndexCreate, applyIndexDelete, applyIndexSettings } from "./apply/indices.js";
import {
  applyNodeDangling,
  applyNodeRegister,
  applyNodeUnregister,
  applyNodeVerdict,
} from "./apply/node.js";
import { applyShardAssign } from "./apply/shard-assign.js";
import { applyShardCleaned, applyShardFailed, applyShardStarted } from "./apply/shard-events.js";
import { carryTotals } from "./health.js";
import type { ClusterState } from "./model.js";
import { rejected } from "./rejection.js";
import { validateCommand } from "./validate.js";

/** The state after an entry, how it came from the one before, and what to tell the proposer. */
export interface Applied {
  /** The very same object as before when nothing changed. */
  readonly state: ClusterState;
  /** Empty exactly when nothing changed. In a fixed order, at most one per record. */
  readonly changes: readonly Change[];
  readonly result: CommandResult;
}

/** Applies one command; see the file comment. The version grows by one if anything changed. */
export function apply(state: ClusterState, command: Command, context: ApplyContext): Applied {
  const invalid = validateCommand(command);
  if (invalid !== undefined) return { state, changes: [], result: rejected(invalid) };
  const draft = new Draft(state, context);
  const applied = draft.finish(applyTo(draft, command));
  if (applied.state !== state) carryTotals(state, applied.state, applied.changes);
  return applied;
}

function applyTo(draft: Draft, command: Command): CommandResult {
  switch (command.kind) {
    case "cluster.init":
      return applyClusterInit(draft, command);
    case "cluster.settings":
      return applyClusterSettings(draft, command);
    case "node.register":
      return applyNodeRegister(draft, command);
    case "node.unregister":
      return applyNodeUnregister(draft, command);
    case "node.verdict":
      return applyNodeVerdict(draft, command);
    case "node.dangling":
      return applyNodeDangling(draft, command);
    case "index.create":
      return applyIndexCreate(draft, command);
    case "index.delete":
      return applyIndexDelete(draft, command);
    case "index.settings":
      return applyIndexSettings(draft, command);
    case "shard.assign":
      return applyShardAssign(draft, command);
    case "shard.started":
      return applyShardStarted(draft, command);
    case "shard.failed":
      return applyShardFailed(draft, command);
    case "shard.cleaned":
      return applyShardCleaned(draft, command);
    default:
      return assertNever(command, "a kind of command without a handler");
  }
}
