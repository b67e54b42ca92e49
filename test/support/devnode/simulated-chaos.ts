/**
 * Everything that can go wrong between data nodes and their leader, at random under a seed: nodes
 * that crash, lose power, stop and come back; messages late, lost or cut off, in one direction too;
 * leaders that change; replicas added and taken away. Meanwhile a client writes. Afterwards all is
 * healed, and the shards must become complete with every acknowledged document on every copy.
 */
import { limits } from "../../../src/allocation/limits.js";
import type { Logger } from "../../../src/base/log.js";
import type { Random } from "../../../src/base/random.js";
import { createRandom } from "../../../src/base/random.js";
import { SimulatedCluster } from "./simulated-cluster.js";
import type { SimulatedNode } from "./simulated-node.js";

/** How a run is made. */
export interface ChaosOptions {
  readonly seed: number;
  readonly nodesCount: number;
  readonly shardsCount: number;
  readonly stormMs: number;
  /** Hears what is done and what comes of it. */
  readonly logger?: Logger;
}

/** What a run came to. */
export interface ChaosReport {
  readonly acknowledgedCount: number;
  /** How often each thing was done. */
  readonly deeds: Readonly<Record<string, number>>;
  /** What must not be, in words. */
  readonly violations: readonly string[];
  /** What the shards were at the end. */
  readonly copies: readonly string[];
}

const indexName = "books";
const healMsMax = 400_000;

/** See the file comment. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const cluster = await SimulatedCluster.withNodes(
    options.seed,
    options.nodesCount,
    options.logger,
  );
  await cluster.createIndex(indexName, options.shardsCount, 1);
  await cluster.untilComplete(indexName);
  const storm = new Storm(cluster, options);
  storm.begin();
  await cluster.clock.pass(options.stormMs);
  storm.end();
  const complete = await cluster.clock.passUntil(() => isSettled(cluster), healMsMax);
  await cluster.clock.passUntil(() => cluster.writesUnderWay === 0, 30_000);
  const violations = [...storm.violations, ...cluster.losses(indexName)];
  if (!complete) violations.push("the shards did not become complete");
  return {
    acknowledgedCount: cluster.acknowledged.size,
    deeds: Object.fromEntries(storm.deeds),
    violations,
    copies: copiesOf(cluster),
  };
}

/** Every shard takes writes, and every copy that was not given up after many failures is started. */
function isSettled(cluster: SimulatedCluster): boolean {
  return cluster.plane.cluster
    .index(indexName)
    .shards.every(
      (shard) =>
        cluster.takesWrites(shard) &&
        shard.copies.every(
          (copy) =>
            copy.state === "STARTED" ||
            (copy.state === "UNASSIGNED" && copy.failedAttempts >= limits.attemptsCountMax),
        ),
    );
}

class Storm {
  readonly violations: string[] = [];
  readonly deeds: Map<string, number> = new Map<string, number>();
  readonly #cluster: SimulatedCluster;
  readonly #options: ChaosOptions;
  readonly #random: Random;
  readonly #writing = new Set<string>();
  #blowing = false;
  #bodies = 0;

  constructor(cluster: SimulatedCluster, options: ChaosOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#random = createRandom(options.seed + 77);
  }

  begin(): void {
    this.#blowing = true;
    this.#writeOn();
    this.#goOn();
  }

  /** Heals everything; nodes that are down come back. */
  end(): void {
    this.#blowing = false;
    const { cuts, nodes, plane } = this.#cluster;
    cuts.clear();
    this.#cluster.weather = { delayMsMax: 2, lostOf1000: 0 };
    if (!plane.leader().isSelf) plane.lead(true);
    for (const node of nodes.values()) this.#start(node);
  }

