/**
 * Calls to whichever master answers: one address at a time, the next one when it does not. Any
 * member serves any call, so who leads does not matter here.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { credentials, type CallOptions } from "@grpc/grpc-js";

import { assert, assertDefined } from "../base/assert.js";
import { wire } from "../wire/load.js";
import type { MasterServiceClient } from "../wire/gen/quidditch/master/MasterService.js";
import { isRejection } from "./call-error.js";
import { reportDeadlineMs, reportRetryMs } from "./limits.js";
import { clientOptions, unary, type Reply } from "./rpc.js";

/** One method of a master, called through the given client. */
export type MasterCall<Res> = (
  client: MasterServiceClient,
  options: CallOptions,
  reply: Reply<Res>,
) => { cancel(): void };

/** When to stop trying. */
export interface Persistence {
  readonly budgetMs: number;
  readonly signal: AbortSignal;
}

/** See the file comment. */
export class Masters {
  readonly #clients: readonly MasterServiceClient[];
  #current = 0;

  constructor(addresses: readonly string[]) {
    assert(addresses.length > 0, "there is at least one master");
    this.#clients = addresses.map(
      (address) => new wire.MasterService(address, credentials.createInsecure(), clientOptions),
    );
  }

  get count(): number {
    return this.#clients.length;
  }

  /** The client of the master that answered last. */
  get client(): MasterServiceClient {
    return assertDefined(this.#clients[this.#current], "the current master exists");
  }

  /** Turns to the next master. */
  rotate(): void {
    this.#current = (this.#current + 1) % this.#clients.length;
  }

  /** Calls once; when the master does not answer the next call goes to another one. */
  async call<Res>(invoke: MasterCall<Res>, deadlineMs: number, signal: AbortSignal): Promise<Res> {
    const client = this.client;
    try {
      return await unary<Res>(
        (options, reply) => invoke(client, options, reply),
        deadlineMs,
        signal,
      );
    } catch (error) {
      if (!isRejection(error) && client === this.client) this.rotate();
      throw error;
    }
  }

  /** Calls until a master accepts or refuses; throws the refusal, or what went wrong last. */
  async insist<Res>(invoke: MasterCall<Res>, persistence: Persistence): Promise<Res> {
    const { budgetMs, signal } = persistence;
    const endMs = performance.now() + budgetMs;
    for (;;) {
      const leftMs = endMs - performance.now();
      try {
        return await this.call(invoke, Math.max(1, Math.min(leftMs, reportDeadlineMs)), signal);
      } catch (error) {
        if (isRejection(error) || signal.aborted) throw error;
        if (performance.now() + reportRetryMs >= endMs) throw error;
      }
      await sleep(reportRetryMs, undefined, { signal });
    }
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }
}
