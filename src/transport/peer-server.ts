/**
 * The listener for peers: checks who is calling, decodes, and hands over. A stream whose hello
 * names another cluster or another member is refused before its first message is read.
 */
import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerReadableStream,
  type ServerWritableStream,
} from "@grpc/grpc-js";

import { exitCode, FatalError, MasterError } from "../base/errors.js";
import type { Logger } from "../base/log.js";
import type { FetchSnapshotRequest__Output } from "../wire/gen/quidditch/raft/FetchSnapshotRequest.js";
import type { Formation as WireFormation } from "../wire/gen/quidditch/raft/Formation.js";
import type { ForwardProposalRequest__Output } from "../wire/gen/quidditch/raft/ForwardProposalRequest.js";
import type { ForwardProposalResponse } from "../wire/gen/quidditch/raft/ForwardProposalResponse.js";
import type { Hello__Output } from "../wire/gen/quidditch/raft/Hello.js";
import type { PeerFrame__Output } from "../wire/gen/quidditch/raft/PeerFrame.js";
import type { PeerServiceHandlers } from "../wire/gen/quidditch/raft/PeerService.js";
import type { ProbeResponse } from "../wire/gen/quidditch/raft/ProbeResponse.js";
import type { SnapshotChunk } from "../wire/gen/quidditch/raft/SnapshotChunk.js";
import type { StreamEnd } from "../wire/gen/quidditch/raft/StreamEnd.js";
import { wire } from "../wire/load.js";
import type { MemberId } from "../raft/types.js";
import { decodeForward, decodeMessages, memberId } from "./codec.js";
import { peerServerOptions } from "./options.js";
import type { FormationRecord, PeerFacts, PeerHandlers, ProbeAnswer } from "./types.js";

/** What the listener needs to know of the cluster; undefined until the member is in one. */
export interface PeerServerContext {
  cluster(): FormationRecord | undefined;
  selfId(): number;
  handlers: PeerHandlers;
  onHello(member: number, facts: PeerFacts): void;
  /** The stream of a member that had said hello broke; not when it ended in good order. */
  onBroken(member: number): void;
  log: Logger;
}

/** The listener; see the file comment. */
export class PeerServer {
  readonly #context: PeerServerContext;
  readonly #server: Server;
  #boundAddress: string | undefined;

