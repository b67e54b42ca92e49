/**
 * The simulated data nodes and the masters' way to them: each call takes its time, and may meet a
 * node that is gone, stands still or is cut off. Checks the orders that come: within one term of a
 * shard only one copy is ever told to be its primary.
 */
import { grpcStatus } from "../../src/base/errors.js";
import type { Random } from "../../src/base/random.js";
import type {
  CallFailure,
  CallLimits,
  CallResult,
  DataNodeClient,
} from "../../src/controller/data-node-calls.js";
import type { Order, ReportedShard } from "../../src/controller/data-node.js";
import type { Capability } from "../../src/state/model.js";
import { FakeDataNode } from "../support/controller/fake-data-node.js";
import { nodeRegister } from "../support/state/commands.js";
import type { SimMaster } from "./master.js";
import type { SimNetwork } from "./network.js";
import { between } from "./seeded.js";
import type { Coverage, Findings } from "./violation.js";
import type { World } from "./world.js";

/** Places of data nodes begin here; those of masters at 0. */
export const firstNodePlace = 100;
const registerRetryMs = 700;
const registerBudgetMs = 5000;
const grpcPort = 9303;

/** What the data nodes are given. */
export interface DataNodesDeps {
  readonly world: World;
  readonly network: SimNetwork;
  readonly random: Random;
  readonly findings: Findings;
  readonly coverage: Coverage;
  readonly masters: () => readonly SimMaster[];
}

interface SimNode {
  readonly place: number;
  readonly fake: FakeDataNode;
  readonly host: string;
  isRegistered: boolean;
  /** Counts processes, so that what an older one planned does nothing. */
  processNo: number;
}

/** See the file comment. */
export class DataNodes {
  readonly #deps: DataNodesDeps;
  readonly #nodes: readonly SimNode[];
  /** Who was told to be primary, by index uuid, shard and term. */
  readonly #primaries = new Map<string, string>();

