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
import { noEpochLeader, readEpochLeader, type EpochLeader, type MachineState } from "./machine.js";

/** What accompanies the items. */
export interface MachineMeta {
  readonly clusterUuid: string;
  readonly membership: Membership;
  readonly leader: EpochLeader;
  readonly timeMs: number;
  readonly hash: string;
  /** Version of the cluster state, for people who inspect a file. */
  readonly version: number;
}

/** What accompanies the items of `state`. */
export function metaOf(
  state: MachineState,
  rest: { readonly membership: Membership; readonly clusterUuid: string },
): MachineMeta {
  const { leader, timeMs, hash, cluster } = state;
  return { ...rest, leader, timeMs, hash, version: cluster.version };
}

/** The first 128 bits of SHA-256, as the hash of one item. */
export function hashText(text: string): bigint {
  return BigInt(`0x${digest("sha256", text, "hex").slice(0, 32)}`);
}

/** Encodes what accompanies the items. */
export function encodeMeta(meta: MachineMeta): string {
  return JSON.stringify(meta);
}

/** Decodes it again; undefined when it is not what {@link encodeMeta} wrote. */
export function decodeMeta(text: string): MachineMeta | undefined {
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
  if (typeof clusterUuid !== "string" || typeof hash !== "string") return undefined;
  if (!Number.isSafeInteger(timeMs) || !Number.isSafeInteger(version)) return undefined;
  const numbers = { timeMs: timeMs as number, version: version as number };
  return { clusterUuid, membership, leader, hash, ...numbers };
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
  return ids.every((id) => Number.isSafeInteger(id)) ? (ids as MemberId[]) : undefined;
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
  const { leader, timeMs } = meta;
  return { ...at, cluster: decoded.state, hash, leader, timeMs };
}

/** The machine before the first entry. */
export function emptyMachineState(): MachineState {
  const cluster = initialState();
  const hash = hashState(cluster, hashText);
  return { logIndex: 0, term: 0, cluster, hash, leader: noEpochLeader, timeMs: 0 };
}
