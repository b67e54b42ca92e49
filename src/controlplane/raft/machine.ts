/**
 * The replicated state machine of this member: applies committed entries in order, keeps the
 * rolling hash, and says what each entry did. Synchronous and without I/O; the driver is the only
 * one who calls it.
 */
import { assert } from "../../base/assert.js";
import { exitCode, FatalError } from "../../base/errors.js";
import type { Entry, MemberId } from "../../raft/types.js";
import { apply } from "../../state/apply.js";
import type { StateDelta } from "../../state/changes.js";
import { decodeCommand } from "../../state/command-codec.js";
import type { CommandResult } from "../../state/commands.js";
import { updateHash, type TextHash } from "../../state/hash.js";
import { itemDelta, type ItemDelta } from "../../state/items.js";
import type { ClusterState } from "../../state/model.js";
import type { ProposalTag } from "../../transport/types.js";
import { applyMembershipEntry, type Directory } from "./directory.js";
import { decodeEnvelope, type Envelope } from "./envelope.js";

/** The leader of an epoch, as named by its first entry. */
export interface EpochLeader {
  readonly epoch: number;
  readonly memberId: MemberId;
  readonly nodeId: string;
  readonly grpcAddress: string;
  readonly electedAtMs: number;
}

/** Before the first leader. */
export const noEpochLeader: EpochLeader = {
  epoch: 0,
  memberId: 0,
  nodeId: "",
  grpcAddress: "",
  electedAtMs: 0,
};

/** Everything that entries decide: what a snapshot and the state store hold. */
export interface MachineState {
  readonly logIndex: number;
  readonly term: number;
  readonly cluster: ClusterState;
  /** Rolling hash over all items of the state. */
  readonly hash: string;
  readonly leader: EpochLeader;
  /** Time stamped on the last entry: stamps never go back. */
  readonly timeMs: number;
  readonly directory: Directory;
}

/** What one entry did. */
export interface AppliedEntry {
  /** Undefined for the core's own entries. */
  readonly tag: ProposalTag | undefined;
  readonly result: CommandResult | undefined;
  /** Undefined when the version did not move. */
  readonly delta: StateDelta | undefined;
  readonly items: ItemDelta | undefined;
  /** True for the first entry of a leader. */
  readonly isEpochStart: boolean;
  /** True when the members are others now. */
  readonly isMembership: boolean;
}

const nothing: AppliedEntry = {
  tag: undefined,
  result: undefined,
  delta: undefined,
  items: undefined,
  isEpochStart: false,
  isMembership: false,
};

/** See the file comment. */
export class Machine {
  readonly #hash64: TextHash;
  #state: MachineState;

  constructor(state: MachineState, hash64: TextHash) {
    this.#state = state;
    this.#hash64 = hash64;
  }

  get state(): MachineState {
    return this.#state;
  }

  /** Puts another state in place of this one: a snapshot from the leader. */
  replace(state: MachineState): void {
    assert(state.logIndex > this.#state.logIndex, "a snapshot leads forward");
    this.#state = state;
  }

  /**
   * Applies the next entry.
   *
   * @throws FatalError 79 when this release does not understand it; nothing was applied then.
   */
  applyEntry(entry: Entry): AppliedEntry {
    assert(entry.logIndex === this.#state.logIndex + 1, "entries are applied in order");
    assert(entry.term >= this.#state.term, "terms in a log never go back");
    const at = { logIndex: entry.logIndex, term: entry.term };
    if (entry.kind === "membership") return this.#applyMembership(entry);
    if (entry.data.length === 0) {
      this.#state = { ...this.#state, ...at };
      return nothing;
    }
    const envelope = decodeEnvelope(entry.data);
    if (typeof envelope === "string") throw notUnderstood(entry, envelope);
    return envelope.kind === "epoch"
      ? this.#startEpoch(entry, envelope)
      : this.#applyCommand(entry, envelope);
  }

  #applyMembership(entry: Entry): AppliedEntry {
    const directory = applyMembershipEntry(this.#state.directory, entry.data);
    if (typeof directory === "string") throw notUnderstood(entry, directory);
    const { logIndex, term } = entry;
    this.#state = { ...this.#state, logIndex, term, directory };
    return { ...nothing, isMembership: true };
  }

  #startEpoch(entry: Entry, envelope: Envelope): AppliedEntry {
    const leader = decodeLeader(envelope);
    if (leader === undefined)
      throw notUnderstood(entry, "the first entry of a leader is malformed");
    assert(leader.epoch >= this.#state.leader.epoch, "epochs never go back");
    const timeMs = Math.max(this.#state.timeMs, envelope.timeMs);
    const { logIndex, term } = entry;
    this.#state = { ...this.#state, logIndex, term, leader, timeMs };
    return { ...nothing, tag: envelope.tag, isEpochStart: true };
  }

  #applyCommand(entry: Entry, envelope: Envelope): AppliedEntry {
    const command = decodeCommand(Buffer.from(envelope.payload).toString("utf8"));
    if (command === undefined)
      throw notUnderstood(entry, "the command is of an unknown kind or shape");
    const before = this.#state.cluster;
    const timeMs = Math.max(this.#state.timeMs, envelope.timeMs);
    const context = { nowMs: timeMs, uuid: envelope.uuid, epoch: this.#state.leader.epoch };
    const applied = apply(before, command, context);
    const { logIndex, term } = entry;
    const moved = applied.state !== before;
    assert(moved === applied.changes.length > 0, "changes say whether the state changed");
    if (!moved) {
      this.#state = { ...this.#state, logIndex, term, timeMs };
      return { ...nothing, tag: envelope.tag, result: applied.result };
    }
    const delta: StateDelta = { before, after: applied.state, changes: applied.changes };
    const items = itemDelta(delta);
    const hash = updateHash(this.#state.hash, items, this.#hash64);
    this.#state = { ...this.#state, logIndex, term, timeMs, cluster: applied.state, hash };
    return { ...nothing, tag: envelope.tag, result: applied.result, delta, items };
  }
}

/** The payload of a leader's first entry. */
export function encodeLeader(leader: EpochLeader): Uint8Array {
  return Buffer.from(JSON.stringify(leader), "utf8");
}

function decodeLeader(envelope: Envelope): EpochLeader | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(envelope.payload).toString("utf8"));
  } catch {
    return undefined;
  }
  return readEpochLeader(value);
}

/** Checks a leader read from a log, a snapshot or the state store. */
export function readEpochLeader(value: unknown): EpochLeader | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { epoch, memberId, nodeId, grpcAddress, electedAtMs } = value as Record<string, unknown>;
  const valid =
    Number.isSafeInteger(epoch) &&
    Number.isSafeInteger(memberId) &&
    typeof nodeId === "string" &&
    typeof grpcAddress === "string" &&
    Number.isSafeInteger(electedAtMs);
  if (!valid) return undefined;
  return {
    epoch: epoch as number,
    memberId: memberId as number,
    nodeId,
    grpcAddress,
    electedAtMs: electedAtMs as number,
  };
}

function notUnderstood(entry: Entry, why: string): FatalError {
  const where = `log position ${String(entry.logIndex)}, term ${String(entry.term)}`;
  const text = `cannot apply the entry at ${where}: ${why}; start the release that wrote it`;
  return new FatalError(exitCode.dataRefused, text, { logIndex: entry.logIndex });
}
