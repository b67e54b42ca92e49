import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { DocumentServiceClient as _quidditch_devnode_DocumentServiceClient, DocumentServiceDefinition as _quidditch_devnode_DocumentServiceDefinition } from './quidditch/devnode/DocumentService.js';
import type { FaultServiceClient as _quidditch_devnode_FaultServiceClient, FaultServiceDefinition as _quidditch_devnode_FaultServiceDefinition } from './quidditch/devnode/FaultService.js';
import type { GetDocumentRequest as _quidditch_devnode_GetDocumentRequest, GetDocumentRequest__Output as _quidditch_devnode_GetDocumentRequest__Output } from './quidditch/devnode/GetDocumentRequest.js';
import type { GetDocumentResponse as _quidditch_devnode_GetDocumentResponse, GetDocumentResponse__Output as _quidditch_devnode_GetDocumentResponse__Output } from './quidditch/devnode/GetDocumentResponse.js';
import type { ListDocumentsRequest as _quidditch_devnode_ListDocumentsRequest, ListDocumentsRequest__Output as _quidditch_devnode_ListDocumentsRequest__Output } from './quidditch/devnode/ListDocumentsRequest.js';
import type { ListDocumentsResponse as _quidditch_devnode_ListDocumentsResponse, ListDocumentsResponse__Output as _quidditch_devnode_ListDocumentsResponse__Output } from './quidditch/devnode/ListDocumentsResponse.js';
import type { PutDocumentRequest as _quidditch_devnode_PutDocumentRequest, PutDocumentRequest__Output as _quidditch_devnode_PutDocumentRequest__Output } from './quidditch/devnode/PutDocumentRequest.js';
import type { PutDocumentResponse as _quidditch_devnode_PutDocumentResponse, PutDocumentResponse__Output as _quidditch_devnode_PutDocumentResponse__Output } from './quidditch/devnode/PutDocumentResponse.js';
import type { RecoverChunk as _quidditch_devnode_RecoverChunk, RecoverChunk__Output as _quidditch_devnode_RecoverChunk__Output } from './quidditch/devnode/RecoverChunk.js';
import type { RecoverRequest as _quidditch_devnode_RecoverRequest, RecoverRequest__Output as _quidditch_devnode_RecoverRequest__Output } from './quidditch/devnode/RecoverRequest.js';
import type { ReplicateDocumentRequest as _quidditch_devnode_ReplicateDocumentRequest, ReplicateDocumentRequest__Output as _quidditch_devnode_ReplicateDocumentRequest__Output } from './quidditch/devnode/ReplicateDocumentRequest.js';
import type { ReplicateDocumentResponse as _quidditch_devnode_ReplicateDocumentResponse, ReplicateDocumentResponse__Output as _quidditch_devnode_ReplicateDocumentResponse__Output } from './quidditch/devnode/ReplicateDocumentResponse.js';
import type { SetFaultsRequest as _quidditch_devnode_SetFaultsRequest, SetFaultsRequest__Output as _quidditch_devnode_SetFaultsRequest__Output } from './quidditch/devnode/SetFaultsRequest.js';
import type { SetFaultsResponse as _quidditch_devnode_SetFaultsResponse, SetFaultsResponse__Output as _quidditch_devnode_SetFaultsResponse__Output } from './quidditch/devnode/SetFaultsResponse.js';
import type { StoredDocument as _quidditch_devnode_StoredDocument, StoredDocument__Output as _quidditch_devnode_StoredDocument__Output } from './quidditch/devnode/StoredDocument.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  quidditch: {
    devnode: {
      DocumentService: SubtypeConstructor<typeof grpc.Client, _quidditch_devnode_DocumentServiceClient> & { service: _quidditch_devnode_DocumentServiceDefinition }
      FaultService: SubtypeConstructor<typeof grpc.Client, _quidditch_devnode_FaultServiceClient> & { service: _quidditch_devnode_FaultServiceDefinition }
      GetDocumentRequest: MessageTypeDefinition<_quidditch_devnode_GetDocumentRequest, _quidditch_devnode_GetDocumentRequest__Output>
      GetDocumentResponse: MessageTypeDefinition<_quidditch_devnode_GetDocumentResponse, _quidditch_devnode_GetDocumentResponse__Output>
      ListDocumentsRequest: MessageTypeDefinition<_quidditch_devnode_ListDocumentsRequest, _quidditch_devnode_ListDocumentsRequest__Output>
      ListDocumentsResponse: MessageTypeDefinition<_quidditch_devnode_ListDocumentsResponse, _quidditch_devnode_ListDocumentsResponse__Output>
      PutDocumentRequest: MessageTypeDefinition<_quidditch_devnode_PutDocumentRequest, _quidditch_devnode_PutDocumentRequest__Output>
      PutDocumentResponse: MessageTypeDefinition<_quidditch_devnode_PutDocumentResponse, _quidditch_devnode_PutDocumentResponse__Output>
      RecoverChunk: MessageTypeDefinition<_quidditch_devnode_RecoverChunk, _quidditch_devnode_RecoverChunk__Output>
      RecoverRequest: MessageTypeDefinition<_quidditch_devnode_RecoverRequest, _quidditch_devnode_RecoverRequest__Output>
      ReplicateDocumentRequest: MessageTypeDefinition<_quidditch_devnode_ReplicateDocumentRequest, _quidditch_devnode_ReplicateDocumentRequest__Output>
      ReplicateDocumentResponse: MessageTypeDefinition<_quidditch_devnode_ReplicateDocumentResponse, _quidditch_devnode_ReplicateDocumentResponse__Output>
      SetFaultsRequest: MessageTypeDefinition<_quidditch_devnode_SetFaultsRequest, _quidditch_devnode_SetFaultsRequest__Output>
      SetFaultsResponse: MessageTypeDefinition<_quidditch_devnode_SetFaultsResponse, _quidditch_devnode_SetFaultsResponse__Output>
      StoredDocument: MessageTypeDefinition<_quidditch_devnode_StoredDocument, _quidditch_devnode_StoredDocument__Output>
    }
  }
}

