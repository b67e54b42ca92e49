/**
 * The listener for peers: checks who is calling, decodes, and hands over. A stream whose hello
 * names another cluster or another member is refused before its first message is read.
 */
import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerReadableStream,
  type ServerWritableStream,
} from "@grpc/grpc-js";

import { exitCode, FatalError, MasterError } from "../base/errors.js";
import type { Logger } from "../base/log.js";
import type { AdministerRequest__Output } from "../wire/gen/quidditch/raft/AdministerRequest.js";
import type { AdministerResponse } from "../wire/gen/quidditch/raft/AdministerResponse.js";
import type { FetchSnapshotRequest__Output } from "../wire/gen/quidditch/raft/FetchSnapshotRequest.js";
import type { ForwardProposalRequest__Output } from "../wire/gen/quidditch/raft/ForwardProposalRequest.js";
import type { ForwardProposalResponse } from "../wire/gen/quidditch/raft/ForwardProposalResponse.js";
import type { Hello__Output } from "../wire/gen/quidditch/raft/Hello.js";
import type { PeerFrame__Output } from "../wire/gen/quidditch/raft/PeerFrame.js";
import type { PeerServiceHandlers } from "../wire/gen/quidditch/raft/PeerService.js";
import type { SnapshotChunk } from "../wire/gen/quidditch/raft/SnapshotChunk.js";
import type { StreamEnd } from "../wire/gen/quidditch/raft/StreamEnd.js";
import { wire } from "../wire/load.js";
import type { MemberId } from "../raft/types.js";
import { decodeForward, decodeMessages, memberId, position } from "./codec.js";
import { decodeAdminister, decodeReport, encodeAdministered, encodeProbe } from "./member-codec.js";
import { peerServerOptions, refusalKey } from "./options.js";
import type { ClusterPeers, PeerHandlers, PeerHello, RefusalCode } from "./types.js";

/** What the listener needs to know of the cluster; undefined until the member is in one. */
export interface PeerServerContext {
  cluster(): ClusterPeers | undefined;
  selfId(): number;
  handlers: PeerHandlers;
  /** A member speaks that is not refused by its id; a code refuses it all the same. */
  onHello(hello: PeerHello): RefusalCode | undefined;
  /** The stream of a member that had said hello is over. */
  onEnded(member: MemberId, how: "broke" | "ended"): void;
  log: Logger;
}

/** A hello that is refused. */
interface Refused {
  readonly code: RefusalCode;
  readonly text: string;
}

/** The listener; see the file comment. */
export class PeerServer {
  readonly #context: PeerServerContext;
  readonly #server: Server;
  /** How to refuse the streams that are open, by who said hello on them. */
  readonly #open = new Map<MemberId, Set<(refused: Refused) => void>>();
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
      Administer: (call, callback) => {
        this.#onAdminister(call.request).then(
          (response) => {
            callback(null, response);
          },
          (thrown: unknown) => {
            callback({ code: status.INTERNAL, details: MasterError.from(thrown).message });
          },
        );
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

