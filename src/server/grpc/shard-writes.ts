/** AllocateShard, RebalanceShards, and the reports of data nodes about their copies. */
import { planPlacement } from "../../allocation/explain.js";
import type { PlacementAnswer, PlacementRequest } from "../../allocation/explain.js";
import { planRebalance } from "../../allocation/rebalance.js";
import { MasterError } from "../../base/errors.js";
import type { ClusterState } from "../../state/model.js";
import type { AllocateShardRequest__Output } from "../../wire/gen/quidditch/master/AllocateShardRequest.js";
import type { AllocateShardResponse } from "../../wire/gen/quidditch/master/AllocateShardResponse.js";
import type { RebalanceShardsRequest__Output } from "../../wire/gen/quidditch/master/RebalanceShardsRequest.js";
import type { RebalanceShardsResponse } from "../../wire/gen/quidditch/master/RebalanceShardsResponse.js";
import type { ReportShardFailedRequest__Output } from "../../wire/gen/quidditch/master/ReportShardFailedRequest.js";
import type { ReportShardFailedResponse } from "../../wire/gen/quidditch/master/ReportShardFailedResponse.js";
import type { ReportShardStartedRequest__Output } from "../../wire/gen/quidditch/master/ReportShardStartedRequest.js";
import type { ReportShardStartedResponse } from "../../wire/gen/quidditch/master/ReportShardStartedResponse.js";
import { allocateAttemptsMax, indexNamesPerRequestMax } from "../limits.js";
import type { Answer, CallContext } from "./call.js";
import { toAllocation } from "./convert.js";
import type { WriteDeps } from "./index-writes.js";
import { writeOptions } from "./index-writes.js";
import { requireCount, requireText } from "./requests.js";

/** Places a copy by an operator's order; the leader's own loop may be faster, then that counts. */
export async function allocateShard(
  request: AllocateShardRequest__Output,
  context: CallContext,
  deps: WriteDeps,
): Promise<Answer<AllocateShardResponse>> {
  const asked: PlacementRequest = {
    indexName: requireText(request.index_name, "index_name"),
    shard: requireCount(request.shard_id, "shard_id"),
    primary: request.is_primary,
    preferredNodeId: request.preferred_node_id,
  };
  for (let attempt = 1; ; attempt += 1) {
    const { state } = await deps.reader.read("linearizable", writeOptions(context));
    const answer = plan(state, asked, deps.newId);
    if (answer.kind === "assigned") return { message: placed(answer.copy) };
    try {
      return { message: await assign(answer, context, deps) };
    } catch (thrown) {
      if (attempt >= allocateAttemptsMax || !isOutrun(thrown)) throw thrown;
    }
  }
}

/** Lists the moves that would balance, and orders them unless it is a dry run. */
export async function rebalanceShards(
  request: RebalanceShardsRequest__Output,
  context: CallContext,
  deps: WriteDeps,
): Promise<Answer<RebalanceShardsResponse>> {
  const names = request.index_names;
  if (names.length > indexNamesPerRequestMax) {
    const text = `index_names has ${String(names.length)} names, the limit is`;
    throw new MasterError("invalid_argument", `${text} ${String(indexNamesPerRequestMax)}`);
  }
  const { state } = await deps.reader.read("linearizable", writeOptions(context));
  for (const name of names) {
    if (!state.indices.has(name)) throw notFound(name);
  }
  let moves = planRebalance(state, names, deps.newId);
  if (!request.dry_run && moves.length > 0) {
    const assignments = moves.map((move) => move.assignment);
    const { items } = await deps.writer.write(
      { kind: "shard.assign", epoch: 0, reason: "rebalance ordered", assignments },
      writeOptions(context),
    );
    // What changed meanwhile is not moved, and not listed as if it were.
    moves = moves.filter((_move, at) => items[at]?.ok === true);
  }
  return {
    message: {
      relocations: moves.map((move) => ({
        index_name: move.indexName,
        shard_id: move.shard,
        from_node: move.fromNode,
        to_node: move.toNode,
      })),
    },
  };
}

/** A copy is usable; answered when every later read shows it. */
export async function reportShardStarted(
  request: ReportShardStartedRequest__Output,
  context: CallContext,
  deps: WriteDeps,
): Promise<Answer<ReportShardStartedResponse>> {
  requireText(request.node_id, "node_id");
  const { version } = await deps.writer.writeItem(
    {
      kind: "shard.started",
      items: [
        {
          ...shardOf(request),
          allocationId: requireText(request.allocation_id, "allocation_id"),
          primaryTerm: requireCount(request.primary_term, "primary_term"),
        },
      ],
    },
    writeOptions(context),
  );
  return { message: { acknowledged: true, cluster_version: version } };
}

