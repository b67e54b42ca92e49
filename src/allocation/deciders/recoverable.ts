/**
 * Whether there is anything a copy could be made from. A primary that was started once is never
 * made empty again: it waits for a node that holds one of its in-sync copies. A replica needs an
 * active primary.
 */
import { isActive, primaryOf } from "../../state/model.js";
import { yes, type CopyQuestion, type Decision } from "../decision.js";

/** See the file comment. */
export function decideRecoverable(question: CopyQuestion): Decision {
  const { copy, shard } = question;
  if (copy.role === "primary") {
    if (!shard.everStarted || copy.state !== "UNASSIGNED") return yes;
    return {
      verdict: "no",
      code: "no_valid_copy",
      text: `waits for a node that holds an in-sync copy, last seen on [${copy.nodeId}]`,
    };
  }
  const primary = primaryOf(shard);
  if (primary !== undefined && isActive(primary)) return yes;
  return { verdict: "no", code: "primary_inactive", text: "waits for the primary to be started" };
}
