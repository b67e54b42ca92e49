/**
 * Calls between data nodes, masters and the clients that write documents, by address: each takes
 * its way over the simulated wire, and whoever is not there refuses.
 */
import { status } from "@grpc/grpc-js";
import { assertDefined } from "../../src/base/assert.js";
import { CallError } from "../../src/devnode/call-error.js";
import type { NetworkCall, NodeNetwork } from "../support/devnode/node-network.js";
import type { Lane } from "./lane.js";
import type { SimNetwork } from "./network.js";

/** Somebody who answers calls. */
export interface Callee {
  readonly place: number;
  /** The process that answers; undefined while none runs. */
  readonly lane: () => Lane | undefined;
  readonly answer: (call: NetworkCall, from: number) => Promise<object>;
}

/** See the file comment. */
export class Routes {
  readonly #network: SimNetwork;
  readonly #callees = new Map<string, Callee>();

  constructor(network: SimNetwork) {
    this.#network = network;
  }

  /** Somebody answers at an address. */
  add(address: string, callee: Callee): void {
    this.#callees.set(address, callee);
  }

  /** The wire as the process in `lane` at a place sees it. */
  from(place: number, lane: Lane): NodeNetwork {
    const call = (one: NetworkCall): Promise<object> => this.call(place, lane, one);
    return { callMaster: call, callNode: call };
  }

  /**
   * A call there and its answer back. It never settles when either is lost: callers have
   * deadlines.
   */
  call(from: number, lane: Lane, call: NetworkCall): Promise<object> {
    const callee = assertDefined(this.#callees.get(call.to), `somebody has ${call.to}`);
    return new Promise((resolve, reject) => {
      const back = (settle: () => void): void => {
        this.#network.carry(callee.place, from, () => {
          lane.run(settle);
        });
      };
      const refuse = (thrown: unknown): void => {
        back(() => {
          reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
        });
      };
      this.#network.carry(from, callee.place, () => {
        const there = callee.lane();
        if (there === undefined) {
          refuse(new CallError(status.UNAVAILABLE, "connection refused"));
          return;
        }
        there.run(() => {
          callee.answer(call, from).then((answer) => {
            back(() => {
              resolve(answer);
            });
          }, refuse);
        });
      });
    });
  }
}
