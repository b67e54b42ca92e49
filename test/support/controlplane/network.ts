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
import {
  decodeAdminister,
  decodeAdministered,
  decodeProbe,
  decodeReport,
  encodeAdminister,
  encodeAdministered,
  encodeProbe,
  encodeReport,
} from "../../../src/transport/member-codec.js";
import type {
  AdministerCall,
  AdministerResult,
  ClusterPeers,
  ForwardRequest,
  ForwardResult,
  PeerFacts,
  PeerHandlers,
  PeerSet,
  ProbeAnswer,
  RefusalCode,
  SnapshotId,
  StateReport,
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

function reportThroughWire(report: StateReport): StateReport {
  const { Stream } = wire.PeerService.service;
  const bytes = Stream.requestSerialize({ report: encodeReport(report) });
  return decodeReport(
    assertDefined(Stream.requestDeserialize(bytes).report ?? undefined, "the report"),
  );
}

function probeThroughWire(answer: ProbeAnswer): ProbeAnswer {
  const { Probe } = wire.PeerService.service;
  return decodeProbe(Probe.responseDeserialize(Probe.responseSerialize(encodeProbe(answer))));
}

function callThroughWire(call: AdministerCall): AdministerCall {
  const { Administer } = wire.PeerService.service;
  return decodeAdminister(
    Administer.requestDeserialize(Administer.requestSerialize(encodeAdminister(call))),
  );
}

function resultThroughWire(result: AdministerResult): AdministerResult {
  const { Administer } = wire.PeerService.service;
  return decodeAdministered(
    Administer.responseDeserialize(Administer.responseSerialize(encodeAdministered(result))),
  );
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

/** One member's end. Whoever speaks says hello first, once to each process it speaks to. */
export class MemoryTransport implements Transport {
  readonly options: GrpcTransportOptions;
  readonly handlers: PeerHandlers;
  readonly #network: MemoryNetwork;
  readonly #lane: Lane;
  readonly #clock: Clock;
  /** Those who said hello here and were not refused. */
  readonly #greeted = new Set<MemoryTransport>();
  /** Addresses of those who are no members here and spoke. */
  readonly #guests = new Map<MemberId, string>();
  #cluster: ClusterPeers | undefined;
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

  join(cluster: ClusterPeers): void {
    this.#cluster = cluster;
    this.#greetAll();
  }

  setPeers(peers: PeerSet): void {
    const { clusterUuid } = assertDefined(this.#cluster, "peers are those of a cluster");
    this.#cluster = { clusterUuid, ...peers };
    for (const other of [...this.#greeted]) {
      if (!peers.removed.includes(other.options.memberId)) continue;
      this.#greeted.delete(other);
      other.#onRefused(this, "removed");
    }
    for (const { memberId } of peers.members) this.#guests.delete(memberId);
    for (const memberId of peers.removed) this.#guests.delete(memberId);
    this.#greetAll();
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
        if (this.#isHeardBy(other, to)) other.handlers.onMessages(received);
      });
    }
  }

  sendReport(report: StateReport): void {
    for (const { memberId } of this.#cluster?.members ?? []) {
      if (memberId === this.options.memberId) continue;
      const other = this.#reachable(memberId);
      const received = reportThroughWire(report);
      if (other === undefined) continue;
      other.#lane.soon(() => {
        if (this.#isHeardBy(other, memberId)) {
          other.handlers.onReport(this.options.memberId, received);
        }
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

  administer(address: string, call: AdministerCall): Promise<AdministerResult> {
    const other = this.#network.at(address);
    const lost = new MasterError("leader_lost", `no answer from ${address}`);
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(call.budgetMs + 500, () => {
        this.#lane.run(() => {
          reject(lost);
        });
      });
      if (other === undefined || !this.#network.areConnected(this, other)) {
        timer.cancel();
        reject(lost);
        return;
      }
      other.#lane.soon(() => {
        const refused = {
          accepted: false,
          code: "not_leader",
          message: "another cluster",
        } as const;
        const isSame = other.#cluster?.clusterUuid === call.clusterUuid;
        const answer = isSame
          ? other.handlers.onAdminister(callThroughWire(call))
          : Promise.resolve(refused);
        answer.then((result) => {
          if (!this.#network.areConnected(this, other)) return;
          timer.cancel();
          const received = resultThroughWire(result);
          this.#lane.soon(() => {
            resolve(received);
          });
        }, reject);
      });
    });
  }

  probe(address: string): Promise<ProbeAnswer> {
    const other = this.#network.at(address);
    if (other === undefined || !this.#network.areConnected(this, other)) {
      return Promise.reject(new MasterError("internal", "no answer"));
    }
    return Promise.resolve(probeThroughWire(other.handlers.describe()));
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
    const address = this.#addressOf(member);
    return address === undefined ? undefined : this.#network.at(address)?.options;
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
    this.#greeted.delete(other);
    const knows = this.#addressOf(memberId) !== undefined;
    this.#guests.delete(memberId);
    if (!knows) return;
    this.#lane.soon(() => {
      this.handlers.onPeerLost(memberId);
    });
  }

  /** Connections are made when the members are known, before there is anything to say. */
  #greetAll(): void {
    for (const { memberId } of this.#cluster?.members ?? []) {
      if (memberId === this.options.memberId) continue;
      const other = this.#reachable(memberId);
      if (other === undefined) continue;
      other.#lane.soon(() => {
        this.#isHeardBy(other, memberId);
      });
    }
  }

  /** Says hello to `other`, unless it has, and returns whether it may go on. */
  #isHeardBy(other: MemoryTransport, to: MemberId): boolean {
    if (other.options.memberId === to && other.#greeted.has(this)) return true;
    const code = other.#greet(this, to);
    if (code === undefined) other.#greeted.add(this);
    else this.#onRefused(other, code, to);
    return code === undefined;
  }

  #onRefused(by: MemoryTransport, code: RefusalCode, to: MemberId = by.options.memberId): void {
    this.#lane.soon(() => {
      this.handlers.onRefused(to, code);
    });
  }

  #greet(from: MemoryTransport, to: MemberId): RefusalCode | undefined {
    const { memberId, boot } = from.options;
    if (this.#cluster === undefined) return "noCluster";
    if (from.#cluster?.clusterUuid !== this.#cluster.clusterUuid) return "otherCluster";
    if (to !== this.options.memberId) return "wrongReceiver";
    if (this.#cluster.removed.includes(memberId)) return "removed";
    const refusal = this.handlers.admit(memberId, boot);
    if (refusal !== undefined) return refusal;
    const isMember = this.#cluster.members.some((member) => member.memberId === memberId);
    if (!isMember) this.#guests.set(memberId, from.address);
    return undefined;
  }

  #addressOf(member: MemberId): string | undefined {
    const known = this.#cluster?.members.find((other) => other.memberId === member);
    return known?.address ?? this.#guests.get(member);
  }

  #reachable(to: MemberId): MemoryTransport | undefined {
    assertDefined(this.#cluster, "only members of a cluster talk");
    const address = this.#addressOf(to);
    const other = address === undefined ? undefined : this.#network.at(address);
    if (other === undefined || !this.#network.areConnected(this, other)) return undefined;
    return other;
  }
}
