/** Damage to the data directory of a member that does not run, as disks and people do it. */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, assertDefined } from "../../../src/base/assert.js";
import {
  buildMachineState,
  decodeMeta,
  encodeMeta,
  hashText,
} from "../../../src/controlplane/raft/machine-codec.js";
import { apply } from "../../../src/state/apply.js";
import type { Command } from "../../../src/state/commands.js";
import { hashItems } from "../../../src/state/hash.js";
import { itemsOf } from "../../../src/state/items.js";
import { createDisk } from "../../../src/storage/disk.js";
import type { DataPaths } from "../../../src/storage/identity.js";
import { openLevel } from "../../../src/storage/level-key-value.js";
import { isRecord, readSmallFile, writeSmallFile } from "../../../src/storage/small-file.js";
import { openStateStore, readBootId } from "../../../src/storage/state-store.js";

/** Puts bytes that no power cut leaves where the log's next batch would begin. */
export function damageTail(paths: DataPaths): void {
  const name = readdirSync(paths.wal)
    .filter((one) => one.endsWith(".wal"))
    .sort()
    .at(-1);
  const file = join(paths.wal, assertDefined(name, "the log has a segment"));
  const bytes = readFileSync(file);
  let last = bytes.byteLength - 1;
  while (bytes[last] === 0) last -= 1;
  const next = last - (last % 512) + 512;
  bytes.fill(0xa5, next, next + 100);
  writeFileSync(file, bytes);
}

/** Flips a bit of a file. */
export function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

/** Makes the state store look as if its process had ended with the machine. */
export function endedInAnotherBoot(paths: DataPaths): void {
  const disk = createDisk();
  const kind = { name: "state session", version: 1, remedy: "none" };
  const path = join(paths.state, "session");
  const session = readSmallFile(disk, path, kind);
  assert(isRecord(session), "a store that was closed has a session");
  writeSmallFile(disk, path, kind, { ...session, bootId: "another", clean: false });
}

/** Copies a directory; returns how to put the copy in its place again. */
export function copyDirectory(directory: string): () => void {
  const copy = `${directory}-copy`;
  rmSync(copy, { recursive: true, force: true });
  cpSync(directory, copy, { recursive: true });
  return () => {
    rmSync(directory, { recursive: true, force: true });
    cpSync(copy, directory, { recursive: true });
  };
}

/** Applies to the stored state alone what no entry said; everything in the store fits. */
export async function alterStoredState(paths: DataPaths, command: Command): Promise<void> {
  const disk = createDisk();
  const bootId = readBootId(disk);
  const store = await openStateStore({
    ...{ disk, directory: paths.state, bootId, openKeyValue: openLevel },
  });
  const loaded = await store.load((items) => hashItems(items, hashText));
  assert(loaded.kind === "loaded", "the store of a stopped member is whole");
  const meta = assertDefined(decodeMeta(loaded.applied.meta, []), "its meta is whole");
  const machine = buildMachineState(loaded.applied, meta, [...loaded.items]);
  assert(typeof machine !== "string", "its items are a state");
  const context = { nowMs: machine.timeMs, uuid: "a".repeat(22), epoch: machine.leader.epoch };
  const { state, result } = apply(machine.cluster, command, context);
  assert(result.ok, "the command applies");
  const hash = hashItems(itemsOf(state), hashText);
  const altered = encodeMeta({ ...meta, hash, version: state.version });
  await store.replaceAll(itemsOf(state), { ...loaded.applied, hash, meta: altered });
  await store.close();
}
