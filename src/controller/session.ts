/**
 * What the parts of one leadership share: its epoch, the view of the state, the nodes, and the
 * means to act. A session begins when the epoch's first entry is applied here and ends with its
 * signal; nothing of it outlives it. Only wiring, no behaviour of its own.
 */
import type { ClusterView } from "../allocation/cluster-view.js";
import type { Clock } from "../base/clock.js";
import type { Logger } from "../base/log.js";
import type { Random } from "../base/random.js";
import type { ControlPlane } from "../controlplane/port.js";
import type { LeadershipFence } from "./leadership-fence.js";
import type { MetricsSink } from "./metrics.js";
import type { NodeTracker } from "./node-tracker.js";
import type { Proposer } from "./proposer.js";

/** See the file comment. */
export interface Session {
  readonly epoch: number;
  readonly signal: AbortSignal;
  readonly controlPlane: ControlPlane;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: MetricsSink;
  readonly newId: () => string;
  readonly view: ClusterView;
  readonly trackers: Map<string, NodeTracker>;
  readonly fence: LeadershipFence;
  readonly proposer: Proposer;
  /** Has everything that is to be looked at looked at, soon and once. */
  readonly wake: () => void;
}
