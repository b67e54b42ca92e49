/**
 * Waits until the applied state says something. The one place where calls wait on a watch, so that
 * each of them ends with its budget, its caller and the member, and leaves nothing behind.
 */
import type { Clock, TimerHandle } from "../base/clock.js";
import type { ControlPlane, Subscription } from "../controlplane/port.js";
import type { StateDelta } from "../state/changes.js";
import type { ClusterState } from "../state/model.js";

/** How a wait ended: with a value, or because time, caller or member had gone. */
export type Awaited<T> =
  { readonly kind: "met"; readonly value: T } | { readonly kind: "expired" | "gone" | "ended" };

/** How long a call waits. */
export interface AwaitLimits {
  readonly budgetMs: number;
  readonly signal: AbortSignal;
}

/** Looks at a state and, when there is one, at what made it; undefined = wait on. */
export type Judge<T> = (state: ClusterState, delta: StateDelta | undefined) => T | undefined;

/** Waits for the first value that `judge` gives, beginning with the state as it is. */
export function awaitState<T>(
  judge: Judge<T>,
  limits: AwaitLimits,
  deps: { readonly controlPlane: ControlPlane; readonly clock: Clock },
): Promise<Awaited<T>> {
  return new Promise((resolve, reject) => {
    // Sinks may be called before there is a subscription to close.
    const held: { settled: boolean; subscription?: Subscription; timer?: TimerHandle } = {
      settled: false,
    };
    const settle = (outcome: () => void): void => {
      if (held.settled) return;
      held.settled = true;
      held.subscription?.close();
      held.timer?.cancel();
      limits.signal.removeEventListener("abort", onGone);
      outcome();
    };
    const end = (kind: "expired" | "gone" | "ended"): void => {
      settle(() => {
        resolve({ kind });
      });
    };
    const onGone = (): void => {
      end("gone");
    };
    const look = (state: ClusterState, delta?: StateDelta): void => {
      if (held.settled) return;
      try {
        const value = judge(state, delta);
        if (value === undefined) return;
        settle(() => {
          resolve({ kind: "met", value });
        });
      } catch (thrown) {
        settle(() => {
          reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
        });
      }
    };
    limits.signal.addEventListener("abort", onGone, { once: true });
    if (limits.signal.aborted) onGone();
    held.timer = deps.clock.after(limits.budgetMs, () => {
      end("expired");
    });
    held.subscription = deps.controlPlane.watch(undefined, {
      onDelta: (delta) => {
        look(delta.after, delta);
      },
      onSnapshot: (state) => {
        look(state);
      },
      onEnd: () => {
        end("ended");
      },
    });
    look(deps.controlPlane.local().state);
    if (!held.settled) return;
    held.subscription.close();
    held.timer.cancel();
  });
}
