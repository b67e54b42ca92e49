/**
 * Loads of nodes as they will be once the decisions of the present plan are applied: the view plus
 * what was decided since. A plan makes one, uses it up and throws it away; the view stays as it is.
 */
import type { ClusterView, NodeLoad } from "./cluster-view.js";

/** A copy that a plan puts on a node. */
export interface Placement {
  readonly nodeId: string;
  readonly indexName: string;
  readonly key: string;
  readonly primary: boolean;
  /** Whether the copy is made without documents. */
  readonly empty: boolean;
}

interface Planned {
  copies: number;
  primaries: number;
  incoming: number;
  initialPrimaries: number;
  held: number;
  readonly indexCopies: Map<string, number>;
  readonly indexPrimaries: Map<string, number>;
  readonly keys: Set<string>;
}

/** See the file comment. */
export class Loads {
  readonly #view: ClusterView;
  readonly #planned = new Map<string, Planned>();

  constructor(view: ClusterView) {
    this.#view = view;
  }

  /** Copies that are there to stay. */
  copies(nodeId: string): number {
    return this.#base(nodeId).copies + (this.#planned.get(nodeId)?.copies ?? 0);
  }

  primaries(nodeId: string): number {
    return this.#base(nodeId).primaries + (this.#planned.get(nodeId)?.primaries ?? 0);
  }

  indexCopies(nodeId: string, indexName: string): number {
    const planned = this.#planned.get(nodeId)?.indexCopies.get(indexName) ?? 0;
    return (this.#base(nodeId).indices.get(indexName)?.copies ?? 0) + planned;
  }

  indexPrimaries(nodeId: string, indexName: string): number {
    const planned = this.#planned.get(nodeId)?.indexPrimaries.get(indexName) ?? 0;
    return (this.#base(nodeId).indices.get(indexName)?.primaries ?? 0) + planned;
  }

  /** Shards in the node's house, those moving away included. */
  held(nodeId: string): number {
    return this.#base(nodeId).held.size + (this.#planned.get(nodeId)?.held ?? 0);
  }

  incoming(nodeId: string): number {
    return this.#base(nodeId).incoming + (this.#planned.get(nodeId)?.incoming ?? 0);
  }

  initialPrimaries(nodeId: string): number {
    return this.#base(nodeId).initialPrimaries + (this.#planned.get(nodeId)?.initialPrimaries ?? 0);
  }

  /** Whether a copy of the shard is, or will be, on the node. */
  holds(nodeId: string, key: string): boolean {
    return this.#base(nodeId).held.has(key) || this.#planned.get(nodeId)?.keys.has(key) === true;
  }

  place(placement: Placement): void {
    const planned = this.#plannedOf(placement.nodeId);
    planned.held += 1;
    planned.keys.add(placement.key);
    if (placement.empty) planned.initialPrimaries += 1;
    else planned.incoming += 1;
    this.#addCopy(placement, 1);
  }

  /** Takes back a {@link place} of this plan. */
  unplace(placement: Placement): void {
    const planned = this.#plannedOf(placement.nodeId);
    planned.held -= 1;
    planned.keys.delete(placement.key);
    if (placement.empty) planned.initialPrimaries -= 1;
    else planned.incoming -= 1;
    this.#addCopy(placement, -1);
  }

  /** A copy begins to leave its node: it no longer counts for balance, but still for room. */
  leave(copy: Pick<Placement, "nodeId" | "indexName" | "primary">): void {
    this.#addCopy(copy, -1);
  }

  /** The primary role goes from one node to another; both keep their copies. */
  movePrimary(indexName: string, fromNodeId: string, toNodeId: string): void {
    this.#addPrimary(fromNodeId, indexName, -1);
    this.#addPrimary(toNodeId, indexName, 1);
  }

  #addCopy(copy: Pick<Placement, "nodeId" | "indexName" | "primary">, sign: 1 | -1): void {
    const planned = this.#plannedOf(copy.nodeId);
    planned.copies += sign;
    planned.indexCopies.set(copy.indexName, (planned.indexCopies.get(copy.indexName) ?? 0) + sign);
    if (copy.primary) this.#addPrimary(copy.nodeId, copy.indexName, sign);
  }

  #addPrimary(nodeId: string, indexName: string, sign: 1 | -1): void {
    const planned = this.#plannedOf(nodeId);
    planned.primaries += sign;
    const before = planned.indexPrimaries.get(indexName) ?? 0;
    planned.indexPrimaries.set(indexName, before + sign);
  }

  #base(nodeId: string): NodeLoad {
    return this.#view.load(nodeId);
  }

  #plannedOf(nodeId: string): Planned {
    let planned = this.#planned.get(nodeId);
    if (planned === undefined) {
      planned = {
        copies: 0,
        primaries: 0,
        incoming: 0,
        initialPrimaries: 0,
        held: 0,
        indexCopies: new Map(),
        indexPrimaries: new Map(),
        keys: new Set(),
      };
      this.#planned.set(nodeId, planned);
    }
    return planned;
  }
}
