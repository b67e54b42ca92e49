/**
 * The wire between members of one process: messages go through their real wire form and arrive in
 * a later turn, unless the test cut the way, loses or repeats them. Nothing is reordered.
 */
import { assertDefined } from "../../../src/base/assert.js";
import { MasterError } from "../../../src/base/errors.js";
import type { Clock } from "../../../src/base/clock.js";
import type { MemberId, Message } from "../../../src/raft/types.js";
import { decodeMessages, encodeMessage } from "../../../src/transport/codec.js";
import type { GrpcTransportOptions } from "../../../src/transport/grpc-transport.js";
import type {
  FormationRecord,
  ForwardRequest,
  ForwardResult,
  PeerFacts,
  PeerHandlers,
  ProbeAnswer,
  SnapshotId,
  Transport,
} from "../../../src/transport/types.js";
import { wire } from "../../../src/wire/load.js";
import type { Lane } from "./lane.js";

/** What happens to one forwarded proposal: as it should, or the request or its answer is lost. */
export type ForwardFault = "none" | "loseRequest" | "loseAnswer" | "repeat";

/** Messages through their wire form and back. */
export function throughWire(messages: readonly Message[]): Message[] {
  const { Stream } = wire.PeerService.service;
  const bytes = Stream.requestSerialize({ messages: messages.map(encodeMessage) });
  const frame = Stream.requestDeserialize(bytes);
  return decodeMessages(frame.messages);
}

/** See the file comment. */
export class MemoryNetwork {
  readonly #transports = new Map<string, MemoryTransport>();
  readonly #cut = new Set<MemoryTransport>();
  /** Decides about each message; undefined = all arrive. */
  drops: ((message: Message) => boolean) | undefined;
  /** Decides about each forwarded proposal. */
  forwardFault: ((request: ForwardRequest) => ForwardFault) | undefined;
  /** Decides about each piece of a snapshot: true = the connection breaks there. */
  breaksSnapshot: (() => boolean) | undefined;
  forwardedCount = 0;
  snapshotFetchCount = 0;

  add(transport: MemoryTransport): void {
    this.#transports.set(transport.address, transport);
  }

  remove(transport: MemoryTransport): void {
    if (this.#transports.get(transport.address) !== transport) return;
    this.#transports.delete(transport.address);
    for (const other of this.#transports.values()) other.onGone(transport);
  }

  /** Cuts a member off from all others, both ways and without a sign. */
  isolate(transport: MemoryTransport): void {
    this.#cut.add(transport);
  }

  /** Whoever is there can reach everybody again. */
  heal(): void {
    this.#cut.clear();
  }

  at(address: string): MemoryTransport | undefined {
    return this.#transports.get(address);
  }

  areConnected(a: MemoryTransport, b: MemoryTransport): boolean {
    return a === b || (!this.#cut.has(a) && !this.#cut.has(b));
  }
}

/** One member's end. */
export class MemoryTransport implements Transport {
  readonly options: GrpcTransportOptions;
  readonly handlers: PeerHandlers;
  readonly #network: MemoryNetwork;
  readonly #lane: Lane;
  readonly #clock: Clock;
  #cluster: FormationRecord | undefined;
  #dropped = 0;

  constructor(
    options: GrpcTransportOptions,
    handlers: PeerHandlers,
    deps: { readonly network: MemoryNetwork; readonly lane: Lane; readonly clock: Clock },
  ) {
    this.options = options;
    this.handlers = handlers;
    this.#network = deps.network;
    this.#lane = deps.lane;
    this.#clock = deps.clock;
  }

  get address(): string {
    return this.options.peerAddress;
  }

  listen(): Promise<number> {
    this.#network.add(this);
    return Promise.resolve(1);
  }

  join(cluster: FormationRecord): void {
    this.#cluster = cluster;
  }

  send(messages: readonly Message[]): void {
    const receivers = new Set(messages.map((message) => message.to));
    for (const to of receivers) {
      const arriving = messages.filter(
        (message) => message.to === to && this.#network.drops?.(message) !== true,
      );
      const other = this.#reachable(to);
      if (other === undefined || arriving.length === 0) {
        this.#dropped += 1;
        continue;
      }
      const received = throughWire(arriving);
      other.#lane.soon(() => {
        other.handlers.onMessages(received);
      });
    }
  }

  forward(to: MemberId, request: ForwardRequest, timeoutMs: number): Promise<ForwardResult> {
    this.#network.forwardedCount += 1;
    const other = this.#reachable(to);
    const fault = this.#network.forwardFault?.(request) ?? "none";
    return new Promise((resolve, reject) => {
      const lost = new MasterError("leader_lost", "the leader did not answer");
      const timer = this.#clock.after(timeoutMs, () => {
        this.#lane.run(() => {
          reject(lost);
        });
      });
      if (other === undefined || fault === "loseRequest") return;
      const ask = (): void => {
        other.#lane.soon(() => {
          other.handlers.onForward(request).then((answer) => {
            if (fault === "loseAnswer") return;
            timer.cancel();
            this.#lane.soon(() => {
              resolve(answer);
            });
          }, reject);
        });
      };
      ask();
      if (fault === "repeat") ask();
    });
  }

  probe(address: string): Promise<ProbeAnswer> {
    const other = this.#network.at(address);
    if (other === undefined || !this.#network.areConnected(this, other)) {
      return Promise.reject(new MasterError("internal", "no answer"));
    }
    return Promise.resolve(other.handlers.describe());
  }

  async *fetchSnapshot(from: MemberId, snapshot: SnapshotId): AsyncIterable<Uint8Array> {
    this.#network.snapshotFetchCount += 1;
    const chunks = this.#reachable(from)?.handlers.openSnapshot(snapshot);
    if (chunks === undefined) throw new MasterError("internal", "no such snapshot");
    for await (const chunk of chunks) {
      const broken = this.#reachable(from) === undefined || this.#network.breaksSnapshot?.();
      if (broken === true) throw new MasterError("internal", "the connection broke");
      yield chunk.slice();
    }
  }

  factsOf(member: MemberId): PeerFacts | undefined {
    const known = this.#cluster?.members.find((other) => other.memberId === member);
    const other = known === undefined ? undefined : this.#network.at(known.address);
    return other?.options;
  }

  stats(): { readonly droppedMessages: number; readonly connectedPeers: number } {
    return { droppedMessages: this.#dropped, connectedPeers: 0 };
  }

  close(): Promise<void> {
    this.#network.remove(this);
    return Promise.resolve();
  }

  /** A member's process ended: its connections were reset. */
  onGone(other: MemoryTransport): void {
    const { memberId } = other.options;
    const knows = this.#cluster?.members.some((member) => member.memberId === memberId);
    if (knows !== true) return;
    this.#lane.soon(() => {
      this.handlers.onPeerLost(memberId);
    });
  }

  #reachable(to: MemberId): MemoryTransport | undefined {
    const cluster = assertDefined(this.#cluster, "only members of a cluster talk");
    const known = cluster.members.find((member) => member.memberId === to);
    const other = known === undefined ? undefined : this.#network.at(known.address);
    if (other === undefined || !this.#network.areConnected(this, other)) return undefined;
    return other;
  }
}
