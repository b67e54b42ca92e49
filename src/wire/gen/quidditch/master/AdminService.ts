// Original file: proto/admin.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AddMemberRequest as _quidditch_master_AddMemberRequest, AddMemberRequest__Output as _quidditch_master_AddMemberRequest__Output } from '../../quidditch/master/AddMemberRequest.js';
import type { AddMemberResponse as _quidditch_master_AddMemberResponse, AddMemberResponse__Output as _quidditch_master_AddMemberResponse__Output } from '../../quidditch/master/AddMemberResponse.js';
import type { ListMembersRequest as _quidditch_master_ListMembersRequest, ListMembersRequest__Output as _quidditch_master_ListMembersRequest__Output } from '../../quidditch/master/ListMembersRequest.js';
import type { ListMembersResponse as _quidditch_master_ListMembersResponse, ListMembersResponse__Output as _quidditch_master_ListMembersResponse__Output } from '../../quidditch/master/ListMembersResponse.js';
import type { PromoteMemberRequest as _quidditch_master_PromoteMemberRequest, PromoteMemberRequest__Output as _quidditch_master_PromoteMemberRequest__Output } from '../../quidditch/master/PromoteMemberRequest.js';
import type { PromoteMemberResponse as _quidditch_master_PromoteMemberResponse, PromoteMemberResponse__Output as _quidditch_master_PromoteMemberResponse__Output } from '../../quidditch/master/PromoteMemberResponse.js';
import type { RemoveMemberRequest as _quidditch_master_RemoveMemberRequest, RemoveMemberRequest__Output as _quidditch_master_RemoveMemberRequest__Output } from '../../quidditch/master/RemoveMemberRequest.js';
import type { RemoveMemberResponse as _quidditch_master_RemoveMemberResponse, RemoveMemberResponse__Output as _quidditch_master_RemoveMemberResponse__Output } from '../../quidditch/master/RemoveMemberResponse.js';
import type { ReplaceMemberRequest as _quidditch_master_ReplaceMemberRequest, ReplaceMemberRequest__Output as _quidditch_master_ReplaceMemberRequest__Output } from '../../quidditch/master/ReplaceMemberRequest.js';
import type { ReplaceMemberResponse as _quidditch_master_ReplaceMemberResponse, ReplaceMemberResponse__Output as _quidditch_master_ReplaceMemberResponse__Output } from '../../quidditch/master/ReplaceMemberResponse.js';
import type { TransferLeadershipRequest as _quidditch_master_TransferLeadershipRequest, TransferLeadershipRequest__Output as _quidditch_master_TransferLeadershipRequest__Output } from '../../quidditch/master/TransferLeadershipRequest.js';
import type { TransferLeadershipResponse as _quidditch_master_TransferLeadershipResponse, TransferLeadershipResponse__Output as _quidditch_master_TransferLeadershipResponse__Output } from '../../quidditch/master/TransferLeadershipResponse.js';

export interface AdminServiceClient extends grpc.Client {
  AddMember(argument: _quidditch_master_AddMemberRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_AddMemberResponse__Output>): grpc.ClientUnaryCall;
  AddMember(argument: _quidditch_master_AddMemberRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_AddMemberResponse__Output>): grpc.ClientUnaryCall;
  AddMember(argument: _quidditch_master_AddMemberRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_AddMemberResponse__Output>): grpc.ClientUnaryCall;
  AddMember(argument: _quidditch_master_AddMemberRequest, callback: grpc.requestCallback<_quidditch_master_AddMemberResponse__Output>): grpc.ClientUnaryCall;
  addMember(argument: _quidditch_master_AddMemberRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_AddMemberResponse__Output>): grpc.ClientUnaryCall;
  addMember(argument: _quidditch_master_AddMemberRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_AddMemberResponse__Output>): grpc.ClientUnaryCall;
  addMember(argument: _quidditch_master_AddMemberRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_AddMemberResponse__Output>): grpc.ClientUnaryCall;
  addMember(argument: _quidditch_master_AddMemberRequest, callback: grpc.requestCallback<_quidditch_master_AddMemberResponse__Output>): grpc.ClientUnaryCall;
  
