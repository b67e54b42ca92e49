/**
 * How a member whose data cannot be trusted becomes another one: everything that made it what it
 * was is moved below `set-aside/`, nothing is deleted, and a new identity takes its place. The plan
 * is written first. Until it is durable the directory is the old member, from then on the new one:
 * whoever finds a plan carries it out before reading anything else, so that after a crash at any
 * point exactly one of the two exists.
 */
import { join } from "node:path";
import { assert, assertDefined } from "../base/assert.js";
import { FatalError, exitCode } from "../base/errors.js";
import type { Disk } from "./disk.js";
import { systemCode } from "./disk.js";
import type { DataPaths, Identity } from "./identity.js";
import { dataPaths, isIdentity, readIdentity, writeIdentity } from "./identity.js";
import { assertText, assertWhole } from "./invariants.js";
import { setAsideCountMax } from "./limits.js";
import type { SmallFileKind } from "./small-file.js";
import { damaged, isRecord, readSmallFile, writeSmallFile } from "./small-file.js";
import type { SuspicionReason } from "./suspicion.js";

/** Who a member becomes, and what it leaves. */
export interface RebirthPlan {
  /** Names the place of what is left. */
  readonly reason: SuspicionReason;
  /** Milliseconds since the Unix epoch; names the place too. */
  readonly nowMs: number;
  readonly identity: Identity;
}

/** What the plan's file holds. */
interface Rebirth {
  /** Name of the directory below `set-aside/`. */
  readonly name: string;
  readonly identity: Identity;
}

const rebirthKind: SmallFileKind = {
  name: "rebirth",
  version: 1,
  remedy: "nothing was changed: replace this member with an empty one",
};

/**
 * Sets the old self aside and puts the new one in its place. Returns where the old one is now.
 *
 * @throws FatalError 79 when too many former selves lie there already, 75 when the disk fails; in
 *   the latter case the next start goes on.
 */
export function rebear(disk: Disk, directory: string, plan: RebirthPlan): string {
  assertText(directory, "a data directory");
  const paths = dataPaths(directory);
  assert(disk.stat(paths.rebirth) === undefined, "an earlier plan was carried out");
  const old = assertDefined(readIdentity(disk, directory), "only a formatted directory is reborn");
  assert(old.memberId !== plan.identity.memberId, "a new identity has an id of its own");
  const place = plan.identity.replaces?.memberId;
  const isOwn = place === old.memberId || place === old.replaces?.memberId;
  assert(isOwn, "the new one takes the place of the old one");
  const name = chooseName(disk, paths, plan);
  writeSmallFile(disk, paths.rebirth, rebirthKind, { name, identity: plan.identity });
  finishRebirth(disk, directory);
  return join(paths.setAside, name);
}

/**
 * Carries out a plan that a crash interrupted; does nothing when there is none. To be called before
 * anything of the directory is read.
 *
 * @throws FatalError 79 when the plan is damaged, 75 when something cannot be moved.
 */
export function finishRebirth(disk: Disk, directory: string): void {
  assertText(directory, "a data directory");
  const paths = dataPaths(directory);
  const rebirth = readRebirth(disk, paths);
  if (rebirth === undefined) return;
  const target = join(paths.setAside, rebirth.name);
  disk.makeDirectory(target);
  disk.syncDirectory(directory);
  disk.syncDirectory(paths.setAside);
  for (const path of partsOf(paths)) moveInto(disk, path, target);
  disk.syncDirectory(target);
  disk.syncDirectory(directory);
  const { memberId } = rebirth.identity;
  if (disk.stat(paths.identity) === undefined) writeIdentity(disk, directory, rebirth.identity);
  assert(readIdentity(disk, directory)?.memberId === memberId, "the new identity is in place");
  disk.unlink(paths.rebirth);
  disk.syncDirectory(directory);
}

/** All that belongs to one identity; the lock belongs to the directory. */
function partsOf(paths: DataPaths): readonly string[] {
  const { identity, formation, boots, suspect, wal, walCreated, snapshots, state } = paths;
  const parts = [wal, walCreated, snapshots, state, formation, boots, suspect, identity];
  assert(parts.length > 0, "a directory has parts");
  assert(new Set(parts).size === parts.length, "each part is moved once");
  return parts;
}

/** What is there already was moved before the crash: what has its old name now is not the old. */
function moveInto(disk: Disk, path: string, target: string): void {
  assertText(path, "a path");
  const name = path.slice(path.lastIndexOf("/") + 1);
  assert(name.length > 0, "a part has a name");
  const to = join(target, name);
  if (disk.stat(path) === undefined || disk.stat(to) !== undefined) return;
  try {
    disk.rename(path, to);
  } catch (error) {
    const code = systemCode(error);
    if (code === "") throw error;
    const text = `${path} cannot be set aside as ${to} (${code}): if it is a mount point of its own, move its content there by hand and start again`;
    throw new FatalError(exitCode.temporary, text, { file: path }, error);
  }
}

function chooseName(disk: Disk, paths: DataPaths, plan: RebirthPlan): string {
  assertWhole(plan.nowMs, "a time");
  const taken = disk.stat(paths.setAside) === undefined ? [] : disk.list(paths.setAside);
  if (taken.length >= setAsideCountMax) {
    const text = `this member's data was set aside ${String(taken.length)} times already, now again for ${plan.reason}: check disk and memory of this machine, then remove what you do not need below ${paths.setAside} and start again`;
    throw new FatalError(exitCode.dataRefused, text, { directory: paths.setAside });
  }
  const time = new Date(plan.nowMs).toISOString().replace(/\..*$/, "Z").replaceAll(":", "-");
  const base = `${time}-${plan.reason}`;
  let name = base;
  for (let next = 2; taken.includes(name); next += 1) name = `${base}-${String(next)}`;
  assert(!taken.includes(name), "each former self has a place of its own");
  return name;
}

function readRebirth(disk: Disk, paths: DataPaths): Rebirth | undefined {
  assertText(paths.rebirth, "a path");
  const value = readSmallFile(disk, paths.rebirth, rebirthKind);
  if (value === undefined) return undefined;
  if (!isRecord(value) || !isIdentity(value["identity"])) {
    throw damaged(paths.rebirth, rebirthKind, 24, "a field is wrong");
  }
  const { name, identity } = value;
  if (typeof name !== "string" || !/^[A-Za-z0-9-]+$/.test(name)) {
    throw damaged(paths.rebirth, rebirthKind, 24, "it names no place");
  }
  assert(identity.memberId > 0, "a member id is positive");
  return { name, identity };
}
