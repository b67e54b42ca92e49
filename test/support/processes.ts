/**
 * Real daemons for tests: three (or any number of) `dist/quidditch-master` processes on free
 * loopback ports, with their own data directories in a temporary folder, and what tests do to
 * them: kill, stop, pause, restart, read their logs. Everything started here ends with `close`.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, type WriteStream } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
export const masterProgram: string = join(root, "dist/quidditch-master");
export const adminProgram: string = join(root, "dist/quidditch-admin");
const devnodeProgram: string = join(root, "dist/quidditch-devnode");

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One program, started and restarted with the same arguments. */
export class ManagedProcess {
  readonly name: string;
  readonly logFile: string;
  readonly #program: string;
  readonly #args: readonly string[];
  readonly #log: WriteStream;
  #child: ChildProcess | undefined;
  #exit: Promise<Exit> = Promise.resolve({ code: null, signal: null });

  constructor(
    name: string,
    command: { readonly program: string; readonly args: readonly string[] },
    logFile: string,
  ) {
    this.name = name;
    this.logFile = logFile;
    this.#program = command.program;
    this.#args = command.args;
    this.#log = createWriteStream(logFile, { flags: "a" });
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.name} is not running`);
    return pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  start(extraArgs: readonly string[] = []): void {
    if (this.#child !== undefined) throw new Error(`${this.name} is running already`);
    const child = spawn(this.#program, [...this.#args, ...extraArgs], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
    });
    this.#child = child;
    child.stdout.pipe(this.#log, { end: false });
    child.stderr.pipe(this.#log, { end: false });
    this.#exit = new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => {
        if (this.#child === child) this.#child = undefined;
        resolve({ code, signal });
      });
    });
  }

  /** Sends a signal to exactly the process that was started. */
  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** Resolves when the process has ended by itself or by a signal. */
  exit(): Promise<Exit> {
    return this.#exit;
  }

  async kill(): Promise<Exit> {
    this.signal("SIGKILL");
    return this.#exit;
  }

  async stop(): Promise<Exit> {
    this.signal("SIGTERM");
    return this.#exit;
  }

  log(): string {
    return readFileSync(this.logFile, "utf8");
  }

  close(): void {
    this.#log.end();
  }
}

/** Ports and directory of one master. */
export interface MasterPlace {
  readonly nodeId: string;
  readonly raftPort: number;
  readonly grpcPort: number;
  readonly httpPort: number;
  readonly dataDir: string;
}

/** A cluster of masters and any data nodes that a test adds. */
export class TestCluster {
  readonly directory: string;
  readonly places: readonly MasterPlace[];
  readonly masters: readonly ManagedProcess[];
  readonly #others: ManagedProcess[] = [];

  private constructor(directory: string, places: readonly MasterPlace[]) {
    this.directory = directory;
    this.places = places;
    const peers = places.length === 1 ? "" : this.#peers();
    this.masters = places.map((place) => this.#process(place, ["--peers", peers]));
  }

  /** Prepares one more master, which waits to be added to this cluster; it does not run yet. */
  async newcomer(
    nodeId: string,
  ): Promise<{ readonly place: MasterPlace; readonly master: ManagedProcess }> {
    const [raftPort = 0, grpcPort = 0, httpPort = 0] = await freePorts(3);
    const dataDir = join(this.directory, nodeId);
    const place = { nodeId, raftPort, grpcPort, httpPort, dataDir };
    const master = this.#process(place, ["--peers", this.#peers(), "--join"]);
    this.#others.push(master);
    return { place, master };
  }

  #peers(): string {
    return this.places.map((place) => `127.0.0.1:${String(place.raftPort)}`).join(",");
  }

  #process(place: MasterPlace, membership: readonly string[]): ManagedProcess {
    const args = [
      ...["--node-id", place.nodeId, "--bind-addr", "127.0.0.1"],
      ...["--raft-port", String(place.raftPort), "--grpc-port", String(place.grpcPort)],
      ...["--http-port", String(place.httpPort), "--data-dir", place.dataDir],
      ...["--log-level", "info", ...membership],
    ];
    const log = join(this.directory, `${place.nodeId}.log`);
    return new ManagedProcess(place.nodeId, { program: masterProgram, args }, log);
  }

  /** Prepares a cluster without starting it; its data goes below `on` when that is given. */
  static async create(size = 3, on?: string): Promise<TestCluster> {
    const directory = mkdtempSync(join(tmpdir(), "quidditch-test-"));
    const ports = await freePorts(size * 3);
    const places = Array.from({ length: size }, (_, i) => ({
      nodeId: `m${String(i + 1)}`,
      raftPort: ports[i * 3] ?? 0,
      grpcPort: ports[i * 3 + 1] ?? 0,
      httpPort: ports[i * 3 + 2] ?? 0,
      dataDir: join(on ?? directory, `m${String(i + 1)}`),
    }));
    return new TestCluster(directory, places);
  }

  startAll(): void {
    for (const master of this.masters) master.start();
  }

  master(i: number): ManagedProcess {
    const master = this.masters[i];
    if (master === undefined) throw new Error(`there is no master ${String(i)}`);
    return master;
  }

  place(i: number): MasterPlace {
    const place = this.places[i];
    if (place === undefined) throw new Error(`there is no master ${String(i)}`);
    return place;
  }

  grpcAddress(i: number): string {
    return `127.0.0.1:${String(this.place(i).grpcPort)}`;
  }

  /** Starts a reference data node with its own data directory. */
  addNode(nodeId: string, port: number, extraArgs: readonly string[] = []): ManagedProcess {
    const addresses = this.places.map((_, i) => this.grpcAddress(i)).join(",");
    const args = [
      ...["--node-id", nodeId, "--bind-addr", "127.0.0.1", "--grpc-port", String(port)],
      ...["--master", addresses, "--data-dir", join(this.directory, nodeId), ...extraArgs],
    ];
    const log = join(this.directory, `${nodeId}.log`);
    const node = new ManagedProcess(nodeId, { program: devnodeProgram, args }, log);
    this.#others.push(node);
    node.start();
    return node;
  }

  /** Ends every process and removes the folder. */
  async close(): Promise<void> {
    const all = [...this.masters, ...this.#others];
    for (const one of all) one.signal("SIGCONT");
    await Promise.all(all.map((one) => one.kill()));
    for (const one of all) one.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => {
        server.listen(0, "127.0.0.1", resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  });
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(() => {
            resolve();
          });
        }),
    ),
  );
  return ports;
}

/** Polls `probe` until it returns a value; fails with `what` after `timeoutMs`. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 15_000,
): Promise<T> {
  const until = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < until) {
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (thrown) {
      last = thrown;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
  }
  throw new Error(`not within ${String(timeoutMs)} ms: ${what}; last error: ${String(last)}`);
}
