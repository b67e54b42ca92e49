/**
 * The simulated data nodes that can do everything: the real reference node, each in a process of
 * its own on files that forget. They register and heartbeat like any node, and take documents.
 */
import type { Random } from "../../src/base/random.js";
import { MemoryFiles } from "../support/devnode/memory-files.js";
import { createSimulatedNode, type SimulatedNode } from "../support/devnode/simulated-node.js";
import { Lane, type ClockFaults } from "./lane.js";
import type { Routes } from "./routes.js";
import { exponential, streamOf } from "./seeded.js";
import type { Findings } from "./violation.js";
import type { World } from "./world.js";

/** What a node is given. */
export interface ReferenceNodeDeps {
  readonly world: World;
  readonly seed: number;
  readonly routes: Routes;
  readonly findings: Findings;
  /** host:port of the masters' API. */
  readonly masterAddresses: readonly string[];
}

/** A node with the machine it runs on. */
export class ReferenceDataNode {
  readonly nodeId: string;
  readonly address: string;
  readonly place: number;
  readonly node: SimulatedNode;
  readonly #lane: Lane;
  readonly #findings: Findings;
  readonly #world: World;

  constructor(number: number, place: number, deps: ReferenceNodeDeps) {
    const { world, seed, routes, findings, masterAddresses } = deps;
    this.nodeId = `n${String(number)}`;
    this.address = `10.1.0.${String(number)}:9303`;
    this.place = place;
    this.#findings = findings;
    this.#world = world;
    const random = streamOf(seed, this.nodeId);
    this.#lane = new Lane(world, {
      random: streamOf(seed, `${this.nodeId}/timers`),
      faults: noClockFaults(),
      onTouched: () => undefined,
      onThrown: (thrown) => {
        findings.add("data node died", String(thrown));
      },
    });
    const { clock } = this.#lane;
    const files = new MemoryFiles({ clock, random, syncMs: () => syncMs(random) });
    this.node = createSimulatedNode({
      ...{ nodeId: this.nodeId, address: this.address, masters: masterAddresses },
      ...{ clock, random, files, network: routes.from(place, this.#lane) },
    });
    routes.add(this.address, {
      place,
      lane: () => (this.node.isUp ? this.#lane : undefined),
      answer: (call) => this.node.handle(call.method, call.request),
    });
  }

  start(): void {
    this.#lane.resume();
    if (this.node.isUp || this.node.isStarting) return;
    this.#watch(this.node.start());
  }

  crash(kind: "process" | "power"): void {
    if (this.node.isUp || this.node.isStarting) this.node.crash(kind);
  }

  /** Stands still: nothing answers, nothing is refused. */
  pause(): void {
    this.#lane.pause();
  }

  #watch(work: Promise<void>): void {
    work.catch((thrown: unknown) => {
      const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
      // What a disk without power says to a process that is gone is nobody's failure.
      if (this.node.isStarting) this.#findings.add("data node died", `${this.nodeId}: ${text}`);
    });
    this.#world.trace.addText(this.nodeId);
  }
}

function syncMs(random: Random): number {
  return exponential(random, 2);
}

function noClockFaults(): ClockFaults {
  return { rate: 1, wallOffsetMs: 0 };
}
