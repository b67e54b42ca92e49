/**
 * The wire between the simulated members: every message and call takes its time, and may be lost,
 * repeated or overtaken, each way by itself. A member whose process ended refuses connections, one
 * whose machine is off does not answer. Messages are handed over as they are; a sample of them
 * goes through the real wire form.
 */
import { assert, assertDefined } from "../../src/base/assert.js";
import { MasterError } from "../../src/base/errors.js";
import type { Random } from "../../src/base/random.js";
import type { MemberId, Message } from "../../src/raft/types.js";
import type { GrpcTransportOptions } from "../../src/transport/grpc-transport.js";
import type {
  AdministerCall,
  AdministerResult,
  ClusterPeers,
  ForwardRequest,
  ForwardResult,
  PeerAddress,
  PeerFacts,
  PeerHandlers,
  PeerSet,
  ProbeAnswer,
  RefusalCode,
  SnapshotId,
  StateReport,
  Transport,
} from "../../src/transport/types.js";
import { throughWire } from "../support/controlplane/network.js";
import type { Lane } from "./lane.js";
import { chance, exponential } from "./seeded.js";
import type { Coverage } from "./violation.js";
import type { World } from "./world.js";

/** How the wire behaves; faults change it while a run lasts. */
export interface WireConditions {
  readonly latencyMinMs: number;
  readonly latencyMeanMs: number;
  lossRate: number;
  repeatRate: number;
  /** False = what is sent first arrives first, as over one connection. */
  overtakes: boolean;
  extraDelayMs: number;
}

/** Share of frames that go through their real wire form. */
const wireSampleRate = 0.02;
/** How long a receiver of a snapshot waits for the next piece. */
const pieceTimeoutMs = 3000;

/** See the file comment. Places are positions in the list of all masters. */
export class SimNetwork {
  readonly conditions: WireConditions;
  readonly world: World;
  readonly coverage: Coverage;
  readonly random: Random;
  /** Ways that are cut, as `from>to` by place, with how many faults cut them. */
  readonly #cuts = new Map<string, number>();
  readonly #transports = new Map<string, SimTransport>();
  /** When the last frame of a way arrives. */
  readonly #lastArrivalMs = new Map<string, number>();
  /** Epoch for which each proposal was last forwarded. */
  readonly #offered = new Map<string, number>();
  /** Sees every frame that is sent. */
  onSent: (from: number, messages: readonly Message[]) => void = () => undefined;
  /** Hears of the members of a cluster when somebody takes part in it. */
  onJoined: (members: readonly PeerAddress[]) => void = () => undefined;

  constructor(deps: {
    readonly world: World;
    readonly random: Random;
    readonly coverage: Coverage;
    readonly conditions: WireConditions;
  }) {
    this.world = deps.world;
    this.random = deps.random;
    this.coverage = deps.coverage;
    this.conditions = deps.conditions;
  }

  /** Cuts a way; returns how to heal it. */
  cut(from: number, to: number): () => void {
    const key = wayOf(from, to);
    this.#cuts.set(key, (this.#cuts.get(key) ?? 0) + 1);
    let isCut = true;
    return () => {
      if (!isCut) return;
      isCut = false;
      this.#cuts.set(key, (this.#cuts.get(key) ?? 1) - 1);
    };
  }

  /** Counts, and notices a proposal that is offered to a second leader. */
  noteForward({ tag, epoch }: ForwardRequest): void {
    this.coverage.count("proposal forwarded");
    const key = `${String(tag.member)}/${String(tag.boot)}/${String(tag.sequence)}`;
    const known = this.#offered.get(key) ?? epoch;
    if (known !== epoch) this.coverage.count("proposal superseded");
    this.#offered.set(key, epoch);
  }

  /** Every way is open, and the wire is calm. */
  heal(): void {
    this.#cuts.clear();
    const { conditions } = this;
    conditions.lossRate = 0;
    conditions.repeatRate = 0;
    conditions.extraDelayMs = 0;
  }

