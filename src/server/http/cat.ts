/**
 * `/_cat` tables: text for people, JSON for programs, with OpenSearch's columns as far as this
 * cluster has something to say. Rows are made in slices, because a table may be long.
 */
import type { Clock } from "../../base/clock.js";
import { MasterError } from "../../base/errors.js";
import type { ReadView } from "../../controlplane/port.js";
import type { ClusterState, ShardCopy, ShardRecord } from "../../state/model.js";
import { Slicer } from "../grpc/slicer.js";
import { catRowsMax } from "../limits.js";
import { flagOf } from "./query.js";
import type { Query } from "./query.js";

/** Parameters that every table knows. */
export const catParameters = ["h", "v"] as const;

type Row = Readonly<Record<string, string | null>>;

/** A table: its columns, those shown by default first. */
export interface Table {
  readonly columns: readonly string[];
  readonly shownByDefault: number;
  rows(view: ReadView): Iterable<Row>;
}

/** Every copy of every shard. */
export const shardsTable: Table = {
  columns: [
    ...["index", "shard", "prirep", "state", "docs", "store", "ip", "node"],
    ...["id", "unassigned.reason", "unassigned.at", "unassigned.details"],
  ],
  shownByDefault: 8,
  rows: ({ state }) => shardRows(state),
};

/** Every registered node. */
export const nodesTable: Table = {
  columns: ["ip", "node.role", "cluster_manager", "name", "status", "id", "port", "version"],
  shownByDefault: 5,
  rows: ({ state, leader }) => nodeRows(state, leader.nodeId),
};

/** The text of a table. @throws MasterError when it is too long or a column is unknown. */
export async function renderTable(
  table: Table,
  view: ReadView,
  options: { readonly query: Query; readonly json: boolean; readonly clock: Clock },
): Promise<string> {
  const { query, json, clock } = options;
  const columns = columnsOf(table, query);
  const slicer = new Slicer(clock);
  const rows: (string | null)[][] = [];
  for (const row of table.rows(view)) {
    if (rows.length >= catRowsMax) {
      const text = `the table has more than ${String(catRowsMax)} rows; use GetClusterState in pages`;
      throw new MasterError("overloaded", text);
    }
    rows.push(columns.map((column) => row[column] ?? null));
    if (slicer.due()) await slicer.pause();
  }
  if (json) return jsonOf(columns, rows, slicer);
  const header = flagOf(query, "v") ? [[...columns]] : [];
  return textOf([...header, ...rows], slicer);
}

function columnsOf(table: Table, query: Query): readonly string[] {
  const asked = query["h"];
  if (asked === undefined) return table.columns.slice(0, table.shownByDefault);
  const columns = asked.split(",");
  const unknown = columns.find((column) => !table.columns.includes(column));
  if (unknown === undefined) return columns;
  const text = `unknown column [${unknown}]; there are [${table.columns.join(", ")}]`;
  throw new MasterError("invalid_argument", text);
}

async function jsonOf(
  columns: readonly string[],
  rows: readonly (string | null)[][],
  slicer: Slicer,
): Promise<string> {
  const parts: string[] = [];
  for (const row of rows) {
    parts.push(JSON.stringify(Object.fromEntries(columns.map((name, at) => [name, row[at]]))));
    if (slicer.due()) await slicer.pause();
  }
  return `[${parts.join(",")}]`;
}

async function textOf(rows: readonly (string | null)[][], slicer: Slicer): Promise<string> {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) {
      widths[at] = Math.max(widths[at] ?? 0, cell?.length ?? 0);
    }
  }
  const lines: string[] = [];
  for (const row of rows) {
    const cells = row.map((cell, at) => (cell ?? "").padEnd(widths[at] ?? 0));
    lines.push(cells.join(" ").trimEnd());
    if (slicer.due()) await slicer.pause();
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function* shardRows(state: ClusterState): Generator<Row, undefined> {
  for (const record of state.indices.sortedValues()) {
    for (const shard of record.shards) {
      for (const copy of shard.copies) {
        // The target of a move is the other end of its source's row.
        if (copy.state === "INITIALIZING" && copy.relocatesSlot >= 0) continue;
        yield shardRow(state, record.name, { shard, copy });
      }
    }
  }
  return undefined;
}

function shardRow(
  state: ClusterState,
  index: string,
  place: { readonly shard: ShardRecord; readonly copy: ShardCopy },
): Row {
  const { shard, copy } = place;
  const row = {
    index,
    shard: String(shard.number),
    prirep: copy.role === "primary" ? "p" : "r",
    state: copy.state,
    id: copy.allocationId,
  };
  if (copy.state === "UNASSIGNED") {
    return {
      ...row,
      "unassigned.reason": copy.reason.toUpperCase(),
      "unassigned.at": new Date(copy.sinceMs).toISOString(),
      "unassigned.details": copy.detail === "" ? null : copy.detail,
    };
  }
  const ip = ipOf(state, copy.nodeId);
  if (copy.state !== "RELOCATING") return { ...row, ip, node: copy.nodeId };
  const target = shard.copies.find((other) => other.slot === copy.targetSlot);
  const to = target?.nodeId ?? "";
  return { ...row, ip, node: `${copy.nodeId} -> ${ipOf(state, to)} ${to} ${to}` };
}

function ipOf(state: ClusterState, nodeId: string): string {
  return state.nodes.get(nodeId)?.bindAddr ?? "";
}

const roleLetters = { data: "d", master: "m", coordination: "-", ingest: "i", unknown: "-" };

function* nodeRows(state: ClusterState, leaderId: string): Generator<Row, undefined> {
  for (const node of state.nodes.sortedValues()) {
    yield {
      ip: node.bindAddr,
      "node.role": roleLetters[node.nodeType],
      cluster_manager: node.nodeId === leaderId ? "*" : "-",
      name: node.nodeId,
      status: node.status,
      id: node.nodeId,
      port: String(node.grpcPort),
      version: node.attributes.version,
    };
  }
  return undefined;
}
