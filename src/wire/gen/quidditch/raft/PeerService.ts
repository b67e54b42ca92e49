// Original file: proto/raft.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AdministerRequest as _quidditch_raft_AdministerRequest, AdministerRequest__Output as _quidditch_raft_AdministerRequest__Output } from '../../quidditch/raft/AdministerRequest.js';
import type { AdministerResponse as _quidditch_raft_AdministerResponse, AdministerResponse__Output as _quidditch_raft_AdministerResponse__Output } from '../../quidditch/raft/AdministerResponse.js';
import type { FetchSnapshotRequest as _quidditch_raft_FetchSnapshotRequest, FetchSnapshotRequest__Output as _quidditch_raft_FetchSnapshotRequest__Output } from '../../quidditch/raft/FetchSnapshotRequest.js';
import type { ForwardProposalRequest as _quidditch_raft_ForwardProposalRequest, ForwardProposalRequest__Output as _quidditch_raft_ForwardProposalRequest__Output } from '../../quidditch/raft/ForwardProposalRequest.js';
import type { ForwardProposalResponse as _quidditch_raft_ForwardProposalResponse, ForwardProposalResponse__Output as _quidditch_raft_ForwardProposalResponse__Output } from '../../quidditch/raft/ForwardProposalResponse.js';
import type { PeerFrame as _quidditch_raft_PeerFrame, PeerFrame__Output as _quidditch_raft_PeerFrame__Output } from '../../quidditch/raft/PeerFrame.js';
import type { ProbeRequest as _quidditch_raft_ProbeRequest, ProbeRequest__Output as _quidditch_raft_ProbeRequest__Output } from '../../quidditch/raft/ProbeRequest.js';
import type { ProbeResponse as _quidditch_raft_ProbeResponse, ProbeResponse__Output as _quidditch_raft_ProbeResponse__Output } from '../../quidditch/raft/ProbeResponse.js';
import type { SnapshotChunk as _quidditch_raft_SnapshotChunk, SnapshotChunk__Output as _quidditch_raft_SnapshotChunk__Output } from '../../quidditch/raft/SnapshotChunk.js';
import type { StreamEnd as _quidditch_raft_StreamEnd, StreamEnd__Output as _quidditch_raft_StreamEnd__Output } from '../../quidditch/raft/StreamEnd.js';

export interface PeerServiceClient extends grpc.Client {
  Administer(argument: _quidditch_raft_AdministerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_raft_AdministerResponse__Output>): grpc.ClientUnaryCall;
  Administer(argument: _quidditch_raft_AdministerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_raft_AdministerResponse__Output>): grpc.ClientUnaryCall;
  Administer(argument: _quidditch_raft_AdministerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_raft_AdministerResponse__Output>): grpc.ClientUnaryCall;
  Administer(argument: _quidditch_raft_AdministerRequest, callback: grpc.requestCallback<_quidditch_raft_AdministerResponse__Output>): grpc.ClientUnaryCall;
  administer(argument: _quidditch_raft_AdministerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_raft_AdministerResponse__Output>): grpc.ClientUnaryCall;
  administer(argument: _quidditch_raft_AdministerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_raft_AdministerResponse__Output>): grpc.ClientUnaryCall;
  administer(argument: _quidditch_raft_AdministerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_raft_AdministerResponse__Output>): grpc.ClientUnaryCall;
  administer(argument: _quidditch_raft_AdministerRequest, callback: grpc.requestCallback<_quidditch_raft_AdministerResponse__Output>): grpc.ClientUnaryCall;
  
