/** The service as functions answers as the one behind gRPC does. */
import { status } from "@grpc/grpc-js";
import { beforeEach, describe, expect, it } from "vitest";

import { createDirectService, type DirectCall } from "../../support/server/direct-service.js";
import { FakeControlPlane } from "../../support/server/fake-control-plane.js";
import { testDeps } from "../../support/server/grpc-harness.js";
import { ManualClock } from "../../support/server/manual-clock.js";

let clock: ManualClock;
let plane: FakeControlPlane;
let deps: ReturnType<typeof testDeps>;
let forwarded: unknown[];
let call: DirectCall;
let caller: { peerAddress: string; signal: AbortSignal };

beforeEach(() => {
  clock = new ManualClock();
  plane = new FakeControlPlane(clock);
  deps = testDeps(plane, clock);
  forwarded = [];
  call = createDirectService({
    ...deps,
    advertiseHost: "10.0.0.1",
    forwardHeartbeat: (request, address) => forwarded.push({ request, address }),
  });
  caller = { peerAddress: "10.0.0.7:1234", signal: new AbortController().signal };
});

const node = { node_id: "n1", node_type: "NODE_TYPE_DATA", bind_addr: "0.0.0.0", grpc_port: 9303 };

describe("the service without gRPC", () => {
  it("registers a node by where its call comes from", async () => {
    expect(await call("RegisterNode", node, caller)).toMatchObject({
      acknowledged: true,
      cluster_uuid: "cluster-uuid",
    });
    expect(plane.state.nodes.get("n1")).toMatchObject({ bindAddr: "10.0.0.7", grpcPort: 9303 });
  });

  it("decodes what reads answer as bytes", async () => {
    await call("RegisterNode", node, caller);
    const request = { include_nodes: true, include_indices: true, include_routing: true };
    expect(await call("GetClusterState", request, caller)).toMatchObject({
      cluster_uuid: "cluster-uuid",
      nodes: [{ node_id: "n1" }],
    });
  });

  it("fails with the status of the API", async () => {
    const missing = call("GetIndexMetadata", { index_name: "none" }, caller);
    await expect(missing).rejects.toMatchObject({
      code: status.NOT_FOUND,
      message: "index not found: none",
    });
    const wrong = call("RegisterNode", { ...node, node_id: "" }, caller);
    await expect(wrong).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });

  it("ends with the caller's deadline in virtual time", async () => {
    plane.hasLeader = false;
    const write = call("DeleteIndex", { index_name: "x" }, { ...caller, deadlineMs: 3_000 });
    const outcome = expect(write).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });
    await plane.someoneWaits();
    clock.advance(3_000);
    await outcome;
  });

  it("ends when the caller has gone", async () => {
    plane.hasLeader = false;
    const gone = new AbortController();
    const write = call("DeleteIndex", { index_name: "x" }, { ...caller, signal: gone.signal });
    const outcome = expect(write).rejects.toMatchObject({ code: expect.any(Number) as number });
    await plane.someoneWaits();
    gone.abort();
    await outcome;
    expect(plane.state.version).toBe(1);
  });

  it("passes heartbeats on to the leader, once", async () => {
    await call("RegisterNode", node, caller);
    plane.setLeader({ ...plane.leaderView, isSelf: false, grpcAddress: "10.0.0.2:9301" });
    await call("NodeHeartbeat", { node_id: "n1" }, caller);
    expect(forwarded).toMatchObject([{ request: { node_id: "n1" }, address: "10.0.0.2:9301" }]);
    await call("NodeHeartbeat", { node_id: "n1" }, { ...caller, forwarded: true });
    expect(forwarded).toHaveLength(1);
  });

  it("gives a heartbeat on the leader to where liveness is kept", async () => {
    await call("RegisterNode", node, caller);
    await call("NodeHeartbeat", { node_id: "n1", stats: { total_shards: 3 } }, caller);
    expect(deps.nodeReports.heartbeats).toMatchObject([
      { nodeId: "n1", stats: { totalShards: 3 } },
    ]);
  });
});
