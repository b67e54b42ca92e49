/**
 * What the cluster has agreed upon: the committed entries in their order, applied once more here,
 * beside the members. Since their order is known, an answer to a client is right exactly when it
 * is what this says at its place, and no older than what somebody had seen before the call began.
 */
import { assert, assertDefined } from "../../src/base/assert.js";
import { decodeEnvelope } from "../../src/controlplane/raft/envelope.js";
import { Machine, type AppliedEntry } from "../../src/controlplane/raft/machine.js";
import { emptyMachineState, hashText } from "../../src/controlplane/raft/machine-codec.js";
import { emptyMembership, isJoint } from "../../src/raft/membership.js";
import type { Entry, MemberId, Membership } from "../../src/raft/types.js";
import { decodeCommand } from "../../src/state/command-codec.js";
import type { CommandResult } from "../../src/state/commands.js";
import { checkDelta, checkState } from "../../src/state/invariants.js";
import type { ItemDelta } from "../../src/state/items.js";
import { isActive, primaryOf, type ClusterState, type ShardRecord } from "../../src/state/model.js";
import { initialState } from "../../src/state/initial.js";
import type { PeerAddress } from "../../src/transport/types.js";
import type { Coverage, Findings } from "./violation.js";

/** Where a client's request came to stand in the agreed order. */
export interface Committed {
  readonly logIndex: number;
  readonly version: number;
  readonly result: CommandResult;
}

/** One version of the agreed state. */
export interface AgreedVersion {
  readonly state: ClusterState;
  readonly hash: string;
  readonly items: ItemDelta | undefined;
}

/** Entries after which the whole state is checked, not only what changed. */
const wholeCheckEvery = 64;
/** Origins of clients' requests begin with this; what follows is the request's number. */
const originPrefix = "op-";

/** The origin under which a request is proposed. */
export function originOf(requestNo: number): string {
  return originPrefix + String(requestNo);
}

/** See the file comment. */
export class Reference {
  readonly #findings: Findings;
  readonly #coverage: Coverage;
  /** Undefined before the cluster is formed. */
  #machine: Machine | undefined;
  /** Entries that were handed to any log, by position and term, until they are committed. */
  readonly #noted = new Map<string, Entry>();
  readonly #terms: number[] = [0];
  readonly #hashes: string[] = [];
  readonly #versions: AgreedVersion[] = [];
  readonly #committed = new Map<number, Committed>();
  readonly #memberships: { readonly logIndex: number; readonly membership: Membership }[] = [];
  /** Allocation id of the active primary by index uuid, shard and term, over all history. */
  readonly #primaries = new Map<string, string>();

  constructor(deps: { readonly findings: Findings; readonly coverage: Coverage }) {
    this.#findings = deps.findings;
    this.#coverage = deps.coverage;
  }

  get lastLogIndex(): number {
    return this.#terms.length - 1;
  }

  get state(): ClusterState {
    return this.#machine?.state.cluster ?? initialState();
  }

