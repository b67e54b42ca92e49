/** The state before the first entry: no cluster, no nodes, no indices, version 0. */
import { PersistentMap } from "../base/persistent-map.js";
import type { ClusterState } from "./model.js";
import { featureVersions } from "./versions.js";

/** See the file comment. Each call gives a new, equal value. */
export function initialState(): ClusterState {
  return {
    version: 0,
    clusterUuid: "",
    clusterName: "",
    featureVersion: featureVersions.base,
    settings: {},
    nodes: PersistentMap.empty(),
    indices: PersistentMap.empty(),
    tombstones: PersistentMap.empty(),
  };
}
