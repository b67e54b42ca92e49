/**
 * The body of a snapshot: every item of the state as one line of JSON, in no order. Written and
 * read in slices, so that the main loop goes on; what is read is checked against the state's hash
 * before anyone sees it.
 */
import { exitCode, FatalError, MasterError } from "../../base/errors.js";
import { itemsOf, type Item } from "../../state/items.js";
import type { ClusterState } from "../../state/model.js";
import type { SnapshotStore } from "../../storage/snapshot/snapshot-store.js";
import { snapshotId } from "../../storage/snapshot/snapshot-store.js";
import type { PeerAddress, SnapshotId } from "../../transport/types.js";
import { snapshotChunkBytes } from "./limits.js";
import type { MachineState } from "./machine.js";
import {
  buildMachineState,
  decodeItemLine,
  decodeMeta,
  encodeItemLine,
  encodeMeta,
  type MachineMeta,
} from "./machine-codec.js";

/** A restored snapshot. */
export interface RestoredSnapshot {
  readonly state: MachineState;
  readonly meta: MachineMeta;
  /** Size of the file. */
  readonly bytes: number;
}

/** Writes the state as a snapshot; resolves with the size of its body when it is durable. */
export async function writeSnapshot(
  snapshots: SnapshotStore,
  head: SnapshotId & { readonly meta: MachineMeta },
  cluster: ClusterState,
): Promise<number> {
  const { logIndex, term } = head;
  const meta = Buffer.from(encodeMeta(head.meta), "utf8");
  const writer = await snapshots.create({ logIndex, term, meta });
  let bytes = 0;
  try {
    for (const text of bodyChunks(cluster)) {
      const chunk = Buffer.from(text, "utf8");
      bytes += chunk.length;
      await writer.write(chunk);
    }
    await writer.finish();
  } catch (thrown) {
    writer.abort();
    throw thrown;
  }
  return bytes;
}

function* bodyChunks(cluster: ClusterState): Generator<string, undefined> {
  let text = "";
  for (const item of itemsOf(cluster)) {
    text += encodeItemLine(item);
    if (text.length >= snapshotChunkBytes) {
      yield text;
      text = "";
    }
  }
  if (text !== "") yield text;
  return undefined;
}

/**
 * Reads a snapshot of this member back.
 *
 * @throws MasterError `corrupt` when it is damaged or not what a snapshot holds.
 */
export async function readSnapshot(
  snapshots: SnapshotStore,
  id: SnapshotId,
  founders: readonly PeerAddress[],
): Promise<RestoredSnapshot> {
  const name = snapshotId(id);
  const reading = await snapshots.open(name);
  const meta = decodeMeta(Buffer.from(reading.header.meta).toString("utf8"), founders);
  if (meta === undefined) throw unreadable(name, "its description is not one of this release");
  const items: Item[] = [];
  let rest = "";
  let bytes = 0;
  const decoder = new TextDecoder();
  for await (const chunk of reading.chunks) {
    bytes += chunk.byteLength;
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) items.push(itemOf(line, name));
  }
  if (rest !== "") throw unreadable(name, "its last line is cut off");
  const state = buildMachineState(id, meta, items);
  if (typeof state === "string") throw unreadable(name, state);
  snapshots.confirmUsable(name);
  return { state, meta, bytes };
}

function itemOf(line: string, name: string): Item {
  const item = decodeItemLine(line);
  if (item === undefined) throw unreadable(name, "a line is not an item");
  return item;
}

function unreadable(name: string, why: string): MasterError {
  return new MasterError("corrupt", `snapshot ${name} cannot be used: ${why}`);
}

/**
 * Takes a snapshot from a peer, verifies all of it and makes it durable here.
 *
 * @throws MasterError `corrupt` when what arrived is not what was offered.
 */
export async function receiveSnapshot(
  snapshots: SnapshotStore,
  id: SnapshotId,
  from: {
    readonly pieces: AsyncIterable<Uint8Array>;
    readonly founders: readonly PeerAddress[];
  },
): Promise<MachineState> {
  const writer = snapshots.receive(snapshotId(id));
  try {
    for await (const piece of from.pieces) await writer.write(piece);
  } catch (thrown) {
    writer.abort();
    throw thrown;
  }
  await writer.finish();
  return (await readSnapshot(snapshots, id, from.founders)).state;
}

/** A snapshot file as it is, in pieces, for a peer; undefined when it is not held. */
export function rawSnapshot(
  snapshots: SnapshotStore,
  id: SnapshotId,
): AsyncIterable<Uint8Array> | undefined {
  const name = snapshotId(id);
  return snapshots.list().some((file) => file.id === name) ? rawPieces(snapshots, name) : undefined;
}

async function* rawPieces(
  snapshots: SnapshotStore,
  name: string,
): AsyncGenerator<Uint8Array, undefined> {
  for (let offset = 0; ;) {
    const { bytes } = await snapshots.readChunkAt(name, offset);
    if (bytes.byteLength === 0) return undefined;
    offset += bytes.byteLength;
    yield bytes;
  }
}

/** The failure of a member that has neither a usable store nor a usable snapshot. */
export function nothingToRestore(floorLogIndex: number, why: string): FatalError {
  const text =
    `the log begins behind position ${String(floorLogIndex)}, and no snapshot reaches that far: ` +
    `${why}; restore the data directory from a copy, or replace this member`;
  return new FatalError(exitCode.dataRefused, text, { floorLogIndex });
}
