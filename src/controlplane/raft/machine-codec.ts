/**
 * How the machine's state is written beside its items: one JSON text, the same in the state
 * store's applied mark and in the head of a snapshot, and the items as lines in a snapshot's body.
 * What is read back is checked field by field and against the state's own hash.
 */
import { hash as digest } from "node:crypto";

import type { Membership, MemberId } from "../../raft/types.js";
import { hashItems, hashState } from "../../state/hash.js";
import { initialState } from "../../state/initial.js";
import { stateFromItems, type Item } from "../../state/items.js";
import type { PeerAddress } from "../../transport/types.js";
import {
  directoryProblem,
  directoryText,
  foundingDirectory,
  isId,
  readRecord,
  type Directory,
  type MemberRecord,
} from "./directory.js";
import { noEpochLeader, readEpochLeader, type EpochLeader, type MachineState } from "./machine.js";

/** What accompanies the items. */
export interface MachineMeta {
  readonly clusterUuid: string;
  readonly directory: Directory;
  readonly leader: EpochLeader;
  readonly timeMs: number;
  readonly hash: string;
  /** Version of the cluster state, for people who inspect a file. */
  readonly version: number;
}

/** What accompanies the items of `state`. */
export function metaOf(state: MachineState, clusterUuid: string): MachineMeta {
  const { leader, timeMs, hash, cluster, directory } = state;
  return { clusterUuid, directory, leader, timeMs, hash, version: cluster.version };
}

/** The first 128 bits of SHA-256, as the hash of one item. */
export function hashText(text: string): bigint {
  return BigInt(`0x${digest("sha256", text, "hex").slice(0, 32)}`);
}

const directoryHashes = new WeakMap<Directory, string>();

/** What members compare at equal positions: everything that entries decide, in a few words. */
export function comparableHash({ hash, directory }: MachineState): string {
  const known = directoryHashes.get(directory);
  const names = known ?? digest("sha256", directoryText(directory), "hex").slice(0, 32);
  if (known === undefined) directoryHashes.set(directory, names);
  return `${hash}-${names}`;
}

/** Encodes what accompanies the items. The membership stands where 0.1.0 looks for it. */
export function encodeMeta(meta: MachineMeta): string {
  const { directory, ...rest } = meta;
  const { membership, ...names } = directory;
  return JSON.stringify({ ...rest, membership, directory: names });
}

/**
 * Decodes it again; undefined when it is not what {@link encodeMeta} wrote. What 0.1.0 wrote has
 * no directory: its members are the founding ones.
 */
export function decodeMeta(
  text: string,
  founders: readonly PeerAddress[],
): MachineMeta | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const raw = value as Record<string, unknown>;
  const membership = readMembership(raw["membership"]);
  const leader = readEpochLeader(raw["leader"]);
  const { clusterUuid, timeMs, hash, version } = raw;
  if (membership === undefined || leader === undefined) return undefined;
  const directory = readDirectory(raw["directory"], membership, founders);
  if (directory === undefined) return undefined;
  if (typeof clusterUuid !== "string" || typeof hash !== "string") return undefined;
  if (!Number.isSafeInteger(timeMs) || !Number.isSafeInteger(version)) return undefined;
  const numbers = { timeMs: timeMs as number, version: version as number };
  return { clusterUuid, directory, leader, hash, ...numbers };
}

function readDirectory(
  value: unknown,
  membership: Membership,
  founders: readonly PeerAddress[],
): Directory | undefined {
  if (value === undefined) return checked({ ...foundingDirectory(founders), membership });
  if (typeof value !== "object" || value === null) return undefined;
  const raw = value as Record<string, unknown>;
  const removed = readIds(raw["removed"]);
  const members = readRecords(raw["members"]);
  if (removed === undefined || members === undefined) return undefined;
  return checked({ membership, members, removed });
}

function checked(directory: Directory): Directory | undefined {
  return directoryProblem(directory) === undefined ? directory : undefined;
}

function readRecords(value: unknown): MemberRecord[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const records: MemberRecord[] = [];
  for (const one of value as unknown[]) {
    const record = readRecord(one);
    if (record === undefined) return undefined;
    records.push(record);
  }
  return records;
}

function readMembership(value: unknown): Membership | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const raw = value as Record<string, unknown>;
  const voters = readIds(raw["voters"]);
  const votersOutgoing = readIds(raw["votersOutgoing"]);
  const learners = readIds(raw["learners"]);
  const learnersNext = readIds(raw["learnersNext"]);
  const { autoLeave } = raw;
  if (voters === undefined || votersOutgoing === undefined) return undefined;
  if (learners === undefined || learnersNext === undefined) return undefined;
  if (typeof autoLeave !== "boolean") return undefined;
  return { voters, votersOutgoing, learners, learnersNext, autoLeave };
}

function readIds(value: unknown): MemberId[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const ids = value as unknown[];
  return ids.every(isId) ? ids : undefined;
}

/** One item as a line of a snapshot's body. */
export function encodeItemLine(item: Item): string {
  return `${JSON.stringify(item)}\n`;
}

/** A line of a snapshot's body; undefined when it is none. */
export function decodeItemLine(line: string): Item | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [key, text] = value as unknown[];
  return typeof key === "string" && typeof text === "string" ? [key, text] : undefined;
}

/** The machine's state from its parts, or in words what is wrong with them. */
export function buildMachineState(
  at: { readonly logIndex: number; readonly term: number },
  meta: MachineMeta,
  items: readonly Item[],
): MachineState | string {
  const hash = hashItems(items, hashText);
  if (hash !== meta.hash) return `the items hash to ${hash}, recorded is ${meta.hash}`;
  const decoded = stateFromItems(items);
  if (!decoded.ok) return decoded.problem;
  const { leader, timeMs, directory } = meta;
  return { ...at, cluster: decoded.state, hash, leader, timeMs, directory };
}

/** The machine before the first entry. */
export function emptyMachineState(founders: readonly PeerAddress[]): MachineState {
  const cluster = initialState();
  const hash = hashState(cluster, hashText);
  const directory = foundingDirectory(founders);
  return { logIndex: 0, term: 0, cluster, hash, leader: noEpochLeader, timeMs: 0, directory };
}