  constructor(context: PeerServerContext) {
    this.#context = context;
    this.#server = new Server(peerServerOptions);
    const handlers: PeerServiceHandlers = {
      Probe: (_call, callback) => {
        callback(null, encodeProbe(this.#context.handlers.describe()));
      },
      Stream: (call, callback) => {
        this.#onStream(call, callback);
      },
      ForwardProposal: (call, callback) => {
        this.#onForward(call.request).then(
          (response) => {
            callback(null, response);
          },
          (thrown: unknown) => {
            callback({ code: status.INTERNAL, details: MasterError.from(thrown).message });
          },
        );
      },
      FetchSnapshot: (call) => {
        this.#onFetchSnapshot(call).catch((thrown: unknown) => {
          call.emit("error", {
            code: status.DATA_LOSS,
            details: MasterError.from(thrown).message,
          });
        });
      },
    };
    this.#server.addService(wire.PeerService.service, handlers);
  }

  /**
   * Starts to listen on `address` (host:port); resolves with the port.
   *
   * @throws FatalError 75 when the address cannot be bound.
   */
  listen(address: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) {
          this.#boundAddress = address.replace(/:\d+$/, `:${String(port)}`);
          resolve(port);
        } else reject(cannotListen(address, error));
      });
    });
  }

  /** Ends all calls and stops to listen. */
  close(): void {
    // A forced shutdown alone misses connections when channelz is off; draining does not.
    if (this.#boundAddress !== undefined) this.#server.drain(this.#boundAddress, 0);
    this.#server.forceShutdown();
  }

  #onStream(
    call: ServerReadableStream<PeerFrame__Output, StreamEnd>,
    callback: sendUnaryData<StreamEnd>,
  ): void {
    let greeted: MemberId | undefined;
    let ended = false;
    const end = (code: status, details: string): void => {
      if (ended) return;
      ended = true;
      callback(code === status.OK ? null : { code, details }, {});
    };
    call.on("data", (frame: PeerFrame__Output) => {
      if (ended) return;
      try {
        if (greeted === undefined) {
          const refusal = this.#greet(frame.hello);
          if (refusal !== undefined) {
            end(status.FAILED_PRECONDITION, refusal);
            return;
          }
          greeted = frame.hello?.from;
          call.sendMetadata(call.metadata.clone());
        }
        if (frame.messages.length > 0) {
          this.#context.handlers.onMessages(decodeMessages(frame.messages));
        }
      } catch (thrown) {
        const error = MasterError.from(thrown);
        if (error.code === "internal") throw thrown;
        this.#context.log.warn({ event: "peer-frame-refused", ...error.details }, error.message);
        end(status.INVALID_ARGUMENT, error.message);
      }
    });
    call.on("error", () => {
      ended = true;
    });
    call.on("cancelled", () => {
      if (greeted !== undefined && !ended) this.#context.onBroken(greeted);
      ended = true;
    });
    call.on("end", () => {
      end(status.OK, "");
    });
  }

  /** Why the stream is refused, or undefined. */
  #greet(hello: Hello__Output | null): string | undefined {
    const cluster = this.#context.cluster();
    if (hello === null) return "the first frame must be a hello";
    if (cluster === undefined) return "this member is not in a cluster yet";
    if (hello.cluster_uuid !== cluster.clusterUuid) {
      return `cluster uuid mismatch: caller ${hello.cluster_uuid}, here ${cluster.clusterUuid}`;
    }
    if (hello.to !== this.#context.selfId()) {
      return `member id mismatch: caller wants ${String(hello.to)}, here is ${String(this.#context.selfId())}`;
    }
    if (!cluster.members.some((member) => member.memberId === hello.from)) {
      return `member ${String(hello.from)} is not in this cluster`;
    }
    const facts = { nodeId: hello.node_id, grpcAddress: hello.grpc_address };
    this.#context.onHello(memberId(hello.from, "from"), facts);
    return undefined;
  }

  async #onForward(request: ForwardProposalRequest__Output): Promise<ForwardProposalResponse> {
    if (this.#context.cluster()?.clusterUuid !== request.cluster_uuid) {
      return { accepted: false, code: "not_leader", message: "cluster uuid mismatch" };
    }
    return this.#context.handlers.onForward(decodeForward(request));
  }

  async #onFetchSnapshot(
    call: ServerWritableStream<FetchSnapshotRequest__Output, SnapshotChunk>,
  ): Promise<void> {
    const { request } = call;
    const id = { logIndex: request.log_index, term: request.term };
    const known = this.#context.cluster()?.clusterUuid === request.cluster_uuid;
    const chunks = known ? this.#context.handlers.openSnapshot(id) : undefined;
    if (chunks === undefined) {
      call.emit("error", { code: status.NOT_FOUND, details: "no such snapshot here" });
      return;
    }
    for await (const chunk of chunks) {
      if (call.cancelled) return;
      const data = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      if (!call.write({ data })) await drained(call);
    }
    call.end();
  }
}

function cannotListen(address: string, cause: Error): FatalError {
  const text =
    `cannot listen for peers on ${address}: ${cause.message}; ` +
    "free the port, or set another bind_addr or raft_port";
  return new FatalError(exitCode.temporary, text, { address }, cause);
}

/** Resolves when the stream takes more, or has ended. */
function drained(
  call: ServerWritableStream<FetchSnapshotRequest__Output, SnapshotChunk>,
): Promise<void> {
  return new Promise((resolve) => {
    call.once("drain", resolve);
    call.once("cancelled", resolve);
    call.once("close", resolve);
  });
}

function encodeProbe(answer: ProbeAnswer): ProbeResponse {
  return {
    nonce: answer.nonce,
    member_id: answer.memberId,
    node_id: answer.nodeId,
    peers: [...answer.peers],
    formation: answer.formation === undefined ? null : encodeFormation(answer.formation),
  };
}

function encodeFormation(formation: FormationRecord): WireFormation {
  return {
    cluster_uuid: formation.clusterUuid,
    members: formation.members.map((member) => ({
      member_id: member.memberId,
      node_id: member.nodeId,
      address: member.address,
    })),
  };
}
