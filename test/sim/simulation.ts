/**
 * One run of one seed: a storm, in which everything of the plan happens while nothing may go
 * wrong, and a calm, in which a random quorum alone, and then everybody, must get on with the work
 * within a bounded time.
 */
import type { MemberOptions } from "../../src/controlplane/raft/member-options.js";
import type { Random } from "../../src/base/random.js";
import { ClientChecker } from "./client-checker.js";
import { Clients } from "./clients.js";
import { drawConfig, type SwarmConfig } from "./config.js";
import { DataNodes } from "./data-nodes.js";
import { Documents } from "./documents.js";
import { Faults } from "./faults.js";
import { isolated } from "./guard.js";
import type { Lane } from "./lane.js";
import { SimMaster } from "./master.js";
import { SimNetwork } from "./network.js";
import { drawPlan, without, type Plan, type Request } from "./plan.js";
import { MemberChanges } from "./member-changes.js";
import { RaftChecker } from "./raft-checker.js";
import { Reference } from "./reference.js";
import { Routes } from "./routes.js";
import { between, drawText, streamOf } from "./seeded.js";
import { Coverage, Findings, type Violation } from "./violation.js";
import { WatchChecker } from "./watch-checker.js";
import { World } from "./world.js";

/** How a run ended. */
export interface Outcome {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly traceHash: string;
  readonly simulatedMs: number;
  readonly eventsCount: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly plan: Plan;
}

/** How long one step of the calm may take. */
const calmBoundMs = 60_000;
/** Requests that everybody must answer in the calm begin here. */
const calmRequestNoMin = 1_000_000;
/** The state is compared with what is asked for this often. */
const calmLookMs = 100;
/** Who acts as primary is looked at this often. */
const nodesLookMs = 250;

/** Runs a seed, without the faults and requests that have one of the `dropped` numbers. */
export async function simulate(
  seed: number,
  dropped: ReadonlySet<number> = new Set(),
): Promise<Outcome> {
  const config = drawConfig(seed);
  const plan = without(drawPlan(seed, config), dropped);
  const simulation = new Simulation(seed, config, plan);
  return isolated(
    () => simulation.run(),
    (label) => {
      simulation.findings.add("isolation", label);
    },
  );
}

class Simulation {
  readonly findings: Findings;
  readonly #seed: number;
  readonly #config: SwarmConfig;
  readonly #plan: Plan;
  readonly #world = new World();
  readonly #coverage = new Coverage();
  readonly #random: Random;
  readonly #network: SimNetwork;
  readonly #routes: Routes;
  readonly #documents: Documents;
  readonly #reference: Reference;
  readonly #raft: RaftChecker;
  readonly #clientChecker: ClientChecker;
  readonly #watchChecker: WatchChecker;
  readonly #masters: readonly SimMaster[];
  readonly #nodes: DataNodes;
  readonly #clients: Clients;
  readonly #faults: Faults;
  readonly #members: MemberChanges;
  readonly #touched = new Set<number>();

