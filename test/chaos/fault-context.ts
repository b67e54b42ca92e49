/** What every fault of a chaos run is given to work with. */
import type { ChaosCluster } from "./cluster.js";

/** See the file comment. */
export interface FaultContext {
  readonly cluster: ChaosCluster;
  /** Aborted when the run is over: everything is undone early. */
  readonly over: AbortSignal;
  readonly say: (text: string) => void;
}
