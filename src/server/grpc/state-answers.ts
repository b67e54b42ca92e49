/**
 * Answers of GetClusterState as ready bytes, put together from pieces (fragments.ts). A whole
 * answer is kept per combination of what was asked for, until the state, the leader or the coarse
 * `last_seen` changes. It decides nothing about how new the state must be.
 */
import type { Clock } from "../../base/clock.js";
import { MasterError } from "../../base/errors.js";
import { compareStrings } from "../../base/sorted.js";
import type { ReadView } from "../../controlplane/port.js";
import { clusterHealth } from "../../state/health.js";
import type { ClusterState, IndexRecord } from "../../state/model.js";
import { messages } from "../../wire/load.js";
import type { NodeReports } from "../deps.js";
import {
  answerBytesMax,
  answerCacheBytesMax,
  answerNearLimitPercent,
  lastSeenStepMs,
  pageBytesTarget,
} from "../limits.js";
import { toClusterStatus, toMasterNode } from "./convert.js";
import type { Fragments } from "./fragments.js";
import { fieldHead } from "./routing-bytes.js";
import { Slicer } from "./slicer.js";

/** ClusterStateResponse.routing_table = 6. */
const routingTableTag = 0x32;

/** What a caller asked for. */
export interface StateQuery {
  readonly routing: boolean;
  readonly nodes: boolean;
  readonly indices: boolean;
  readonly copies: boolean;
  /** Sorted and without repeats; empty = all. */
  readonly names: readonly string[];
  /** Undefined: the caller cannot page. Otherwise the name after which the page begins. */
  readonly pageAfter: string | undefined;
}

interface Deps {
  readonly clock: Clock;
  readonly nodeReports: Pick<NodeReports, "lastSeenMs">;
  readonly metrics: { stateAnswer(bytes: number, nearLimit: boolean): void };
  readonly fragments: Fragments;
}

interface Kept {
  readonly state: ClusterState;
  readonly stamp: string;
  readonly answer: Promise<Buffer>;
  bytes: number;
}

/** Pieces in order, with their size. */
class Pieces {
  readonly parts: Buffer[] = [];
  bytes = 0;

  push(part: Buffer): void {
    this.parts.push(part);
    this.bytes += part.length;
  }
}

/** See the file comment. One per process. */
export class StateAnswers {
  readonly #deps: Deps;
  readonly #kept = new Map<string, Kept>();
  #keptBytes = 0;
  #sorted: { readonly state: ClusterState; readonly names: readonly string[] } | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * The bytes of a ClusterStateResponse.
   *
   * @throws MasterError `limit_exceeded` when it would be too large for existing clients.
   */
  async answer(view: ReadView, query: StateQuery): Promise<Buffer> {
    if (query.names.length > 0 || query.pageAfter !== undefined) return this.#make(view, query);
    const { routing, nodes, indices, copies } = query;
    const key = [routing, nodes, indices, copies, view.stale].map(Number).join("");
    const { leader } = view;
    const step = nodes ? Math.floor(this.#deps.clock.wallMs() / lastSeenStepMs) : 0;
    const stamp = `${String(leader.epoch)} ${leader.nodeId} ${String(leader.isSelf)} ${String(step)}`;
    const known = this.#kept.get(key);
    if (known?.state === view.state && known.stamp === stamp) return known.answer;
    const answer = this.#make(view, query);
    this.#keep(key, { state: view.state, stamp, answer, bytes: 0 });
    return answer;
  }

  /** Keeps an answer in place of the one before; a failed one too, it fails again. */
  #keep(key: string, kept: Kept): void {
    this.#keptBytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    kept.answer.then(
      (bytes) => {
        if (this.#kept.get(key) !== kept) return;
        kept.bytes = bytes.length;
        this.#keptBytes += bytes.length;
        this.#evict();
      },
      () => undefined,
    );
  }

  /** Oldest first; the newest stays, it fits. */
  #evict(): void {
    for (const [key, kept] of this.#kept) {
      if (this.#keptBytes <= answerCacheBytesMax) return;
      this.#kept.delete(key);
      this.#keptBytes -= kept.bytes;
    }
  }

  async #make(view: ReadView, query: StateQuery): Promise<Buffer> {
    const slicer = new Slicer(this.#deps.clock);
    const lists = await this.#collect(view.state, query, slicer);
    const answer = new Pieces();
    answer.push(headOf(view, query, lists.nextName));
    for (const part of lists.indices.parts) answer.push(part);
    if (query.routing) {
      const head = messages.RoutingTable.serialize({ version: view.state.version });
      answer.push(fieldHead(routingTableTag, head.length + lists.routing.bytes));
      answer.push(head);
      for (const part of lists.routing.parts) answer.push(part);
    }
    if (query.nodes && isFirstPage(query)) this.#addNodes(view.state, answer);
    const nearBytes = (answerBytesMax * answerNearLimitPercent) / 100;
    this.#deps.metrics.stateAnswer(answer.bytes, answer.bytes >= nearBytes);
    requireFits(answer.bytes, view.state);
    return Buffer.concat(answer.parts, answer.bytes);
  }