/** A copy failed, by its own node's word or by its primary's. */
export async function reportShardFailed(
  request: ReportShardFailedRequest__Output,
  context: CallContext,
  deps: WriteDeps,
): Promise<Answer<ReportShardFailedResponse>> {
  requireText(request.node_id, "node_id");
  const primaryId = request.primary_allocation_id;
  const byPrimary =
    primaryId === undefined
      ? undefined
      : {
          allocationId: requireText(primaryId, "primary_allocation_id"),
          primaryTerm: requireCount(request.primary_term ?? 0, "primary_term"),
        };
  const { version } = await deps.writer.writeItem(
    {
      kind: "shard.failed",
      epoch: 0,
      items: [
        {
          ...shardOf(request),
          allocationId: requireText(request.allocation_id, "allocation_id"),
          reason: byPrimary === undefined ? "allocation_failed" : "primary_failed",
          detail: request.detail,
          ...(byPrimary === undefined ? {} : { byPrimary }),
        },
      ],
    },
    writeOptions(context),
  );
  return { message: { acknowledged: true, cluster_version: version } };
}

function plan(
  state: ClusterState,
  asked: PlacementRequest,
  newId: () => string,
): Exclude<PlacementAnswer, { kind: "not_found" | "refused" }> {
  if (!state.indices.has(asked.indexName)) throw notFound(asked.indexName);
  if (asked.preferredNodeId !== "" && !state.nodes.has(asked.preferredNodeId)) {
    const nodeId = asked.preferredNodeId;
    throw new MasterError("node_not_found", `node not found: ${nodeId}`, { nodeId });
  }
  const answer = preferredOrBest(state, asked, newId);
  const shard = `shard [${asked.indexName}][${String(asked.shard)}]`;
  switch (answer.kind) {
    case "not_found":
      throw new MasterError("shard_not_found", `${shard} not found: ${answer.text}`);
    case "refused": {
      const { text, code } = answer.decision;
      throw new MasterError("wrong_state", `${shard} cannot be placed: ${text}`, { why: code });
    }
    case "assign":
    case "assigned":
      return answer;
  }
}

/** A preference is a wish: a node that cannot take the copy, or a copy placed already, ends it. */
function preferredOrBest(
  state: ClusterState,
  asked: PlacementRequest,
  newId: () => string,
): PlacementAnswer {
  const answer = planPlacement(state, asked, newId);
  const isMove = answer.kind === "assign" && answer.assignment.action === "relocate";
  if (asked.preferredNodeId === "" || (answer.kind !== "refused" && !isMove)) return answer;
  return planPlacement(state, { ...asked, preferredNodeId: "" }, newId);
}

async function assign(
  answer: Extract<PlacementAnswer, { kind: "assign" }>,
  context: CallContext,
  deps: WriteDeps,
): Promise<AllocateShardResponse> {
  const { assignment, nodeId } = answer;
  await deps.writer.writeItem(
    { kind: "shard.assign", epoch: 0, reason: "ordered by hand", assignments: [assignment] },
    writeOptions(context),
  );
  const state = assignment.action === "resume" ? "STARTED" : "INITIALIZING";
  return {
    acknowledged: true,
    node_id: nodeId,
    allocation: { node_id: nodeId, state: `SHARD_STATE_${state}` },
  };
}

function placed(copy: Parameters<typeof toAllocation>[0]): AllocateShardResponse {
  return { acknowledged: true, node_id: copy.nodeId, allocation: toAllocation(copy) };
}

/** The shard changed between our read and our write. */
function isOutrun(thrown: unknown): boolean {
  return thrown instanceof MasterError && thrown.code === "version_conflict";
}

function notFound(name: string): MasterError {
  return new MasterError("index_not_found", `index not found: ${name}`, { index: name });
}

function shardOf(request: {
  readonly index_name: string;
  readonly index_uuid: string;
  readonly shard_id: number;
}): { readonly indexName: string; readonly indexUuid: string; readonly shard: number } {
  return {
    indexName: requireText(request.index_name, "index_name"),
    indexUuid: requireText(request.index_uuid, "index_uuid"),
    shard: requireCount(request.shard_id, "shard_id"),
  };
}
