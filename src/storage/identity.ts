/**
 * The data directory: who this member is, and which cluster it was formed into. The identity is
 * drawn once, when the empty directory is formatted; the formation is recorded once, and neither
 * ever changes. A directory that holds a member's data but no identity is refused. A member that
 * starts anew under another identity sets all of this aside first; see set-aside.ts.
 */
import { dirname, join, resolve } from "node:path";
import { assert, assertDefined } from "../base/assert.js";
import { FatalError, exitCode } from "../base/errors.js";
import type { Disk } from "./disk.js";
import { systemCode, writeFailure } from "./disk.js";
import { assertText } from "./invariants.js";
import type { SmallFileKind } from "./small-file.js";
import { damaged, isRecord, readSmallFile, writeSmallFile } from "./small-file.js";

/** Who a member is. */
export interface Identity {
  /** A random positive safe integer; never drawn twice for one directory. */
  readonly memberId: number;
  /** The operator's name for this member at formatting. */
  readonly nodeId: string;
  /** Milliseconds since the Unix epoch; for display. */
  readonly createdMs: number;
  /** Whose place this member is to take; absent = it was not reborn. */
  readonly replaces?: FormerSelf | undefined;
}

/** What a member was before its data could not be trusted any more. */
export interface FormerSelf {
  readonly memberId: number;
  /** One of the reasons of suspicion.ts. */
  readonly reason: string;
  /** The cluster it was a member of. */
  readonly clusterId: string;
  /** Where that cluster's members were; at least one. */
  readonly addresses: readonly string[];
}

/** One member of the founding configuration. */
export interface FoundingMember {
  readonly id: number;
  readonly nodeId: string;
  readonly address: string;
}

/** The cluster this member belongs to. */
export interface Formation {
  /** A UUID, the same on all members. */
  readonly clusterId: string;
  /** The founding members; later changes are in the log. */
  readonly members: readonly FoundingMember[];
  /** Where members were when this one joined, for the first contact; absent for a founder. */
  readonly hints?: readonly string[] | undefined;
  /** Whether this member's log was there once; absent = not known. */
  readonly logCreated?: boolean | undefined;
}

/** Where the parts of a data directory are. */
export interface DataPaths {
  readonly directory: string;
  readonly identity: string;
  readonly formation: string;
  /** How often this directory and those of its peers were started. */
  readonly boots: string;
  /** There while the data is not trusted. */
  readonly suspect: string;
  /** There while a member is being reborn. */
  readonly rebirth: string;
  /** What former selves left behind. */
  readonly setAside: string;
  readonly lock: string;
  readonly wal: string;
  /** Says that there was a log. */
  readonly walCreated: string;
  readonly snapshots: string;
  readonly state: string;
}

const remedy =
  "nothing was changed: restore this file from a copy, or replace this member with an empty one";
const identityKind: SmallFileKind = { name: "identity", version: 1, remedy };
const formationKind: SmallFileKind = { name: "formation", version: 1, remedy };

/** The paths below a data directory. */
export function dataPaths(directory: string): DataPaths {
  assertText(directory, "a data directory");
  return {
    directory,
    identity: join(directory, "identity"),
    formation: join(directory, "formation"),
    boots: join(directory, "boots"),
    suspect: join(directory, "suspect"),
    rebirth: join(directory, "rebirth"),
    setAside: join(directory, "set-aside"),
    lock: join(directory, "lock"),
    wal: join(directory, "wal"),
    walCreated: join(directory, "wal.created"),
    snapshots: join(directory, "snapshots"),
    state: join(directory, "state"),
  };
}

/**
 * Creates the directory (0700) when it is missing.
 *
 * @throws FatalError (configuration) when it cannot be created or written, or is no directory;
 *   (temporary) when the disk failed.
 */
export function prepareDataDirectory(disk: Disk, directory: string): void {
  assertText(directory, "a data directory");
  if (resolve(directory) === "/") {
    const text = "the root of the file system is no data directory: name one below it";
    throw new FatalError(exitCode.config, text, { directory });
  }
  try {
    disk.makeDirectory(directory);
    disk.syncDirectory(dirname(directory));
    disk.list(directory);
    // Here, because the lock's library does not say why it could not make it.
    disk.makeDirectory(dataPaths(directory).lock);
  } catch (error) {
    const code = systemCode(error);
    if (code === "EIO" || code === "ENOSPC") throw writeFailure("data directory", directory, error);
    const isFile = code === "EEXIST" || code === "ENOTDIR";
    const remedy = isFile
      ? "a file is in its place or above it, name another one"
      : "give this process's user a directory it can write";
    const text = `data directory ${directory} cannot be used (${code}): ${remedy}`;
    throw new FatalError(exitCode.config, text, { directory }, error);
  }
}

/**
 * Reads the identity; undefined when the directory was never formatted.
 *
 * @throws FatalError (data refused) when it is damaged, or missing beside a member's data.
 */
export function readIdentity(disk: Disk, directory: string): Identity | undefined {
  assertText(directory, "a data directory");
  const paths = dataPaths(directory);
  const value = readSmallFile(disk, paths.identity, identityKind);
  if (value === undefined) {
    refuseOrphanedData(disk, paths);
    return undefined;
  }
  if (!isIdentity(value)) throw damaged(paths.identity, identityKind, 24, "a field is wrong");
  assert(value.memberId > 0, "a member id is positive");
  return value;
}

