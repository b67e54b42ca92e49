/**
 * What is known of a log that ends in bytes no power cut can explain. Opening such a log fails and
 * changes nothing; whoever can get its content from elsewhere reads here what the failure says.
 */
import { FatalError } from "../../base/errors.js";
import { assertText, assertWhole } from "../invariants.js";
import type { LogMarker } from "./types.js";

/** Where a log stops being trustworthy. */
export interface SuspectTail {
  /** The segment. */
  readonly file: string;
  /** The first sector that is neither zero nor valid. */
  readonly offset: number;
  /** The last position that reads well; its term is 0 when no entry there is held any more. */
  readonly lastValid: LogMarker;
  /** The last position the log had if the damaged batch was complete; undefined when unknown. */
  readonly claimedLogIndex: number | undefined;
  /** The refusal in one line, as an operator is shown it. */
  readonly why: string;
}

/** The details under which a refusal carries a {@link SuspectTail}. */
export interface SuspectDetails {
  readonly decision: "suspect";
  readonly file: string;
  readonly offset: number;
  readonly lastLogIndex: number;
  readonly lastTerm: number;
  /** 0 when unknown. */
  readonly claimedLogIndex: number;
}

/** What opening a log failed with, when it was a suspect tail; else undefined. */
export function suspectTailOf(thrown: unknown): SuspectTail | undefined {
  if (!(thrown instanceof FatalError) || thrown.details["decision"] !== "suspect") return undefined;
  const { file, offset, lastLogIndex, lastTerm, claimedLogIndex } =
    thrown.details as unknown as SuspectDetails;
  assertText(file, "a path");
  assertWhole(offset, "an offset");
  assertWhole(claimedLogIndex, "a log position");
  return {
    file,
    offset,
    lastValid: { logIndex: lastLogIndex, term: lastTerm },
    claimedLogIndex: claimedLogIndex === 0 ? undefined : claimedLogIndex,
    why: thrown.message,
  };
}
