/** What the controller is given by the composition root. No behaviour. */
import type { Clock } from "../base/clock.js";
import type { Logger } from "../base/log.js";
import type { Random } from "../base/random.js";
import type { ControlPlane } from "../controlplane/port.js";
import type { DataNodeClient } from "./data-node-calls.js";
import type { MetricsSink } from "./metrics.js";

/** How the controller behaves. */
export interface ControllerOptions {
  /** After a pause of the process this long, leadership is confirmed before anything is sent. */
  readonly electionTimeoutMs: number;
}

/** What the controller works with. */
export interface ControllerDeps {
  readonly controlPlane: ControlPlane;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: MetricsSink;
  /** A fresh allocation id: 22 characters. */
  readonly newId: () => string;
  /** A client for host:port; it connects when first used. */
  readonly dialDataNode: (address: string) => DataNodeClient;
  /** Runs the callback soon, after the present work: setImmediate in the daemon. */
  readonly defer: (callback: () => void) => void;
}
