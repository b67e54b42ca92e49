/**
 * Data nodes and their leader in virtual time: real reference nodes, the real controller, the real
 * MasterService, and a network that delays, loses and cuts as the test says. Only consensus is left
 * out: one state in memory, whose leadership can change. A client writes documents and remembers
 * which of them were acknowledged.
 */
import { status } from "@grpc/grpc-js";

import { assertDefined } from "../../../src/base/assert.js";
import { createRandom, type Random } from "../../../src/base/random.js";
import { createController, type Controller } from "../../../src/controller/controller.js";
import { noMetrics } from "../../../src/controller/metrics.js";
import { CallError } from "../../../src/devnode/call-error.js";
import type { Logger } from "../../../src/base/log.js";
import { isActive, primaryOf, type ShardRecord } from "../../../src/state/model.js";
import { createMetrics } from "../../../src/server/metrics.js";
import type { PutDocumentRequest } from "../../../src/wire/gen/quidditch/devnode/PutDocumentRequest.js";
import { FakeControlPlane } from "../controller/fake-control-plane.js";
import { createNetworkDataNodeClient } from "../controller/network-data-node-client.js";
import { silentLogger } from "../controlplane/silent-logger.js";
import { limitedCall } from "../limited-call.js";
import { createDirectService, type DirectCall } from "../server/direct-service.js";
import { indexCreate } from "../state/commands.js";
import { MemoryFiles } from "./memory-files.js";
import type { NetworkCall, NodeNetwork } from "./node-network.js";
import { createSimulatedNode, routeTo, type SimulatedNode } from "./simulated-node.js";
import { VirtualTime } from "./virtual-time.js";

const masterAddress = "10.0.0.1:9301";
const writeDeadlineMs = 15_000;

/** A write that was acknowledged. */
export interface Acknowledged {
  readonly indexUuid: string;
  readonly shard: number;
  readonly id: string;
  readonly body: string;
}

/** How the network treats every message. */
export interface Weather {
  readonly delayMsMax: number;
  /** Of 1000 messages, how many vanish. */
  readonly lostOf1000: number;
}

/** See the file comment. */
export class SimulatedCluster {
  readonly clock: VirtualTime = new VirtualTime();
  readonly random: Random;
  readonly plane: FakeControlPlane = new FakeControlPlane();
  readonly controller: Controller;
  readonly nodes: Map<string, SimulatedNode> = new Map<string, SimulatedNode>();
  readonly files: Map<string, MemoryFiles> = new Map<string, MemoryFiles>();
  /** Newest acknowledged version of each document, by a key of shard and id. */
  readonly acknowledged: Map<string, Acknowledged> = new Map<string, Acknowledged>();
  /** Bodies written after the acknowledged one, whose outcome nobody knows. */
  readonly unknown: Map<string, Set<string>> = new Map<string, Set<string>>();
  /** Names between which nothing passes, as "from to"; the leader's is "master". */
  readonly cuts: Set<string> = new Set<string>();
  weather: Weather = { delayMsMax: 2, lostOf1000: 0 };
  writesUnderWay = 0;
  readonly #logger: Logger;
  readonly #service: DirectCall;
  readonly #ids: { count: number } = { count: 0 };