  /** Ends the streams of a member that must not speak any more, and tells it so. */
  refuse(member: MemberId, code: RefusalCode): void {
    const text = `member ${String(member)} may no longer speak here: ${code}`;
    for (const refuse of [...(this.#open.get(member) ?? [])]) refuse({ code, text });
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
    const finish = (how: "broke" | "ended"): boolean => {
      if (ended) return false;
      ended = true;
      if (greeted === undefined) return true;
      this.#forgetStream(greeted, refuse);
      this.#context.onEnded(greeted, how);
      return true;
    };
    const refuse = ({ code, text }: Refused): void => {
      if (!finish("ended")) return;
      const metadata = new Metadata();
      metadata.set(refusalKey, code);
      callback({ code: status.FAILED_PRECONDITION, details: text, metadata }, {});
    };
    call.on("data", (frame: PeerFrame__Output) => {
      if (ended) return;
      try {
        if (greeted === undefined) {
          const hello = this.#greet(frame.hello);
          if ("code" in hello) {
            refuse(hello);
            return;
          }
          greeted = hello.memberId;
          this.#rememberStream(greeted, refuse);
          call.sendMetadata(call.metadata.clone());
        }
        this.#onFrame(greeted, frame);
      } catch (thrown) {
        const error = MasterError.from(thrown);
        if (error.code === "internal") throw thrown;
        this.#context.log.warn({ event: "peer-frame-refused", ...error.details }, error.message);
        if (finish("ended"))
          callback({ code: status.INVALID_ARGUMENT, details: error.message }, {});
      }
    });
    call.on("error", () => finish("broke"));
    call.on("cancelled", () => finish("broke"));
    call.on("end", () => {
      if (finish("ended")) callback(null, {});
    });
  }

  #onFrame(from: MemberId, frame: PeerFrame__Output): void {
    const { handlers } = this.#context;
    if (frame.messages.length > 0) handlers.onMessages(decodeMessages(frame.messages));
    if (frame.report !== null) handlers.onReport(from, decodeReport(frame.report));
  }

  #rememberStream(member: MemberId, refuse: (refused: Refused) => void): void {
    const streams = this.#open.get(member) ?? new Set();
    streams.add(refuse);
    this.#open.set(member, streams);
  }

  #forgetStream(member: MemberId, refuse: (refused: Refused) => void): void {
    const streams = this.#open.get(member);
    streams?.delete(refuse);
    if (streams?.size === 0) this.#open.delete(member);
  }

  /** Who speaks, or why the stream is refused. */
  #greet(wireHello: Hello__Output | null): PeerHello | Refused {
    const cluster = this.#context.cluster();
    if (wireHello === null) return { code: "malformed", text: "the first frame must be a hello" };
    if (cluster === undefined) {
      return { code: "noCluster", text: "this member is not in a cluster yet" };
    }
    if (wireHello.cluster_uuid !== cluster.clusterUuid) {
      const text = `cluster uuid mismatch: caller ${wireHello.cluster_uuid}, here ${cluster.clusterUuid}`;
      return { code: "otherCluster", text };
    }
    const selfId = this.#context.selfId();
    if (wireHello.to !== selfId) {
      const text = `member id mismatch: caller wants ${String(wireHello.to)}, here is ${String(selfId)}`;
      return { code: "wrongReceiver", text };
    }
    const hello = decodeHello(wireHello);
    if (cluster.removed.includes(hello.memberId)) {
      return { code: "removed", text: `member ${String(hello.memberId)} was removed` };
    }
    const code = this.#context.onHello(hello);
    if (code === undefined) return hello;
    return { code, text: `member ${String(hello.memberId)} may not speak here: ${code}` };
  }

  async #onAdminister(request: AdministerRequest__Output): Promise<AdministerResponse> {
    if (this.#context.cluster()?.clusterUuid !== request.cluster_uuid) {
      return { accepted: false, code: "not_leader", message: "cluster uuid mismatch" };
    }
    return encodeAdministered(await this.#context.handlers.onAdminister(decodeAdminister(request)));
  }

  async #onForward(request: ForwardProposalRequest__Output): Promise<ForwardProposalResponse> {
    if (this.#context.cluster()?.clusterUuid !== request.cluster_uuid) {
      return { accepted: false, code: "not_leader", message: "cluster uuid mismatch" };
    }
    const forward = decodeForward(request);
    if (this.#context.cluster()?.removed.includes(forward.from) === true) {
      return { accepted: false, code: "wrong_state", message: "the sender was removed" };
    }
    return this.#context.handlers.onForward(forward);
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

function decodeHello(hello: Hello__Output): PeerHello {
  return {
    memberId: memberId(hello.from, "from"),
    nodeId: hello.node_id,
    grpcAddress: hello.grpc_address,
    peerAddress: hello.peer_address,
    boot: {
      count: position(hello.boot_count, "boot_count"),
      nonce: position(hello.boot_nonce, "boot_nonce"),
    },
  };
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
