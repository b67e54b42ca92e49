/** One table: for each rule a node or copy that it refuses, beside one that it allows. */
import { describe, expect, it } from "vitest";
import { ClusterView } from "../../../src/allocation/cluster-view.js";
import { decideCopy, decideNode } from "../../../src/allocation/decider.js";
import type { CopyQuestion, Decision } from "../../../src/allocation/decision.js";
import { retryDelayMs } from "../../../src/allocation/deciders/retry.js";
import { noKnowledge, type Knowledge } from "../../../src/allocation/knowledge.js";
import { limits } from "../../../src/allocation/limits.js";
import { Loads } from "../../../src/allocation/loads.js";
import { nodeOffline, nodeRegister } from "../../support/state/commands.js";
import { TestCluster } from "../../support/state/test-cluster.js";
import { createIndex, goCluster, startedOn } from "../../support/controller/pictures.js";

function questionOf(
  cluster: TestCluster,
  ref: { readonly name?: string; readonly slot?: number; readonly shard?: number } = {},
  knowledge: Partial<Knowledge> = {},
): CopyQuestion {
  const { name = "logs", slot = 0, shard = 0 } = ref;
  const view = new ClusterView(cluster.state, 0);
  return {
    view,
    loads: new Loads(view),
    knowledge: { ...noKnowledge, ...knowledge },
    key: `${name}/${String(shard)}`,
    index: cluster.index(name),
    shard: cluster.shard(name, shard),
    copy: cluster.copy(name, slot, shard),
  };
}

function onNode(question: CopyQuestion, nodeId: string): Decision {
  const node = question.view.state.nodes.get(nodeId);
  if (node === undefined) throw new Error(`no node ${nodeId}`);
  return decideNode({ ...question, node });
}