  ListMembers(argument: _quidditch_master_ListMembersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ListMembersResponse__Output>): grpc.ClientUnaryCall;
  ListMembers(argument: _quidditch_master_ListMembersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_ListMembersResponse__Output>): grpc.ClientUnaryCall;
  ListMembers(argument: _quidditch_master_ListMembersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ListMembersResponse__Output>): grpc.ClientUnaryCall;
  ListMembers(argument: _quidditch_master_ListMembersRequest, callback: grpc.requestCallback<_quidditch_master_ListMembersResponse__Output>): grpc.ClientUnaryCall;
  listMembers(argument: _quidditch_master_ListMembersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ListMembersResponse__Output>): grpc.ClientUnaryCall;
  listMembers(argument: _quidditch_master_ListMembersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_ListMembersResponse__Output>): grpc.ClientUnaryCall;
  listMembers(argument: _quidditch_master_ListMembersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ListMembersResponse__Output>): grpc.ClientUnaryCall;
  listMembers(argument: _quidditch_master_ListMembersRequest, callback: grpc.requestCallback<_quidditch_master_ListMembersResponse__Output>): grpc.ClientUnaryCall;
  
  PromoteMember(argument: _quidditch_master_PromoteMemberRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_PromoteMemberResponse__Output>): grpc.ClientUnaryCall;
  PromoteMember(argument: _quidditch_master_PromoteMemberRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_PromoteMemberResponse__Output>): grpc.ClientUnaryCall;
  PromoteMember(argument: _quidditch_master_PromoteMemberRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_PromoteMemberResponse__Output>): grpc.ClientUnaryCall;
  PromoteMember(argument: _quidditch_master_PromoteMemberRequest, callback: grpc.requestCallback<_quidditch_master_PromoteMemberResponse__Output>): grpc.ClientUnaryCall;
  promoteMember(argument: _quidditch_master_PromoteMemberRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_PromoteMemberResponse__Output>): grpc.ClientUnaryCall;
  promoteMember(argument: _quidditch_master_PromoteMemberRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_PromoteMemberResponse__Output>): grpc.ClientUnaryCall;
  promoteMember(argument: _quidditch_master_PromoteMemberRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_PromoteMemberResponse__Output>): grpc.ClientUnaryCall;
  promoteMember(argument: _quidditch_master_PromoteMemberRequest, callback: grpc.requestCallback<_quidditch_master_PromoteMemberResponse__Output>): grpc.ClientUnaryCall;
  
  RemoveMember(argument: _quidditch_master_RemoveMemberRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_RemoveMemberResponse__Output>): grpc.ClientUnaryCall;
  RemoveMember(argument: _quidditch_master_RemoveMemberRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_RemoveMemberResponse__Output>): grpc.ClientUnaryCall;
  RemoveMember(argument: _quidditch_master_RemoveMemberRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_RemoveMemberResponse__Output>): grpc.ClientUnaryCall;
  RemoveMember(argument: _quidditch_master_RemoveMemberRequest, callback: grpc.requestCallback<_quidditch_master_RemoveMemberResponse__Output>): grpc.ClientUnaryCall;
  removeMember(argument: _quidditch_master_RemoveMemberRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_RemoveMemberResponse__Output>): grpc.ClientUnaryCall;
  removeMember(argument: _quidditch_master_RemoveMemberRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_RemoveMemberResponse__Output>): grpc.ClientUnaryCall;
  removeMember(argument: _quidditch_master_RemoveMemberRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_RemoveMemberResponse__Output>): grpc.ClientUnaryCall;
  removeMember(argument: _quidditch_master_RemoveMemberRequest, callback: grpc.requestCallback<_quidditch_master_RemoveMemberResponse__Output>): grpc.ClientUnaryCall;
  
