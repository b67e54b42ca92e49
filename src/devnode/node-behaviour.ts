/** What a node's frame (server, membership, life) needs from either kind of data node. */
import type { NodeStats } from "../wire/gen/quidditch/master/NodeStats.js";
import type { DataCalls, DocumentCalls } from "./node-calls.js";

/** A data node without its network and its life. */
export interface NodeBehaviour {
  /** Registered with the masters. */
  readonly capabilities: readonly string[];
  readonly data: DataCalls;
  readonly documents: DocumentCalls;
  /** What a heartbeat says; undefined while the node must be silent. */
  heartbeatStats(): NodeStats | undefined;
  /** A master acknowledged a registration. */
  onRegistered(): void;
  /** Ends all background work and closes the files; what is on disk stays. */
  close(): Promise<void>;
}
