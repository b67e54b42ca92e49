/**
 * The plainest promise, checked without the judge: what was acknowledged is there at the end unless
 * somebody may have taken it away. Pure.
 */
import type { IndexHistory } from "../linearizability/index-history.js";
import type { Operation } from "../linearizability/model.js";
import type {
  IndexInput,
  IndexOutput,
  IndexView,
} from "../linearizability/models/index-catalogue.js";

/** What is known of the writes of one name. */
interface Writes {
  /** The newest acknowledged version, and the mark that it left; none after a deletion. */
  version: number;
  mark: string | undefined;
  /** Marks that writes without an answer may have left. */
  readonly possibleMarks: Set<string>;
  mayBeDeleted: boolean;
}

/** Acknowledged writes that the final catalogue does not account for, in words. */
export function lostWrites(
  { operations }: Pick<IndexHistory, "operations">,
  catalogue: Readonly<Record<string, IndexView>>,
): readonly string[] {
  const writesOf = new Map<string, Writes>();
  for (const operation of operations) {
    if (operation.input.kind === "get") continue;
    const { name } = operation.input;
    const known = writesOf.get(name);
    const writes = known ?? newWrites();
    if (known === undefined) writesOf.set(name, writes);
    note(writes, operation);
  }
  return [...writesOf].flatMap(([name, writes]) => {
    const problem = problemOf(writes, catalogue[name]);
    return problem === undefined ? [] : [`${name}: ${problem}`];
  });
}

function newWrites(): Writes {
  return { version: 0, mark: undefined, possibleMarks: new Set(), mayBeDeleted: false };
}

function note(writes: Writes, { input, output }: Operation<IndexInput, IndexOutput>): void {
  const mark = input.kind === "create" || input.kind === "update" ? input.mark : undefined;
  if (output === undefined) {
    if (mark === undefined) writes.mayBeDeleted = true;
    else writes.possibleMarks.add(mark);
  }
  if (output?.kind !== "created" && output?.kind !== "done") return;
  if (output.version <= writes.version) return;
  writes.version = output.version;
  writes.mark = mark;
}

function problemOf(writes: Writes, found: IndexView | undefined): string | undefined {
  const { version, mark } = writes;
  const acknowledged = mark === undefined ? "a deletion" : `the mark ${mark}`;
  const told = `${acknowledged} was acknowledged at version ${String(version)}`;
  if (found === undefined) {
    if (mark === undefined || writes.mayBeDeleted) return undefined;
    return `${told}, and nothing is there`;
  }
  if (found.version === version && found.mark === mark) return undefined;
  if (found.version > version && writes.possibleMarks.has(found.mark)) return undefined;
  return `${told}, and ${found.mark} of version ${String(found.version)} is there`;
}
