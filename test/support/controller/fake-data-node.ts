/**
 * A data node without sockets, in two kinds: one that behaves like the existing Go node, and one
 * that can do everything. Its disk outlives its process; it can be killed, silenced, restarted and
 * wiped.
 */
import { grpcStatus } from "../../../src/base/errors.js";
import type {
  CreateOrder,
  NodeAnswer,
  Order,
  OrderAuthority,
  ReportedShard,
} from "../../../src/controller/data-node.js";
import type {
  CallFailure,
  CallResult,
  DataNodeClient,
} from "../../../src/controller/data-node-calls.js";

/** What happens when somebody calls the node. */
export type NodeCondition = "up" | "dead" | "silent";

/** See the file comment. */
export class FakeDataNode {
  readonly nodeId: string;
  readonly port: number;
  readonly capable: boolean;
  condition: NodeCondition = "up";
  /** Who answers at this address instead, if anybody. */
  answersAs: string;
  maxShards = 0;
  /** Errors that the next orders get, first come first. */
  readonly failures: string[] = [];
  /** Orders received, as `create logs/0`. */
  readonly orders: string[] = [];
  readonly received: (Order & OrderAuthority)[] = [];
  clusterUuid = "";
  epoch = 0;
  readonly #disk = new Map<string, ReportedShard>();
  readonly #loaded = new Map<string, ReportedShard>();
  /** Called when a copy begins to recover; the test decides when it ends. */
  onRecovery: (shard: ReportedShard) => void = () => undefined;

  constructor(nodeId: string, port: number, capable: boolean) {
    this.nodeId = nodeId;
    this.port = port;
    this.capable = capable;
    this.answersAs = nodeId;
  }

  /** Keys of loaded shards, sorted. */
  get shards(): string[] {
    return [...this.#loaded.keys()].sort();
  }

  /** What it reports of each of them. */
  get reportedShards(): readonly ReportedShard[] {
    return [...this.#loaded.values()];
  }

  /** Puts a shard there that no master ordered. */
  plant(indexName: string, shard: number): void {
    const planted = entryOf({ indexName, shard });
    this.#disk.set(keyOf(planted), planted);
    this.#loaded.set(keyOf(planted), planted);
  }

  /** The process ends without a word. */
  kill(): void {
    this.condition = "dead";
    this.#loaded.clear();
  }

  /** A new process opens what is on the disk. */
  restart(): void {
    this.condition = "up";
    this.#loaded.clear();
    for (const [key, shard] of this.#disk) this.#loaded.set(key, { ...shard, shardVersion: 0 });
  }

  wipe(): void {
    this.#disk.clear();
    this.clusterUuid = "";
    this.epoch = 0;
  }

  /** The recovery of a copy ended well. */
  complete(key: string): void {
    const shard = this.#loaded.get(key);
    if (shard !== undefined) this.#store({ ...shard, phase: "started" });
  }

  client(): DataNodeClient {
    return {
      getNodeStats: ({ includeShards }) => this.#answer(() => this.#stats(includeShards)),
      getShardPhase: ({ indexName, shard }) =>
        this.#answer(() => {
          const found = this.#loaded.get(`${indexName}/${String(shard)}`);
          return found === undefined
            ? failed(grpcStatus.notFound, "shard not found")
            : { ok: true, value: this.capable ? found.phase : "started" };
        }),
      send: (order, authority) => this.#answer(() => this.#obey(order, authority)),
      close: () => undefined,
    };
  }

  async #answer<T>(act: () => CallResult<T>): Promise<CallResult<T>> {
    await Promise.resolve();
    if (this.condition === "dead") return failure("unreachable", grpcStatus.unavailable, "refused");
    if (this.condition === "silent") {
      return failure("timeout", grpcStatus.deadlineExceeded, "no answer in time");
    }
    return act();
  }

