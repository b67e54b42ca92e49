/**
 * Takes the snapshots that a leader offers: pulls one, verifies all of it, makes it durable, and
 * lets the core decide. One at a time; a leader offers again what did not arrive.
 */
import { FatalError, MasterError } from "../../base/errors.js";
import type { Logger } from "../../base/log.js";
import type { Membership, SnapshotMessage } from "../../raft/types.js";
import type { SnapshotStore } from "../../storage/snapshot/snapshot-store.js";
import type { PeerAddress, Transport } from "../../transport/types.js";
import type { MachineState } from "./machine.js";
import { receiveSnapshot } from "./snapshot-body.js";

/** What receiving works with. */
export interface ReceiverDeps {
  readonly snapshots: SnapshotStore;
  readonly transport: Pick<Transport, "fetchSnapshot">;
  readonly logger: Logger;
  readonly founders: readonly PeerAddress[];
  /** The data is here; the core decides what becomes of it. */
  readonly install: (message: SnapshotMessage, state: MachineState) => void;
  /** The disk failed; the process must end. */
  readonly onFatal: (error: FatalError) => void;
}

/** See the file comment. */
export class SnapshotReceiver {
  readonly #deps: ReceiverDeps;
  #receiving = false;

  constructor(deps: ReceiverDeps) {
    this.#deps = deps;
  }

  /** A leader offers a snapshot. */
  onOffered(message: SnapshotMessage): void {
    if (this.#receiving) return;
    this.#receiving = true;
    this.#receive(message)
      .catch((thrown: unknown) => {
        if (thrown instanceof FatalError) {
          this.#deps.onFatal(thrown);
          return;
        }
        const { logIndex } = message.snapshot;
        this.#deps.logger.warn(
          { event: "snapshot-fetch-failed", logIndex, reason: String(thrown) },
          "could not fetch a snapshot; the leader offers it again",
        );
      })
      .finally(() => {
        this.#receiving = false;
      });
  }

  async #receive(message: SnapshotMessage): Promise<void> {
    const { snapshots, transport, founders, install } = this.#deps;
    const { snapshot, from } = message;
    const pieces = transport.fetchSnapshot(from, snapshot);
    const state = await receiveSnapshot(snapshots, snapshot, { pieces, founders });
    // The core takes the membership from the offer, everybody else from the data.
    const offered = textOf(snapshot.membership);
    if (offered !== textOf(state.directory.membership)) {
      throw new MasterError("corrupt", "the offered membership is not that of the snapshot");
    }
    install(message, state);
  }
}

function textOf(membership: Membership): string {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = membership;
  return JSON.stringify([voters, votersOutgoing, learners, learnersNext, autoLeave]);
}