  constructor(counts: { readonly all: number; readonly go: number }, deps: DataNodesDeps) {
    this.#deps = deps;
    this.#nodes = Array.from({ length: counts.all }, (_, at) => {
      const fake = new FakeDataNode(`n${String(at + 1)}`, grpcPort, at >= counts.go);
      const place = firstNodePlace + at;
      const host = `10.1.0.${String(at + 1)}`;
      return { place, fake, host, isRegistered: false, processNo: 0 };
    });
    for (const node of this.#nodes) {
      node.fake.onRecovery = (shard) => {
        this.#recover(node, shard);
      };
    }
  }

  get count(): number {
    return this.#nodes.length;
  }

  get capableCount(): number {
    return this.#nodes.filter(({ fake }) => fake.capable).length;
  }

  /** Starts all of them. */
  start(): void {
    for (const node of this.#nodes) this.#register(node, node.processNo);
  }

  /** The process of a node ends. */
  kill(at: number): void {
    const node = this.#at(at);
    node?.fake.kill();
  }

  /** A node stands still: nothing answers, nothing is refused. */
  silence(at: number): void {
    const node = this.#at(at);
    if (node?.fake.condition === "up") node.fake.condition = "silent";
  }

  /** A node that was killed starts again; one that stood still goes on. */
  revive(at: number): void {
    const node = this.#at(at);
    if (node === undefined || node.fake.condition === "up") return;
    if (node.fake.condition === "silent") {
      node.fake.condition = "up";
      return;
    }
    node.fake.restart();
    node.processNo += 1;
    for (const shard of node.fake.reportedShards) {
      if (shard.phase === "initializing") this.#recover(node, shard);
    }
    this.#register(node, node.processNo);
  }

  reviveAll(): void {
    for (const at of this.#nodes.keys()) this.revive(at);
  }

  /** The client of a master for the node at an address. */
  dial(masterPlace: number, address: string): DataNodeClient {
    const node = this.#nodes.find(({ host }) => address === `${host}:${String(grpcPort)}`);
    const call = <T>(limits: CallLimits, act: (client: DataNodeClient) => Promise<CallResult<T>>) =>
      this.#call({ masterPlace, node, limits }, act);
    return {
      getNodeStats: (options, limits) =>
        call(limits, (client) => client.getNodeStats(options, limits)),
      getShardPhase: (shard, limits) =>
        call(limits, (client) => client.getShardPhase(shard, limits)),
      send: (order, authority, limits) =>
        call(limits, (client) => {
          this.#checkOrder(order);
          return client.send(order, authority, limits);
        }),
      close: () => undefined,
    };
  }

  /** A copy is filled from its primary, unless its process ends before. */
  #recover(node: SimNode, { indexName, shard, allocationId }: ReportedShard): void {
    const { world, random, coverage } = this.#deps;
    const { processNo, fake } = node;
    world.after(between(random, 5, 800), () => {
      const isSame = node.processNo === processNo && allocationId !== "";
      if (!isSame || fake.condition === "dead") return;
      coverage.count("copy recovered");
      fake.complete(`${indexName}/${String(shard)}`);
    });
  }

  #at(at: number): SimNode | undefined {
    return this.#nodes.length === 0 ? undefined : this.#nodes[at % this.#nodes.length];
  }

  #call<T>(
    to: {
      readonly masterPlace: number;
      readonly node: SimNode | undefined;
      readonly limits: CallLimits;
    },
    act: (client: DataNodeClient) => Promise<CallResult<T>>,
  ): Promise<CallResult<T>> {
    const { masterPlace, node, limits } = to;
    const lane = this.#deps.masters()[masterPlace]?.lane;
    if (lane === undefined || node === undefined) return Promise.resolve(failed("unreachable"));
    return new Promise((resolve) => {
      const settle = (result: CallResult<T>): void => {
        timer.cancel();
        resolve(result);
      };
      const timer = lane.clock.after(limits.deadlineMs, () => {
        resolve(failed("timeout"));
      });
      limits.signal.addEventListener("abort", () => settle(failed("cancelled")), { once: true });
      this.#deps.network.carry(masterPlace, node.place, () => {
        const answer = act(node.fake.client());
        answer.then(
          (result) => {
            if (!result.ok && result.failure.kind === "timeout") return;
            this.#deps.network.carry(node.place, masterPlace, () => {
              lane.run(() => {
                settle(result);
              });
            });
          },
          (thrown: unknown) => {
            this.#deps.findings.add("data node", String(thrown));
          },
        );
      });
    });
  }

  #checkOrder(order: Order): void {
    this.#deps.coverage.count(`order: ${order.kind}`);
    if (order.kind === "delete" || !order.primary) return;
    const key = `${order.indexUuid}/${String(order.shard)}/${String(order.primaryTerm)}`;
    const known = this.#primaries.get(key) ?? order.allocationId;
    this.#primaries.set(key, known);
    this.#deps.findings.expect(known === order.allocationId, "one primary ordered", () => {
      return `${key}: ${known} and ${order.allocationId}`;
    });
  }

  /** A starting node asks one master after the other until one has registered it. */
  #register(node: SimNode, processNo: number): void {
    const { world, masters, random } = this.#deps;
    if (node.processNo !== processNo || node.fake.condition === "dead") return;
    const again = (): void => {
      world.after(registerRetryMs, () => {
        this.#register(node, processNo);
      });
    };
    const all = masters();
    const master = all[random.below(all.length)];
    const plane = master?.member?.controlPlane;
    if (master?.lane === undefined || plane === undefined) {
      again();
      return;
    }
    const { lane } = master;
    const { fake, host } = node;
    const capabilities: Capability[] = fake.capable ? ["fencing", "peer_recovery"] : [];
    const command = nodeRegister(fake.nodeId, { bindAddr: host, grpcPort, capabilities });
    let isSettled = false;
    const settle = (isDone: boolean): void => {
      if (isSettled) return;
      isSettled = true;
      if (isDone) node.isRegistered = true;
      else again();
    };
    world.after(registerBudgetMs + 1000, () => {
      settle(false);
    });
    lane.run(() => {
      plane.propose(command, { budgetMs: registerBudgetMs, origin: fake.nodeId }).then(
        ({ result }) => {
          settle(result.ok);
        },
        () => {
          settle(false);
        },
      );
    });
  }
}

function failed(kind: CallFailure["kind"]): { readonly ok: false; readonly failure: CallFailure } {
  const codes = {
    unreachable: grpcStatus.unavailable,
    timeout: grpcStatus.deadlineExceeded,
    cancelled: grpcStatus.cancelled,
    unimplemented: grpcStatus.unimplemented,
    answered: grpcStatus.internal,
  };
  return { ok: false, failure: { kind, code: codes[kind], message: kind } };
}