  #stats(includeShards: boolean): CallResult<NodeAnswer> {
    const shards = [...this.#loaded.values()].map((shard) =>
      this.capable ? shard : entryOf(shard),
    );
    const value: NodeAnswer = {
      nodeId: this.answersAs,
      clusterUuid: this.clusterUuid,
      stats: {
        totalShards: shards.length,
        docsCount: 0,
        storeSizeBytes: 0,
        cpuUsagePercent: 0,
        memoryUsagePercent: 0,
        diskUsagePercent: 0,
        searchQueriesPerSec: 0,
        indexingRatePerSec: 0,
      },
      shards: includeShards ? shards : [],
    };
    return { ok: true, value };
  }

  #obey(order: Order, authority: OrderAuthority): CallResult<void> {
    this.orders.push(`${order.kind} ${order.indexName}/${String(order.shard)}`);
    this.received.push({ ...order, ...authority });
    const planned = this.failures.shift();
    if (planned !== undefined) return failed(grpcStatus.internal, planned);
    return this.capable ? this.#obeyCapable(order, authority) : this.#obeyGo(order);
  }

  #obeyCapable(order: Order, authority: OrderAuthority): CallResult<void> {
    if (this.clusterUuid !== "" && this.clusterUuid !== authority.clusterUuid) {
      return failed(grpcStatus.failedPrecondition, "another cluster");
    }
    if (authority.epoch < this.epoch) return failed(grpcStatus.failedPrecondition, "old epoch");
    this.clusterUuid = authority.clusterUuid;
    this.epoch = authority.epoch;
    const key = `${order.indexName}/${String(order.shard)}`;
    const known = this.#loaded.get(key);
    switch (order.kind) {
      case "create":
        return this.#create(order, known);
      case "update":
        if (known?.allocationId !== order.allocationId) {
          return failed(grpcStatus.notFound, "copy not found");
        }
        if (order.shardVersion >= known.shardVersion) {
          const { primaryTerm, shardVersion, primary: isPrimary } = order;
          this.#store({ ...known, primaryTerm, shardVersion, isPrimary });
        }
        return done;
      case "delete":
        if (known?.allocationId === order.allocationId) this.#drop(key);
        return done;
    }
  }

  #create(order: CreateOrder, known: ReportedShard | undefined): CallResult<void> {
    if (known?.allocationId === order.allocationId && known.phase === "started") return done;
    const phase = order.source === "empty" ? "started" : "initializing";
    const { indexUuid, allocationId, primaryTerm, primary: isPrimary } = order;
    const ids = { indexUuid, allocationId, primaryTerm, isPrimary };
    const made: ReportedShard = { ...entryOf(order), ...ids, phase, shardVersion: 0 };
    this.#store(made);
    if (phase === "initializing") this.onRecovery(made);
    return done;
  }

  #obeyGo(order: Order): CallResult<void> {
    const name = `${order.indexName}:${String(order.shard)}`;
    const key = `${order.indexName}/${String(order.shard)}`;
    switch (order.kind) {
      case "create":
        if (this.#loaded.has(key)) {
          return failed(
            grpcStatus.internal,
            `failed to create shard: shard ${name} already exists`,
          );
        }
        if (this.maxShards > 0 && this.#loaded.size >= this.maxShards) {
          return failed(grpcStatus.internal, "max shards limit reached");
        }
        if (this.#disk.has(key)) {
          const text = "failed to create Diagon shard: shard at path /x already exists";
          return failed(grpcStatus.internal, text);
        }
        this.#store(entryOf(order));
        return done;
      case "update":
        return failure("unimplemented", grpcStatus.internal, "unknown method UpdateShard");
      case "delete":
        if (!this.#loaded.delete(key)) {
          return failed(grpcStatus.internal, `shard ${name} not found`);
        }
        return done;
    }
  }

  #store(shard: ReportedShard): void {
    this.#disk.set(keyOf(shard), shard);
    this.#loaded.set(keyOf(shard), shard);
  }

  #drop(key: string): void {
    this.#disk.delete(key);
    this.#loaded.delete(key);
  }
}

const done: CallResult<void> = { ok: true, value: undefined };

function failed(code: number, message: string): { ok: false; failure: CallFailure } {
  return failure("answered", code, message);
}

function failure(
  kind: CallFailure["kind"],
  code: number,
  message: string,
): { ok: false; failure: CallFailure } {
  return { ok: false, failure: { kind, code, message } };
}

/** What a node without allocation ids says about a shard. */
function entryOf(shard: { readonly indexName: string; readonly shard: number }): ReportedShard {
  return {
    indexName: shard.indexName,
    shard: shard.shard,
    indexUuid: "",
    allocationId: "",
    primaryTerm: 0,
    isPrimary: false,
    phase: "unknown",
    shardVersion: 0,
    failure: "",
    docsCount: 0,
    sizeBytes: 0,
  };
}

function keyOf(shard: { readonly indexName: string; readonly shard: number }): string {
  return `${shard.indexName}/${String(shard.shard)}`;
}
