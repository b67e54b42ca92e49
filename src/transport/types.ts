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

/** The members to talk to and those who are refused. Changes while the process lives. */
export interface PeerSet {
  readonly members: readonly PeerAddress[];
  /** Ids that were members once: nobody is spoken to under them. Ascending. */
  readonly removed: readonly MemberId[];
}

/** A cluster and whom to talk to in it. */
export interface ClusterPeers extends PeerSet {
  readonly clusterUuid: string;
}

/** Whether a member counts in elections and commits. */
type Suffrage = "voter" | "learner";

/** A member as another one has applied it. */
export interface CurrentMember extends PeerAddress {
  readonly suffrage: Suffrage;
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
  /** True while it waits to be added to a cluster that exists. */
  readonly joining: boolean;
  /** The member whose place it is to take; undefined = nobody's. */
  readonly replaces: Replacement | undefined;
  /** The members as this one has applied them; empty before it takes part. */
  readonly members: readonly CurrentMember[];
  /** Ids that were members once, as this one has applied it. */
  readonly removed: readonly MemberId[];
  /** Epoch under which it believes to lead; 0 = it does not. */
  readonly leaderEpoch: number;
}

/** Whose place a member takes, and why. */
export interface Replacement {
  readonly memberId: MemberId;
  readonly reason: string;
}

/** One start of a member's process. */
export interface PeerBoot {
  /** How often its data directory was started; 0 = it does not count. */
  readonly count: number;
  /** Random per process. */
  readonly nonce: number;
}

/** Why a hello is refused; a code that the sender understands. */
export type RefusalCode =
  /** The receiver is in no cluster yet. */
  | "noCluster"
  | "otherCluster"
  /** The receiver is another member than the one that is spoken to. */
  | "wrongReceiver"
  /** The sender is no member, and more who are none talk to the receiver already. */
  | "unknown"
  /** The sender was a member once. */
  | "removed"
  /** The sender's disk is an older copy of the one that the receiver knows. */
  | "bootRegress"
  | "malformed";

/** What a member has applied, and how it fares; told to all peers now and then. */
export interface StateReport {
  readonly term: number;
  readonly lastLogIndex: number;
  readonly commitLogIndex: number;
  readonly appliedLogIndex: number;
  /** Over everything that entries decide, as of `hashLogIndex`. */
  readonly stateHash: string;
  /** The position that the leader told last, as far as the sender has it. */
  readonly hashLogIndex: number;
  /** The disk under the data directory is nearly full. */
  readonly diskLow: boolean;
  readonly bootCount: number;
}

/** One operation on the members, for the leader. */
export type MemberRequest =
  /** Only look. */
  | { readonly kind: "list" }
  | { readonly kind: "add"; readonly peerAddress: string; readonly suffrage: Suffrage }
  | { readonly kind: "promote"; readonly memberId: MemberId }
  | { readonly kind: "remove"; readonly memberId: MemberId }
  | { readonly kind: "replace"; readonly memberId: MemberId; readonly peerAddress: string }
  /** 0 = any up-to-date voter. */
  | { readonly kind: "transfer"; readonly memberId: MemberId }
  /** `memberId` is replaced by the new one that its own process has become. */
  | {
      readonly kind: "rejoin";
      readonly memberId: MemberId;
      readonly newMemberId: MemberId;
      readonly nodeId: string;
      readonly peerAddress: string;
      readonly reason: string;
    };

/** A request on its way to the leader. */
export interface AdministerCall {
  readonly clusterUuid: string;
  readonly request: MemberRequest;
  /** How long the caller waits. */
  readonly budgetMs: number;
}

/** One member as the leader sees it. */
export interface MemberDescription {
  readonly memberId: MemberId;
  readonly nodeId: string;
  readonly peerAddress: string;
  readonly grpcAddress: string;
  readonly suffrage: Suffrage;
  readonly isLeader: boolean;
  readonly promotes: boolean;
  readonly replaces: MemberId;
  readonly term: number;
  readonly lastLogIndex: number;
  readonly commitLogIndex: number;
  readonly appliedLogIndex: number;
  readonly lagEntriesCount: number;
  /** Undefined = never heard of under this leader. */
  readonly lastContactMs: number | undefined;
}

/** The members as the leader sees them. */
export interface MembersDescription {
  readonly clusterUuid: string;
  readonly epoch: number;
  readonly members: readonly MemberDescription[];
  readonly isJoint: boolean;
  readonly removed: readonly MemberId[];
}

/** The outcome; a refusal has an error code of the master's table. */
export type AdministerResult =
  | {
      readonly accepted: true;
      readonly memberId: MemberId;
      readonly after: MembersDescription;
    }
  | { readonly accepted: false; readonly code: string; readonly message: string };

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

/** Who says hello. */
export interface PeerHello extends PeerFacts {
  readonly memberId: MemberId;
  /** host:port of its peer service. */
  readonly peerAddress: string;
  readonly boot: PeerBoot;
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
  /** A member says hello under an id that may speak; a code refuses it all the same. */
  admit(member: MemberId, boot: PeerBoot): RefusalCode | undefined;
  /** `member` refuses to be spoken to by this one. */
  onRefused(member: MemberId, code: RefusalCode): void;
  /** What a peer has applied. */
  onReport(member: MemberId, report: StateReport): void;
  /** An operation on the members; refused with `not_leader` by whoever does not lead. */
  onAdminister(call: AdministerCall): Promise<AdministerResult>;
}

/** Names a snapshot. */
export type SnapshotId = Pick<SnapshotMeta, "logIndex" | "term">;

/** The wire between members. */
export interface Transport {
  /** Starts to listen; resolves with the port. */
  listen(): Promise<number>;
  /** Fixes the cluster; connections are made from here on. */
  join(cluster: ClusterPeers): void;
  /** The members are others now: connections come and go. Only after {@link join}. */
  setPeers(peers: PeerSet): void;
  /** Hands messages over; those to unknown or slow peers are dropped and counted. */
  send(messages: readonly Message[]): void;
  /** Tells all peers what this member has applied; lost to those that are not connected. */
  sendReport(report: StateReport): void;
  forward(to: MemberId, request: ForwardRequest, timeoutMs: number): Promise<ForwardResult>;
  /**
   * Asks the member at an address for an operation on the members.
   *
   * @throws MasterError `leader_lost` when it is unknown whether it was done.
   */
  administer(address: string, call: AdministerCall): Promise<AdministerResult>;
  probe(address: string, timeoutMs: number): Promise<ProbeAnswer>;
  fetchSnapshot(from: MemberId, snapshot: SnapshotId): AsyncIterable<Uint8Array>;
  /** What `member` said of itself, or undefined before it connected. */
  factsOf(member: MemberId): PeerFacts | undefined;
  /** Counters for metrics. */
  stats(): { readonly droppedMessages: number; readonly connectedPeers: number };
  close(): Promise<void>;
}
