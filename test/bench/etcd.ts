/**
 * The peer of the benchmarks: a three-member etcd on loopback, data on the same file system as
 * ours, driven by the same gRPC library with the same channel options and deadlines.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import {
  credentials,
  loadPackageDefinition,
  type Client,
  type ServiceError,
  type ServiceClientConstructor,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

import { unary } from "../support/master-client.js";
import { eventually, freePorts, ManagedProcess } from "../support/processes.js";
import { manyClientsCount, type Cluster } from "./contest.js";
import type { Lifetime } from "./lifetime.js";

type Unary<Request, Response> = (
  request: Request,
  options: { readonly deadline: number },
  callback: (error: ServiceError | null, response?: Response) => void,
) => void;

interface Status {
  readonly header: { readonly member_id: string } | null;
  readonly leader: string;
}

interface KvStub extends Client {
  readonly Range: Unary<{ readonly key: Buffer }, { readonly count: string }>;
  readonly Put: Unary<{ readonly key: Buffer; readonly value: Buffer }, unknown>;
}

interface MaintenanceStub extends Client {
  readonly Status: Unary<object, Status>;
}

const definition = loadSync(fileURLToPath(new URL("etcd.proto", import.meta.url)), {
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
  oneofs: true,
});

const api = loadPackageDefinition(definition)["etcdserverpb"] as unknown as {
  readonly KV: ServiceClientConstructor;
  readonly Maintenance: ServiceClientConstructor;
};

const etcdProgram = "etcd";

const channelOptions = {
  "grpc.initial_reconnect_backoff_ms": 50,
  "grpc.min_reconnect_backoff_ms": 50,
  "grpc.max_reconnect_backoff_ms": 200,
  "grpc.use_local_subchannel_pool": 1,
};

/** One connection to one member. */
export class EtcdClient {
  readonly #kv: KvStub;

  constructor(address: string) {
    const stub = new api.KV(address, credentials.createInsecure(), channelOptions);
    this.#kv = stub as unknown as KvStub;
  }

  put(key: string, value: Buffer): Promise<unknown> {
    return unary<unknown>((deadline, callback) => {
      this.#kv.Put({ key: Buffer.from(key), value }, { deadline }, callback);
    });
  }

  /** A linearizable read of one key, which must exist. */
  async get(key: string): Promise<void> {
    const response = await unary<{ readonly count: string }>((deadline, callback) => {
      this.#kv.Range({ key: Buffer.from(key) }, { deadline }, callback);
    });
    if (response.count !== "1") throw new Error(`etcd has no key ${key}`);
  }

  close(): void {
    this.#kv.close();
  }
}

/** What `etcd --version` says first; undefined when there is no etcd on the PATH. */
export function etcdVersion(): string | undefined {
  const result = spawnSync(etcdProgram, ["--version"], { encoding: "utf8" });
  return result.status === 0 ? result.stdout.split("\n")[0]?.trim() : undefined;
}

/** See the file comment. */
export class EtcdCluster implements Cluster<EtcdClient> {
  readonly #directory: string;
  readonly #members: readonly ManagedProcess[];
  readonly #addresses: readonly string[];
  readonly #status: readonly MaintenanceStub[];
  readonly #clients = new Map<number, readonly EtcdClient[]>();

  private constructor(directory: string, ports: readonly number[], program: string) {
    this.#directory = directory;
    const [a = 0, b = 0, c = 0, ...clientPorts] = ports;
    const peerUrls = [a, b, c].map((port) => `http://127.0.0.1:${String(port)}`);
    const initial = peerUrls.map((url, i) => `e${String(i + 1)}=${url}`).join(",");
    this.#addresses = clientPorts.map((port) => `127.0.0.1:${String(port)}`);
    this.#members = peerUrls.map((peerUrl, i) => {
      const name = `e${String(i + 1)}`;
      const clientUrl = `http://${this.#addresses[i] ?? ""}`;
      const args = [
        ...["--name", name, "--data-dir", join(directory, name)],
        ...["--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl],
        ...["--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl],
        ...["--initial-cluster", initial, "--initial-cluster-state", "new"],
        ...["--logger", "zap", "--log-level", "warn"],
      ];
      return new ManagedProcess(name, { program, args }, join(directory, `${name}.log`));
    });
    this.#status = this.#addresses.map((address) => {
      const stub = new api.Maintenance(address, credentials.createInsecure(), channelOptions);
      return stub as unknown as MaintenanceStub;
    });
  }

  /** Starts three members and waits until they have a leader. Needs etcd on the PATH. */
  static async start(lifetime: Lifetime): Promise<EtcdCluster> {
    const found = spawnSync("/bin/sh", ["-c", `command -v ${etcdProgram}`], { encoding: "utf8" });
    const directory = mkdtempSync(join(tmpdir(), "quidditch-bench-etcd-"));
    const cluster = new EtcdCluster(directory, await freePorts(6), found.stdout.trim());
    lifetime.add({
      close: () => cluster.#close(),
      killNow: () => {
        for (const member of cluster.#members) member.signal("SIGKILL");
        rmSync(directory, { recursive: true, force: true });
      },
    });
    for (const member of cluster.#members) member.start();
    await cluster.leader();
    return cluster;
  }

  leader(): Promise<number> {
    return eventually("an etcd member leads", async () => {
      const all = await Promise.all(
        this.#status.map((stub) =>
          unary<Status>((deadline, callback) => {
            stub.Status({}, { deadline }, callback);
          }, 3000),
        ),
      );
      const at = all.findIndex((status) => status.header?.member_id === status.leader);
      return at === -1 ? undefined : at;
    });
  }

  clients(member: number): readonly EtcdClient[] {
    const known = this.#clients.get(member);
    if (known !== undefined) return known;
    const address = this.#addresses[member] ?? "";
    const made = Array.from({ length: manyClientsCount }, () => new EtcdClient(address));
    this.#clients.set(member, made);
    return made;
  }

  async #close(): Promise<void> {
    for (const clients of this.#clients.values()) for (const client of clients) client.close();
    for (const stub of this.#status) stub.close();
    await Promise.all(this.#members.map((member) => member.kill()));
    for (const member of this.#members) member.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
