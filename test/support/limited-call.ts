/** A call on a simulated network with a deadline and a caller who may go, both in virtual time. */
import { status } from "@grpc/grpc-js";

import type { Clock } from "../../src/base/clock.js";
import { CallError } from "../../src/devnode/call-error.js";

/** When a call ends without an answer; `deadlineMs` Infinity = never. */
export interface Limits {
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/**
 * Runs a call; its own signal is aborted when nobody waits for the answer any more.
 *
 * @throws CallError DEADLINE_EXCEEDED or CANCELLED, or what the call throws.
 */
export function limitedCall<T>(
  clock: Clock,
  limits: Limits,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const controller = new AbortController();
    const settle = (): void => {
      timer?.cancel();
      limits.signal.removeEventListener("abort", cancel);
    };
    const giveUp = (code: status, text: string): void => {
      settle();
      reject(new CallError(code, text));
      controller.abort();
    };
    const cancel = (): void => {
      giveUp(status.CANCELLED, "cancelled by the caller");
    };
    const timer =
      limits.deadlineMs === Infinity
        ? undefined
        : clock.after(limits.deadlineMs, () => {
            giveUp(status.DEADLINE_EXCEEDED, "no answer in time");
          });
    if (limits.signal.aborted) {
      cancel();
      return;
    }
    limits.signal.addEventListener("abort", cancel, { once: true });
    call(controller.signal).then(
      (value) => {
        settle();
        resolve(value);
      },
      (error: unknown) => {
        settle();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
