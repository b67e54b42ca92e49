/** Faults that a test orders: every handler of the node's services passes through here first. */
import { status } from "@grpc/grpc-js";

import type { Clock } from "../base/clock.js";
import { CallError } from "./call-error.js";
import { pause } from "./pause.js";

/** See quidditch.devnode.SetFaultsRequest. */
export interface Faults {
  readonly delayMs: number;
  readonly failCreate: boolean;
  readonly hang: boolean;
  readonly refuse: boolean;
}

/** A healthy node. */
export const noFaults: Faults = { delayMs: 0, failCreate: false, hang: false, refuse: false };

/** Holds the present faults. */
export class FaultGate {
  faults: Faults = noFaults;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Lets a call pass late, or not at all. */
  async pass(): Promise<void> {
    const { delayMs, hang, refuse } = this.faults;
    if (hang) await new Promise<never>(() => undefined);
    if (refuse) throw new CallError(status.UNAVAILABLE, "told to refuse every call");
    if (delayMs > 0) await pause(this.#clock, delayMs);
  }

  /** Fails an order to create a shard when told to. */
  passCreate(): void {
    if (this.faults.failCreate) throw new CallError(status.INTERNAL, "told to fail CreateShard");
  }
}
