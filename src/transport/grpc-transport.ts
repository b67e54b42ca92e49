/**
 * The transport between members over gRPC: one listener, one outgoing link per peer, and probes of
 * addresses that are not peers yet. Plain text for now; who is who is checked by ids in the hello.
 */
import { credentials, type ServiceError } from "@grpc/grpc-js";

import { assert } from "../base/assert.js";
import type { Clock } from "../base/clock.js";
import { MasterError } from "../base/errors.js";
import type { Logger } from "../base/log.js";
import type { MemberId, Message } from "../raft/types.js";
import type { ProbeResponse__Output } from "../wire/gen/quidditch/raft/ProbeResponse.js";
import { wire } from "../wire/load.js";
import { memberId } from "./codec.js";
import { membersCountMax } from "./limits.js";
import { peerClientOptions } from "./options.js";
import { PeerLink } from "./peer-link.js";
import { PeerServer } from "./peer-server.js";
import type {
  FormationRecord,
  ForwardRequest,
  ForwardResult,
  PeerFacts,
  PeerHandlers,
  ProbeAnswer,
  SnapshotId,
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
  #cluster: FormationRecord | undefined;

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
      onHello: (member, facts) => {
        this.#facts.set(member, facts);
        this.#links.get(member)?.onPeerAlive();
      },
      onBroken: (member) => {
        this.#links.get(member)?.onPeerBroke();
      },
      log: deps.log,
    });
  }

  listen(): Promise<number> {
    return this.#server.listen(this.#options.listenAddress);
  }

  join(cluster: FormationRecord): void {
    assert(this.#cluster === undefined, "a member joins one cluster");
    this.#cluster = cluster;
    const { memberId: selfId, nodeId, grpcAddress, peerAddress } = this.#options;
    const self = {
      clusterUuid: cluster.clusterUuid,
      memberId: selfId,
      nodeId,
      grpcAddress,
      peerAddress,
    };
    for (const peer of cluster.members) {
      if (peer.memberId === selfId) continue;
      const events = {
        onLost: () => {
          this.#handlers.onPeerLost(peer.memberId);
        },
        onUnreachable: () => {
          this.#handlers.onUnreachable(peer.memberId);
        },
      };
      const link = new PeerLink(peer, self, { events, clock: this.#clock, log: this.#log });
      this.#links.set(peer.memberId, link);
      link.open();
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

  forward(to: MemberId, request: ForwardRequest, timeoutMs: number): Promise<ForwardResult> {
    const link = this.#links.get(to);
    if (link === undefined) {
      return Promise.resolve({ accepted: false, code: "not_leader", message: "unknown leader" });
    }
    return link.forward(request, timeoutMs);
  }

  probe(address: string, timeoutMs: number): Promise<ProbeAnswer> {
    const client = new wire.PeerService(address, credentials.createInsecure(), peerClientOptions);
    return new Promise((resolve, reject) => {
      const onAnswer = (error: ServiceError | null, answer?: ProbeResponse__Output): void => {
        client.close();
        if (error !== null || answer === undefined) {
          const text = error === null ? "no answer" : error.details;
          reject(new MasterError("internal", `no answer from ${address}: ${text}`));
          return;
        }
        try {
          resolve(decodeProbe(answer));
        } catch (thrown) {
          reject(MasterError.from(thrown));
        }
      };
      const deadline = this.#clock.wallMs() + timeoutMs;
      client.Probe({ nonce: this.#options.nonce }, { deadline }, onAnswer);
    });
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
}

function decodeProbe(answer: ProbeResponse__Output): ProbeAnswer {
  const members = answer.formation?.members ?? [];
  if (answer.peers.length > membersCountMax || members.length > membersCountMax) {
    throw new MasterError("invalid_argument", "a probe's answer lists too many members");
  }
  const formation =
    answer.formation === null
      ? undefined
      : {
          clusterUuid: answer.formation.cluster_uuid,
          members: members.map((member) => ({
            memberId: memberId(member.member_id, "member_id"),
            nodeId: member.node_id,
            address: member.address,
          })),
        };
  return {
    nonce: answer.nonce,
    memberId: memberId(answer.member_id, "member_id"),
    nodeId: answer.node_id,
    peers: [...answer.peers],
    formation,
  };
}
