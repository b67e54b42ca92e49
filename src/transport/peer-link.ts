/**
 * The outgoing connection to one peer: one stream, kept up for as long as the process lives.
 * What cannot be sent now is dropped and counted, never queued without a bound. A stream that
 * breaks is opened again at once; only when that fails too is the peer reported lost.
 */
import { credentials, status, type ClientWritableStream, type ServiceError } from "@grpc/grpc-js";

import type { Clock, TimerHandle } from "../base/clock.js";
import { MasterError } from "../base/errors.js";
import type { Logger } from "../base/log.js";
import type { Message } from "../raft/types.js";
import type { ForwardProposalResponse__Output } from "../wire/gen/quidditch/raft/ForwardProposalResponse.js";
import type { PeerServiceClient } from "../wire/gen/quidditch/raft/PeerService.js";
import type { PeerFrame } from "../wire/gen/quidditch/raft/PeerFrame.js";
import type { SnapshotChunk__Output } from "../wire/gen/quidditch/raft/SnapshotChunk.js";
import { wire } from "../wire/load.js";
import { encodeMessage } from "./codec.js";
import {
  frameMessagesMax,
  outboxBytesMax,
  reconnectBackoffMaxMs,
  reconnectBackoffMinMs,
} from "./limits.js";
import { encodeReport } from "./member-codec.js";
import { peerClientOptions, refusalKey } from "./options.js";
import type {
  ForwardRequest,
  ForwardResult,
  PeerAddress,
  PeerBoot,
  RefusalCode,
  SnapshotId,
  StateReport,
} from "./types.js";

/** Who this member is, for the hello. */
export interface SelfFacts {
  readonly clusterUuid: string;
  readonly memberId: number;
  readonly nodeId: string;
  readonly grpcAddress: string;
  readonly peerAddress: string;
  readonly boot: PeerBoot;
}

/** What a link reports. */
export interface LinkEvents {
  onLost(): void;
  onUnreachable(): void;
  onRefused(code: RefusalCode): void;
}

type LinkState =
  | { readonly kind: "opening"; readonly stream: ClientWritableStream<PeerFrame> }
  | {
      readonly kind: "up";
      readonly stream: ClientWritableStream<PeerFrame>;
      /** Handed to this stream and not yet taken by it. */
      outstandingBytes: number;
    }
  | { readonly kind: "waiting"; readonly timer: TimerHandle }
  | { readonly kind: "closed" };

/** See the file comment. */
export class PeerLink {
  readonly peer: PeerAddress;
  readonly #self: SelfFacts;
  readonly #events: LinkEvents;
  readonly #clock: Clock;
  readonly #log: Logger;
  #client: PeerServiceClient;
  #state: LinkState = { kind: "closed" };
  #backoffMs = reconnectBackoffMinMs;
  /** True from a break until the peer is reported lost or the stream is up again. */
  #retriedAtOnce = false;
  #dropped = 0;

  constructor(
    peer: PeerAddress,
    self: SelfFacts,
    deps: { readonly events: LinkEvents; readonly clock: Clock; readonly log: Logger },
  ) {
    this.peer = peer;
    this.#self = self;
    this.#events = deps.events;
    this.#clock = deps.clock;
    this.#log = deps.log.child({ peer: peer.nodeId, peerAddress: peer.address });
    this.#client = this.#dial();
  }

  get isUp(): boolean {
    return this.#state.kind === "up";
  }

  get droppedMessages(): number {
    return this.#dropped;
  }

