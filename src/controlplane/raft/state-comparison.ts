/**
 * Compares what members made of the same entries. Each remembers the hash of its state at the
 * positions it applied last, and tells its peers now and then; all of them tell it for the position
 * that the leader named last, so that there is something equal to compare. Who differs from most
 * voters is wrong. This file only judges; what follows from it is others' to do.
 */
import { assert } from "../../base/assert.js";
import { compareNumbers } from "../../base/sorted.js";
import { majorityCount } from "../../raft/quorum.js";
import type { MemberId, Membership } from "../../raft/types.js";
import { comparedPositionsCount, rememberedReportsCount } from "./limits.js";

/** What is known of one position. */
export interface Comparison {
  readonly self: MemberId;
  readonly membership: Pick<Membership, "voters" | "votersOutgoing">;
  /** Hashes at that position, this member's included. */
  readonly hashes: ReadonlyMap<MemberId, string>;
}

/** What a comparison shows. Members are in ascending order. */
export type ComparisonVerdict =
  /** All that are known are equal. */
  | { readonly kind: "equal" }
  /** Most voters have the same hash, and this member has another one. */
  | { readonly kind: "selfDiffers"; readonly majority: readonly MemberId[] }
  /** Most voters have this member's hash; these do not. */
  | { readonly kind: "peersDiffer"; readonly members: readonly MemberId[] }
  /** These differ from this member, and neither side is a majority as far as is known. */
  | { readonly kind: "undecided"; readonly members: readonly MemberId[] };

/** Judges one position. Pure. */
export function compareStates({ self, membership, hashes }: Comparison): ComparisonVerdict {
  const own = hashes.get(self);
  assert(own !== undefined, "a member compares with itself");
  const members = [...hashes.keys()].sort(compareNumbers);
  const differing = members.filter((member) => hashes.get(member) !== own);
  if (differing.length === 0) return { kind: "equal" };
  const holders = (hash: string): MemberId[] => members.filter((m) => hashes.get(m) === hash);
  if (isMajority(holders(own), membership)) return { kind: "peersDiffer", members: differing };
  for (const hash of new Set(differing.map((member) => hashes.get(member) ?? ""))) {
    const majority = holders(hash);
    if (isMajority(majority, membership)) return { kind: "selfDiffers", majority };
  }
  return { kind: "undecided", members: differing };
}

/** Whether these are a majority of each half of the voters. */
function isMajority(
  members: readonly MemberId[],
  { voters, votersOutgoing }: Comparison["membership"],
): boolean {
  if (voters.length === 0) return false;
  const isMajorityOf = (half: readonly MemberId[]): boolean =>
    half.length === 0 ||
    half.filter((member) => members.includes(member)).length >= majorityCount(half.length);
  return isMajorityOf(voters) && isMajorityOf(votersOutgoing);
}

/** A hash at a position. */
export interface PositionHash {
  readonly logIndex: number;
  readonly hash: string;
}

/** What this member and its peers had at which position; bounded. */
export class StateHashes {
  readonly #self: MemberId;
  /** At `logIndex` modulo its length. */
  readonly #own: (PositionHash | undefined)[] = new Array<undefined>(comparedPositionsCount);
  readonly #reports = new Map<MemberId, readonly PositionHash[]>();
  #last: PositionHash = { logIndex: 0, hash: "" };

  constructor(self: MemberId) {
    this.#self = self;
  }

  /** This member has applied that much; positions that were skipped are not known. */
  onApplied(at: PositionHash): void {
    assert(at.logIndex >= this.#last.logIndex, "what is applied only grows");
    this.#own[at.logIndex % comparedPositionsCount] = at;
    this.#last = at;
  }

  /** What to tell peers: the hash at `wanted` when it is known, otherwise at the last position. */
  toReport(wanted: number): PositionHash {
    return (wanted === 0 ? undefined : this.#at(wanted)) ?? this.#last;
  }

  /** What a peer told. */
  onReport(member: MemberId, at: PositionHash): void {
    const known = this.#reports.get(member) ?? [];
    const others = known.filter(({ logIndex }) => logIndex !== at.logIndex);
    this.#reports.set(member, [at, ...others].slice(0, rememberedReportsCount));
  }

  /** Forgets everybody else. */
  retain(members: readonly MemberId[]): void {
    for (const known of [...this.#reports.keys()]) {
      if (!members.includes(known)) this.#reports.delete(known);
    }
  }

  /** What is known of a position; undefined when this member does not know its own hash there. */
  compare(logIndex: number, membership: Comparison["membership"]): Comparison | undefined {
    const own = this.#at(logIndex);
    if (own === undefined || logIndex === 0) return undefined;
    const hashes = new Map([[this.#self, own.hash]]);
    for (const [member, reports] of this.#reports) {
      const report = reports.find((one) => one.logIndex === logIndex);
      if (report !== undefined) hashes.set(member, report.hash);
    }
    return { self: this.#self, membership, hashes };
  }

  #at(logIndex: number): PositionHash | undefined {
    const found = this.#own[logIndex % comparedPositionsCount];
    return found?.logIndex === logIndex ? found : undefined;
  }
}