  isOpen(from: number, to: number): boolean {
    return from === to || (this.#cuts.get(wayOf(from, to)) ?? 0) <= 0;
  }

  add(transport: SimTransport): void {
    this.#transports.set(transport.options.peerAddress, transport);
  }

  /** The process is gone; `isNoticed`: its peers see their connections break. */
  remove(transport: SimTransport, isNoticed: boolean): void {
    const address = transport.options.peerAddress;
    if (this.#transports.get(address) !== transport) return;
    this.#transports.delete(address);
    if (!isNoticed) return;
    for (const other of this.#transports.values()) {
      if (!this.isOpen(transport.place, other.place)) continue;
      this.world.after(this.latencyMs(), () => {
        other.lane.run(() => {
          other.onGone(transport);
        });
      });
    }
  }

  at(address: string): SimTransport | undefined {
    return this.#transports.get(address);
  }

  latencyMs(): number {
    const { latencyMinMs, latencyMeanMs, extraDelayMs } = this.conditions;
    return latencyMinMs + exponential(this.random, latencyMeanMs) + extraDelayMs;
  }

  /** Carries something one way, unless it is lost; more than once when it is repeated. */
  carry(from: number, to: number, arrive: () => void): boolean {
    const { lossRate, repeatRate, overtakes } = this.conditions;
    if (!this.isOpen(from, to) || chance(this.random, lossRate)) {
      this.coverage.count("wire: lost");
      return false;
    }
    const times = chance(this.random, repeatRate) ? 2 : 1;
    if (times > 1) this.coverage.count("wire: repeated");
    const way = wayOf(from, to);
    for (let time = 0; time < times; time += 1) {
      let atMs = this.world.nowMs + this.latencyMs();
      if (!overtakes) atMs = Math.max(atMs, (this.#lastArrivalMs.get(way) ?? 0) + 0.001);
      this.#lastArrivalMs.set(way, atMs);
      this.world.after(atMs - this.world.nowMs, arrive);
    }
    return true;
  }

  /** Whether a frame goes through its wire form. */
  samples(): boolean {
    return chance(this.random, wireSampleRate);
  }
}

/** One member's end, for the life of one process. */
export class SimTransport implements Transport {
  readonly options: GrpcTransportOptions;
  readonly handlers: PeerHandlers;
  readonly lane: Lane;
  readonly place: number;
  readonly #network: SimNetwork;
  /** Those who said hello here and were not refused. */
  readonly #greeted = new Set<SimTransport>();
  /** Addresses of those who are no members here and spoke. */
  readonly #guests = new Map<MemberId, string>();
  #cluster: ClusterPeers | undefined;
  #dropped = 0;

  constructor(
    options: GrpcTransportOptions,
    handlers: PeerHandlers,
    deps: { readonly network: SimNetwork; readonly lane: Lane; readonly place: number },
  ) {
    this.options = options;
    this.handlers = handlers;
    this.#network = deps.network;
    this.lane = deps.lane;
    this.place = deps.place;
  }

  listen(): Promise<number> {
    this.#network.add(this);
    return Promise.resolve(1);
  }

  join(cluster: ClusterPeers): void {
    this.#cluster = cluster;
    this.#network.onJoined(cluster.members);
  }

  setPeers(peers: PeerSet): void {
    const { clusterUuid } = assertDefined(this.#cluster, "peers are those of a cluster");
    this.#cluster = { clusterUuid, ...peers };
    for (const other of [...this.#greeted]) {
      const { memberId } = other.options;
      if (!peers.removed.includes(memberId)) continue;
      this.#greeted.delete(other);
      this.#refuse(other, "removed");
    }
    for (const { memberId } of peers.members) this.#guests.delete(memberId);
    for (const memberId of peers.removed) this.#guests.delete(memberId);
  }

  send(messages: readonly Message[]): void {
    if (!this.lane.isRunning) return;
    this.#network.onSent(this.place, messages);
    const receivers = new Set(messages.map((message) => message.to));
    for (const to of receivers) {
      const frame = messages.filter((message) => message.to === to);
      this.#toPeer(to, (other) => {
        const received = this.#network.samples() ? throughWire(frame) : frame;
        for (const message of received) {
          this.#network.world.trace.add(message.term);
          this.#network.world.trace.add(message.kind.length);
        }
        other.handlers.onMessages(received);
      });
    }
  }

  sendReport(report: StateReport): void {
    for (const { memberId } of this.#cluster?.members ?? []) {
      if (memberId === this.options.memberId) continue;
      this.#toPeer(memberId, (other) => {
        other.handlers.onReport(this.options.memberId, report);
      });
    }
  }

  async forward(to: MemberId, request: ForwardRequest, timeoutMs: number): Promise<ForwardResult> {
    const lost = new MasterError("leader_lost", "the leader did not answer");
    const address = this.#addressOf(to);
    if (address === undefined) throw lost;
    this.#network.noteForward(request);
    return this.#call(address, { timeoutMs, lost }, (other) => other.handlers.onForward(request));
  }

  async administer(address: string, call: AdministerCall): Promise<AdministerResult> {
    const lost = new MasterError("leader_lost", `no answer from ${address}`);
    const timeoutMs = call.budgetMs + 500;
    return this.#call(address, { timeoutMs, lost }, (other) => {
      const isSame = other.#cluster?.clusterUuid === call.clusterUuid;
      if (isSame) return other.handlers.onAdminister(call);
      return Promise.resolve({ accepted: false, code: "not_leader", message: "another cluster" });
    });
  }

