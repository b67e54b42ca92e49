/** What a node's frame (server, membership, life) needs from either kind of data node. */
import type { DataServiceHandlers } from "../wire/gen/quidditch/data/DataService.js";
import type { DocumentServiceHandlers } from "../wire/gen/quidditch/devnode/DocumentService.js";
import type { NodeStats } from "../wire/gen/quidditch/master/NodeStats.js";

/** A data node without its network and its life. */
export interface NodeBehaviour {
  /** Registered with the masters. */
  readonly capabilities: readonly string[];
  readonly dataHandlers: DataServiceHandlers;
  readonly documentHandlers: DocumentServiceHandlers;
  /** What a heartbeat says; undefined while the node must be silent. */
  heartbeatStats(): NodeStats | undefined;
  /** A master acknowledged a registration. */
  onRegistered(): void;
  /** Ends all background work and closes the files; what is on disk stays. */
  close(): Promise<void>;
}
