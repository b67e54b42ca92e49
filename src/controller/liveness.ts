/**
 * What heartbeats, answers to probes and silence say about a node: a pure judgement over signs and
 * times. It probes nothing and proposes nothing; only a judgement that differs from the state's
 * becomes a command.
 */
import type { NodeStatus } from "../state/model.js";
import { limits } from "./limits.js";

/** What the leader remembers of a node's signs of life; times by its monotonic clock. */
export interface Liveness {
  /** Last heartbeat, right answer, or the moment from which grace was given. */
  readonly heardAtMs: number;
  /** Last right answer to a probe, or the moment from which grace was given. */
  readonly answeredAtMs: number;
  /** Connections refused or reset since the last sign of life. */
  readonly refusals: number;
  /** Whether the last probe was answered rightly; orders are only sent while it is. */
  readonly reachable: boolean;
  /** Who or what answered instead; empty when nobody wrong did. */
  readonly stranger: string;
}

/** A sign of life or the lack of it. */
export type Sign =
  | { readonly kind: "heartbeat" }
  /** A probe was answered by this node, under this cluster's name or none. */
  | { readonly kind: "answered" }
  /** A probe was answered by another node, or by a node of another cluster. */
  | { readonly kind: "stranger"; readonly reason: string }
  /** The connection was refused or reset. */
  | { readonly kind: "refused" }
  /** No answer within the deadline, or one that says nothing. */
  | { readonly kind: "silent" };

/** A judgement. The reason is made of constant words, so that equal judgements are equal. */
export interface Verdict {
  readonly status: NodeStatus;
  /** Empty when healthy. */
  readonly reason: string;
}

/** A node at the start of a leadership or after it registered; an OFFLINE one gets no grace. */
export function initialLiveness(nowMs: number, status: NodeStatus): Liveness {
  const atMs = status === "offline" ? -Infinity : nowMs;
  return { heardAtMs: atMs, answeredAtMs: atMs, refusals: 0, reachable: false, stranger: "" };
}

/** What is remembered after a sign. */
export function observe(liveness: Liveness, sign: Sign, nowMs: number): Liveness {
  switch (sign.kind) {
    case "heartbeat":
      return { ...liveness, heardAtMs: nowMs, refusals: 0 };
    case "answered":
      return {
        heardAtMs: nowMs,
        answeredAtMs: nowMs,
        refusals: 0,
        reachable: true,
        stranger: "",
      };
    case "stranger":
      return { ...liveness, refusals: 0, reachable: false, stranger: sign.reason };
    case "refused":
      return { ...liveness, refusals: liveness.refusals + 1, reachable: false, stranger: "" };
    case "silent":
      return { ...liveness, reachable: false };
  }
}

/** The judgement at `nowMs`. Where copies can only wait for their node it is patient. */
export function judge(
  liveness: Liveness,
  node: { readonly peerRecovery: boolean },
  nowMs: number,
): Verdict {
  if (liveness.refusals >= limits.refusalsCountMax) {
    return { status: "offline", reason: "connection refused or reset" };
  }
  const silentMs = nowMs - liveness.heardAtMs;
  const lostAfterMs = node.peerRecovery ? limits.lostAfterMs : limits.lostWithoutRecoveryAfterMs;
  if (silentMs >= lostAfterMs) {
    return { status: "offline", reason: liveness.stranger === "" ? "silent" : liveness.stranger };
  }
  if (liveness.stranger !== "") return { status: "unhealthy", reason: liveness.stranger };
  if (silentMs >= limits.suspectAfterMs) return { status: "unhealthy", reason: "silent" };
  if (nowMs - liveness.answeredAtMs >= limits.suspectAfterMs) {
    return { status: "degraded", reason: "sends heartbeats but does not answer" };
  }
  return { status: "healthy", reason: "" };
}

/** Whether the judgement is news: the reasons of two OFFLINE verdicts make no difference. */
export function isNews(
  known: { readonly status: NodeStatus; readonly statusReason: string },
  verdict: Verdict,
): boolean {
  if (known.status !== verdict.status) return true;
  return verdict.status !== "offline" && known.statusReason !== verdict.reason;
}