  async probe(address: string, timeoutMs: number): Promise<ProbeAnswer> {
    const lost = new MasterError("internal", `no answer from ${address}`);
    return this.#call(address, { timeoutMs, lost }, (other) =>
      Promise.resolve(other.handlers.describe()),
    );
  }

  async *fetchSnapshot(from: MemberId, snapshot: SnapshotId): AsyncIterable<Uint8Array> {
    const lost = new MasterError("internal", "the connection broke");
    const address = this.#addressOf(from);
    if (address === undefined) throw lost;
    const limits = { timeoutMs: pieceTimeoutMs, lost };
    const pieces = await this.#call(address, limits, (other) => {
      const opened = other.handlers.openSnapshot(snapshot);
      if (opened === undefined) throw new MasterError("internal", "no such snapshot");
      return Promise.resolve(opened[Symbol.asyncIterator]());
    });
    this.#network.coverage.count("snapshot fetch begun");
    for (;;) {
      const next = await this.#call(address, limits, () => pieces.next());
      if (next.done === true) return;
      yield next.value.slice();
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
    this.#network.remove(this, true);
    return Promise.resolve();
  }

  /** The process of `other` ended: its connections were reset. */
  onGone(other: SimTransport): void {
    const { memberId } = other.options;
    const isKnown = this.#addressOf(memberId) !== undefined;
    this.#greeted.delete(other);
    this.#guests.delete(memberId);
    if (isKnown && this.#cluster !== undefined) this.handlers.onPeerLost(memberId);
  }

  #toPeer(to: MemberId, arrive: (other: SimTransport) => void): void {
    const address = this.#addressOf(to);
    const other = address === undefined ? undefined : this.#network.at(address);
    if (other === undefined) {
      this.#dropped += 1;
      if (chance(this.#network.random, 0.3)) {
        this.lane.soon(() => {
          this.handlers.onUnreachable(to);
        });
      }
      return;
    }
    this.#network.carry(this.place, other.place, () => {
      other.lane.run(() => {
        if (this.#isHeardBy(other, to)) arrive(other);
      });
    });
  }

  /** Says hello to `other`, unless it has, and returns whether it may go on. */
  #isHeardBy(other: SimTransport, to: MemberId): boolean {
    if (other.options.memberId === to && other.#greeted.has(this)) return true;
    const code = other.#greet(this, to);
    if (code === undefined) other.#greeted.add(this);
    else other.#refuse(this, code, to);
    return code === undefined;
  }

  /** Lets another one know that it is not heard here. */
  #refuse(other: SimTransport, code: RefusalCode, as: MemberId = this.options.memberId): void {
    this.#network.carry(this.place, other.place, () => {
      other.lane.run(() => {
        other.handlers.onRefused(as, code);
      });
    });
  }

  #greet(from: SimTransport, to: MemberId): RefusalCode | undefined {
    const { memberId, boot } = from.options;
    if (this.#cluster === undefined) return "noCluster";
    if (from.#cluster?.clusterUuid !== this.#cluster.clusterUuid) return "otherCluster";
    if (to !== this.options.memberId) return "wrongReceiver";
    if (this.#cluster.removed.includes(memberId)) return "removed";
    const refusal = this.handlers.admit(memberId, boot);
    if (refusal !== undefined) return refusal;
    const isMember = this.#cluster.members.some((member) => member.memberId === memberId);
    if (!isMember) this.#guests.set(memberId, from.options.peerAddress);
    return undefined;
  }

  #addressOf(member: MemberId): string | undefined {
    const known = this.#cluster?.members.find((other) => other.memberId === member);
    return known?.address ?? this.#guests.get(member);
  }

  /** One call and its answer, each of which takes its way over the wire. */
  #call<T>(
    address: string,
    limits: { readonly timeoutMs: number; readonly lost: MasterError },
    serve: (other: SimTransport) => Promise<T>,
  ): Promise<T> {
    const { timeoutMs, lost } = limits;
    return new Promise((resolve, reject) => {
      const timer = this.lane.clock.after(timeoutMs, () => {
        reject(lost);
      });
      const give = (settle: () => void, from: number): void => {
        this.#network.carry(from, this.place, () => {
          this.lane.run(() => {
            timer.cancel();
            settle();
          });
        });
      };
      const refuse = (thrown: unknown): void => {
        reject(thrown instanceof Error ? thrown : lost);
      };
      const other = this.#network.at(address);
      if (other === undefined) {
        // Nobody listens there: refused at once, or silence when the machine is off.
        if (chance(this.#network.random, 0.5))
          give(() => {
            reject(lost);
          }, this.place);
        return;
      }
      this.#network.carry(this.place, other.place, () => {
        other.lane.run(() => {
          attempt(() => serve(other)).then(
            (answer) => {
              if (!other.lane.hasEnded)
                give(() => {
                  resolve(answer);
                }, other.place);
            },
            (thrown: unknown) => {
              if (!other.lane.hasEnded)
                give(() => {
                  refuse(thrown);
                }, other.place);
            },
          );
        });
      });
    });
  }
}

async function attempt<T>(serve: () => Promise<T>): Promise<T> {
  return serve();
}

function wayOf(from: number, to: number): string {
  assert(from >= 0 && to >= 0, "places are counted from 0");
  return `${String(from)}>${String(to)}`;
}