  #goOn(): void {
    const delayMs = 20 + this.#random.below(this.#random.below(4) === 0 ? 6_000 : 600);
    this.#cluster.clock.after(delayMs, () => {
      for (const rival of this.#cluster.rivals()) this.violations.push(rival);
      if (!this.#blowing) return;
      this.#deed();
      this.#goOn();
    });
  }

  #writeOn(): void {
    this.#cluster.clock.after(1 + this.#random.below(40), () => {
      if (!this.#blowing) return;
      this.#write();
      this.#writeOn();
    });
  }

  /** One writer per document, so that its newest acknowledged version is known. */
  #write(): void {
    const shard = this.#random.below(this.#options.shardsCount);
    const id = `d${String(this.#random.below(60))}`;
    const key = `${String(shard)}/${id}`;
    if (this.#writing.has(key)) return;
    this.#writing.add(key);
    this.#bodies += 1;
    const done = (): void => {
      this.#writing.delete(key);
    };
    this.#cluster.write(indexName, shard, { id, body: String(this.#bodies) }).then(done, done);
  }

  #deed(): void {
    const kinds = [
      "crash",
      "power",
      "blackout",
      "stop",
      "cut",
      "heal",
      "weather",
      "leader",
    ] as const;
    const kind = [...kinds, "cut", "replicas"][this.#random.below(kinds.length + 2)] ?? "cut";
    this.deeds.set(kind, (this.deeds.get(kind) ?? 0) + 1);
    this.#do(kind);
  }

  #do(kind: string): void {
    this.#options.logger?.info({ event: "deed", kind }, "Something happens");
    switch (kind) {
      case "crash":
        this.#crash("process");
        return;
      case "power":
        this.#crash("power");
        return;
      case "blackout":
        this.#blackout();
        return;
      case "stop":
        this.#stop();
        return;
      case "cut":
        this.#cut();
        return;
      case "heal":
        this.#heal();
        return;
      case "weather":
        this.#change();
        return;
      case "leader":
        this.#newLeader();
        return;
      default:
        this.#replicas();
    }
  }

  #someNode(): SimulatedNode {
    return this.#cluster.node(`n${String(1 + this.#random.below(this.#options.nodesCount))}`);
  }

  #crash(kind: "process" | "power", node: SimulatedNode = this.#someNode()): void {
    if (!node.isUp) return;
    node.crash(kind);
    this.#options.logger?.info({ event: "crash", kind, node: node.nodeId }, "A node is gone");
    const awayMs = this.#random.below(3) === 0 ? 20_000 : 1_500;
    this.#cluster.clock.after(this.#random.below(awayMs), () => {
      this.#start(node);
    });
  }

  #blackout(): void {
    if (this.#random.below(4) !== 0) return;
    for (const node of this.#cluster.nodes.values()) this.#crash("power", node);
  }

  #stop(): void {
    const node = this.#someNode();
    if (!node.isUp) return;
    this.#watch(node.stop());
    this.#cluster.clock.after(5_000 + this.#random.below(3_000), () => {
      this.#start(node);
    });
  }

  #start(node: SimulatedNode): void {
    if (!node.isUp && !node.isStarting) this.#watch(node.start());
  }

  #watch(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.violations.push(String(error));
    });
  }

  #cut(): void {
    const one = this.#someNode().nodeId;
    const other = this.#random.below(2) === 0 ? "master" : this.#someNode().nodeId;
    if (this.#random.below(3) === 0) this.#cluster.cuts.add(`${one} ${other}`);
    else this.#cluster.cut(one, other);
  }

  #heal(): void {
    this.#cluster.cuts.clear();
    this.#cluster.weather = { delayMsMax: 2, lostOf1000: 0 };
  }

  #change(): void {
    const delayMsMax = [2, 20, 200, 1_500][this.#random.below(4)] ?? 2;
    const lostOf1000 = [0, 10, 100][this.#random.below(3)] ?? 0;
    this.#cluster.weather = { delayMsMax, lostOf1000 };
  }

  #newLeader(): void {
    const { plane, clock } = this.#cluster;
    if (!plane.leader().isSelf) return;
    plane.lead(false);
    clock.after(this.#random.below(2_000), () => {
      if (!plane.leader().isSelf) plane.lead(true);
    });
  }

  #replicas(): void {
    const numberOfReplicas = 1 + this.#random.below(this.#options.nodesCount - 1);
    this.#watch(this.#cluster.setReplicas(indexName, numberOfReplicas));
  }
}

function copiesOf(cluster: SimulatedCluster): string[] {
  const index = cluster.plane.cluster.index(indexName);
  return index.shards.flatMap((shard) =>
    shard.copies.map((copy) => {
      const why = copy.state === "UNASSIGNED" ? ` ${copy.reason} ${copy.detail}` : "";
      const sync = shard.inSync.includes(copy.allocationId) ? " in-sync" : "";
      const place = `${String(shard.number)} ${copy.role} ${copy.state}`;
      return `${place} ${copy.nodeId} ${copy.allocationId}${sync}${why}`;
    }),
  );
}
