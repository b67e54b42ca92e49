/**
 * What one leadership remembers of one data node: signs of life, its last report, what is to be
 * looked at, what was ordered and when to try again. Mutable, with the session as its only writer.
 * It sends nothing and decides nothing.
 */
import type { ClusterView } from "../allocation/cluster-view.js";
import type { NodeRecord } from "../state/model.js";
import type { Order, ReportedStats } from "./data-node.js";
import type { DataNodeClient } from "./data-node-calls.js";
import type { HeldShards } from "./held-shards.js";
import { limits } from "./limits.js";
import { initialLiveness, type Liveness } from "./liveness.js";

/** An order that did not succeed and when it may be repeated. */
export interface Retry {
  /** Kind and allocation id: another order about the shard starts afresh. */
  readonly marker: string;
  readonly tries: number;
  readonly notBeforeMs: number;
}

/** See the file comment. Keys are those of the cluster view. */
export class NodeTracker {
  record: NodeRecord;
  readonly client: DataNodeClient;
  liveness: Liveness;
  held: HeldShards | undefined;
  heldAtMs: number = -Infinity;
  stats: ReportedStats | undefined;
  lastSeenWallMs: number | undefined;

  probing = false;
  wantsReport = true;
  nextProbeAtMs: number;
  /** Copies that recover on the node and whose end is waited for. */
  readonly recovering: Set<string> = new Set<string>();
  pollAtMs: number = Infinity;
  pollDelayMs: number = limits.pollMs;

  readonly dirty: Set<string> = new Set<string>();
  dirtyAll = false;
  /** Whether the state lists exactly the dangling shards of the last report. */
  danglingSettled = false;
  danglingProposed = false;
  verdictProposed = false;
  /** Whether the node counted as ready for copies when last looked at. */
  wasReady = false;

  readonly inFlight: Map<string, Order> = new Map<string, Order>();
  readonly retries: Map<string, Retry> = new Map<string, Retry>();
  /** Until when a shard is not to be placed here; Infinity = until the process restarts. */
  readonly refusals: Map<string, number> = new Map<string, number>();

  constructor(record: NodeRecord, client: DataNodeClient, nowMs: number) {
    this.record = record;
    this.client = client;
    this.liveness = initialLiveness(nowMs, record.status);
    this.nextProbeAtMs = nowMs;
  }

  get nodeId(): string {
    return this.record.nodeId;
  }

  /** Whether copies may be placed here: alive, reported, and its leftovers known to the state. */
  get ready(): boolean {
    return (
      this.held !== undefined &&
      this.danglingSettled &&
      this.liveness.reachable &&
      this.record.status === "healthy"
    );
  }

  /** Whether the node counts as alive and its first report, or what follows from it, is due. */
  get awaitsFirstReport(): boolean {
    return this.record.status === "healthy" && (this.held === undefined || !this.danglingSettled);
  }

  /** Whether orders may be sent. */
  get mayOrder(): boolean {
    return this.held !== undefined && this.liveness.reachable && this.record.status !== "offline";
  }

  /** A full report is wanted soon. */
  requestReport(nowMs: number): void {
    this.wantsReport = true;
    const atMs = Math.max(nowMs, this.heldAtMs + limits.reportGapMs);
    this.nextProbeAtMs = Math.min(this.nextProbeAtMs, atMs);
  }

  /** What was known of the node's shards no longer holds: its process is gone or another one. */
  forgetReport(nowMs: number): void {
    this.held = undefined;
    this.danglingSettled = false;
    this.recovering.clear();
    this.requestReport(nowMs);
  }

  takeReport(held: HeldShards, nowMs: number): void {
    this.held = held;
    this.heldAtMs = nowMs;
    this.danglingSettled = false;
    this.dirtyAll = true;
  }

  startRecovering(key: string, nowMs: number): void {
    if (this.recovering.has(key)) return;
    this.recovering.add(key);
    this.pollDelayMs = limits.pollMs;
    this.pollAtMs = Math.min(this.pollAtMs, nowMs + limits.pollMs);
  }

  stopRecovering(key: string): void {
    this.recovering.delete(key);
    if (this.recovering.size === 0) this.pollAtMs = Infinity;
  }

  /** Takes the keys to look at; all that could matter when everything is to be looked at. */
  takeDirty(view: ClusterView): Iterable<string> {
    if (!this.dirtyAll) {
      const keys = [...this.dirty];
      this.dirty.clear();
      return keys;
    }
    this.dirtyAll = false;
    this.dirty.clear();
    const load = view.load(this.nodeId);
    const keys = new Set([...load.held, ...load.returning, ...load.superseded]);
    for (const key of this.held?.keys() ?? []) keys.add(key);
    return keys;
  }
}
