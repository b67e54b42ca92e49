/**
 * Everything by which the outside could get into a run is closed while it lasts: real clocks and
 * timers, chance without a seed. Whoever touches one is told at once, and the run remembers it for
 * the case that the error was swallowed.
 */
import { webcrypto } from "node:crypto";

const closed: readonly {
  readonly holder: object;
  readonly name: string;
  readonly label: string;
}[] = [
  { holder: Date, name: "now", label: "Date.now" },
  { holder: Math, name: "random", label: "Math.random" },
  { holder: performance, name: "now", label: "performance.now" },
  { holder: globalThis, name: "setTimeout", label: "setTimeout" },
  { holder: globalThis, name: "setInterval", label: "setInterval" },
  { holder: globalThis, name: "setImmediate", label: "setImmediate" },
  { holder: webcrypto, name: "randomUUID", label: "crypto.randomUUID" },
  { holder: webcrypto, name: "getRandomValues", label: "crypto.getRandomValues" },
];

/** Runs `work` with all of it closed; `onTouched` hears the name of what was used all the same. */
export async function isolated<T>(
  work: () => Promise<T>,
  onTouched: (label: string) => void,
): Promise<T> {
  const opened: (() => void)[] = [];
  for (const { holder, name, label } of closed) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, name);
    const refuse = (callback?: unknown): never => {
      const text = `${label} is used inside a simulation${thrownBy(callback)}`;
      onTouched(text);
      throw new Error(text);
    };
    Object.defineProperty(holder, name, { value: refuse, configurable: true, writable: true });
    opened.push(() => {
      if (descriptor === undefined) Reflect.deleteProperty(holder, name);
      else Object.defineProperty(holder, name, descriptor);
    });
  }
  try {
    return await work();
  } finally {
    for (const open of opened) open();
  }
}

/** The product throws a bug where only its crash handler can catch it: in a turn of its own. */
function thrownBy(callback: unknown): string {
  if (typeof callback !== "function") return "";
  try {
    (callback as () => void)();
    return "";
  } catch (thrown) {
    return `, to throw ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`;
  }
}
