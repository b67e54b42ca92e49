/**
 * All simulated data nodes: reference nodes, and such that behave like the existing Go node.
 * Faults and masters meet them here. Checks that within one term of a shard only one copy is ever
 * told to be its primary, and only one ever acts as such.
 */
import type { CallResult, DataNodeClient } from "../../src/controller/data-node-calls.js";
import type { NodeAnswer } from "../../src/controller/data-node.js";
import type { StoredDocument } from "../../src/devnode/document-codec.js";
import { createNetworkDataNodeClient } from "../support/controller/network-data-node-client.js";
import { GoDataNodes } from "./go-nodes.js";
import type { Lane } from "./lane.js";
import type { SimMaster } from "./master.js";
import type { SimNetwork } from "./network.js";
import { ReferenceDataNode } from "./reference-nodes.js";
import type { Routes } from "./routes.js";
import type { Coverage, Findings } from "./violation.js";
import type { World } from "./world.js";

/** Places of data nodes begin here; those of masters at 0. */
export const firstNodePlace = 100;

/** What the data nodes are given. */
export interface DataNodesDeps {
  readonly seed: number;
  readonly world: World;
  readonly network: SimNetwork;
  readonly routes: Routes;
  readonly findings: Findings;
  readonly coverage: Coverage;
  readonly masters: () => readonly SimMaster[];
  readonly masterAddresses: readonly string[];
}

/** See the file comment. */
export class DataNodes {
  readonly #deps: DataNodesDeps;
  readonly #go: GoDataNodes;
  readonly #reference: readonly ReferenceDataNode[];
  /** Who acts as primary, by index uuid, shard and term, over all history. */
  readonly #acting = new Map<string, string>();

  constructor(counts: { readonly all: number; readonly go: number }, deps: DataNodesDeps) {
    this.#deps = deps;
    this.#go = new GoDataNodes(counts.go, firstNodePlace, deps);
    this.#reference = Array.from({ length: counts.all - counts.go }, (_, at) => {
      const number = counts.go + at + 1;
      return new ReferenceDataNode(number, firstNodePlace + number - 1, deps);
    });
  }

  get count(): number {
    return this.#go.count + this.#reference.length;
  }

  get capableCount(): number {
    return this.#reference.length;
  }

  /** Starts all of them. */
  start(): void {
    this.#go.start();
    for (const node of this.#reference) node.start();
  }

  /** The process of a node ends, or its machine loses power. */
  kill(at: number, kind: "process" | "power"): void {
    const node = this.#referenceAt(at);
    if (node === undefined) this.#go.kill(at);
    else node.crash(kind);
  }

  /** A node stands still: nothing answers, nothing is refused. */
  silence(at: number): void {
    const node = this.#referenceAt(at);
    if (node === undefined) this.#go.silence(at);
    else node.pause();
  }

  /** A node that was killed starts again; one that stood still goes on. */
  revive(at: number): void {
    const node = this.#referenceAt(at);
    if (node === undefined) this.#go.revive(at);
    else node.start();
  }

  reviveAll(): void {
    for (let at = 0; at < this.count; at += 1) this.revive(at);
  }

  /** The client of a master for the node at an address. */
  dial(masterPlace: number, lane: Lane, address: string): DataNodeClient {
    const go = this.#go.dial(masterPlace, lane, address);
    if (go !== undefined) return go;
    const network = this.#deps.routes.from(masterPlace, lane);
    const client = createNetworkDataNodeClient(address, { network, clock: lane.clock });
    const { coverage } = this.#deps;
    return {
      getNodeStats: (options, limits): Promise<CallResult<NodeAnswer>> =>
        client.getNodeStats(options, limits),
      getShardPhase: (shard, limits) => client.getShardPhase(shard, limits),
      send: (order, authority, limits) => {
        coverage.count(`order: ${order.kind}`);
        return client.send(order, authority, limits);
      },
      close: () => {
        client.close();
      },
    };
  }

  /** The reference node with this id, if it runs. */
  node(nodeId: string): ReferenceDataNode | undefined {
    return this.#reference.find((one) => one.nodeId === nodeId);
  }

  /** Documents of a copy; undefined when its node cannot be asked. */
  documents(nodeId: string, indexUuid: string, shard: number): readonly StoredDocument[] {
    return this.node(nodeId)?.node.documents(indexUuid, shard) ?? [];
  }

  /** Looks at who acts as primary now. */
  look(): void {
    const { findings, coverage } = this.#deps;
    for (const { node, nodeId } of this.#reference) {
      for (const held of node.heldShards()) {
        if (held.actingTerm === undefined) continue;
        const term = String(held.actingTerm);
        const key = `${held.indexUuid}/${String(held.shard)}/${term}`;
        const known = this.#acting.get(key);
        if (known === undefined) coverage.count("primary acts in a new term");
        this.#acting.set(key, held.allocationId);
        findings.expect(
          known === undefined || known === held.allocationId,
          "one acting primary",
          () => {
            return `${key}: ${String(known)}, and ${held.allocationId} on ${nodeId}`;
          },
        );
      }
    }
  }

  #referenceAt(at: number): ReferenceDataNode | undefined {
    if (this.count === 0) return undefined;
    return this.#reference[(at % this.count) - this.#go.count];
  }
}
