/**
 * What the transport offers to the driver and what it asks of it. Messages are the core's; the
 * transport neither orders, repeats nor understands them. It may lose any of them: the core
 * tolerates that.
 */
import type { MemberId, Message, SnapshotMeta } from "../raft/types.js";

/** A member and where its peer service is. */
export interface PeerAddress {
  readonly memberId: MemberId;
  readonly nodeId: string;
  /** host:port of the peer service. */
  readonly address: string;
}

/** The founding configuration of a cluster. */
export interface FormationRecord {
  readonly clusterUuid: string;
  readonly members: readonly PeerAddress[];
}

/** What a member says of itself when it is probed. */
export interface ProbeAnswer {
  /** Random per process. */
  readonly nonce: number;
  readonly memberId: MemberId;
  readonly nodeId: string;
  /** Configured peer addresses, sorted. */
  readonly peers: readonly string[];
  /** Undefined while the member has never been in a cluster. */
  readonly formation: FormationRecord | undefined;
}

/** Identifies a proposal wherever it is seen: member, process start and running number. */
export interface ProposalTag {
  readonly member: MemberId;
  readonly boot: number;
  readonly sequence: number;
}

/** A proposal on its way to the leader of `epoch`. */
export interface ForwardRequest {
  readonly from: MemberId;
  readonly epoch: number;
  readonly command: Uint8Array;
  readonly tag: ProposalTag;
  readonly origin: string;
}

/** Whether the leader appended it; if not, an error code of the master's table. */
export type ForwardResult =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly code: string; readonly message: string };

/** Facts that a peer tells of itself when it connects. */
export interface PeerFacts {
  readonly nodeId: string;
  /** host:port of its MasterService. */
  readonly grpcAddress: string;
}

/** What the transport calls. */
export interface PeerHandlers {
  /** Messages from one peer, in order. Must not throw or block. */
  onMessages(messages: readonly Message[]): void;
  /** A follower's proposal. */
  onForward(request: ForwardRequest): Promise<ForwardResult>;
  /** What to say of this member. */
  describe(): ProbeAnswer;
  /** The snapshot's bytes in chunks, or undefined when it is no longer held. */
  openSnapshot(snapshot: SnapshotId): AsyncIterable<Uint8Array> | undefined;
  /** A message to `member` was dropped: it is slow or not connected. */
  onUnreachable(member: MemberId): void;
  /** The connection to `member` was lost and one immediate attempt to restore it failed too. */
  onPeerLost(member: MemberId): void;
}

/** Names a snapshot. */
export type SnapshotId = Pick<SnapshotMeta, "logIndex" | "term">;

/** The wire between members. */
export interface Transport {
  /** Starts to listen; resolves with the port. */
  listen(): Promise<number>;
  /** Fixes identity and peers; connections are made from here on. */
  join(cluster: FormationRecord): void;
  /** Hands messages over; those to unknown or slow peers are dropped and counted. */
  send(messages: readonly Message[]): void;
  forward(to: MemberId, request: ForwardRequest, timeoutMs: number): Promise<ForwardResult>;
  probe(address: string, timeoutMs: number): Promise<ProbeAnswer>;
  fetchSnapshot(from: MemberId, snapshot: SnapshotId): AsyncIterable<Uint8Array>;
  /** What `member` said of itself, or undefined before it connected. */
  factsOf(member: MemberId): PeerFacts | undefined;
  /** Counters for metrics. */
  stats(): { readonly droppedMessages: number; readonly connectedPeers: number };
  close(): Promise<void>;
}
