/**
 * Asks every data node how it is: a short question about once a second, spread by jitter and
 * bounded in concurrency, and now and then the long one for all its shards. Signs of life go to
 * the node's tracker, reports too; judging and reconciling are done elsewhere.
 */
import type { NodeAnswer } from "./data-node.js";
import type { CallFailure } from "./data-node-calls.js";
import { HeldShards } from "./held-shards.js";
import { limits } from "./limits.js";
import { observe, type Sign } from "./liveness.js";
import type { NodeTracker } from "./node-tracker.js";
import type { Session } from "./session.js";

/** See the file comment. */
export class Prober {
  readonly #session: Session;
  #inFlight = 0;
  #rotateAtMs: number;
  #rotatedId = "";

  constructor(session: Session) {
    this.#session = session;
    this.#rotateAtMs = session.clock.monotonicMs() + limits.rotationMs;
  }

  /** Starts every probe that is due. */
  tick(nowMs: number): void {
    this.#rotate(nowMs);
    for (const tracker of this.#session.trackers.values()) {
      if (nowMs >= tracker.pollAtMs && !tracker.probing) this.#poll(tracker, nowMs);
      const isDue = nowMs >= tracker.nextProbeAtMs && !tracker.probing;
      if (!isDue) continue;
      if (this.#inFlight >= limits.probesInFlightCountMax) return;
      this.#start(tracker);
    }
  }

  /** Asks one node in turn for everything, so that a count that fits by chance hides nothing. */
  #rotate(nowMs: number): void {
    if (nowMs < this.#rotateAtMs) return;
    this.#rotateAtMs = nowMs + limits.rotationMs;
    const ids = [...this.#session.trackers.keys()].sort();
    const nextId = ids.find((id) => id > this.#rotatedId) ?? ids[0];
    if (nextId === undefined) return;
    this.#rotatedId = nextId;
    this.#session.trackers.get(nextId)?.requestReport(nowMs);
  }

  #poll(tracker: NodeTracker, nowMs: number): void {
    tracker.requestReport(nowMs);
    tracker.pollAtMs = nowMs + tracker.pollDelayMs;
    tracker.pollDelayMs = Math.min(tracker.pollDelayMs * 2, limits.pollMaxMs);
  }

  #start(tracker: NodeTracker): void {
    tracker.probing = true;
    this.#inFlight += 1;
    const done = (): void => {
      this.#inFlight -= 1;
      tracker.probing = false;
      this.#session.wake();
    };
    this.#probe(tracker).then(done, done);
  }

  async #probe(tracker: NodeTracker): Promise<void> {
    const { clock, view, signal, metrics } = this.#session;
    const includeShards = tracker.wantsReport;
    tracker.wantsReport = false;
    tracker.nextProbeAtMs = this.#nextProbeMs();
    const requestedAtVersion = view.state.version;
    const deadlineMs = includeShards ? limits.reportDeadlineMs : limits.probeDeadlineMs;
    const answer = await tracker.client.getNodeStats({ includeShards }, { deadlineMs, signal });
    if (signal.aborted || !this.#isCurrent(tracker)) return;
    const nowMs = clock.monotonicMs();
    if (!answer.ok) {
      if (includeShards) tracker.wantsReport = true;
      metrics.count("probes_finished", { outcome: answer.failure.kind });
      this.#sign(tracker, signOf(answer.failure), nowMs);
      return;
    }
    metrics.count("probes_finished", { outcome: "ok" });
    const stranger = this.#strangerIn(tracker, answer.value);
    if (stranger !== "") {
      tracker.wantsReport = true;
      this.#sign(tracker, { kind: "stranger", reason: stranger }, nowMs);
      return;
    }
    this.#answered(tracker, answer.value, { includeShards, requestedAtVersion, nowMs });
  }

  #answered(
    tracker: NodeTracker,
    answer: NodeAnswer,
    probe: {
      readonly includeShards: boolean;
      readonly requestedAtVersion: number;
      readonly nowMs: number;
    },
  ): void {
    const { includeShards, requestedAtVersion, nowMs } = probe;
    const wasReachable = tracker.liveness.reachable;
    tracker.stats = answer.stats;
    this.#sign(tracker, { kind: "answered" }, nowMs);
    if (includeShards) {
      this.#session.metrics.count("reports_received");
      tracker.takeReport(new HeldShards(answer.shards, requestedAtVersion, tracker.held), nowMs);
      return;
    }
    const { held } = tracker;
    const isMiscounted = held !== undefined && held.count !== answer.stats.totalShards;
    const mayRecount = tracker.inFlight.size === 0 && nowMs - tracker.heldAtMs >= limits.recountMs;
    if (!wasReachable || (isMiscounted && mayRecount)) tracker.requestReport(nowMs);
  }

  #sign(tracker: NodeTracker, sign: Sign, nowMs: number): void {
    tracker.liveness = observe(tracker.liveness, sign, nowMs);
    if (sign.kind === "answered") tracker.lastSeenWallMs = this.#session.clock.wallMs();
  }

  #isCurrent(tracker: NodeTracker): boolean {
    return this.#session.trackers.get(tracker.nodeId) === tracker;
  }

  /** Who answered in the node's place, in words; empty when the node itself did. */
  #strangerIn(tracker: NodeTracker, answer: NodeAnswer): string {
    if (answer.nodeId !== tracker.nodeId) return `wrong_node: [${answer.nodeId}] answers there`;
    const { clusterUuid } = this.#session.view.state;
    if (answer.clusterUuid === "" || answer.clusterUuid === clusterUuid) return "";
    return `wrong_cluster: the node belongs to cluster ${answer.clusterUuid}`;
  }

  #nextProbeMs(): number {
    const { clock, random } = this.#session;
    const spreadMs = (limits.probeIntervalMs * limits.probeJitterPercent) / 100;
    const jitterMs = random.below(spreadMs) - spreadMs / 2;
    return clock.monotonicMs() + limits.probeIntervalMs + jitterMs;
  }
}

function signOf(failure: CallFailure): Sign {
  return failure.kind === "unreachable" ? { kind: "refused" } : { kind: "silent" };
}
