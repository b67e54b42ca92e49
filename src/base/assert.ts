/**
 * Assertions that stay on in production. A failed assertion is a bug in this program, never a
 * consequence of input: the process logs it and exits, so that a wrong state is not acted upon.
 */

/** Thrown by {@link assert}; nothing may catch it except the outermost crash handler and tests. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/**
 * States what must hold at this point.
 *
 * @throws AssertionError when `condition` is false.
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/**
 * Returns `value`, which the caller knows to be present.
 *
 * @throws AssertionError when it is undefined.
 */
export function assertDefined<T>(value: T | undefined, message: string): T {
  if (value === undefined) throw new AssertionError(message);
  return value;
}

/** Marks the branch of an exhaustive switch that no value can reach. */
export function assertNever(value: never, message: string): never {
  throw new AssertionError(`${message}: ${JSON.stringify(value)}`);
}