  /**
   * The peer has just spoken to us, so it can be spoken to: a member that was started again is
   * connected to at once, not after a back-off that may outlast the next election.
   */
  onPeerAlive(): void {
    this.#backoffMs = reconnectBackoffMinMs;
    if (this.#state.kind === "waiting") this.#openAnew(this.#state.timer);
  }

  /**
   * The peer's own stream to us broke. With no stream of ours up, there is nothing else that
   * would tell that it is gone.
   */
  onPeerBroke(): void {
    if (this.#state.kind === "closed" || this.#state.kind === "up") return;
    this.#retriedAtOnce = true;
    if (this.#state.kind === "waiting") this.#openAnew(this.#state.timer);
  }

  /** Opens the stream. */
  open(): void {
    const stream = this.#client.Stream((error) => {
      this.#onStreamEnd(stream, error);
    });
    this.#state = { kind: "opening", stream };
    // The same failure reaches the callback; without a listener it would be thrown.
    stream.on("error", () => undefined);
    stream.on("metadata", () => {
      if (this.#state.kind !== "opening" || this.#state.stream !== stream) return;
      this.#state = { kind: "up", stream, outstandingBytes: 0 };
      this.#backoffMs = reconnectBackoffMinMs;
      this.#retriedAtOnce = false;
      this.#log.info({ event: "peer-connected" }, "connected to a peer");
    });
    const self = this.#self;
    stream.write({
      hello: {
        cluster_uuid: self.clusterUuid,
        from: self.memberId,
        to: this.peer.memberId,
        node_id: self.nodeId,
        grpc_address: self.grpcAddress,
        peer_address: self.peerAddress,
        boot_count: self.boot.count,
        boot_nonce: self.boot.nonce,
      },
    });
  }

  /** Sends messages, or drops them all. */
  send(messages: readonly Message[]): void {
    const state = this.#state;
    if (state.kind !== "up" || state.outstandingBytes > outboxBytesMax) {
      this.#dropped += messages.length;
      this.#events.onUnreachable();
      return;
    }
    for (let i = 0; i < messages.length; i += frameMessagesMax) {
      const part = messages.slice(i, i + frameMessagesMax);
      const bytes = part.reduce((sum, message) => sum + weightOf(message), 0);
      state.outstandingBytes += bytes;
      state.stream.write({ messages: part.map(encodeMessage) }, () => {
        state.outstandingBytes -= bytes;
      });
    }
  }

  /** Sends a report if it can go at once. */
  sendReport(report: StateReport): void {
    const state = this.#state;
    if (state.kind !== "up" || state.outstandingBytes > outboxBytesMax) return;
    state.stream.write({ report: encodeReport(report) });
  }

  /**
   * Asks the peer, as leader of an epoch, to append a proposal.
   *
   * @throws MasterError `leader_lost` when it is unknown whether it did.
   */
  forward(request: ForwardRequest, timeoutMs: number): Promise<ForwardResult> {
    const { command, tag } = request;
    const wireRequest = {
      cluster_uuid: this.#self.clusterUuid,
      from: request.from,
      epoch: request.epoch,
      command: Buffer.from(command.buffer, command.byteOffset, command.byteLength),
      tag_member: tag.member,
      tag_boot: tag.boot,
      tag_sequence: tag.sequence,
      origin: request.origin,
    };
    return new Promise((resolve, reject) => {
      const deadline = this.#clock.wallMs() + timeoutMs;
      const onAnswer = (
        error: ServiceError | null,
        answer?: ForwardProposalResponse__Output,
      ): void => {
        if (error !== null || answer === undefined) {
          const text = error === null ? "no answer" : error.details;
          reject(new MasterError("leader_lost", `the leader did not answer: ${text}`));
        } else if (answer.accepted) {
          resolve({ accepted: true });
        } else {
          resolve({ accepted: false, code: answer.code, message: answer.message });
        }
      };
      this.#client.ForwardProposal(wireRequest, { deadline }, onAnswer);
    });
  }

  /**
   * Pulls a snapshot.
   *
   * @throws MasterError `internal` when the peer ends it with an error.
   */
  async *fetchSnapshot(snapshot: SnapshotId): AsyncGenerator<Uint8Array, undefined> {
    const call = this.#client.FetchSnapshot({
      cluster_uuid: this.#self.clusterUuid,
      log_index: snapshot.logIndex,
      term: snapshot.term,
    });
    // A reader that stops early ends the call; its failure is nobody's any more.
    call.on("error", () => undefined);
    try {
      for await (const chunk of call as AsyncIterable<SnapshotChunk__Output>) yield chunk.data;
    } catch (thrown) {
      throw new MasterError("internal", "a peer ended a snapshot early", {}, thrown);
    } finally {
      call.cancel();
    }
    return undefined;
  }

  /** Ends the stream and the connection. */
  close(): void {
    const state = this.#state;
    this.#state = { kind: "closed" };
    if (state.kind === "waiting") state.timer.cancel();
    if (state.kind === "opening" || state.kind === "up") state.stream.end();
    this.#client.close();
  }

  #onStreamEnd(stream: ClientWritableStream<PeerFrame>, error: ServiceError | null): void {
    const state = this.#state;
    if (state.kind === "closed" || state.kind === "waiting" || state.stream !== stream) return;
    const refused = error?.code === status.FAILED_PRECONDITION;
    if (refused) {
      this.#log.info({ event: "peer-refused-hello", reason: error.details }, "a peer refused us");
      const code = refusalOf(error);
      if (code !== undefined) this.#events.onRefused(code);
      // Who was told may have closed this link.
      if (this.#state !== state) return;
    } else if (state.kind === "up") {
      this.#log.warn({ event: "peer-disconnected", code: error?.code ?? 0 }, "lost a peer");
      if (error !== null) {
        this.#retriedAtOnce = true;
        this.open();
        return;
      }
    } else if (this.#retriedAtOnce) {
      this.#retriedAtOnce = false;
      this.#events.onLost();
    }
    this.#openLater();
  }

  /** On a new channel: the old one has a back-off of its own, which would come on top of ours. */
  #openAnew(timer: TimerHandle): void {
    timer.cancel();
    this.#client.close();
    this.#client = this.#dial();
    this.open();
  }

  #dial(): PeerServiceClient {
    const { address } = this.peer;
    return new wire.PeerService(address, credentials.createInsecure(), peerClientOptions);
  }

  #openLater(): void {
    const timer = this.#clock.after(this.#backoffMs, () => {
      if (this.#state.kind === "waiting") this.#openAnew(timer);
    });
    this.#state = { kind: "waiting", timer };
    this.#backoffMs = Math.min(this.#backoffMs * 2, reconnectBackoffMaxMs);
  }
}

const refusalCodes: readonly RefusalCode[] = [
  "noCluster",
  "otherCluster",
  "wrongReceiver",
  "unknown",
  "removed",
  "bootRegress",
  "malformed",
];

/** Undefined for a code that this release does not know. */
function refusalOf(error: ServiceError): RefusalCode | undefined {
  const [text] = error.metadata.get(refusalKey);
  return refusalCodes.find((code) => code === text);
}

/** About how many bytes a message takes. */
function weightOf(message: Message): number {
  if (message.kind !== "append") return 64;
  return message.entries.reduce((sum, entry) => sum + entry.data.length + 32, 64);
}