  ReplaceMember(argument: _quidditch_master_ReplaceMemberRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ReplaceMemberResponse__Output>): grpc.ClientUnaryCall;
  ReplaceMember(argument: _quidditch_master_ReplaceMemberRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_ReplaceMemberResponse__Output>): grpc.ClientUnaryCall;
  ReplaceMember(argument: _quidditch_master_ReplaceMemberRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ReplaceMemberResponse__Output>): grpc.ClientUnaryCall;
  ReplaceMember(argument: _quidditch_master_ReplaceMemberRequest, callback: grpc.requestCallback<_quidditch_master_ReplaceMemberResponse__Output>): grpc.ClientUnaryCall;
  replaceMember(argument: _quidditch_master_ReplaceMemberRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ReplaceMemberResponse__Output>): grpc.ClientUnaryCall;
  replaceMember(argument: _quidditch_master_ReplaceMemberRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_ReplaceMemberResponse__Output>): grpc.ClientUnaryCall;
  replaceMember(argument: _quidditch_master_ReplaceMemberRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_ReplaceMemberResponse__Output>): grpc.ClientUnaryCall;
  replaceMember(argument: _quidditch_master_ReplaceMemberRequest, callback: grpc.requestCallback<_quidditch_master_ReplaceMemberResponse__Output>): grpc.ClientUnaryCall;
  
  TransferLeadership(argument: _quidditch_master_TransferLeadershipRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  TransferLeadership(argument: _quidditch_master_TransferLeadershipRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  TransferLeadership(argument: _quidditch_master_TransferLeadershipRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  TransferLeadership(argument: _quidditch_master_TransferLeadershipRequest, callback: grpc.requestCallback<_quidditch_master_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  transferLeadership(argument: _quidditch_master_TransferLeadershipRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  transferLeadership(argument: _quidditch_master_TransferLeadershipRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_master_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  transferLeadership(argument: _quidditch_master_TransferLeadershipRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_master_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  transferLeadership(argument: _quidditch_master_TransferLeadershipRequest, callback: grpc.requestCallback<_quidditch_master_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface AdminServiceHandlers extends grpc.UntypedServiceImplementation {
  AddMember: grpc.handleUnaryCall<_quidditch_master_AddMemberRequest__Output, _quidditch_master_AddMemberResponse>;
  
  ListMembers: grpc.handleUnaryCall<_quidditch_master_ListMembersRequest__Output, _quidditch_master_ListMembersResponse>;
  
  PromoteMember: grpc.handleUnaryCall<_quidditch_master_PromoteMemberRequest__Output, _quidditch_master_PromoteMemberResponse>;
  
  RemoveMember: grpc.handleUnaryCall<_quidditch_master_RemoveMemberRequest__Output, _quidditch_master_RemoveMemberResponse>;
  
  ReplaceMember: grpc.handleUnaryCall<_quidditch_master_ReplaceMemberRequest__Output, _quidditch_master_ReplaceMemberResponse>;
  
  TransferLeadership: grpc.handleUnaryCall<_quidditch_master_TransferLeadershipRequest__Output, _quidditch_master_TransferLeadershipResponse>;
  
}

export interface AdminServiceDefinition extends grpc.ServiceDefinition {
  AddMember: MethodDefinition<_quidditch_master_AddMemberRequest, _quidditch_master_AddMemberResponse, _quidditch_master_AddMemberRequest__Output, _quidditch_master_AddMemberResponse__Output>
  ListMembers: MethodDefinition<_quidditch_master_ListMembersRequest, _quidditch_master_ListMembersResponse, _quidditch_master_ListMembersRequest__Output, _quidditch_master_ListMembersResponse__Output>
  PromoteMember: MethodDefinition<_quidditch_master_PromoteMemberRequest, _quidditch_master_PromoteMemberResponse, _quidditch_master_PromoteMemberRequest__Output, _quidditch_master_PromoteMemberResponse__Output>
  RemoveMember: MethodDefinition<_quidditch_master_RemoveMemberRequest, _quidditch_master_RemoveMemberResponse, _quidditch_master_RemoveMemberRequest__Output, _quidditch_master_RemoveMemberResponse__Output>
  ReplaceMember: MethodDefinition<_quidditch_master_ReplaceMemberRequest, _quidditch_master_ReplaceMemberResponse, _quidditch_master_ReplaceMemberRequest__Output, _quidditch_master_ReplaceMemberResponse__Output>
  TransferLeadership: MethodDefinition<_quidditch_master_TransferLeadershipRequest, _quidditch_master_TransferLeadershipResponse, _quidditch_master_TransferLeadershipRequest__Output, _quidditch_master_TransferLeadershipResponse__Output>
}
