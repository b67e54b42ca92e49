/**
 * A client that shares no code with us: Python's grpcio with stubs generated from our proto. Runs
 * where Debian's python3-grpcio, protobuf-compiler and protobuf-compiler-grpc are installed, which
 * `.ci/run` sees to.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";

import { MasterClient } from "../support/master-client.js";
import { eventually, TestCluster } from "../support/processes.js";

const run = promisify(execFile);
const python = "/usr/bin/python3";
const protoc = "/usr/bin/protoc";
const grpcPlugin = "/usr/bin/grpc_python_plugin";
const here = fileURLToPath(new URL("./python", import.meta.url));
const proto = fileURLToPath(new URL("../../proto", import.meta.url));

let cluster: TestCluster | undefined;

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

async function hasPythonGrpc(): Promise<boolean> {
  if (!existsSync(protoc) || !existsSync(grpcPlugin)) return false;
  return run(python, ["-c", "import grpc, google.protobuf"]).then(
    () => true,
    () => false,
  );
}

describe("a Python client", () => {
  it("registers, creates, watches, routes and reflects through a follower", async (context) => {
    if (!(await hasPythonGrpc())) {
      context.skip("needs Debian's python3-grpcio, protobuf-compiler and protobuf-compiler-grpc");
    }
    const made = await TestCluster.create();
    cluster = made;
    const stubs = join(made.directory, "stubs");
    mkdirSync(stubs);
    const out = [`--python_out=${stubs}`, `--grpc_out=${stubs}`];
    const plugin = `--plugin=protoc-gen-grpc=${grpcPlugin}`;
    const from = [`-I${proto}`, `-I${here}`, "-I/usr/include", "master.proto", "reflection.proto"];
    await run(protoc, [plugin, ...out, ...from]);
    made.startAll();
    const client = new MasterClient(made.grpcAddress(0));
    const state = await eventually("a leader", () =>
      client.state("CONSISTENCY_LINEARIZABLE", 2000),
    );
    client.close();
    const leader = state.master_node?.node_id;
    const follower = made.places.findIndex((place) => place.nodeId !== leader);
    const script = join(here, "client.py");
    const { stdout } = await run(python, [script, stubs, made.grpcAddress(follower)]);
    const seen = JSON.parse(stdout) as Record<string, unknown>;
    expect(seen).toMatchObject({
      registered: true,
      nodes: ["python-node"],
      master_node: leader,
      created: true,
      watched: ["from-python"],
      watched_after: true,
      routing: [0, 1, 2],
      allocation_set: true,
      settings_set: true,
      methods: 13,
      labels_is_map: true,
    });
    expect(seen["services"]).toEqual(
      expect.arrayContaining(["grpc.health.v1.Health", "quidditch.master.MasterService"]),
    );
  }, 60_000);
});