  /** The logger hears the leader and the nodes, for whoever looks into a run. */
  constructor(seed: number, logger: Logger = silentLogger) {
    this.#logger = logger;
    this.random = createRandom(seed);
    const newId = (): string => {
      this.#ids.count += 1;
      return `id${String(this.#ids.count)}`.padEnd(22, "-");
    };
    const network = this.#networkOf("master");
    this.controller = createController(
      { electionTimeoutMs: 1_000 },
      {
        controlPlane: this.plane,
        clock: this.clock,
        random: createRandom(seed + 1),
        log: logger,
        metrics: noMetrics,
        newId,
        dialDataNode: (address) =>
          createNetworkDataNodeClient(address, { network, clock: this.clock }),
        defer: (callback) => {
          this.clock.after(0, callback);
        },
      },
    );
    this.#service = createDirectService({
      controlPlane: this.plane,
      nodeReports: this.controller,
      clock: this.clock,
      log: silentLogger,
      metrics: createMetrics(),
      newId,
      raftStatus: () => {
        throw new Error("nobody asks for figures");
      },
      advertiseHost: "10.0.0.1",
      forwardHeartbeat: () => undefined,
    });
  }

  /** A cluster with a leader and nodes n1, n2, ... that have registered. */
  static async withNodes(
    seed: number,
    count: number,
    logger: Logger = silentLogger,
  ): Promise<SimulatedCluster> {
    const cluster = new SimulatedCluster(seed, logger);
    const uuid = "cluster-uuid-----------";
    await cluster.#propose({ kind: "cluster.init", clusterUuid: uuid, clusterName: "test" });
    cluster.plane.lead(true);
    const starts: Promise<void>[] = [];
    for (let n = 1; n <= count; n += 1) starts.push(cluster.addNode(`n${String(n)}`).start());
    await cluster.clock.pass(2_000);
    await Promise.all(starts);
    return cluster;
  }

  addNode(nodeId: string): SimulatedNode {
    const number = this.nodes.size + 1;
    const random = createRandom(number * 1_000 + this.random.below(1_000));
    const syncMs = (): number => random.below(40) / 10;
    const files = new MemoryFiles({ clock: this.clock, random, syncMs });
    const node = createSimulatedNode({
      nodeId,
      address: `10.0.1.${String(number)}:9303`,
      masters: [masterAddress],
      clock: this.clock,
      random: createRandom(number),
      files,
      network: this.#networkOf(nodeId),
      logger: this.#logger.child({ node: nodeId }),
    });
    this.nodes.set(nodeId, node);
    this.files.set(nodeId, files);
    return node;
  }

  node(nodeId: string): SimulatedNode {
    return assertDefined(this.nodes.get(nodeId), `there is a node ${nodeId}`);
  }

  /** A shard as the state has it. */
  shard(indexName: string, shard = 0): ShardRecord {
    const index = assertDefined(this.plane.cluster.state.indices.get(indexName), "the index is");
    return assertDefined(index.shards[shard], "the shard is");
  }

  async createIndex(name: string, shards: number, replicas: number): Promise<void> {
    await this.#propose(
      indexCreate(name, {
        numberOfShards: shards,
        numberOfReplicas: replicas,
        tiering: { defaultTier: "", tierRules: {} },
        delayedTimeoutMs: 5_000,
      }),
    );
  }

  async setReplicas(name: string, numberOfReplicas: number): Promise<void> {
    await this.#propose({ kind: "index.settings", name, patch: { numberOfReplicas } });
  }

  /** Whether every copy of the index is started. */
  isComplete(name: string): boolean {
    const index = this.plane.cluster.state.indices.get(name);
    return (
      index?.shards.every((shard) => shard.copies.every((copy) => copy.state === "STARTED")) ??
      false
    );
  }

  /** Lets time pass until every copy of the index is started and its primary takes writes. */
  untilComplete(name: string, atMostMs = 60_000): Promise<boolean> {
    return this.clock.passUntil(() => {
      const index = this.plane.cluster.state.indices.get(name);
      return (
        this.isComplete(name) && (index?.shards.every((one) => this.takesWrites(one)) ?? false)
      );
    }, atMostMs);
  }

  /** Nothing passes between the two, in either direction. */
  cut(one: string, other: string): void {
    this.cuts.add(`${one} ${other}`);
    this.cuts.add(`${other} ${one}`);
  }

  /**
   * Writes a document as a client does that knows the state: through the shard's primary. True =
   * acknowledged; a document that is not may be there or not.
   */
  async write(
    indexName: string,
    shard: number,
    document: { id: string; body: string },
  ): Promise<boolean> {
    const index = this.plane.cluster.state.indices.get(indexName);
    const record = index?.shards[shard];
    const primary = record === undefined ? undefined : primaryOf(record);
    const node = this.nodes.get(primary?.nodeId ?? "");
    if (index === undefined || primary === undefined || !isActive(primary) || node === undefined) {
      return false;
    }
    const { id, body } = document;
    const key = `${index.uuid}/${String(shard)}/${id}`;
    const doubtful = this.unknown.get(key) ?? new Set<string>();
    this.unknown.set(key, doubtful.add(body));
    const request: PutDocumentRequest = {
      index_name: indexName,
      index_uuid: index.uuid,
      shard_id: shard,
      document_id: id,
      body: Buffer.from(body),
    };
    this.writesUnderWay += 1;
    try {
      const limits = { deadlineMs: writeDeadlineMs, signal: new AbortController().signal };
      await limitedCall(this.clock, limits, (signal) =>
        this.#networkOf("client").callNode({
          to: node.address,
          method: "PutDocument",
          request,
          deadlineMs: writeDeadlineMs,
          signal,
        }),
      );
    } catch {
      return false;
    } finally {
      this.writesUnderWay -= 1;
    }
    this.acknowledged.set(key, { indexUuid: index.uuid, shard, id, body });
    this.unknown.delete(key);
    return true;
  }

  /** What every started copy lacks or has wrong of what was acknowledged. */
  losses(indexName: string): string[] {
    const index = assertDefined(this.plane.cluster.state.indices.get(indexName), "the index is");
    const lost: string[] = [];
    for (const [key, { indexUuid, shard, id, body }] of this.acknowledged) {
      if (indexUuid !== index.uuid) continue;
      for (const copy of index.shards[shard]?.copies ?? []) {
        if (!isActive(copy)) continue;
        const found = this.node(copy.nodeId)
          .documents(indexUuid, shard)
          .find((document) => document.id === id);
        const text = found?.body.toString();
        if (text === body || (text !== undefined && this.unknown.get(key)?.has(text) === true)) {
          continue;
        }
        lost.push(`${copy.nodeId} (${copy.role}) has ${key} as ${String(text)}, not ${body}`);
      }
    }
    return lost;
  }

  /** Shards with two copies that act as primary in one term; never any. */
  rivals(): string[] {
    const acting = new Map<string, string>();
    const found: string[] = [];
    for (const node of this.nodes.values()) {
      for (const held of node.heldShards()) {
        if (held.actingTerm === undefined) continue;
        const key = `${held.indexUuid}/${String(held.shard)} in term ${String(held.actingTerm)}`;
        const other = acting.get(key);
        if (other !== undefined) found.push(`${key}: ${other} and ${held.allocationId}`);
        acting.set(key, held.allocationId);
      }
    }
    return found;
  }

  /** Whether the shard's primary acts as one, in the present term. */
  takesWrites(shard: ShardRecord): boolean {
    const primary = primaryOf(shard);
    const held = this.nodes.get(primary?.nodeId ?? "")?.heldShards() ?? [];
    return held.some(
      (one) => one.allocationId === primary?.allocationId && one.actingTerm === shard.primaryTerm,
    );
  }

  #networkOf(from: string): NodeNetwork {
    return {
      callMaster: (call) =>
        this.#carry({ from, to: "master" }, () =>
          this.#service(call.method, call.request, {
            peerAddress: `${from}:1`,
            signal: call.signal,
            deadlineMs: call.deadlineMs,
          }),
        ),
      callNode: (call) =>
        this.#carry({ from, to: this.#nameOf(call) }, () => routeTo(this.nodes.values(), call)),
    };
  }

  #nameOf(call: NetworkCall): string {
    const node = [...this.nodes.values()].find((one) => one.address === call.to);
    return node?.nodeId ?? "nobody";
  }

  /** There and back, each way with its own delay, loss and cuts. */
  async #carry<T>(
    way: { readonly from: string; readonly to: string },
    deliver: () => Promise<T>,
  ): Promise<T> {
    await this.#travel(`${way.from} ${way.to}`);
    let answer: T | undefined;
    let failure: unknown;
    try {
      answer = await deliver();
    } catch (thrown) {
      failure = thrown;
    }
    await this.#travel(`${way.to} ${way.from}`);
    if (answer === undefined) {
      throw failure instanceof Error ? failure : new CallError(status.UNKNOWN, "no answer");
    }
    return answer;
  }

  async #travel(way: string): Promise<void> {
    const { delayMsMax, lostOf1000 } = this.weather;
    const delayMs = 0.05 + this.random.below(delayMsMax * 100) / 100;
    await new Promise<void>((resolve) => {
      this.clock.after(delayMs, resolve);
    });
    const isLost = this.random.below(1000) < lostOf1000;
    if (isLost || this.cuts.has(way)) await new Promise<never>(() => undefined);
  }

  async #propose(command: Parameters<FakeControlPlane["propose"]>[0]): Promise<void> {
    const { result } = await this.plane.propose(command, { budgetMs: undefined, origin: "test" });
    if (!result.ok) throw new Error(result.message);
  }
}