  FetchSnapshot(argument: _quidditch_raft_FetchSnapshotRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_quidditch_raft_SnapshotChunk__Output>;
  FetchSnapshot(argument: _quidditch_raft_FetchSnapshotRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_quidditch_raft_SnapshotChunk__Output>;
  fetchSnapshot(argument: _quidditch_raft_FetchSnapshotRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_quidditch_raft_SnapshotChunk__Output>;
  fetchSnapshot(argument: _quidditch_raft_FetchSnapshotRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_quidditch_raft_SnapshotChunk__Output>;
  
  ForwardProposal(argument: _quidditch_raft_ForwardProposalRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_raft_ForwardProposalResponse__Output>): grpc.ClientUnaryCall;
  ForwardProposal(argument: _quidditch_raft_ForwardProposalRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_raft_ForwardProposalResponse__Output>): grpc.ClientUnaryCall;
  ForwardProposal(argument: _quidditch_raft_ForwardProposalRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_raft_ForwardProposalResponse__Output>): grpc.ClientUnaryCall;
  ForwardProposal(argument: _quidditch_raft_ForwardProposalRequest, callback: grpc.requestCallback<_quidditch_raft_ForwardProposalResponse__Output>): grpc.ClientUnaryCall;
  forwardProposal(argument: _quidditch_raft_ForwardProposalRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_raft_ForwardProposalResponse__Output>): grpc.ClientUnaryCall;
  forwardProposal(argument: _quidditch_raft_ForwardProposalRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_raft_ForwardProposalResponse__Output>): grpc.ClientUnaryCall;
  forwardProposal(argument: _quidditch_raft_ForwardProposalRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_raft_ForwardProposalResponse__Output>): grpc.ClientUnaryCall;
  forwardProposal(argument: _quidditch_raft_ForwardProposalRequest, callback: grpc.requestCallback<_quidditch_raft_ForwardProposalResponse__Output>): grpc.ClientUnaryCall;
  
  Probe(argument: _quidditch_raft_ProbeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_raft_ProbeResponse__Output>): grpc.ClientUnaryCall;
  Probe(argument: _quidditch_raft_ProbeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_raft_ProbeResponse__Output>): grpc.ClientUnaryCall;
  Probe(argument: _quidditch_raft_ProbeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_raft_ProbeResponse__Output>): grpc.ClientUnaryCall;
  Probe(argument: _quidditch_raft_ProbeRequest, callback: grpc.requestCallback<_quidditch_raft_ProbeResponse__Output>): grpc.ClientUnaryCall;
  probe(argument: _quidditch_raft_ProbeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_raft_ProbeResponse__Output>): grpc.ClientUnaryCall;
  probe(argument: _quidditch_raft_ProbeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_raft_ProbeResponse__Output>): grpc.ClientUnaryCall;
  probe(argument: _quidditch_raft_ProbeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_raft_ProbeResponse__Output>): grpc.ClientUnaryCall;
  probe(argument: _quidditch_raft_ProbeRequest, callback: grpc.requestCallback<_quidditch_raft_ProbeResponse__Output>): grpc.ClientUnaryCall;
  
  Stream(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_raft_StreamEnd__Output>): grpc.ClientWritableStream<_quidditch_raft_PeerFrame>;
  Stream(metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_raft_StreamEnd__Output>): grpc.ClientWritableStream<_quidditch_raft_PeerFrame>;
  Stream(options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_raft_StreamEnd__Output>): grpc.ClientWritableStream<_quidditch_raft_PeerFrame>;
  Stream(callback: grpc.requestCallback<_quidditch_raft_StreamEnd__Output>): grpc.ClientWritableStream<_quidditch_raft_PeerFrame>;
  stream(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_raft_StreamEnd__Output>): grpc.ClientWritableStream<_quidditch_raft_PeerFrame>;
  stream(metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_raft_StreamEnd__Output>): grpc.ClientWritableStream<_quidditch_raft_PeerFrame>;
  stream(options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_raft_StreamEnd__Output>): grpc.ClientWritableStream<_quidditch_raft_PeerFrame>;
  stream(callback: grpc.requestCallback<_quidditch_raft_StreamEnd__Output>): grpc.ClientWritableStream<_quidditch_raft_PeerFrame>;
  
}

export interface PeerServiceHandlers extends grpc.UntypedServiceImplementation {
  Administer: grpc.handleUnaryCall<_quidditch_raft_AdministerRequest__Output, _quidditch_raft_AdministerResponse>;
  
  FetchSnapshot: grpc.handleServerStreamingCall<_quidditch_raft_FetchSnapshotRequest__Output, _quidditch_raft_SnapshotChunk>;
  
  ForwardProposal: grpc.handleUnaryCall<_quidditch_raft_ForwardProposalRequest__Output, _quidditch_raft_ForwardProposalResponse>;
  
  Probe: grpc.handleUnaryCall<_quidditch_raft_ProbeRequest__Output, _quidditch_raft_ProbeResponse>;
  
  Stream: grpc.handleClientStreamingCall<_quidditch_raft_PeerFrame__Output, _quidditch_raft_StreamEnd>;
  
}

export interface PeerServiceDefinition extends grpc.ServiceDefinition {
  Administer: MethodDefinition<_quidditch_raft_AdministerRequest, _quidditch_raft_AdministerResponse, _quidditch_raft_AdministerRequest__Output, _quidditch_raft_AdministerResponse__Output>
  FetchSnapshot: MethodDefinition<_quidditch_raft_FetchSnapshotRequest, _quidditch_raft_SnapshotChunk, _quidditch_raft_FetchSnapshotRequest__Output, _quidditch_raft_SnapshotChunk__Output>
  ForwardProposal: MethodDefinition<_quidditch_raft_ForwardProposalRequest, _quidditch_raft_ForwardProposalResponse, _quidditch_raft_ForwardProposalRequest__Output, _quidditch_raft_ForwardProposalResponse__Output>
  Probe: MethodDefinition<_quidditch_raft_ProbeRequest, _quidditch_raft_ProbeResponse, _quidditch_raft_ProbeRequest__Output, _quidditch_raft_ProbeResponse__Output>
  Stream: MethodDefinition<_quidditch_raft_PeerFrame, _quidditch_raft_StreamEnd, _quidditch_raft_PeerFrame__Output, _quidditch_raft_StreamEnd__Output>
}
