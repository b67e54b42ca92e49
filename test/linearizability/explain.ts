/** Counterexamples as text for people: what fitted last, what cannot come next, what was under way. */
import type { Counterexample } from "./checker.js";
import { neverReturned, type Model, type Operation } from "./model.js";

const placedShownCount = 12;
const concurrentShownCount = 12;

/** Lines that show why a history is not linearizable, or where the search gave up. */
export function explain<State, Input, Output>(
  model: Model<State, Input, Output>,
  counterexample: Counterexample<Input, Output>,
): readonly string[] {
  const { partition, placed, stateKeys, blocked, concurrent } = counterexample;
  const line = (operation: Operation<Input, Output>): string =>
    `  ${describeOperation(model, operation)}`;
  const hidden = placed.length - placedShownCount;
  return [
    ...(partition === "" ? [] : [`object: ${partition}`]),
    `longest order that fits: ${String(placed.length)} operations` +
      (hidden > 0 ? `, the last ${String(placedShownCount)} of them:` : ":"),
    ...placed.slice(-placedShownCount).map(line),
    `which leads to: ${stateKeys.join(" or ")}`,
    "had returned by then, but cannot come next:",
    line(blocked),
    ...(concurrent.length === 0 ? ["nothing else was under way"] : ["under way at the same time:"]),
    ...concurrent.slice(0, concurrentShownCount).map(line),
    ...(concurrent.length > concurrentShownCount
      ? [`  and ${String(concurrent.length - concurrentShownCount)} more`]
      : []),
  ];
}

/** One operation with its client and its times. */
export function describeOperation<State, Input, Output>(
  model: Model<State, Input, Output>,
  operation: Operation<Input, Output>,
): string {
  const { client, input, output, calledAt, returnedAt } = operation;
  const end = returnedAt === neverReturned ? "never" : String(returnedAt);
  return `client ${String(client)} [${String(calledAt)}, ${end}] ${model.describe(input, output)}`;
}
