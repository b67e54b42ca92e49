/**
 * The transport between members over gRPC: one listener, one outgoing link per peer, and probes of
 * addresses that are not peers yet. Plain text for now; who is who is checked by ids in the hello.
 *
 * Peers are the members as this one has applied them. Somebody else of the same cluster who speaks
 * is heard too, and answered while it does: to a member that was away while others came, the leader
 * itself may be unknown. Ids that were removed are never heard.
 */
import { credentials, type ServiceError } from "@grpc/grpc-js";

import { assert } from "../base/assert.js";
import type { Clock } from "../base/clock.js";
import { MasterError } from "../base/errors.js";
import type { Logger } from "../base/log.js";
import type { MemberId, Message } from "../raft/types.js";
import type { PeerServiceClient } from "../wire/gen/quidditch/raft/PeerService.js";
import type { ProbeResponse__Output } from "../wire/gen/quidditch/raft/ProbeResponse.js";
import { wire } from "../wire/load.js";
import type { AdministerResponse__Output } from "../wire/gen/quidditch/raft/AdministerResponse.js";
import { administerGraceMs, guestsCountMax } from "./limits.js";
import { decodeAdministered, decodeProbe, encodeAdminister } from "./member-codec.js";
import { peerClientOptions } from "./options.js";
import { PeerLink } from "./peer-link.js";
import { PeerServer } from "./peer-server.js";
import type {
  AdministerCall,
  AdministerResult,
  ClusterPeers,
  ForwardRequest,
  ForwardResult,
  PeerAddress,
  PeerBoot,
  PeerFacts,
  PeerHandlers,
  PeerHello,
  PeerSet,
  ProbeAnswer,
  RefusalCode,
  SnapshotId,
  StateReport,
  Transport,
} from "./types.js";

/** Who this member is and where it listens. */
export interface GrpcTransportOptions {
  readonly memberId: MemberId;
  readonly nodeId: string;
  /** host:port to bind. */
  readonly listenAddress: string;
  /** host:port under which peers reach this member. */
  readonly peerAddress: string;
  /** host:port of this member's MasterService. */
  readonly grpcAddress: string;
  /** Random per process; what {@link ProbeAnswer.nonce} is compared with. */
  readonly nonce: number;
  /** This start of this member. */
  readonly boot: PeerBoot;
}

/** See the file comment. */
export class GrpcTransport implements Transport {
  readonly #options: GrpcTransportOptions;
  readonly #handlers: PeerHandlers;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #server: PeerServer;
  readonly #links = new Map<MemberId, PeerLink>();
  readonly #facts = new Map<MemberId, PeerFacts>();
  /** Those of the links that are to nobody of {@link ClusterPeers.members}. */
  readonly #guests = new Set<MemberId>();
  #cluster: ClusterPeers | undefined;

