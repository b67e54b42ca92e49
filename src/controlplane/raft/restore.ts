/**
 * Puts the applied state together again at start: from the state store when it can be trusted,
 * else from the newest good snapshot, else from nothing; the log's entries behind it are applied
 * again as they are committed.
 */
import type { Clock } from "../../base/clock.js";
import { assert } from "../../base/assert.js";
import type { Logger } from "../../base/log.js";
import { noMember, type RestoredState, type SnapshotMeta } from "../../raft/types.js";
import { hashItems } from "../../state/hash.js";
import { itemsOf } from "../../state/items.js";
import type { Disk } from "../../storage/disk.js";
import type { DataPaths } from "../../storage/identity.js";
import type { OpenKeyValue } from "../../storage/key-value.js";
import { SnapshotStore } from "../../storage/snapshot/snapshot-store.js";
import { openStateStore, readBootId, type StateStore } from "../../storage/state-store.js";
import type { LogWitness, RecoveredLog } from "../../storage/wal/types.js";
import type { FormationRecord, PeerAddress, SnapshotId } from "../../transport/types.js";
import type { MachineState } from "./machine.js";
import { buildMachineState, decodeMeta, encodeMeta, hashText } from "./machine-codec.js";
import type { MachineMeta } from "./machine-codec.js";
import {
  nothingToRestore,
  rawSnapshot,
  readSnapshot,
  type RestoredSnapshot,
} from "./snapshot-body.js";

/** What the disk holds beside the log. */
export interface SavedStates {
  /** From the state store, when it can be trusted. */
  readonly stored: MachineState | undefined;
  readonly snapshot: RestoredSnapshot | undefined;
  /** Why something could not be used, for the line that says so. */
  readonly doubts: readonly string[];
  /** Positions that the log must reach. */
  readonly witnesses: readonly LogWitness[];
}

/** The open store and snapshots of a member. */
export class Stores {
  readonly store: StateStore;
  readonly snapshots: SnapshotStore;
  readonly #log: Logger;
  readonly #founders: readonly PeerAddress[];
  #newest: { logIndex: number; bytes: number } = { logIndex: 0, bytes: 0 };

  constructor(
    held: { readonly store: StateStore; readonly snapshots: SnapshotStore },
    founders: readonly PeerAddress[],
    log: Logger,
  ) {
    this.store = held.store;
    this.snapshots = held.snapshots;
    this.#founders = founders;
    this.#log = log;
  }

  /** Position and size of the newest snapshot after {@link load}. */
  get newestSnapshot(): { logIndex: number; bytes: number } {
    return this.#newest;
  }

  /** Reads and verifies everything. Doubt about the store or a snapshot is logged, not thrown. */
  async load(): Promise<SavedStates> {
    const doubts: string[] = [];
    const stored = await this.#loadStore(doubts);
    const snapshot = await this.#loadSnapshot(doubts);
    if (snapshot !== undefined) {
      this.#newest = { logIndex: snapshot.state.logIndex, bytes: snapshot.bytes };
    }
    for (const reason of doubts) {
      this.#log.warn({ event: "state-rebuild", reason }, "part of the state must be rebuilt");
    }
    const witnesses: LogWitness[] = [];
    if (stored !== undefined) {
      witnesses.push({ source: "the state store", logIndex: stored.logIndex });
    }
    return { stored, snapshot, doubts, witnesses };
  }

  /** Makes the store hold `state` when it holds anything else, so that it can be written on. */
  async align(
    state: MachineState,
    meta: MachineMeta,
    stored: MachineState | undefined,
  ): Promise<void> {
    if (stored === state) return;
    const { logIndex, term, hash } = state;
    const mark = { logIndex, term, hash, meta: encodeMeta(meta) };
    await this.store.replaceAll(itemsOf(state.cluster), mark);
  }

  /** The bytes of a snapshot for a peer. */
  openRaw(id: SnapshotId): AsyncIterable<Uint8Array> | undefined {
    return rawSnapshot(this.snapshots, id);
  }

  close(): Promise<void> {
    return this.store.close();
  }

  async #loadStore(doubts: string[]): Promise<MachineState | undefined> {
    const loaded = await this.store.load((items) => hashItems(items, hashText));
    if (loaded.kind === "rebuild") {
      doubts.push(`state store: ${loaded.reason}`);
      return undefined;
    }
    if (loaded.applied.logIndex === 0) return undefined;
    const meta = decodeMeta(loaded.applied.meta, this.#founders);
    if (meta === undefined) {
      doubts.push("state store: what accompanies the items is not of this release");
      return undefined;
    }
    const state = buildMachineState(loaded.applied, meta, [...loaded.items]);
    if (typeof state !== "string") return state;
    doubts.push(`state store: ${state}`);
    return undefined;
  }

  async #loadSnapshot(doubts: string[]): Promise<RestoredSnapshot | undefined> {
    for (const file of this.snapshots.list()) {
      try {
        return await readSnapshot(this.snapshots, file, this.#founders);
      } catch (thrown) {
        doubts.push(`snapshot ${file.id}: ${String(thrown)}`);
      }
    }
    return undefined;
  }
}

/** Opens store and snapshots of a data directory. */
export async function openStores(
  paths: DataPaths,
  formation: FormationRecord,
  deps: {
    readonly disk: Disk;
    readonly logger: Logger;
    readonly clock: Clock;
    readonly openKeyValue: OpenKeyValue;
  },
): Promise<Stores> {
  const { disk, logger, openKeyValue } = deps;
  const bootId = readBootId(disk);
  const store = await openStateStore({ disk, directory: paths.state, bootId, openKeyValue });
  const directory = paths.snapshots;
  const snapshots = new SnapshotStore({ disk, directory, clusterId: formation.clusterUuid });
  return new Stores({ store, snapshots }, formation.members, logger);
}

/** What the core and the machine start from. */
export interface RestoredMachine {
  readonly machine: MachineState;
  readonly raft: RestoredState;
}

/**
 * Chooses what to start from. Pure.
 *
 * @throws FatalError 79 when nothing reaches to where the log begins.
 */
export function restoreMachine(from: {
  readonly saved: SavedStates;
  readonly recovered: RecoveredLog;
  readonly empty: MachineState;
}): RestoredMachine {
  const { saved, recovered, empty } = from;
  const { floorLogIndex, hardState, lastLogIndex } = recovered;
  const snapshot = baseSnapshot(saved.snapshot?.state ?? empty);
  if (snapshot.logIndex < floorLogIndex) {
    throw nothingToRestore(floorLogIndex, saved.doubts.join("; ") || "none was found");
  }
  const usable = saved.stored !== undefined && saved.stored.logIndex >= snapshot.logIndex;
  const machine = (usable ? saved.stored : saved.snapshot?.state) ?? empty;
  const { membership } = machine.directory;
  const entries = recovered.entries.filter((entry) => entry.logIndex > snapshot.logIndex);
  const last = Math.max(lastLogIndex, snapshot.logIndex);
  assert(machine.logIndex <= last, "the log reaches to what was applied");
  const commit = Math.max(Math.min(hardState.commit, last), machine.logIndex);
  // A snapshot may have been received in a term that this member had not recorded yet.
  const known = hardState.term >= snapshot.term;
  const { term, vote } = known ? hardState : { term: snapshot.term, vote: noMember };
  const raft: RestoredState = {
    hardState: { term, vote, commit },
    snapshot,
    entries,
    applied: machine.logIndex,
    membership,
  };
  return { machine, raft };
}

function baseSnapshot({ logIndex, term, directory }: MachineState): SnapshotMeta {
  return { logIndex, term, membership: directory.membership };
}
