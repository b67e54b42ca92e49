/**
 * `npm start`: masters and reference data nodes as processes on this machine, an index, and a live
 * view of who leads and where each shard is. It only starts the programs and talks to their APIs.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { FatalError, exitCode } from "../base/errors.js";
import { parseDemoArguments, usage, type DemoArguments } from "./arguments.js";
import { Children, type ChildPlan } from "./children.js";
import { ClusterClient, unknownFacts } from "./cluster-client.js";
import { isAllGreen, whatIsMissing, type ClusterView, type ProcessView } from "./cluster-view.js";
import { howToTalk } from "./how-to-talk.js";
import { childRestartMs, greenBudgetMs, pollIntervalMs } from "./limits.js";
import { parsePlan, placeDemo, type DemoPlan, type FolderContent, type Placement } from "./plan.js";
import { createLoopbackPorts } from "./ports.js";
import { createTerminal, type Terminal } from "./terminal.js";

const host = "127.0.0.1";
const planFile = "demo.json";

async function main(): Promise<number> {
  const wanted = parseDemoArguments(process.argv.slice(2), process.cwd());
  if (wanted === undefined) {
    console.log(usage);
    return exitCode.clean;
  }
  const placement = await placeDemo(wanted, createLoopbackPorts(), contentOf);
  if (placement === undefined) {
    throw new FatalError(exitCode.config, `no folder like ${wanted.directory} can be used`);
  }
  await keepPlan(placement);
  return new Demo(wanted, placement).run();
}

async function keepPlan({ directory, plan }: Placement): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, planFile), JSON.stringify(plan, null, 2));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const text = `nothing can be written to ${directory} (${reason}): name another folder with --dir`;
    throw new FatalError(exitCode.config, text, { directory }, error);
  }
}

async function contentOf(directory: string): Promise<FolderContent> {
  if (!existsSync(directory) || (await readdir(directory)).length === 0) return { kind: "nothing" };
  try {
    const text = await readFile(join(directory, planFile), "utf8");
    const plan = parsePlan(JSON.parse(text));
    return plan === undefined ? { kind: "foreign" } : { kind: "plan", plan };
  } catch {
    return { kind: "foreign" };
  }
}

/** One run of the demo. */
class Demo {
  readonly #wanted: DemoArguments;
  readonly #placement: Placement;
  readonly #children: Children;
  readonly #client: ClusterClient;
  readonly #terminal: Terminal = createTerminal(process.stdout);
  readonly #replicas: number;
  readonly #stopping = new AbortController();
  #failure: string | undefined;
  #wasGreen = false;
  #view: ClusterView | undefined;