  constructor(seed: number, config: SwarmConfig, plan: Plan) {
    this.#seed = seed;
    this.#config = config;
    this.#plan = plan;
    this.#random = streamOf(seed, "simulation");
    const world = this.#world;
    const coverage = this.#coverage;
    this.findings = new Findings(
      () => world.nowMs,
      () => {
        world.stop();
      },
    );
    const findings = this.findings;
    this.#network = new SimNetwork({
      ...{ world, coverage, random: streamOf(seed, "wire") },
      conditions: {
        latencyMinMs: config.latencyMinMs,
        latencyMeanMs: config.latencyMeanMs,
        lossRate: config.lossRate,
        repeatRate: config.repeatRate,
        overtakes: config.overtakes,
        extraDelayMs: 0,
      },
    });
    this.#routes = new Routes(this.#network);
    this.#reference = new Reference({ findings, coverage });
    const checked = { findings, coverage, reference: this.#reference };
    this.#raft = new RaftChecker(checked);
    this.#clientChecker = new ClientChecker(checked);
    this.#watchChecker = new WatchChecker(checked);
    this.#nodes = new DataNodes(
      { all: config.dataNodesCount, go: config.goNodesCount },
      {
        ...{ seed, world, findings, coverage, network: this.#network, routes: this.#routes },
        masters: () => this.#masters,
        masterAddresses: Array.from(
          { length: config.mastersCount },
          (_, at) => `${hostOf(at)}:9301`,
        ),
      },
    );
    this.#masters = this.#makeMasters();
    this.#documents = new Documents(seed, world, {
      ...{ ...checked, nodes: this.#nodes, routes: this.#routes },
    });
    this.#clients = new Clients({
      documents: this.#documents,
      ...{ config, coverage, masters: this.#masters, reference: this.#reference },
      ...{ checker: this.#clientChecker, watchChecker: this.#watchChecker },
      nowMs: () => world.nowMs,
    });
    this.#members = new MemberChanges({
      ...{ world, coverage, masters: this.#masters, reference: this.#reference },
    });
    this.#faults = new Faults({
      ...{ world, coverage, masters: this.#masters, network: this.#network, nodes: this.#nodes },
      members: this.#members,
      leader: () => this.#leader(this.#masters),
    });
    this.#network.onSent = (from, messages) => {
      this.#raft.onSent(from, messages);
      for (const { kind } of messages) if (kind === "timeoutNow") this.#noteHandOver(from);
    };
    this.#network.onJoined = (members) => {
      this.#reference.found(members);
    };
  }

  async run(): Promise<Outcome> {
    const world = this.#world;
    for (const master of this.#masters) {
      world.after(between(this.#random, 0, 300), () => {
        master.start();
      });
    }
    world.after(0, () => {
      this.#nodes.start();
    });
    for (const fault of this.#plan.faults) {
      world.after(fault.atMs, () => {
        this.#faults.inflict(fault);
      });
    }
    for (const request of this.#plan.requests) {
      world.after(request.atMs, () => {
        this.#clients.send(request);
      });
    }
    this.#lookAtNodesOften();
    await world.run(this.#config.stormMs, () => this.#look());
    if (!this.findings.isFailed()) await this.#calm();
    if (!this.findings.isFailed()) this.#clientChecker.finish();
    if (!this.findings.isFailed()) this.#documents.finish();
    return {
      seed: this.#seed,
      violation: this.findings.first,
      traceHash: world.trace.digest(),
      simulatedMs: world.nowMs,
      eventsCount: world.eventsCount,
      counts: this.#coverage.counts,
      plan: this.#plan,
    };
  }

  /** A leader whose disk does not answer orders another one to campaign. */
  #noteHandOver(from: number): void {
    const waitedMs = this.#masters[from]?.status()?.wal.oldestQueuedMs ?? 0;
    const { tickMs, electionTimeoutTicks } = this.#config;
    if (waitedMs >= tickMs * electionTimeoutTicks) this.#coverage.count("slow disk hand-over");
  }

  /** Looks at what the last event touched. */
  #look(): boolean {
    for (const place of this.#touched) {
      const status = this.#masters[place]?.status();
      if (status !== undefined) this.#raft.look(place, status);
    }
    this.#touched.clear();
    this.#clientChecker.settle();
    this.#watchChecker.settle();
    return this.findings.isFailed();
  }

  #lookAtNodesOften(): void {
    this.#world.after(nodesLookMs, () => {
      this.#nodes.look();
      this.#lookAtNodesOften();
    });
  }

  /** A quorum alone first, then everybody. */
  async #calm(): Promise<void> {
    this.#faults.heal();
    this.#network.heal();
    const core = this.#drawCore();
    for (const master of this.#masters) {
      master.setCapacity(2 ** 40);
      if (core.includes(master)) {
        master.resume();
        master.start();
      } else master.crash("kill");
    }
    this.#nodes.reviveAll();
    await this.#until("a quorum finds a leader", () => this.#leader(core) !== undefined);
    this.#askAll(core, 0);
    await this.#until("every call at a quorum is answered", () => this.#isAnswered());
    await this.#until("a quorum agrees", () => this.#agrees(core.filter((one) => this.#isIn(one))));
    await this.#until("every copy that can be is started", () => this.#isAllocated());
    for (const master of this.#masters) master.start();
    const all = (): SimMaster[] => this.#masters.filter((one) => this.#isIn(one));
    await this.#until("everybody finds a leader", () => this.#leader(all()) !== undefined);
    this.#askAll(all(), this.#masters.length);
    await this.#until("every call is answered", () => this.#isAnswered());
    await this.#until("the members are settled", () => this.#isSettled());
    await this.#until("everybody agrees", () => this.#agrees(all()));
    await this.#until("every watch has told the last version", () => this.#watchesAreDone());
  }

  #isAnswered(): boolean {
    return this.#clients.openCount + this.#members.openCount === 0;
  }

  /** Whether the master is a member by what was agreed last. */
  #isIn({ place }: SimMaster): boolean {
    const { voters, votersOutgoing, learners } = this.#reference.membershipNow;
    const memberId = this.#raft.memberIdOf(place) ?? 0;
    return [...voters, ...votersOutgoing, ...learners].includes(memberId);
  }

  /** A joint configuration is left by itself. */
  #isSettled(): boolean {
    return this.#reference.membershipNow.votersOutgoing.length === 0;
  }

  async #until(what: string, holds: () => boolean): Promise<void> {
    if (this.findings.isFailed()) return;
    const endMs = this.#world.nowMs + calmBoundMs;
    while (!holds()) {
      if (this.#world.nowMs >= endMs) {
        this.findings.add("liveness", `never: ${what}; ${this.#describe()}`);
        return;
      }
      await this.#world.run(this.#world.nowMs + calmLookMs, () => this.#look());
      if (this.findings.isFailed()) return;
    }
  }

  #describe(): string {
    return this.#masters
      .map((master) => {
        const status = master.status();
        if (status === undefined) return `m${String(master.place)} ${master.isUp ? "up" : "down"}`;
        const { role, term, commitLogIndex, appliedLogIndex, lastLogIndex } = status;
        const positions = [commitLogIndex, appliedLogIndex, lastLogIndex].join("/");
        return `m${String(master.place)} ${role} term ${String(term)} at ${positions}`;
      })
      .join(", ")
      .concat(`; agreed ${String(this.#reference.lastLogIndex)}; ${this.#describeCopies()}`);
  }

  #describeCopies(): string {
    const texts: string[] = [];
    for (const index of this.#reference.state.indices.values()) {
      for (const shard of index.shards) {
        for (const copy of shard.copies) {
          if (copy.state === "STARTED") continue;
          const why = copy.state === "UNASSIGNED" ? `${copy.reason} ${copy.detail}` : "";
          const where = `${index.name}/${String(shard.number)}`;
          texts.push(`${where} ${copy.role} ${copy.state} ${copy.nodeId} ${why}`);
        }
      }
    }
    return texts.slice(0, 8).join("; ");
  }

  #drawCore(): SimMaster[] {
    // Without a formed cluster everybody is needed, and who will be a member is known to nobody.
    const isFormed = this.#reference.lastLogIndex > 0 && this.#config.sparesCount === 0;
    const least = !isFormed ? this.#masters.length : Math.floor(this.#masters.length / 2) + 1;
    const size = least + this.#random.below(this.#masters.length - least + 1);
    const rest = [...this.#masters];
    const core: SimMaster[] = [];
    while (core.length < size) core.push(...rest.splice(this.#random.below(rest.length), 1));
    return core;
  }

  #leader(among: readonly SimMaster[]): number | undefined {
    return among.find((one) => one.member?.controlPlane.leader().isSelf === true)?.place;
  }

  /** One write at each of them, which must be answered. */
  #askAll(masters: readonly SimMaster[], from: number): void {
    for (const [at, { place }] of masters.entries()) {
      const request: Request = {
        ...{ no: calmRequestNoMin + from + at, atMs: this.#world.nowMs },
        ...{ kind: "clusterSettings", via: place, key: 0, amount: 0 },
        value: drawText(this.#random, 12),
      };
      this.#clients.send(request);
    }
  }

  #agrees(masters: readonly SimMaster[]): boolean {
    const { lastLogIndex } = this.#reference;
    const hash = this.#reference.hashAt(lastLogIndex);
    return masters.every((master) => {
      const status = master.status();
      const isCaughtUp = status?.appliedLogIndex === lastLogIndex;
      return isCaughtUp && status.lastLogIndex === lastLogIndex && status.stateHash === hash;
    });
  }

  /** Copies without a place are those for which there is none. */
  #isAllocated(): boolean {
    for (const index of this.#reference.state.indices.values()) {
      for (const { copies } of index.shards) {
        for (const copy of copies) {
          const isThere = copy.state === "STARTED";
          if (!isThere && this.#mustStart(copy.role, copies.length)) return false;
        }
      }
    }
    return true;
  }

  /** Nodes that cannot copy from a peer are not asked for: what they lose stays lost. */
  #mustStart(role: "primary" | "replica", copiesCount: number): boolean {
    if (this.#config.goNodesCount > 0) return false;
    const { capableCount } = this.#nodes;
    return role === "primary" ? capableCount > 0 : copiesCount <= capableCount;
  }

  #watchesAreDone(): boolean {
    const { version } = this.#reference.state;
    return this.#clients.watches.every((watch) => {
      const master = this.#masters[watch.place];
      return master === undefined || !this.#isIn(master) || watch.version === version;
    });
  }

  #makeMasters(): SimMaster[] {
    const { mastersCount, sparesCount, driftMax, diskMinMs, diskMeanMs } = this.#config;
    const random = streamOf(this.#seed, "masters");
    return Array.from({ length: mastersCount + sparesCount }, (_, place) => {
      const conditions = {
        disk: { latencyMinMs: diskMinMs, latencyMeanMs: diskMeanMs, extraMs: 0 },
        clock: {
          rate: 1 + between(random, -driftMax, driftMax),
          wallOffsetMs: random.below(2000) - 1000,
        },
      };
      const shared = { world: this.#world, network: this.#network, checker: this.#raft };
      const deps = {
        ...{ ...shared, seed: this.#seed, findings: this.findings, coverage: this.#coverage },
        routes: this.#routes,
        dialDataNode: (from: number, lane: Lane, address: string) =>
          this.#nodes.dial(from, lane, address),
        onTouched: (touched: number) => {
          this.#touched.add(touched);
        },
        wasRemoved: (memberId: number) => this.#reference.wasRemoved(memberId),
        onEnded: (ended: number) => {
          this.#members.onEnded(ended);
          this.#clients.onEnded(ended);
        },
      };
      return new SimMaster(place, this.#memberOptions(place), deps, conditions);
    });
  }

  #memberOptions(place: number): MemberOptions {
    const { mastersCount, tickMs, electionTimeoutTicks, appendEntriesCountMax } = this.#config;
    const { walSegmentBytes, snapshot } = this.#config;
    const peers = Array.from({ length: mastersCount }, (_, at) => `${hostOf(at)}:9300`);
    return {
      nodeId: `m${String(place)}`,
      join: place >= mastersCount,
      dataDir: "/var/lib/quidditch/master",
      listenAddress: `${hostOf(place)}:9300`,
      peerAddress: `${hostOf(place)}:9300`,
      grpcAddress: `${hostOf(place)}:9301`,
      ...{ peers, clusterUuid: undefined, tickMs, electionTimeoutTicks },
      ...{ appendEntriesCountMax, walSegmentBytes, snapshot, diskLowBytes: 2 * walSegmentBytes },
    };
  }
}

function hostOf(place: number): string {
  return `10.0.0.${String(place + 1)}`;
}
