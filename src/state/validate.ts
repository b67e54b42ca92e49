/**
 * Shape and limits of commands, without looking at the state. Asked before a command is proposed,
 * so that a caller hears at once, and again by apply, because whoever proposed may not have asked.
 */
import { assertNever } from "../base/assert.js";
import type { Command, Rejection } from "./commands.js";
import {
  clusterInitProblem,
  clusterSettingsProblem,
  nodeDanglingProblem,
  nodeRegisterProblem,
  nodeVerdictProblem,
} from "./validate/cluster.js";
import {
  indexCreateProblem,
  indexDeleteProblem,
  indexSettingsProblem,
} from "./validate/indices.js";
import {
  shardAssignProblem,
  shardCleanedProblem,
  shardFailedProblem,
  shardStartedProblem,
} from "./validate/shard.js";
import { nodeIdProblem } from "./validate/words.js";

/** Why the command can never apply, or undefined. */
export function validateCommand(command: Command): Rejection | undefined {
  switch (command.kind) {
    case "cluster.init":
      return clusterInitProblem(command);
    case "cluster.settings":
      return clusterSettingsProblem(command);
    case "node.register":
      return nodeRegisterProblem(command);
    case "node.unregister":
      return nodeIdProblem(command.nodeId);
    case "node.verdict":
      return nodeVerdictProblem(command);
    case "node.dangling":
      return nodeDanglingProblem(command);
    case "index.create":
      return indexCreateProblem(command);
    case "index.delete":
      return indexDeleteProblem(command);
    case "index.settings":
      return indexSettingsProblem(command);
    case "shard.assign":
      return shardAssignProblem(command);
    case "shard.started":
      return shardStartedProblem(command);
    case "shard.failed":
      return shardFailedProblem(command);
    case "shard.cleaned":
      return shardCleanedProblem(command);
    default:
      return assertNever(command, "a kind of command without a check");
  }
}
