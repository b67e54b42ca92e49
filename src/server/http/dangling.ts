/**
 * `/_dangling`: shards that nodes hold and that the state gives no reason to delete or to adopt,
 * per index as OpenSearch lists them, with the single shards beside.
 */
import { sortedStrings } from "../../base/sorted.js";
import type { ClusterState } from "../../state/model.js";

interface Entry {
  readonly indexName: string;
  readonly indexUuid: string;
  readonly shards: { readonly node_id: string; readonly shard: number }[];
}

/** The body of the answer. */
export function danglingBody(state: ClusterState): object {
  const entries = new Map<string, Entry>();
  for (const node of state.nodes.sortedValues()) {
    for (const { indexName, indexUuid, shard } of node.dangling) {
      const key = JSON.stringify([indexName, indexUuid]);
      const entry = entries.get(key) ?? { indexName, indexUuid, shards: [] };
      entries.set(key, entry);
      entry.shards.push({ node_id: node.nodeId, shard });
    }
  }
  const keys = sortedStrings(entries.keys());
  return {
    _nodes: { total: state.nodes.size, successful: state.nodes.size, failed: 0 },
    cluster_name: state.clusterName,
    dangling_indices: keys.flatMap((key) => {
      const entry = entries.get(key);
      return entry === undefined ? [] : [entryBody(entry)];
    }),
  };
}

function entryBody(entry: Entry): object {
  return {
    index_name: entry.indexName,
    index_uuid: entry.indexUuid,
    node_ids: sortedStrings(new Set(entry.shards.map((shard) => shard.node_id))),
    shards: entry.shards,
  };
}
