/** Shape and limits of the commands about the cluster and its nodes, whatever the state is. */
import type {
  ClusterInit,
  ClusterSettingsUpdate,
  NodeDangling,
  NodeRegister,
  NodeVerdict,
  Rejection,
} from "../commands.js";
import { limits } from "../limits.js";
import type { NodeAttributes } from "../model.js";
import {
  firstOf,
  integerProblem,
  invalid,
  nodeIdProblem,
  recordProblem,
  textProblem,
  wordProblem,
} from "./words.js";

const naturals = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** Addresses that mean "any"; a caller's own address replaces them before a node is registered. */
const wildcards: readonly string[] = ["0.0.0.0", "::", "[::]", "*", "::0", "0:0:0:0:0:0:0:0"];

/** What is wrong with the naming of the cluster. */
export function clusterInitProblem(command: ClusterInit): Rejection | undefined {
  return (
    wordProblem("cluster uuid", command.clusterUuid, limits.uuidLengthMax) ??
    wordProblem("cluster name", command.clusterName, limits.clusterNameLengthMax)
  );
}

/** What is wrong with a change of cluster settings. */
export function clusterSettingsProblem(command: ClusterSettingsUpdate): Rejection | undefined {
  return recordProblem("cluster settings", command.changes, {
    count: limits.settingsCountMax,
    valueLength: limits.settingValueLengthMax,
  });
}

/** What is wrong with a registration. */
export function nodeRegisterProblem(command: NodeRegister): Rejection | undefined {
  return firstOf(
    () => nodeIdProblem(command.nodeId),
    () => addressProblem(command.bindAddr),
    () => integerProblem("grpc_port", command.grpcPort, { min: 1, max: limits.portMax }),
    () => attributesProblem(command.attributes),
  );
}

/** What is wrong with a verdict. */
export function nodeVerdictProblem(command: NodeVerdict): Rejection | undefined {
  return firstOf(
    () => nodeIdProblem(command.nodeId),
    () => integerProblem("epoch", command.epoch, naturals),
    () => integerProblem("incarnation", command.incarnation, naturals),
  );
}

/** What is wrong with a list of dangling shards. Its length is cut when it is applied. */
export function nodeDanglingProblem(command: NodeDangling): Rejection | undefined {
  const problem = nodeIdProblem(command.nodeId) ?? integerProblem("epoch", command.epoch, naturals);
  if (problem !== undefined) return problem;
  for (const { indexName, indexUuid, shard } of command.dangling) {
    const max = limits.reportedNameLengthMax;
    if (indexName.length > max || indexUuid.length > max) {
      return invalid("dangling shard", `has a name longer than ${String(max)} characters`);
    }
    const number = integerProblem("dangling shard", shard, naturals);
    if (number !== undefined) return number;
  }
  return undefined;
}

function addressProblem(address: string): Rejection | undefined {
  const problem = wordProblem("bind_addr", address, limits.addressLengthMax);
  if (problem !== undefined) return problem;
  if (/[\s/\\]/.test(address)) return invalid("bind_addr", "must be a host name or IP address");
  if (!wildcards.includes(address)) return undefined;
  return invalid(
    "bind_addr",
    `is the wildcard ${address}; register an address that can be dialled`,
  );
}

function attributesProblem(attributes: NodeAttributes): Rejection | undefined {
  return firstOf(
    () => textProblem("storage_tier", attributes.storageTier, limits.wordLengthMax),
    () => textProblem("version", attributes.version, limits.wordLengthMax),
    () =>
      integerProblem("max_shards", attributes.maxShards, { min: 0, max: limits.nodeMaxShardsMax }),
    () =>
      recordProblem("labels", attributes.labels, {
        count: limits.labelsPerNodeCountMax,
        valueLength: limits.labelValueLengthMax,
      }),
  );
}
