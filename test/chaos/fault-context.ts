/** What every fault of a chaos run is given to work with. */
import type { ChaosCluster } from "./cluster.js";

/** See the file comment. */
export interface FaultContext {
  readonly cluster: ChaosCluster;
  /** Aborted when the run is over: everything is undone early. */
  readonly over: AbortSignal;
  /** While true no fault begins, because something needs a while without. */
  readonly calm: { wanted: boolean };
  readonly say: (text: string) => void;
}