  constructor(wanted: DemoArguments, placement: Placement) {
    this.#wanted = wanted;
    this.#placement = placement;
    this.#replicas = Math.min(1, wanted.nodes - 1);
    this.#client = new ClusterClient(this.#masterAddresses());
    this.#children = new Children((id, how) => {
      this.#childEnded(id, how);
    });
  }

  async run(): Promise<number> {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => {
        this.#stopping.abort();
      });
    }
    const { directory, reused } = this.#placement;
    console.log(`data and logs are in ${directory}${reused ? " (from an earlier demo)" : ""}`);
    try {
      for (const child of childrenOf(this.#placement)) this.#children.start(child);
      await this.#follow();
    } finally {
      this.#terminal.close();
      if (!this.#wanted.once) console.log("stopping");
      await this.#stop();
      this.#client.close();
    }
    if (this.#failure === undefined) return exitCode.clean;
    this.#explain(this.#failure);
    return exitCode.bug;
  }

  /** Data nodes first, so that they can say good-bye to the masters. */
  async #stop(): Promise<void> {
    const { masters, nodes } = this.#placement.plan;
    const idOf = (one: { readonly id: string }): string => one.id;
    await this.#children.stop([nodes.map(idOf), masters.map(idOf)]);
  }

  /** Shows the cluster until it is told to stop, or with --once until it is green. */
  async #follow(): Promise<void> {
    const endMs = performance.now() + greenBudgetMs;
    let created = false;
    while (!this.#isOver()) {
      const view = await this.#look();
      if (!created && isReady(view)) created = await this.#create();
      const green = created && isAllGreen(view, this.#replicas);
      if (green && this.#wanted.once) {
        this.#terminal.say(`all ${view.shards.length} shards are started with all their copies`);
        return;
      }
      if (green && !this.#wasGreen) {
        this.#wasGreen = true;
        this.#terminal.footer(howToTalk(this.#placement.plan, host));
      }
      if (!green && this.#wanted.once && performance.now() > endMs) {
        this.#failure ??= `not green after ${greenBudgetMs / 1000} s: ${whatIsMissing(view, this.#replicas)}`;
      }
      await this.#pause(pollIntervalMs);
    }
  }

  async #look(): Promise<ClusterView> {
    const facts = (await this.#client.read()) ?? unknownFacts;
    const { masters, nodes } = this.#placement.plan;
    const view = {
      ...facts,
      masters: masters.map((one) => this.#processView(one)),
      nodes: nodes.map((one) => this.#processView(one)),
    };
    this.#terminal.show(view, this.#view);
    this.#view = view;
    return view;
  }

  async #create(): Promise<boolean> {
    const problem = await this.#client.createIndex(this.#replicas);
    if (problem !== undefined) this.#terminal.say(`the index is not created yet: ${problem}`);
    return problem === undefined;
  }

  #processView(one: { readonly id: string; readonly grpcPort: number }): ProcessView {
    return {
      id: one.id,
      address: `${host}:${one.grpcPort}`,
      pid: this.#children.pidOf(one.id),
      running: this.#children.isRunning(one.id),
    };
  }

  /** A failure until all was green; from then on somebody is trying things out. */
  #childEnded(id: string, how: string): void {
    if (!this.#wasGreen) {
      this.#failure ??= `${id} ended with ${how}`;
      return;
    }
    this.#terminal.say(`${id} ended with ${how}; it starts again in ${childRestartMs / 1000} s`);
    const plan = childrenOf(this.#placement).find((child) => child.id === id);
    setTimeout(() => {
      if (plan !== undefined) this.#children.start(plan);
    }, childRestartMs).unref();
  }

  #explain(failure: string): void {
    console.error(`the demo failed: ${failure}`);
    const { masters, nodes } = this.#placement.plan;
    for (const { id } of [...masters, ...nodes]) {
      console.error(`--- end of ${join(this.#placement.directory, `${id}.log`)}`);
      for (const line of this.#children.logTail(id)) console.error(line);
    }
  }

  #masterAddresses(): string[] {
    return this.#placement.plan.masters.map((master) => `${host}:${master.grpcPort}`);
  }

  #isOver(): boolean {
    return this.#stopping.signal.aborted || this.#failure !== undefined;
  }

  async #pause(delayMs: number): Promise<void> {
    const { signal } = this.#stopping;
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Whether the index can be created: a leader is known and all nodes are there. */
function isReady(view: ClusterView): boolean {
  return view.leaderId !== "" && view.nodes.every((node) => isHealthy(view, node.id));
}

function isHealthy(view: ClusterView, id: string): boolean {
  return view.registered.some((node) => node.id === id && node.status === "HEALTHY");
}

function childrenOf(placement: Placement): ChildPlan[] {
  const { directory, plan } = placement;
  const program = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
  const child = (id: string, name: string, args: readonly string[]): ChildPlan => ({
    id,
    program: program(name),
    args: [
      ...["--node-id", id, "--bind-addr", host, "--data-dir", join(directory, id)],
      ...["--log-level", "info", ...args],
    ],
    logFile: join(directory, `${id}.log`),
  });
  return [
    ...plan.masters.map((one) => child(one.id, "quidditch-master", masterArgs(one, plan))),
    ...plan.nodes.map((one) =>
      child(one.id, "quidditch-devnode", [
        ...["--grpc-port", String(one.grpcPort)],
        ...["--master", plan.masters.map((master) => `${host}:${master.grpcPort}`).join(",")],
      ]),
    ),
  ];
}

function masterArgs(master: DemoPlan["masters"][number], plan: DemoPlan): string[] {
  const peers = plan.masters.map((one) => `${host}:${one.raftPort}`);
  return [
    ...["--raft-port", String(master.raftPort), "--grpc-port", String(master.grpcPort)],
    ...["--http-port", String(master.httpPort), "--cluster-name", "quidditch-demo"],
    ...["--peers", peers.join(",")],
  ];
}

main().then(
  (code) => {
    process.exit(code);
  },
  (error: unknown) => {
    if (error instanceof FatalError) {
      console.error(error.message);
      if (error.exit === exitCode.usage) console.error(usage);
      process.exit(error.exit);
    }
    console.error(error);
    process.exit(exitCode.bug);
  },
);
