/**
 * Which processes the demo runs, on which ports, in which folder. The documented ports are
 * preferred, ten further for each next process; what is taken gets a free port instead. A plan is
 * kept beside the data, because masters know each other by address: data is used again only by
 * the same plan.
 */
import type { DemoArguments } from "./arguments.js";
import { foldersMax } from "./limits.js";

/** One master of the demo. */
export interface MasterPlan {
  readonly id: string;
  readonly raftPort: number;
  readonly grpcPort: number;
  readonly httpPort: number;
}

/** One data node of the demo. */
export interface NodePlan {
  readonly id: string;
  readonly grpcPort: number;
}

/** All processes; what is kept as demo.json. */
export interface DemoPlan {
  readonly masters: readonly MasterPlan[];
  readonly nodes: readonly NodePlan[];
}

/** How ports are looked at; a test brings its own. */
export interface Ports {
  isFree(port: number): Promise<boolean>;
  /** A port that nobody listens on, never the same twice. */
  anyFree(): Promise<number>;
}

/** What is in a folder: nothing, another demo's plan, or something else. */
export type FolderContent =
  { readonly kind: "nothing" | "foreign" } | { readonly kind: "plan"; readonly plan: DemoPlan };

/** The first ports of each kind, as documented. */
const firstPorts = { raft: 9300, master: 9301, node: 9303, http: 9400 } as const;
const stride = 10;

/** Makes a plan of its own. */
export async function makePlan(
  counts: Pick<DemoArguments, "masters" | "nodes">,
  ports: Ports,
): Promise<DemoPlan> {
  const pick = async (first: number, index: number): Promise<number> => {
    const wanted = first + index * stride;
    return (await ports.isFree(wanted)) ? wanted : ports.anyFree();
  };
  const masters: MasterPlan[] = [];
  for (let index = 0; index < counts.masters; index++) {
    masters.push({
      id: `m${index + 1}`,
      raftPort: await pick(firstPorts.raft, index),
      grpcPort: await pick(firstPorts.master, index),
      httpPort: await pick(firstPorts.http, index),
    });
  }
  const nodes: NodePlan[] = [];
  for (let index = 0; index < counts.nodes; index++) {
    nodes.push({ id: `n${index + 1}`, grpcPort: await pick(firstPorts.node, index) });
  }
  return { masters, nodes };
}

/** Every port of a plan. */
export function portsOf(plan: DemoPlan): readonly number[] {
  return [
    ...plan.masters.flatMap((master) => [master.raftPort, master.grpcPort, master.httpPort]),
    ...plan.nodes.map((node) => node.grpcPort),
  ];
}

/** Where the demo lives, and by which plan. */
export interface Placement {
  readonly directory: string;
  readonly plan: DemoPlan;
  /** Whether the folder holds data of an earlier demo. */
  readonly reused: boolean;
}

/**
 * Finds the folder: the wanted one when it is empty or holds a demo of the same size whose ports
 * are free, else the next one of that name with a number.
 */
export async function placeDemo(
  wanted: DemoArguments,
  ports: Ports,
  contentOf: (directory: string) => Promise<FolderContent>,
): Promise<Placement | undefined> {
  for (let number = 1; number <= foldersMax; number++) {
    const directory = number === 1 ? wanted.directory : `${wanted.directory}-${number}`;
    const content = await contentOf(directory);
    if (content.kind === "nothing") {
      return { directory, plan: await makePlan(wanted, ports), reused: false };
    }
    if (content.kind === "plan" && (await fits(content.plan, wanted, ports))) {
      return { directory, plan: content.plan, reused: true };
    }
  }
  return undefined;
}

async function fits(plan: DemoPlan, wanted: DemoArguments, ports: Ports): Promise<boolean> {
  if (plan.masters.length !== wanted.masters || plan.nodes.length !== wanted.nodes) return false;
  const free = await Promise.all(portsOf(plan).map((port) => ports.isFree(port)));
  return free.every((one) => one);
}

/** Reads a kept plan; undefined when the value is none. */
export function parsePlan(value: unknown): DemoPlan | undefined {
  if (!isRecord(value) || !Array.isArray(value["masters"]) || !Array.isArray(value["nodes"])) {
    return undefined;
  }
  const masters = value["masters"].map((one: unknown) => parseMaster(one));
  const nodes = value["nodes"].map((one: unknown) => parseNode(one));
  if (!masters.every((one) => one !== undefined)) return undefined;
  if (!nodes.every((one) => one !== undefined)) return undefined;
  return { masters, nodes };
}

function parseMaster(value: unknown): MasterPlan | undefined {
  if (!isRecord(value)) return undefined;
  const { id, raftPort, grpcPort, httpPort } = value;
  if (typeof id !== "string") return undefined;
  if (!isPort(raftPort) || !isPort(grpcPort) || !isPort(httpPort)) return undefined;
  return { id, raftPort, grpcPort, httpPort };
}

function parseNode(value: unknown): NodePlan | undefined {
  if (!isRecord(value)) return undefined;
  const { id, grpcPort } = value;
  return typeof id === "string" && isPort(grpcPort) ? { id, grpcPort } : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536;
}