/** Formats an empty data directory. The caller draws `identity.memberId` at random. */
export function writeIdentity(disk: Disk, directory: string, identity: Identity): void {
  assert(isIdentity(identity), "an identity has a positive member id and a node id");
  const paths = dataPaths(directory);
  assert(disk.stat(paths.identity) === undefined, "a data directory is formatted once");
  writeSmallFile(disk, paths.identity, identityKind, identity);
  const written = assertDefined(readIdentity(disk, directory), "an identity reads back");
  assert(written.memberId === identity.memberId, "an identity reads back as it was written");
}

/**
 * Reads the recorded formation; undefined when this member has never been in a cluster.
 *
 * @throws FatalError (data refused) when it is damaged, or missing although a log exists.
 */
export function readFormation(disk: Disk, directory: string): Formation | undefined {
  assertText(directory, "a data directory");
  const paths = dataPaths(directory);
  const value = readSmallFile(disk, paths.formation, formationKind);
  if (value === undefined) {
    if (disk.stat(paths.wal) === undefined) return undefined;
    const text = `formation file ${paths.formation} is missing although a log exists; ${remedy}`;
    throw new FatalError(exitCode.dataRefused, text, { file: paths.formation });
  }
  if (!isFormation(value)) throw damaged(paths.formation, formationKind, 24, "a field is wrong");
  assert(value.members.length > 0, "somebody founded the cluster");
  return value;
}

/** Records the formation, durably, before the member takes part in anything. */
export function writeFormation(disk: Disk, directory: string, formation: Formation): void {
  assert(isFormation(formation), "a formation names its cluster and at least one member");
  const paths = dataPaths(directory);
  assert(disk.stat(paths.formation) === undefined, "a formation is recorded once");
  writeSmallFile(disk, paths.formation, formationKind, formation);
  const written = assertDefined(readFormation(disk, directory), "a formation reads back");
  assert(written.clusterId === formation.clusterId, "a formation reads back as it was written");
}

/**
 * Refuses a directory whose log was there once and is not any more, as {@link markLogCreated}
 * noted: under its old id this member would have forgotten what it promised.
 *
 * @throws FatalError (data refused).
 */
export function refuseLostLog(disk: Disk, directory: string): void {
  const { wal, formation } = dataPaths(directory);
  assertText(wal, "a path");
  if (readFormation(disk, directory)?.logCreated !== true) return;
  if (disk.stat(wal) !== undefined && disk.list(wal).length > 0) return;
  const text =
    `the log in ${wal} is gone or empty, although ${formation} says that there was one; nothing ` +
    "was changed: put it back from a copy, or replace this member with an empty one";
  throw new FatalError(exitCode.dataRefused, text, { file: wal });
}

/** Notes that the log was created. A crash before is harmless: nothing was promised yet. */
export function markLogCreated(disk: Disk, directory: string): void {
  const paths = dataPaths(directory);
  const formation = assertDefined(readFormation(disk, directory), "a log is that of a cluster");
  assert(disk.stat(paths.wal) !== undefined, "the log is there");
  if (formation.logCreated === true) return;
  writeSmallFile(disk, paths.formation, formationKind, { ...formation, logCreated: true });
}

function refuseOrphanedData(disk: Disk, paths: DataPaths): void {
  assert(disk.stat(paths.identity) === undefined, "the identity is missing");
  assertText(paths.directory, "a data directory");
  for (const path of [paths.formation, paths.wal, paths.snapshots, paths.state]) {
    if (disk.stat(path) === undefined) continue;
    const text = `identity file ${paths.identity} is missing although ${path} exists; ${remedy}`;
    throw new FatalError(exitCode.dataRefused, text, { file: paths.identity });
  }
}

function isMemberId(value: unknown): boolean {
  return Number.isSafeInteger(value) && typeof value === "number" && value > 0;
}

/** Whether a value read from a file is an identity. */
export function isIdentity(value: unknown): value is Identity {
  if (!isRecord(value)) return false;
  if (!isMemberId(value["memberId"]) || !Number.isSafeInteger(value["createdMs"])) return false;
  if (value["replaces"] !== undefined && !isFormerSelf(value["replaces"])) return false;
  return typeof value["nodeId"] === "string" && value["nodeId"] !== "";
}

function isFormerSelf(value: unknown): value is FormerSelf {
  if (!isRecord(value) || !isMemberId(value["memberId"])) return false;
  const { reason, clusterId, addresses } = value;
  if (typeof reason !== "string" || typeof clusterId !== "string" || clusterId === "") return false;
  return isTexts(addresses) && addresses.length > 0;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string" && text !== "");
}

function isFormation(value: unknown): value is Formation {
  if (!isRecord(value)) return false;
  const { clusterId, members, hints, logCreated } = value;
  if (typeof clusterId !== "string" || clusterId === "") return false;
  if (hints !== undefined && !isTexts(hints)) return false;
  if (logCreated !== undefined && typeof logCreated !== "boolean") return false;
  return Array.isArray(members) && members.length > 0 && members.every(isFoundingMember);
}

function isFoundingMember(value: unknown): value is FoundingMember {
  if (!isRecord(value) || !isMemberId(value["id"])) return false;
  return typeof value["nodeId"] === "string" && typeof value["address"] === "string";
}