  async #collect(
    state: ClusterState,
    query: StateQuery,
    slicer: Slicer,
  ): Promise<{ indices: Pieces; routing: Pieces; nextName: string | undefined }> {
    const indices = new Pieces();
    const routing = new Pieces();
    let last: string | undefined;
    if (!query.routing && !query.indices) return { indices, routing, nextName: undefined };
    for (const record of this.#records(state, query)) {
      const bytes = indices.bytes + routing.bytes;
      if (query.pageAfter === undefined) {
        requireFits(bytes, state);
      } else if (bytes >= pageBytesTarget) {
        return { indices, routing, nextName: last };
      }
      if (query.indices) indices.push(this.#deps.fragments.listedIndex(record));
      if (query.routing) routing.push(this.#deps.fragments.routing(record, query.copies));
      last = record.name;
      if (slicer.due()) await slicer.pause();
    }
    return { indices, routing, nextName: undefined };
  }

  /** Sorted only where an order is needed: whole answers are maps to their readers. */
  *#records(state: ClusterState, query: StateQuery): Generator<IndexRecord, undefined> {
    if (query.names.length === 0 && query.pageAfter === undefined) {
      yield* state.indices.values();
      return undefined;
    }
    const names = query.names.length > 0 ? query.names : this.#sortedNames(state);
    const after = query.pageAfter ?? "";
    for (let at = firstAfter(names, after); at < names.length; at += 1) {
      const record = state.indices.get(names[at] ?? "");
      if (record !== undefined) yield record;
    }
    return undefined;
  }

  /** The pages of one version share the order. */
  #sortedNames(state: ClusterState): readonly string[] {
    if (this.#sorted?.state.indices !== state.indices) {
      this.#sorted = { state, names: state.indices.sortedKeys() };
    }
    return this.#sorted.names;
  }

  #addNodes(state: ClusterState, answer: Pieces): void {
    for (const node of state.nodes.sortedValues()) {
      const seenMs = this.#deps.nodeReports.lastSeenMs(node.nodeId);
      const coarseMs =
        seenMs === undefined ? undefined : Math.floor(seenMs / lastSeenStepMs) * lastSeenStepMs;
      answer.push(this.#deps.fragments.listedNode(node, coarseMs));
    }
  }
}

/**
 * Page tokens name the version they were made at, for people who read them, and where to go on.
 * A page is of the version current when it is asked for, and says so: a caller that needs all
 * pages of one version compares and starts over.
 */
function pageTokenOf(version: number, lastName: string): string {
  return Buffer.from(`${String(version)}:${lastName}`).toString("base64url");
}

/** The name after which a page begins. @throws MasterError `invalid_argument`. */
export function pageAfterOf(token: string): string {
  if (token === "") return "";
  const match = /^\d+:(.+)$/s.exec(Buffer.from(token, "base64url").toString());
  const name = match?.[1];
  if (name === undefined) {
    throw new MasterError("invalid_argument", "page_token is none that this API gave out");
  }
  return name;
}

function isFirstPage(query: StateQuery): boolean {
  return query.pageAfter === undefined || query.pageAfter === "";
}

function headOf(view: ReadView, query: StateQuery, lastName: string | undefined): Buffer {
  const { state } = view;
  return messages.ClusterStateResponse.serialize({
    version: state.version,
    cluster_name: state.clusterName,
    cluster_uuid: state.clusterUuid,
    status: toClusterStatus(clusterHealth(state).status),
    master_node: toMasterNode(view.leader),
    ...(view.stale ? { stale: true } : {}),
    ...(lastName === undefined ? {} : { next_page_token: pageTokenOf(state.version, lastName) }),
    ...(query.indices && isFirstPage(query) ? { settings: state.settings } : {}),
  });
}

function requireFits(bytes: number, state: ClusterState): void {
  if (bytes <= answerBytesMax) return;
  throw new MasterError(
    "limit_exceeded",
    `the cluster state is larger than the ${String(answerBytesMax)} bytes of one answer ` +
      `(${String(state.indices.size)} indices); set page_token to read it in pages, ` +
      "or index_names to read a part of it",
    { indices: state.indices.size, bytesMax: answerBytesMax },
  );
}

/** Position of the first name behind `after` in sorted names. */
function firstAfter(names: readonly string[], after: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareStrings(names[middle] ?? "", after) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
