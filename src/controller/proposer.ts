/**
 * Proposes a leadership's commands under its epoch. A proposal that fails is logged once and
 * otherwise forgotten: everything here is level-triggered, so what still matters is found again.
 */
import type { Logger } from "../base/log.js";
import { MasterError } from "../base/errors.js";
import type { ControlPlane } from "../controlplane/port.js";
import type { Command, CommandResult } from "../state/commands.js";
import { limits } from "./limits.js";
import type { MetricsSink } from "./metrics.js";

/** What the proposer needs. */
export interface ProposerDeps {
  readonly controlPlane: ControlPlane;
  readonly epoch: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly metrics: MetricsSink;
}

/** See the file comment. */
export class Proposer {
  readonly #deps: ProposerDeps;

  constructor(deps: ProposerDeps) {
    this.#deps = deps;
  }

  /** The result once applied here; undefined when nobody can say, or the leadership is over. */
  async propose(command: Command): Promise<CommandResult | undefined> {
    const { controlPlane, epoch, signal, log, metrics } = this.#deps;
    if (signal.aborted) return undefined;
    const budgetMs = limits.proposeBudgetMs;
    try {
      const options = { budgetMs, signal, epoch, origin: "controller" };
      const { result } = await controlPlane.propose(command, options);
      if (!result.ok) {
        const { code, message } = result;
        log.debug({ event: "command-rejected", command: command.kind, code, message }, "rejected");
      }
      return result;
    } catch (thrown) {
      const { code, message } = MasterError.from(thrown);
      metrics.count("proposals_failed", { code });
      log.warn({ event: "proposal-failed", command: command.kind, code, message }, "not applied");
      return undefined;
    }
  }
}
