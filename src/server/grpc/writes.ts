/**
 * The one way from a handler to the log: validate, propose within the call's budget, and turn a
 * rejection into the error it is.
 */
import { MasterError } from "../../base/errors.js";
import type { Clock } from "../../base/clock.js";
import type { ControlPlane } from "../../controlplane/port.js";
import type { Command, ItemResult, Rejection } from "../../state/commands.js";
import type { ClusterMetrics } from "../metrics.js";
import { requireValid } from "./requests.js";

/** What was committed. */
export interface Committed {
  readonly version: number;
  readonly indexUuid: string;
  readonly items: readonly ItemResult[];
}

/** How long, for whom, and in whose name. */
export interface WriteOptions {
  readonly origin: string;
  /** Undefined = as long as the caller stays. */
  readonly budgetMs: number | undefined;
  readonly signal: AbortSignal;
}

/** See the file comment. */
export class Writer {
  readonly #controlPlane: ControlPlane;
  readonly #metrics: Pick<ClusterMetrics, "commit">;
  readonly #clock: Clock;

  constructor(deps: {
    readonly controlPlane: ControlPlane;
    readonly metrics: Pick<ClusterMetrics, "commit">;
    readonly clock: Clock;
  }) {
    this.#controlPlane = deps.controlPlane;
    this.#metrics = deps.metrics;
    this.#clock = deps.clock;
  }

  /** Commits a command. @throws MasterError as the port does, or with the rejection's code. */
  async write(command: Command, options: WriteOptions): Promise<Committed> {
    requireValid(command);
    const startedMs = this.#clock.monotonicMs();
    const { version, result } = await this.#controlPlane.propose(command, options);
    this.#metrics.commit((this.#clock.monotonicMs() - startedMs) / 1000);
    if (!result.ok) throw toError(result);
    return { version, indexUuid: result.indexUuid, items: result.items };
  }

  /** As {@link write} for a batch of one, whose item must be accepted. */
  async writeItem(command: Command, options: WriteOptions): Promise<Committed> {
    const committed = await this.write(command, options);
    for (const item of committed.items) {
      if (!item.ok) throw toError(item);
    }
    return committed;
  }
}

function toError(rejection: Rejection): MasterError {
  return new MasterError(rejection.code, rejection.message, rejection.details);
}
