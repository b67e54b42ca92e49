/**
 * A whole leader in memory: the real controller over a fake control plane, a fake clock and fake
 * data nodes. Tests say what happens to nodes and let time pass; they read the state.
 */
import { createRandom } from "../../../src/base/random.js";
import { createController, type Controller } from "../../../src/controller/controller.js";
import type { Logger } from "../../../src/base/log.js";
import { noMetrics } from "../../../src/controller/metrics.js";
import type { Command, CommandResult } from "../../../src/state/commands.js";
import { primaryOf, type ShardCopy } from "../../../src/state/model.js";
import type { IndexSettings } from "../../../src/state/model.js";
import { indexCreate, nodeRegister } from "../state/commands.js";
import { FakeClock } from "./fake-clock.js";
import { FakeControlPlane } from "./fake-control-plane.js";
import { FakeDataNode } from "./fake-data-node.js";

const silent: Logger = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  child: () => silent,
};

/** See the file comment. */
export class Harness {
  readonly clock: FakeClock = new FakeClock();
  readonly plane: FakeControlPlane = new FakeControlPlane();
  readonly controller: Controller;
  readonly #nodes = new Map<string, FakeDataNode>();
  /** How long a recovery takes. */
  recoveryMs = 50;
  #ids = 0;

  constructor() {
    this.controller = createController(
      { electionTimeoutMs: 1_000 },
      {
        controlPlane: this.plane,
        clock: this.clock,
        random: createRandom(1),
        log: silent,
        metrics: noMetrics,
        newId: () => {
          this.#ids += 1;
          return `id${String(this.#ids)}`.padEnd(22, "-");
        },
        dialDataNode: (address) => {
          const node = [...this.#nodes.values()].find((one) =>
            address.endsWith(`:${String(one.port)}`),
          );
          if (node === undefined) throw new Error(`nobody at ${address}`);
          return node.client();
        },
        defer: this.clock.defer,
      },
    );
  }

  /** A harness that leads, with nodes n1, n2, … registered and probed. */
  static async leading(options: {
    readonly capable?: number;
    readonly go?: number;
  }): Promise<Harness> {
    const harness = new Harness();
    await harness.propose({ kind: "cluster.init", clusterUuid: "c1", clusterName: "test" });
    harness.plane.lead(true);
    for (let n = 1; n <= (options.capable ?? 0); n += 1) {
      await harness.join(harness.addNode(`n${String(n)}`, true));
    }
    for (let n = 1; n <= (options.go ?? 0); n += 1) {
      await harness.join(harness.addNode(`g${String(n)}`, false));
    }
    await harness.clock.advance(200);
    return harness;
  }

  addNode(nodeId: string, capable: boolean): FakeDataNode {
    const node = new FakeDataNode(nodeId, 9_400 + this.#nodes.size, capable);
    this.#nodes.set(nodeId, node);
    node.onRecovery = ({ indexName, shard, allocationId }) => {
      this.clock.after(this.recoveryMs, () => {
        const key = `${indexName}/${String(shard)}`;
        if (node.condition === "up" && allocationId !== "") node.complete(key);
      });
    };
    return node;
  }

  node(nodeId: string): FakeDataNode {
    const node = this.#nodes.get(nodeId);
    if (node === undefined) throw new Error(`no node ${nodeId}`);
    return node;
  }

  /** The node's process registers, as it does when it starts. */
  async join(node: FakeDataNode): Promise<void> {
    await this.propose(
      nodeRegister(node.nodeId, {
        grpcPort: node.port,
        capabilities: node.capable ? ["peer_recovery", "fencing"] : [],
      }),
    );
    await this.clock.settle();
  }

  async createIndex(name: string, settings: Partial<IndexSettings>): Promise<void> {
    await this.propose(indexCreate(name, { ...settings, tiering: anyTier }));
    await this.clock.settle();
  }

  async propose(command: Command): Promise<CommandResult> {
    const { result } = await this.plane.propose(command, { budgetMs: undefined, origin: "test" });
    return result;
  }

  /** Every copy of an index. */
  copies(name: string): ShardCopy[] {
    return this.plane.cluster.index(name).shards.flatMap((shard) => shard.copies);
  }

  /** How many copies of the index are in each state, as `STARTED 20`. */
  states(name: string): string {
    const counts = new Map<string, number>();
    for (const copy of this.copies(name)) {
      counts.set(copy.state, (counts.get(copy.state) ?? 0) + 1);
    }
    return [...counts]
      .sort()
      .map(([state, count]) => `${state} ${String(count)}`)
      .join(", ");
  }

  /** Started copies of the index by node, sorted by node id. */
  perNode(name: string): number[] {
    return this.#count(this.copies(name));
  }

  /** Started primaries of the index by node, sorted by node id. */
  primariesPerNode(name: string): number[] {
    const shards = this.plane.cluster.index(name).shards;
    return this.#count(shards.map(primaryOf).filter((copy) => copy !== undefined));
  }

  /** Orders that all nodes received, as `n1 create logs/0`. */
  orders(): string[] {
    return [...this.#nodes.values()].flatMap((node) =>
      node.orders.map((order) => `${node.nodeId} ${order}`),
    );
  }

  #count(copies: readonly ShardCopy[]): number[] {
    const ids = [...this.#nodes.keys()].sort();
    const started = copies.filter((copy) => copy.state === "STARTED");
    return ids.map((id) => started.filter((copy) => copy.nodeId === id).length);
  }
}

const anyTier = { defaultTier: "", tierRules: {} };
