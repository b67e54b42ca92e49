/**
 * The network between simulated data nodes and masters, as a port that a test or a simulator
 * fills: it loses, delays and refuses as it likes. Requests are what a client would send, answers
 * what it would get; a failure is an error with a gRPC status in `code`.
 */
import type { Clock } from "../../../src/base/clock.js";
import type { CallLimits, MasterCalls, MasterLink, PeerLinks } from "../../../src/devnode/links.js";
import type { RecoverChunk__Output } from "../../../src/wire/gen/quidditch/devnode/RecoverChunk.js";
import type { RecoverRequest } from "../../../src/wire/gen/quidditch/devnode/RecoverRequest.js";
import type { ReplicateDocumentRequest } from "../../../src/wire/gen/quidditch/devnode/ReplicateDocumentRequest.js";
import type { ReplicateDocumentResponse__Output } from "../../../src/wire/gen/quidditch/devnode/ReplicateDocumentResponse.js";
import { limitedCall } from "../limited-call.js";

/** One call of a simulated node. */
export interface NetworkCall {
  /** `host:port` of whom it is for. */
  readonly to: string;
  readonly method: string;
  readonly request: object;
  /** Time until the caller gives up; Infinity = it does not. */
  readonly deadlineMs: number;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** See the file comment. */
export interface NodeNetwork {
  /** Calls a method of MasterService. */
  callMaster(call: NetworkCall): Promise<object>;
  /** Calls a method that {@link SimulatedNode.handle} answers. */
  callNode(call: NetworkCall): Promise<object>;
}

/** One part of a recovery stream: the stream's number, and documents until it is done. */
export interface StreamPart {
  readonly stream: number;
  /** From 0: a network that repeats a request must not make the stream skip a part. */
  readonly part: number;
  /** The last part carries none. */
  readonly chunk: RecoverChunk__Output | undefined;
}

/** The next part of a stream that `Recover` began. */
export const nextPartMethod = "RecoverNext";

/** A master over the network. */
export class NetworkMasterLink implements MasterLink {
  readonly #address: string;
  readonly #network: NodeNetwork;
  readonly #clock: Clock;

  constructor(address: string, network: NodeNetwork, clock: Clock) {
    this.#address = address;
    this.#network = network;
    this.#clock = clock;
  }

  call<M extends keyof MasterCalls>(
    method: M,
    request: MasterCalls[M]["request"],
    limits: CallLimits,
  ): Promise<MasterCalls[M]["response"]> {
    const { deadlineMs } = limits;
    return limitedCall(this.#clock, limits, async (signal) => {
      const call = { to: this.#address, method, request, deadlineMs, signal };
      return (await this.#network.callMaster(call)) as MasterCalls[M]["response"];
    });
  }

  close(): void {
    // Nothing is kept open.
  }
}

/** Other nodes over the network; a stream is a call for each of its parts. */
export class NetworkPeerLinks implements PeerLinks {
  readonly #network: NodeNetwork;
  readonly #clock: Clock;

  constructor(network: NodeNetwork, clock: Clock) {
    this.#network = network;
    this.#clock = clock;
  }

  async replicate(
    address: string,
    request: ReplicateDocumentRequest,
    limits: CallLimits,
  ): Promise<ReplicateDocumentResponse__Output> {
    const answer = await this.#call(address, { method: "ReplicateDocument", request }, limits);
    return answer as ReplicateDocumentResponse__Output;
  }

  async *recover(
    address: string,
    request: RecoverRequest,
    signal: AbortSignal,
  ): AsyncIterable<RecoverChunk__Output> {
    const limits = { deadlineMs: Infinity, signal };
    const begin = { method: "Recover", request };
    let part = (await this.#call(address, begin, limits)) as StreamPart;
    while (part.chunk !== undefined) {
      yield part.chunk;
      const next = {
        method: nextPartMethod,
        request: { stream: part.stream, part: part.part + 1 },
      };
      part = (await this.#call(address, next, limits)) as StreamPart;
    }
  }

  close(): void {
    // Nothing is kept open.
  }

  #call(
    to: string,
    message: { readonly method: string; readonly request: object },
    limits: CallLimits,
  ): Promise<object> {
    const { deadlineMs } = limits;
    return limitedCall(this.#clock, limits, (signal) =>
      this.#network.callNode({ to, ...message, deadlineMs, signal }),
    );
  }
}
