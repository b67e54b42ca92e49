import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { AddMemberRequest as _quidditch_master_AddMemberRequest, AddMemberRequest__Output as _quidditch_master_AddMemberRequest__Output } from './quidditch/master/AddMemberRequest.js';
import type { AddMemberResponse as _quidditch_master_AddMemberResponse, AddMemberResponse__Output as _quidditch_master_AddMemberResponse__Output } from './quidditch/master/AddMemberResponse.js';
import type { AdminServiceClient as _quidditch_master_AdminServiceClient, AdminServiceDefinition as _quidditch_master_AdminServiceDefinition } from './quidditch/master/AdminService.js';
import type { ListMembersRequest as _quidditch_master_ListMembersRequest, ListMembersRequest__Output as _quidditch_master_ListMembersRequest__Output } from './quidditch/master/ListMembersRequest.js';
import type { ListMembersResponse as _quidditch_master_ListMembersResponse, ListMembersResponse__Output as _quidditch_master_ListMembersResponse__Output } from './quidditch/master/ListMembersResponse.js';
import type { Member as _quidditch_master_Member, Member__Output as _quidditch_master_Member__Output } from './quidditch/master/Member.js';
import type { Members as _quidditch_master_Members, Members__Output as _quidditch_master_Members__Output } from './quidditch/master/Members.js';
import type { PromoteMemberRequest as _quidditch_master_PromoteMemberRequest, PromoteMemberRequest__Output as _quidditch_master_PromoteMemberRequest__Output } from './quidditch/master/PromoteMemberRequest.js';
import type { PromoteMemberResponse as _quidditch_master_PromoteMemberResponse, PromoteMemberResponse__Output as _quidditch_master_PromoteMemberResponse__Output } from './quidditch/master/PromoteMemberResponse.js';
import type { RemoveMemberRequest as _quidditch_master_RemoveMemberRequest, RemoveMemberRequest__Output as _quidditch_master_RemoveMemberRequest__Output } from './quidditch/master/RemoveMemberRequest.js';
import type { RemoveMemberResponse as _quidditch_master_RemoveMemberResponse, RemoveMemberResponse__Output as _quidditch_master_RemoveMemberResponse__Output } from './quidditch/master/RemoveMemberResponse.js';
import type { ReplaceMemberRequest as _quidditch_master_ReplaceMemberRequest, ReplaceMemberRequest__Output as _quidditch_master_ReplaceMemberRequest__Output } from './quidditch/master/ReplaceMemberRequest.js';
import type { ReplaceMemberResponse as _quidditch_master_ReplaceMemberResponse, ReplaceMemberResponse__Output as _quidditch_master_ReplaceMemberResponse__Output } from './quidditch/master/ReplaceMemberResponse.js';
import type { TransferLeadershipRequest as _quidditch_master_TransferLeadershipRequest, TransferLeadershipRequest__Output as _quidditch_master_TransferLeadershipRequest__Output } from './quidditch/master/TransferLeadershipRequest.js';
import type { TransferLeadershipResponse as _quidditch_master_TransferLeadershipResponse, TransferLeadershipResponse__Output as _quidditch_master_TransferLeadershipResponse__Output } from './quidditch/master/TransferLeadershipResponse.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  quidditch: {
    master: {
      AddMemberRequest: MessageTypeDefinition<_quidditch_master_AddMemberRequest, _quidditch_master_AddMemberRequest__Output>
      AddMemberResponse: MessageTypeDefinition<_quidditch_master_AddMemberResponse, _quidditch_master_AddMemberResponse__Output>
      AdminService: SubtypeConstructor<typeof grpc.Client, _quidditch_master_AdminServiceClient> & { service: _quidditch_master_AdminServiceDefinition }
      ListMembersRequest: MessageTypeDefinition<_quidditch_master_ListMembersRequest, _quidditch_master_ListMembersRequest__Output>
      ListMembersResponse: MessageTypeDefinition<_quidditch_master_ListMembersResponse, _quidditch_master_ListMembersResponse__Output>
      Member: MessageTypeDefinition<_quidditch_master_Member, _quidditch_master_Member__Output>
      Members: MessageTypeDefinition<_quidditch_master_Members, _quidditch_master_Members__Output>
      PromoteMemberRequest: MessageTypeDefinition<_quidditch_master_PromoteMemberRequest, _quidditch_master_PromoteMemberRequest__Output>
      PromoteMemberResponse: MessageTypeDefinition<_quidditch_master_PromoteMemberResponse, _quidditch_master_PromoteMemberResponse__Output>
      RemoveMemberRequest: MessageTypeDefinition<_quidditch_master_RemoveMemberRequest, _quidditch_master_RemoveMemberRequest__Output>
      RemoveMemberResponse: MessageTypeDefinition<_quidditch_master_RemoveMemberResponse, _quidditch_master_RemoveMemberResponse__Output>
      ReplaceMemberRequest: MessageTypeDefinition<_quidditch_master_ReplaceMemberRequest, _quidditch_master_ReplaceMemberRequest__Output>
      ReplaceMemberResponse: MessageTypeDefinition<_quidditch_master_ReplaceMemberResponse, _quidditch_master_ReplaceMemberResponse__Output>
      Suffrage: EnumTypeDefinition
      TransferLeadershipRequest: MessageTypeDefinition<_quidditch_master_TransferLeadershipRequest, _quidditch_master_TransferLeadershipRequest__Output>
      TransferLeadershipResponse: MessageTypeDefinition<_quidditch_master_TransferLeadershipResponse, _quidditch_master_TransferLeadershipResponse__Output>
    }
  }
}

