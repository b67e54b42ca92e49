/**
 * What the demo shows, as plain data, and its two renderings: a screen that is drawn again and
 * again, and lines that say what changed. Pure functions.
 */
import { demoShards } from "./limits.js";

/** One copy of a shard. */
export interface CopyView {
  readonly role: "primary" | "replica";
  /** Empty when unassigned and never assigned. */
  readonly nodeId: string;
  readonly state: "UNKNOWN" | "INITIALIZING" | "STARTED" | "RELOCATING" | "UNASSIGNED";
  /** Why it is unassigned; empty otherwise. */
  readonly reason: string;
}

/** One shard with all its copies. */
export interface ShardView {
  readonly indexName: string;
  readonly shard: number;
  readonly copies: readonly CopyView[];
}

/** A process of the demo as the demo sees it. */
export interface ProcessView {
  readonly id: string;
  /** `host:port` of its gRPC API. */
  readonly address: string;
  readonly pid: number | undefined;
  readonly running: boolean;
}

/** A data node as the masters see it. */
export interface NodeView {
  readonly id: string;
  readonly status: string;
}

/** Everything at one moment. */
export interface ClusterView {
  readonly masters: readonly ProcessView[];
  readonly nodes: readonly ProcessView[];
  /** Empty until some member names one. */
  readonly leaderId: string;
  readonly term: number;
  /** GREEN, YELLOW, RED, or empty until some member answers. */
  readonly status: string;
  readonly version: number;
  readonly registered: readonly NodeView[];
  readonly shards: readonly ShardView[];
}

/** Whether every copy the demo asked for is started. */
export function isAllGreen(view: ClusterView, replicas: number): boolean {
  const copies = view.shards.flatMap((shard) => shard.copies);
  return (
    view.status === "GREEN" &&
    view.shards.length === demoShards &&
    copies.length === demoShards * (1 + replicas) &&
    copies.every((copy) => copy.state === "STARTED")
  );
}

/** Why it is not all green, in one line. */
export function whatIsMissing(view: ClusterView, replicas: number): string {
  if (view.status === "") return "no master answers";
  if (view.leaderId === "") return "there is no leader";
  const away = view.nodes.filter((node) => !view.registered.some((one) => one.id === node.id));
  if (away.length > 0) return `not registered: ${away.map((node) => node.id).join(", ")}`;
  const started = view.shards
    .flatMap((shard) => shard.copies)
    .filter((copy) => copy.state === "STARTED").length;
  const wanted = demoShards * (1 + replicas);
  return `the cluster is ${view.status}; ${started} of ${wanted} shard copies are started`;
}

/** The whole screen. */
export function renderScreen(view: ClusterView): string[] {
  const status = view.status === "" ? "not answering yet" : view.status;
  return [
    `cluster ${status}, version ${view.version}`,
    "",
    ...view.masters.map((master) => masterLine(master, view)),
    ...view.nodes.map((node) => nodeLine(node, view)),
    "",
    ...shardTable(view),
  ];
}

function masterLine(master: ProcessView, view: ClusterView): string {
  const isLeader = master.running && master.id === view.leaderId;
  const role = isLeader ? `leader of term ${view.term}` : "follower";
  const what = view.leaderId === "" ? "electing" : role;
  return processLine("master", master, master.running ? what : "").trimEnd();
}

function nodeLine(node: ProcessView, view: ClusterView): string {
  const known = view.registered.find((one) => one.id === node.id);
  return processLine("node", node, known?.status.toLowerCase() ?? "not registered");
}

function processLine(kind: string, one: ProcessView, what: string): string {
  const state = one.running ? `pid ${one.pid ?? "?"}` : "not running";
  return `  ${kind.padEnd(7)}${one.id.padEnd(4)}${one.address.padEnd(17)}${state.padEnd(13)}${what}`;
}

/** A row for each shard, a column for each node, and one for copies without a node. */
function shardTable(view: ClusterView): string[] {
  const columns = [...view.nodes.map((node) => node.id), "unassigned"];
  const width = 18;
  const row = (first: string, cells: readonly string[]): string =>
    `  ${first.padEnd(10)}${cells.map((cell) => cell.padEnd(width)).join("")}`.trimEnd();
  const rows = view.shards.map((shard) =>
    row(
      `${shard.indexName}/${shard.shard}`,
      columns.map((column) => cellOf(shard, column)),
    ),
  );
  return [row("shard", columns), ...rows];
}

function cellOf(shard: ShardView, column: string): string {
  return shard.copies
    .filter((copy) => placeOf(copy) === column)
    .map((copy) => `${copy.role === "primary" ? "P" : "r"} ${copy.state.toLowerCase()}`)
    .join(", ");
}

function placeOf(copy: CopyView): string {
  return copy.state === "UNASSIGNED" ? "unassigned" : copy.nodeId;
}

/** What is different in `after`, a line for each fact. */
export function renderChanges(before: ClusterView | undefined, after: ClusterView): string[] {
  const lines: string[] = [];
  if (after.leaderId !== "" && after.leaderId !== before?.leaderId) {
    lines.push(`${after.leaderId} leads in term ${after.term}`);
  }
  for (const node of after.registered) {
    const known = before?.registered.find((one) => one.id === node.id);
    if (known?.status !== node.status) lines.push(`node ${node.id} is ${node.status}`);
  }
  for (const shard of after.shards) {
    const known = before?.shards.find((one) => isSame(one, shard));
    const seen = new Set(known?.copies.map(copyText));
    const fresh = shard.copies.map(copyText).filter((text) => !seen.has(text));
    lines.push(...fresh.map((text) => `${shard.indexName}/${shard.shard} ${text}`));
  }
  if (after.status !== "" && after.status !== before?.status) {
    lines.push(`the cluster is ${after.status}`);
  }
  return lines;
}

function isSame(a: ShardView, b: ShardView): boolean {
  return a.indexName === b.indexName && a.shard === b.shard;
}

function copyText(copy: CopyView): string {
  if (copy.state !== "UNASSIGNED") return `${copy.role} on ${copy.nodeId} is ${copy.state}`;
  return `${copy.role} is UNASSIGNED${copy.reason === "" ? "" : ` (${copy.reason})`}`;
}
