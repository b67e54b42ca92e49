/**
 * Simulated data nodes that behave like the existing Go node: they register once, hold what they
 * are told to hold, and know neither peers nor terms.
 */
import { grpcStatus } from "../../src/base/errors.js";
import type {
  CallFailure,
  CallLimits,
  CallResult,
  DataNodeClient,
} from "../../src/controller/data-node-calls.js";
import { FakeDataNode } from "../support/controller/fake-data-node.js";
import { nodeRegister } from "../support/state/commands.js";
import type { Lane } from "./lane.js";
import type { SimMaster } from "./master.js";
import type { SimNetwork } from "./network.js";
import type { Coverage, Findings } from "./violation.js";
import type { World } from "./world.js";

const registerRetryMs = 700;
const registerBudgetMs = 5000;
const grpcPort = 9303;

/** What they are given. */
export interface GoDataNodesDeps {
  readonly world: World;
  readonly network: SimNetwork;
  readonly findings: Findings;
  readonly coverage: Coverage;
  readonly masters: () => readonly SimMaster[];
}

interface GoNode {
  readonly place: number;
  readonly fake: FakeDataNode;
  readonly host: string;
  /** Counts processes, so that what an older one planned does nothing. */
  processNo: number;
  /** Which master is asked next. */
  nextMaster: number;
}

/** See the file comment. */
export class GoDataNodes {
  readonly #deps: GoDataNodesDeps;
  readonly #nodes: readonly GoNode[];

  constructor(count: number, firstPlace: number, deps: GoDataNodesDeps) {
    this.#deps = deps;
    this.#nodes = Array.from({ length: count }, (_, at) => ({
      place: firstPlace + at,
      fake: new FakeDataNode(`n${String(at + 1)}`, grpcPort, false),
      host: `10.1.0.${String(at + 1)}`,
      processNo: 0,
      nextMaster: at,
    }));
  }

  get count(): number {
    return this.#nodes.length;
  }

  start(): void {
    for (const node of this.#nodes) this.#register(node, node.processNo);
  }

  kill(at: number): void {
    this.#at(at)?.fake.kill();
  }

  silence(at: number): void {
    const node = this.#at(at);
    if (node?.fake.condition === "up") node.fake.condition = "silent";
  }

  revive(at: number): void {
    const node = this.#at(at);
    if (node === undefined || node.fake.condition === "up") return;
    if (node.fake.condition === "silent") {
      node.fake.condition = "up";
      return;
    }
    node.fake.restart();
    node.processNo += 1;
    this.#register(node, node.processNo);
  }

  /** The client of a master for the node at an address; undefined when it is none of these. */
  dial(masterPlace: number, lane: Lane, address: string): DataNodeClient | undefined {
    const node = this.#nodes.find(({ host }) => address === `${host}:${String(grpcPort)}`);
    if (node === undefined) return undefined;
    const to = { masterPlace, lane, node };
    return {
      getNodeStats: (options, limits) =>
        this.#call(to, limits, (client) => client.getNodeStats(options, limits)),
      getShardPhase: (shard, limits) =>
        this.#call(to, limits, (client) => client.getShardPhase(shard, limits)),
      send: (order, authority, limits) => {
        this.#deps.coverage.count(`order to a Go node: ${order.kind}`);
        return this.#call(to, limits, (client) => client.send(order, authority, limits));
      },
      close: () => undefined,
    };
  }

  #at(at: number): GoNode | undefined {
    return this.#nodes.length === 0 ? undefined : this.#nodes[at % this.#nodes.length];
  }

  #call<T>(
    to: { readonly masterPlace: number; readonly lane: Lane; readonly node: GoNode },
    limits: CallLimits,
    act: (client: DataNodeClient) => Promise<CallResult<T>>,
  ): Promise<CallResult<T>> {
    const { masterPlace, lane, node } = to;
    const { network, findings } = this.#deps;
    return new Promise((resolve) => {
      const settle = (result: CallResult<T>): void => {
        timer.cancel();
        resolve(result);
      };
      const timer = lane.clock.after(limits.deadlineMs, () => {
        resolve(failed("timeout"));
      });
      const cancel = (): void => {
        settle(failed("cancelled"));
      };
      limits.signal.addEventListener("abort", cancel, { once: true });
      network.carry(masterPlace, node.place, () => {
        act(node.fake.client()).then(
          (result) => {
            if (!result.ok && result.failure.kind === "timeout") return;
            network.carry(node.place, masterPlace, () => {
              lane.run(() => {
                settle(result);
              });
            });
          },
          (thrown: unknown) => {
            findings.add("data node", String(thrown));
          },
        );
      });
    });
  }

  /** A starting node asks one master after the other until one has registered it. */
  #register(node: GoNode, processNo: number): void {
    const { world, masters } = this.#deps;
    if (node.processNo !== processNo || node.fake.condition === "dead") return;
    let isSettled = false;
    const settle = (isDone: boolean): void => {
      if (isSettled) return;
      isSettled = true;
      if (isDone) return;
      world.after(registerRetryMs, () => {
        this.#register(node, processNo);
      });
    };
    const all = masters();
    node.nextMaster += 1;
    const master = all[node.nextMaster % all.length];
    const plane = master?.member?.controlPlane;
    if (master?.lane === undefined || plane === undefined) {
      settle(false);
      return;
    }
    const { fake, host } = node;
    const command = nodeRegister(fake.nodeId, { bindAddr: host, grpcPort, capabilities: [] });
    world.after(registerBudgetMs + 1000, () => {
      settle(false);
    });
    master.lane.run(() => {
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
