/**
 * What to do with a log as it was found: a table from facts to decisions. The rows together match
 * every combination of facts, and each combination matches exactly one row; a test tries all of
 * them, also those that no scan establishes. The table decides nothing about how facts are
 * established.
 */
import { assert, assertDefined } from "../../base/assert.js";
import { assertText } from "../invariants.js";

/** Everything recovery asks of a log before it decides. All are false for a healthy one. */
export interface RecoveryFacts {
  /** A segment, batch or record was written by a newer program. */
  readonly newerFormat: boolean;
  /** A segment belongs to another member or another cluster. */
  readonly otherOwner: boolean;
  /** A segment's header is damaged, or its file has the wrong length. */
  readonly headerDamaged: boolean;
  /** A segment is missing, or two have the same sequence. */
  readonly sequenceBroken: boolean;
  /** Damage in a segment that has a successor, all of which was synced. */
  readonly sealedDamaged: boolean;
  /** Intact bytes that cannot follow what comes before them. */
  readonly chainBroken: boolean;
  /** The commit position, or a witness outside the log, is beyond the last position. */
  readonly claimBeyondLast: boolean;
  /** Behind the last valid batch of the last segment there is something other than zeros. */
  readonly tailWritten: boolean;
  /** There, a sector of a batch later than the next one, or at a place it cannot be. */
  readonly laterWritten: boolean;
  /** There, a sector that is neither zero nor valid, or that cannot be read. */
  readonly foreignTail: boolean;
}

/** The name of a fact. */
export type RecoveryFact = keyof RecoveryFacts;

/**
 * `open`: use it. `torn`: the one batch that was never synced is incomplete; keep a copy and cut
 * it off. `suspect`: bytes were damaged where a synced batch may have been. `refuse`: certainly
 * damaged or not ours. Neither of the last two changes a byte.
 */
export type RecoveryDecision = "open" | "torn" | "suspect" | "refuse";

/** One row: the facts it names must be as given, others may be anything. */
export interface RecoveryRow {
  readonly name: string;
  readonly when: Partial<RecoveryFacts>;
  readonly decision: RecoveryDecision;
}

/** Facts that refuse whatever else was found, in the order in which they are reported. */
const refusingFacts: readonly RecoveryFact[] = [
  "newerFormat",
  "otherOwner",
  "headerDamaged",
  "sequenceBroken",
  "sealedDamaged",
  "chainBroken",
  "claimBeyondLast",
];

/** All facts. */
export const recoveryFacts: readonly RecoveryFact[] = [
  ...refusingFacts,
  "tailWritten",
  "laterWritten",
  "foreignTail",
];

const nothingRefuses: Partial<RecoveryFacts> = Object.fromEntries(
  refusingFacts.map((fact) => [fact, false]),
);

/** The table. */
export const recoveryTable: readonly RecoveryRow[] = [
  ...refusingFacts.map((fact, order): RecoveryRow => {
    const before = refusingFacts.slice(0, order).map((earlier) => [earlier, false] as const);
    const when = { ...Object.fromEntries(before), [fact]: true };
    return { name: fact, when, decision: "refuse" };
  }),
  {
    name: "laterWritten",
    when: { ...nothingRefuses, laterWritten: true },
    decision: "refuse",
  },
  {
    name: "foreignTail",
    when: { ...nothingRefuses, laterWritten: false, foreignTail: true },
    decision: "suspect",
  },
  {
    name: "torn",
    when: { ...nothingRefuses, laterWritten: false, foreignTail: false, tailWritten: true },
    decision: "torn",
  },
  {
    name: "clean",
    when: { ...nothingRefuses, laterWritten: false, foreignTail: false, tailWritten: false },
    decision: "open",
  },
];

/** Whether a row applies to the facts. */
export function rowMatches(row: RecoveryRow, facts: RecoveryFacts): boolean {
  assertText(row.name, "a row's name");
  assert(Object.keys(facts).length === recoveryFacts.length, "all facts are established");
  return recoveryFacts.every((fact) => {
    const wanted = row.when[fact];
    return wanted === undefined || wanted === facts[fact];
  });
}

/** The one row that applies. */
export function decideRecovery(facts: RecoveryFacts): RecoveryRow {
  const rows = recoveryTable.filter((row) => rowMatches(row, facts));
  assert(rows.length === 1, "exactly one row of the recovery table applies");
  return assertDefined(rows[0], "a row applies");
}
