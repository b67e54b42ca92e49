import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { AdministerRequest as _quidditch_raft_AdministerRequest, AdministerRequest__Output as _quidditch_raft_AdministerRequest__Output } from './quidditch/raft/AdministerRequest.js';
import type { AdministerResponse as _quidditch_raft_AdministerResponse, AdministerResponse__Output as _quidditch_raft_AdministerResponse__Output } from './quidditch/raft/AdministerResponse.js';
import type { CurrentMember as _quidditch_raft_CurrentMember, CurrentMember__Output as _quidditch_raft_CurrentMember__Output } from './quidditch/raft/CurrentMember.js';
import type { FetchSnapshotRequest as _quidditch_raft_FetchSnapshotRequest, FetchSnapshotRequest__Output as _quidditch_raft_FetchSnapshotRequest__Output } from './quidditch/raft/FetchSnapshotRequest.js';
import type { Formation as _quidditch_raft_Formation, Formation__Output as _quidditch_raft_Formation__Output } from './quidditch/raft/Formation.js';
import type { ForwardProposalRequest as _quidditch_raft_ForwardProposalRequest, ForwardProposalRequest__Output as _quidditch_raft_ForwardProposalRequest__Output } from './quidditch/raft/ForwardProposalRequest.js';
import type { ForwardProposalResponse as _quidditch_raft_ForwardProposalResponse, ForwardProposalResponse__Output as _quidditch_raft_ForwardProposalResponse__Output } from './quidditch/raft/ForwardProposalResponse.js';
import type { Hello as _quidditch_raft_Hello, Hello__Output as _quidditch_raft_Hello__Output } from './quidditch/raft/Hello.js';
import type { MemberAddress as _quidditch_raft_MemberAddress, MemberAddress__Output as _quidditch_raft_MemberAddress__Output } from './quidditch/raft/MemberAddress.js';
import type { MemberDescription as _quidditch_raft_MemberDescription, MemberDescription__Output as _quidditch_raft_MemberDescription__Output } from './quidditch/raft/MemberDescription.js';
import type { MembersDescription as _quidditch_raft_MembersDescription, MembersDescription__Output as _quidditch_raft_MembersDescription__Output } from './quidditch/raft/MembersDescription.js';
import type { PeerFrame as _quidditch_raft_PeerFrame, PeerFrame__Output as _quidditch_raft_PeerFrame__Output } from './quidditch/raft/PeerFrame.js';
import type { PeerServiceClient as _quidditch_raft_PeerServiceClient, PeerServiceDefinition as _quidditch_raft_PeerServiceDefinition } from './quidditch/raft/PeerService.js';
import type { ProbeRequest as _quidditch_raft_ProbeRequest, ProbeRequest__Output as _quidditch_raft_ProbeRequest__Output } from './quidditch/raft/ProbeRequest.js';
import type { ProbeResponse as _quidditch_raft_ProbeResponse, ProbeResponse__Output as _quidditch_raft_ProbeResponse__Output } from './quidditch/raft/ProbeResponse.js';
import type { RaftEntry as _quidditch_raft_RaftEntry, RaftEntry__Output as _quidditch_raft_RaftEntry__Output } from './quidditch/raft/RaftEntry.js';
import type { RaftMessage as _quidditch_raft_RaftMessage, RaftMessage__Output as _quidditch_raft_RaftMessage__Output } from './quidditch/raft/RaftMessage.js';
import type { SnapshotChunk as _quidditch_raft_SnapshotChunk, SnapshotChunk__Output as _quidditch_raft_SnapshotChunk__Output } from './quidditch/raft/SnapshotChunk.js';
import type { SnapshotDescription as _quidditch_raft_SnapshotDescription, SnapshotDescription__Output as _quidditch_raft_SnapshotDescription__Output } from './quidditch/raft/SnapshotDescription.js';
import type { StateReport as _quidditch_raft_StateReport, StateReport__Output as _quidditch_raft_StateReport__Output } from './quidditch/raft/StateReport.js';
import type { StreamEnd as _quidditch_raft_StreamEnd, StreamEnd__Output as _quidditch_raft_StreamEnd__Output } from './quidditch/raft/StreamEnd.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  quidditch: {
    raft: {
      AdministerRequest: MessageTypeDefinition<_quidditch_raft_AdministerRequest, _quidditch_raft_AdministerRequest__Output>
      AdministerResponse: MessageTypeDefinition<_quidditch_raft_AdministerResponse, _quidditch_raft_AdministerResponse__Output>
      CurrentMember: MessageTypeDefinition<_quidditch_raft_CurrentMember, _quidditch_raft_CurrentMember__Output>
      FetchSnapshotRequest: MessageTypeDefinition<_quidditch_raft_FetchSnapshotRequest, _quidditch_raft_FetchSnapshotRequest__Output>
      Formation: MessageTypeDefinition<_quidditch_raft_Formation, _quidditch_raft_Formation__Output>
      ForwardProposalRequest: MessageTypeDefinition<_quidditch_raft_ForwardProposalRequest, _quidditch_raft_ForwardProposalRequest__Output>
      ForwardProposalResponse: MessageTypeDefinition<_quidditch_raft_ForwardProposalResponse, _quidditch_raft_ForwardProposalResponse__Output>
      Hello: MessageTypeDefinition<_quidditch_raft_Hello, _quidditch_raft_Hello__Output>
      MemberAddress: MessageTypeDefinition<_quidditch_raft_MemberAddress, _quidditch_raft_MemberAddress__Output>
      MemberDescription: MessageTypeDefinition<_quidditch_raft_MemberDescription, _quidditch_raft_MemberDescription__Output>
      MembersDescription: MessageTypeDefinition<_quidditch_raft_MembersDescription, _quidditch_raft_MembersDescription__Output>
      PeerFrame: MessageTypeDefinition<_quidditch_raft_PeerFrame, _quidditch_raft_PeerFrame__Output>
      PeerService: SubtypeConstructor<typeof grpc.Client, _quidditch_raft_PeerServiceClient> & { service: _quidditch_raft_PeerServiceDefinition }
      ProbeRequest: MessageTypeDefinition<_quidditch_raft_ProbeRequest, _quidditch_raft_ProbeRequest__Output>
      ProbeResponse: MessageTypeDefinition<_quidditch_raft_ProbeResponse, _quidditch_raft_ProbeResponse__Output>
      RaftEntry: MessageTypeDefinition<_quidditch_raft_RaftEntry, _quidditch_raft_RaftEntry__Output>
      RaftMessage: MessageTypeDefinition<_quidditch_raft_RaftMessage, _quidditch_raft_RaftMessage__Output>
      SnapshotChunk: MessageTypeDefinition<_quidditch_raft_SnapshotChunk, _quidditch_raft_SnapshotChunk__Output>
      SnapshotDescription: MessageTypeDefinition<_quidditch_raft_SnapshotDescription, _quidditch_raft_SnapshotDescription__Output>
      StateReport: MessageTypeDefinition<_quidditch_raft_StateReport, _quidditch_raft_StateReport__Output>
      StreamEnd: MessageTypeDefinition<_quidditch_raft_StreamEnd, _quidditch_raft_StreamEnd__Output>
    }
  }
}

