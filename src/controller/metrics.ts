/**
 * Where the controller counts what it does. An interface, so that it knows no metrics library; the
 * composition root connects it.
 */

/** Counters and durations by name. Names and labels are few and fixed. */
export interface MetricsSink {
  /** Adds one to a counter. */
  count(name: ControllerCounter, labels?: Readonly<Record<string, string>>): void;
  /** Takes one sample of a duration in ms. */
  observe(name: ControllerTimer, durationMs: number): void;
}

/** What is counted. */
export type ControllerCounter =
  | "orders_sent"
  | "orders_finished"
  | "probes_finished"
  | "reports_received"
  | "assignments_proposed"
  | "assignments_rejected"
  | "verdicts_proposed"
  | "proposals_failed";

/** What is timed. */
export type ControllerTimer = "plan_ms" | "reconcile_ms" | "order_ms";

/** Counts nothing. */
export const noMetrics: MetricsSink = {
  count: () => undefined,
  observe: () => undefined,
};