  constructor(
    options: GrpcTransportOptions,
    deps: { readonly handlers: PeerHandlers; readonly clock: Clock; readonly log: Logger },
  ) {
    this.#options = options;
    this.#handlers = deps.handlers;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#server = new PeerServer({
      cluster: () => this.#cluster,
      selfId: () => options.memberId,
      handlers: deps.handlers,
      onHello: (hello) => this.#onHello(hello),
      onEnded: (member, how) => {
        if (this.#guests.has(member)) this.#closeLink(member);
        else if (how === "broke") this.#links.get(member)?.onPeerBroke();
      },
      log: deps.log,
    });
  }

  listen(): Promise<number> {
    return this.#server.listen(this.#options.listenAddress);
  }

  join(cluster: ClusterPeers): void {
    assert(this.#cluster === undefined, "a member joins one cluster");
    this.#cluster = cluster;
    this.setPeers(cluster);
  }

  setPeers({ members, removed }: PeerSet): void {
    assert(this.#cluster !== undefined, "peers are those of a cluster");
    this.#cluster = { ...this.#cluster, members, removed };
    const isPeer = (link: PeerLink): boolean =>
      members.some(
        (member) => member.memberId === link.peer.memberId && member.address === link.peer.address,
      );
    for (const [member, link] of [...this.#links]) {
      if (isPeer(link)) this.#guests.delete(member);
      else if (!this.#guests.has(member) || removed.includes(member)) this.#closeLink(member);
    }
    for (const member of removed) this.#server.refuse(member, "removed");
    for (const peer of members) {
      if (peer.memberId === this.#options.memberId || removed.includes(peer.memberId)) continue;
      // A guest that became a member under another address than it named.
      if (this.#guests.has(peer.memberId)) this.#closeLink(peer.memberId);
      if (!this.#links.has(peer.memberId)) this.#openLink(peer);
    }
  }

  send(messages: readonly Message[]): void {
    let start = 0;
    for (let i = 1; i <= messages.length; i += 1) {
      const to = messages[start]?.to;
      if (i < messages.length && messages[i]?.to === to) continue;
      if (to !== undefined) this.#links.get(to)?.send(messages.slice(start, i));
      start = i;
    }
  }

  sendReport(report: StateReport): void {
    for (const link of this.#links.values()) link.sendReport(report);
  }

  forward(to: MemberId, request: ForwardRequest, timeoutMs: number): Promise<ForwardResult> {
    const link = this.#links.get(to);
    if (link === undefined) {
      return Promise.resolve({ accepted: false, code: "not_leader", message: "unknown leader" });
    }
    return link.forward(request, timeoutMs);
  }

  async administer(address: string, call: AdministerCall): Promise<AdministerResult> {
    const deadline = this.#clock.wallMs() + call.budgetMs + administerGraceMs;
    const answer = await unary<AdministerResponse__Output>(address, (client, onAnswer) => {
      client.Administer(encodeAdminister(call), { deadline }, onAnswer);
    });
    if (typeof answer === "string") {
      throw new MasterError("leader_lost", `no answer from ${address}: ${answer}`);
    }
    return decodeAdministered(answer);
  }

  async probe(address: string, timeoutMs: number): Promise<ProbeAnswer> {
    const deadline = this.#clock.wallMs() + timeoutMs;
    const answer = await unary<ProbeResponse__Output>(address, (client, onAnswer) => {
      client.Probe({ nonce: this.#options.nonce }, { deadline }, onAnswer);
    });
    if (typeof answer === "string") {
      throw new MasterError("internal", `no answer from ${address}: ${answer}`);
    }
    return decodeProbe(answer);
  }

  fetchSnapshot(from: MemberId, snapshot: SnapshotId): AsyncIterable<Uint8Array> {
    const link = this.#links.get(from);
    if (link === undefined) throw new MasterError("internal", "a snapshot of an unknown member");
    return link.fetchSnapshot(snapshot);
  }

  factsOf(member: MemberId): PeerFacts | undefined {
    const { memberId: selfId, nodeId, grpcAddress } = this.#options;
    return member === selfId ? { nodeId, grpcAddress } : this.#facts.get(member);
  }

  stats(): { readonly droppedMessages: number; readonly connectedPeers: number } {
    const links = [...this.#links.values()];
    return {
      droppedMessages: links.reduce((sum, link) => sum + link.droppedMessages, 0),
      connectedPeers: links.filter((link) => link.isUp).length,
    };
  }

  close(): Promise<void> {
    for (const link of this.#links.values()) link.close();
    this.#server.close();
    return Promise.resolve();
  }

  #onHello(hello: PeerHello): RefusalCode | undefined {
    const { memberId: member, nodeId, grpcAddress, peerAddress, boot } = hello;
    const isGuest = this.#cluster?.members.every((peer) => peer.memberId !== member) === true;
    if (isGuest && !this.#guests.has(member)) {
      if (this.#guests.size >= guestsCountMax) return "unknown";
      if (peerAddress === "" || member === this.#options.memberId) return "malformed";
    }
    const refusal = this.#handlers.admit(member, boot);
    if (refusal !== undefined) return refusal;
    this.#facts.set(member, { nodeId, grpcAddress });
    const link = this.#links.get(member);
    if (link !== undefined) link.onPeerAlive();
    else if (isGuest) {
      this.#guests.add(member);
      this.#openLink({ memberId: member, nodeId, address: peerAddress });
    }
    return undefined;
  }

  #openLink(peer: PeerAddress): void {
    const { memberId, nodeId, grpcAddress, peerAddress, boot } = this.#options;
    const clusterUuid = this.#cluster?.clusterUuid ?? "";
    const self = { clusterUuid, memberId, nodeId, grpcAddress, peerAddress, boot };
    const events = {
      onLost: () => {
        this.#handlers.onPeerLost(peer.memberId);
      },
      onUnreachable: () => {
        this.#handlers.onUnreachable(peer.memberId);
      },
      onRefused: (code: RefusalCode) => {
        this.#handlers.onRefused(peer.memberId, code);
      },
    };
    const link = new PeerLink(peer, self, { events, clock: this.#clock, log: this.#log });
    this.#links.set(peer.memberId, link);
    link.open();
  }

  #closeLink(member: MemberId): void {
    this.#links.get(member)?.close();
    this.#links.delete(member);
    this.#guests.delete(member);
  }
}

type Answered<T> = (error: ServiceError | null, answer?: T) => void;

/** One call on a connection of its own; a text says why there is no answer. */
function unary<T>(
  address: string,
  call: (client: PeerServiceClient, onAnswer: Answered<T>) => void,
): Promise<T | string> {
  const client = new wire.PeerService(address, credentials.createInsecure(), peerClientOptions);
  return new Promise((resolve) => {
    call(client, (error, answer) => {
      client.close();
      resolve(error === null ? (answer ?? "nothing was said") : error.details);
    });
  });
}