describe("rules about a node", () => {
  it("same_shard: no second copy of a shard", () => {
    const cluster = TestCluster.withNodes(2);
    createIndex(cluster, "logs", { numberOfReplicas: 1 });
    cluster.assign("logs", 0, "n1");
    cluster.start("logs", 0);
    const question = questionOf(cluster, { slot: 1 });
    expect(onNode(question, "n1").code).toBe("same_shard");
    expect(onNode(question, "n2").verdict).toBe("yes");
  });

  it("node_status: healthy data nodes that have reported", () => {
    const cluster = TestCluster.withNodes(2);
    cluster.ok(nodeOffline("n2", { status: "unhealthy" }));
    cluster.ok(nodeRegister("c1", { nodeType: "coordination" }));
    createIndex(cluster, "logs");
    const question = questionOf(cluster, {}, { isReady: (id) => id !== "n1" });
    expect(onNode(question, "n1").code).toBe("node_not_reported");
    expect(onNode(question, "n2").code).toBe("node_status");
    expect(onNode(question, "c1").code).toBe("node_status");
    expect(onNode(questionOf(cluster), "n1").verdict).toBe("yes");
  });

  it("no_peer_recovery: replicas and moves need it on both ends, new primaries do not", () => {
    const cluster = TestCluster.withNodes(2);
    cluster.ok(nodeRegister("g1", { capabilities: [] }));
    createIndex(cluster, "logs", { numberOfReplicas: 1 });
    expect(onNode(questionOf(cluster), "g1").verdict).toBe("yes");
    cluster.assign("logs", 0, "n1");
    cluster.start("logs", 0);
    expect(onNode(questionOf(cluster, { slot: 1 }), "g1").code).toBe("no_peer_recovery");
    expect(onNode(questionOf(cluster, { slot: 1 }), "n2").verdict).toBe("yes");
    expect(onNode(questionOf(cluster), "g1").code).toBe("no_peer_recovery");
    const go = goCluster(1);
    go.ok(nodeRegister("n1"));
    createIndex(go, "logs", { numberOfReplicas: 1 });
    go.assign("logs", 0, "g1");
    go.start("logs", 0);
    expect(onNode(questionOf(go, { slot: 1 }), "n1").code).toBe("no_peer_recovery");
  });

  it("storage_tier: the index's tier, when it names one", () => {
    const cluster = TestCluster.withNodes(1);
    const cold = { storageTier: "cold", maxShards: 0, simdEnabled: true, version: "1", labels: {} };
    cluster.ok(nodeRegister("n2", { attributes: cold }));
    createIndex(cluster, "logs", { tiering: { defaultTier: "cold", tierRules: {} } });
    createIndex(cluster, "free");
    expect(onNode(questionOf(cluster), "n1").code).toBe("storage_tier");
    expect(onNode(questionOf(cluster), "n2").verdict).toBe("yes");
    expect(onNode(questionOf(cluster, { name: "free" }), "n1").verdict).toBe("yes");
  });

  it("max_shards: a full node takes no more", () => {
    const cluster = new TestCluster();
    const small = { storageTier: "hot", maxShards: 1, simdEnabled: true, version: "1", labels: {} };
    cluster.ok(nodeRegister("n1", { attributes: small }));
    createIndex(cluster, "logs");
    expect(onNode(questionOf(cluster), "n1").verdict).toBe("yes");
    startedOn(cluster, "other", "n1");
    expect(onNode(questionOf(cluster), "n1").code).toBe("max_shards");
  });

  it("stale_files: dangling shards and tombstones of the same name, and of that name only", () => {
    const cluster = goCluster(2);
    const dangling = [{ indexName: "logs", indexUuid: "", shard: 9 }];
    cluster.ok({ kind: "node.dangling", epoch: 1, nodeId: "g1", dangling });
    startedOn(cluster, "gone", "g2");
    cluster.ok({ kind: "index.delete", name: "gone" });
    createIndex(cluster, "logs");
    createIndex(cluster, "gone");
    expect(onNode(questionOf(cluster), "g1").code).toBe("stale_files");
    expect(onNode(questionOf(cluster), "g2").verdict).toBe("yes");
    expect(onNode(questionOf(cluster, { name: "gone" }), "g1").verdict).toBe("yes");
    expect(onNode(questionOf(cluster, { name: "gone" }), "g2").code).toBe("stale_files");
  });

  it("refused and held_back: what the leader remembers of a node", () => {
    const cluster = TestCluster.withNodes(2);
    createIndex(cluster, "logs");
    const refusing = questionOf(cluster, {}, { isRefused: (id) => id === "n1" });
    expect(onNode(refusing, "n1").code).toBe("refused");
    expect(onNode(refusing, "n2").verdict).toBe("yes");
    const heldBackUntilMs = ({ nodeId }: { nodeId: string }): number => (nodeId === "n1" ? 50 : 0);
    const held = questionOf(cluster, {}, { heldBackUntilMs, nowMs: 49 });
    expect(onNode(held, "n1")).toMatchObject({ verdict: "throttle", code: "held_back", atMs: 50 });
    const over = questionOf(cluster, {}, { heldBackUntilMs, nowMs: 50 });
    expect(onNode(over, "n1").verdict).toBe("yes");
  });

  it("throttled: a bounded number of recoveries into a node", () => {
    const cluster = TestCluster.withNodes(2);
    const most = limits.incomingRecoveriesPerNodeCountMax;
    createIndex(cluster, "logs", { numberOfShards: most + 1, numberOfReplicas: 1 });
    for (let shard = 0; shard <= most; shard += 1) {
      cluster.assign("logs", 0, "n1", shard);
      cluster.start("logs", 0, shard);
    }
    const last = { slot: 1, shard: most };
    for (let shard = 0; shard < most; shard += 1) {
      expect(onNode(questionOf(cluster, last), "n2").verdict).toBe("yes");
      cluster.assign("logs", 1, "n2", shard);
    }
    expect(onNode(questionOf(cluster, last), "n2").code).toBe("throttled");
  });
});

describe("rules about a copy", () => {
  it("no_valid_copy: a primary that was started is never made anew", () => {
    const cluster = TestCluster.withNodes(2);
    createIndex(cluster, "logs");
    expect(decideCopy(questionOf(cluster)).verdict).toBe("yes");
    cluster.assign("logs", 0, "n1");
    cluster.ok(nodeOffline("n1"));
    expect(decideCopy(questionOf(cluster)).verdict).toBe("yes");
    cluster.assign("logs", 0, "n2");
    cluster.start("logs", 0);
    cluster.ok(nodeOffline("n2"));
    expect(decideCopy(questionOf(cluster)).code).toBe("no_valid_copy");
  });

  it("primary_inactive: a replica waits for its primary", () => {
    const cluster = TestCluster.withNodes(2);
    createIndex(cluster, "logs", { numberOfReplicas: 1 });
    expect(decideCopy(questionOf(cluster, { slot: 1 })).code).toBe("primary_inactive");
    cluster.assign("logs", 0, "n1");
    cluster.start("logs", 0);
    expect(decideCopy(questionOf(cluster, { slot: 1 })).verdict).toBe("yes");
  });

  it("retry delays double, are bounded, and differ between copies", () => {
    for (let attempt = 1; attempt < 12; attempt += 1) {
      const delayMs = retryDelayMs(attempt, "some-id");
      const most = Math.min(limits.retryBaseMs * 2 ** (attempt - 1), limits.retryMaxMs);
      expect(delayMs).toBeGreaterThanOrEqual(most / 2);
      expect(delayMs).toBeLessThanOrEqual(most);
    }
    expect(retryDelayMs(5, "a")).not.toBe(retryDelayMs(5, "b"));
  });
});
