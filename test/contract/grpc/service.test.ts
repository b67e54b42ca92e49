/** What surrounds the methods: health, reflection, binding and stopping. */
import {
  credentials,
  loadPackageDefinition,
  makeGenericClientConstructor,
  status,
} from "@grpc/grpc-js";
import type { ServiceClientConstructor, ServiceError } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { protoPath, service as healthService } from "grpc-health-check";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createGrpcServer } from "../../../src/server/grpc/server.js";
import { GrpcHarness } from "../../support/server/grpc-harness.js";

let harness: GrpcHarness;

beforeEach(async () => {
  harness = new GrpcHarness();
  await harness.start();
});

afterEach(async () => {
  await harness.stop();
});

interface HealthAnswer {
  readonly error: ServiceError | null;
  readonly status: string | undefined;
}

async function healthOf(service: string): Promise<HealthAnswer> {
  expect(protoPath).toContain("health.proto");
  const Health = makeGenericClientConstructor(healthService, "Health");
  const client = new Health(`127.0.0.1:${String(harness.port)}`, credentials.createInsecure());
  const check = client["check"] as unknown as (
    request: object,
    done: (error: ServiceError | null, value?: { status: string }) => void,
  ) => void;
  const answer = await new Promise<HealthAnswer>((resolve) => {
    check.call(client, { service }, (error, value) => {
      resolve({ error, status: value?.status });
    });
  });
  client.close();
  return answer;
}

describe("health", () => {
  it("is SERVING for the server and the service while the member serves", async () => {
    const services = ["quidditch.master.MasterService", "quidditch.master.AdminService"];
    for (const name of ["", ...services]) {
      expect(await healthOf(name)).toMatchObject({ status: "SERVING" });
    }
    harness.server.setServing(false);
    expect(await healthOf("")).toMatchObject({ status: "NOT_SERVING" });
    expect((await healthOf("another.Service")).error?.code).toBe(status.NOT_FOUND);
  });
});

/** One question to the reflection service of a version. */
async function reflect(version: "v1" | "v1alpha", request: object): Promise<unknown> {
  const entry = createRequire(import.meta.url).resolve("@grpc/reflection");
  const file = join(dirname(entry), "../proto/grpc/reflection", version, "reflection.proto");
  const loaded = loadPackageDefinition(loadSync(file, { keepCase: true })) as unknown as {
    grpc: { reflection: Record<string, { ServerReflection: ServiceClientConstructor }> };
  };
  const Client = loaded.grpc.reflection[version]?.ServerReflection;
  if (Client === undefined) throw new Error(`no reflection ${version}`);
  const client = new Client(`127.0.0.1:${String(harness.port)}`, credentials.createInsecure());
  const open = client["ServerReflectionInfo"] as unknown as () => {
    on(event: string, listener: (value: unknown) => void): void;
    write(value: object): void;
    end(): void;
  };
  const stream = open.call(client);
  const answer = await new Promise<unknown>((resolve, reject) => {
    stream.on("data", resolve);
    stream.on("error", reject);
    stream.write(request);
    stream.end();
  });
  client.close();
  return answer;
}

describe("reflection", () => {
  it.each(["v1", "v1alpha"] as const)("lists what is served here in %s", async (version) => {
    expect(await reflect(version, { list_services: "" })).toMatchObject({
      list_services_response: {
        service: [
          { name: "quidditch.master.AdminService" },
          { name: "quidditch.master.MasterService" },
          { name: "grpc.health.v1.Health" },
        ],
      },
    });
  });

  it("names map entries as other implementations need them", async () => {
    const answer = (await reflect("v1", {
      file_containing_symbol: "quidditch.master.MasterService",
    })) as { file_descriptor_response: { file_descriptor_proto: Buffer[] } };
    const files = answer.file_descriptor_response.file_descriptor_proto;
    const text = Buffer.concat(files).toString("latin1");
    expect(text).toContain("LabelsEntry");
    expect(text).toContain("index_name");
    expect(text).toContain("google/protobuf/timestamp.proto");
  });

  it("describes the administration of members", async () => {
    const answer = (await reflect("v1", {
      file_containing_symbol: "quidditch.master.AdminService",
    })) as { file_descriptor_response: { file_descriptor_proto: Buffer[] } };
    const files = answer.file_descriptor_response.file_descriptor_proto;
    const text = Buffer.concat(files).toString("latin1");
    for (const word of ["ReplaceMember", "peer_address"]) expect(text).toContain(word);
  });

  it("describes the health service as its own .proto file does", async () => {
    const answer = (await reflect("v1", {
      file_containing_symbol: "grpc.health.v1.Health",
    })) as { file_descriptor_response: { file_descriptor_proto: Buffer[] } };
    const files = answer.file_descriptor_response.file_descriptor_proto;
    const text = Buffer.concat(files).toString("latin1");
    expect(text).toContain("health/v1/health.proto");
    // The entry type of its map field, which the loader's own descriptors name otherwise.
    expect(text).toContain("StatusesEntry");
  });
});

describe("the server", () => {
  it("says clearly that a port is taken", async () => {
    const descriptorSetFile = new URL("../../../dist/proto/api.binpb", import.meta.url).pathname;
    const options = { host: "127.0.0.1", advertiseHost: "127.0.0.1", descriptorSetFile };
    const other = createGrpcServer({ ...options, port: harness.port }, harness.deps);
    await expect(other.bind()).rejects.toThrow(`127.0.0.1:${String(harness.port)}`);
    await other.stop(0);
  });

  it("says clearly that the descriptors are missing", () => {
    const descriptorSetFile = "/nowhere/api.binpb";
    const options = { host: "127.0.0.1", port: 0, advertiseHost: "", descriptorSetFile };
    expect(() => createGrpcServer(options, harness.deps)).toThrow("/nowhere/api.binpb");
  });

  it("cuts off what has not ended when its time to stop is over", async () => {
    harness.controlPlane.hasLeader = false;
    const waiting = harness.call("DeleteIndex", { index_name: "logs" });
    await harness.controlPlane.someoneWaits();
    await harness.server.stop(20);
    expect((await waiting).error).toBeDefined();
  });

  it("counts calls by method and status", async () => {
    await harness.ok("GetClusterState", {});
    await harness.refused("DeleteIndex", { index_name: "nothing" });
    const text = await harness.deps.metrics.registry.metrics();
    const name = "quidditch_master_grpc_requests_total";
    expect(text).toContain(`${name}{method="GetClusterState",status="OK"} 1`);
    expect(text).toContain(`${name}{method="DeleteIndex",status="NOT_FOUND"} 1`);
  });
});