  /** The founding members; only the first call counts. */
  found(members: readonly PeerAddress[]): void {
    if (this.#machine !== undefined) return;
    const state = emptyMachineState(members);
    this.#machine = new Machine(state, hashText);
    this.#hashes.push(state.hash);
    this.#memberships.push({ logIndex: 0, membership: state.directory.membership });
    this.#noteVersion(this.#machine, undefined);
  }

  /** An entry is on its way to some log. */
  note(entry: Entry): void {
    this.#noted.set(keyOf(entry.logIndex, entry.term), entry);
  }

  /** Term of the committed entry, or undefined while nobody has committed it. */
  termAt(logIndex: number): number | undefined {
    return this.#terms[logIndex];
  }

  hashAt(logIndex: number): string | undefined {
    return this.#hashes[logIndex];
  }

  /** Undefined for a version that was not agreed upon yet. */
  version(version: number): AgreedVersion | undefined {
    return this.#versions[version];
  }

  /** Undefined while the request is not committed. */
  committed(requestNo: number): Committed | undefined {
    return this.#committed.get(requestNo);
  }

  /** The configuration in force when everything up to the position is applied. */
  membershipAt(logIndex: number): Membership {
    const found = this.#memberships.findLast((one) => one.logIndex <= Math.max(0, logIndex));
    return found?.membership ?? emptyMembership;
  }

  /** The newest agreed configuration. */
  get membershipNow(): Membership {
    return this.membershipAt(this.lastLogIndex);
  }

  /** Whether the member was removed, and may never come back under this id. */
  wasRemoved(memberId: MemberId): boolean {
    return this.#machine?.state.directory.removed.includes(memberId) === true;
  }

  /** Somebody knows that the next entry is committed. */
  commit(logIndex: number, term: number): void {
    assert(logIndex === this.#terms.length, "entries are committed in order");
    const key = keyOf(logIndex, term);
    const entry = assertDefined(this.#noted.get(key), "a committed entry was in a log");
    this.#noted.delete(key);
    this.#terms.push(term);
    const machine = assertDefined(this.#machine, "the cluster was formed");
    const applied = machine.applyEntry(entry);
    this.#hashes.push(machine.state.hash);
    if (entry.kind === "membership") this.#switch(logIndex, machine.state.directory.membership);
    if (applied.isEpochStart) this.#coverage.count("epoch begun");
    if (applied.delta !== undefined) {
      this.#noteVersion(machine, applied.items);
      this.#checkChange(applied.delta, logIndex);
    }
    this.#noteRequest(entry, applied);
  }

  #switch(logIndex: number, membership: Membership): void {
    this.#memberships.push({ logIndex, membership });
    this.#coverage.count(isJoint(membership) ? "joint configuration" : "configuration changed");
  }

  #noteVersion(machine: Machine, items: ItemDelta | undefined): void {
    const { cluster: state, hash } = machine.state;
    this.#versions[state.version] = { state, hash, items };
  }

  #noteRequest(entry: Entry, { result }: AppliedEntry): void {
    if (result === undefined) return;
    const envelope = decodeEnvelope(entry.data);
    if (typeof envelope === "string") return;
    if (result.ok) this.#checkFence(envelope.payload, entry.logIndex);
    if (!envelope.origin.startsWith(originPrefix)) return;
    const requestNo = Number(envelope.origin.slice(originPrefix.length));
    const known = this.#committed.get(requestNo);
    this.#findings.expect(known === undefined, "once only", () => {
      const where = `${String(known?.logIndex)} and ${String(entry.logIndex)}`;
      return `request ${String(requestNo)} was applied twice, at ${where}`;
    });
    const { version } = this.state;
    this.#committed.set(requestNo, { logIndex: entry.logIndex, version, result });
  }

  /** What a leader decided counts only as long as it leads. */
  #checkFence(payload: Uint8Array, logIndex: number): void {
    const command = decodeCommand(Buffer.from(payload).toString("utf8"));
    const epoch = command !== undefined && "epoch" in command ? command.epoch : 0;
    const current = this.#machine?.state.leader.epoch ?? 0;
    if (epoch !== 0) this.#coverage.count("leader's decision applied");
    this.#findings.expect(epoch === 0 || epoch === current, "fenced by epoch", () => {
      return `at ${String(logIndex)} a decision of ${String(epoch)} counts under ${String(current)}`;
    });
  }

  #checkChange(delta: NonNullable<AppliedEntry["delta"]>, logIndex: number): void {
    for (const problem of checkDelta(delta)) this.#findings.add("state step", problem);
    if (logIndex % wholeCheckEvery === 0) {
      for (const problem of checkState(delta.after)) this.#findings.add("state", problem);
    }
    for (const change of delta.changes) {
      if (change.kind === "shard") {
        this.#checkShard(change.indexUuid, change.before, change.after);
      } else if (change.kind === "index" && change.after !== undefined) {
        for (const shard of change.after.shards) {
          this.#checkShard(change.after.uuid, undefined, shard);
        }
      }
    }
  }

  /** One primary in a term of a shard, and only a copy that holds every document. */
  #checkShard(
    indexUuid: string,
    before: ShardRecord | undefined,
    after: ShardRecord | undefined,
  ): void {
    if (after === undefined) return;
    const primary = primaryOf(after);
    if (primary === undefined || !isActive(primary)) return;
    const { allocationId } = primary;
    const term = String(after.primaryTerm);
    const key = `${indexUuid}/${String(after.number)}/${term}`;
    const known = this.#primaries.get(key) ?? allocationId;
    this.#primaries.set(key, allocationId);
    this.#findings.expect(known === allocationId, "one primary per term", () => {
      return `${key}: ${known} and ${allocationId}`;
    });
    const was = before === undefined ? undefined : primaryOf(before);
    if (before === undefined || was?.allocationId === allocationId) return;
    this.#coverage.count(before.everStarted ? "replica promoted" : "primary started");
    const target = before.copies.find((copy) => copy.allocationId === allocationId);
    const isMove = target?.state === "INITIALIZING" && target.relocatesSlot >= 0;
    const mayLead = !before.everStarted || isMove || before.inSync.includes(allocationId);
    this.#findings.expect(mayLead, "promotion from in-sync", () => {
      return `${key}: ${allocationId} became primary, in-sync were ${before.inSync.join(" ")}`;
    });
  }
}

function keyOf(logIndex: number, term: number): string {
  return `${String(logIndex)}/${String(term)}`;
}
