// Original file: proto/devnode.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetDocumentRequest as _quidditch_devnode_GetDocumentRequest, GetDocumentRequest__Output as _quidditch_devnode_GetDocumentRequest__Output } from '../../quidditch/devnode/GetDocumentRequest.js';
import type { GetDocumentResponse as _quidditch_devnode_GetDocumentResponse, GetDocumentResponse__Output as _quidditch_devnode_GetDocumentResponse__Output } from '../../quidditch/devnode/GetDocumentResponse.js';
import type { ListDocumentsRequest as _quidditch_devnode_ListDocumentsRequest, ListDocumentsRequest__Output as _quidditch_devnode_ListDocumentsRequest__Output } from '../../quidditch/devnode/ListDocumentsRequest.js';
import type { ListDocumentsResponse as _quidditch_devnode_ListDocumentsResponse, ListDocumentsResponse__Output as _quidditch_devnode_ListDocumentsResponse__Output } from '../../quidditch/devnode/ListDocumentsResponse.js';
import type { PutDocumentRequest as _quidditch_devnode_PutDocumentRequest, PutDocumentRequest__Output as _quidditch_devnode_PutDocumentRequest__Output } from '../../quidditch/devnode/PutDocumentRequest.js';
import type { PutDocumentResponse as _quidditch_devnode_PutDocumentResponse, PutDocumentResponse__Output as _quidditch_devnode_PutDocumentResponse__Output } from '../../quidditch/devnode/PutDocumentResponse.js';
import type { RecoverChunk as _quidditch_devnode_RecoverChunk, RecoverChunk__Output as _quidditch_devnode_RecoverChunk__Output } from '../../quidditch/devnode/RecoverChunk.js';
import type { RecoverRequest as _quidditch_devnode_RecoverRequest, RecoverRequest__Output as _quidditch_devnode_RecoverRequest__Output } from '../../quidditch/devnode/RecoverRequest.js';
import type { ReplicateDocumentRequest as _quidditch_devnode_ReplicateDocumentRequest, ReplicateDocumentRequest__Output as _quidditch_devnode_ReplicateDocumentRequest__Output } from '../../quidditch/devnode/ReplicateDocumentRequest.js';
import type { ReplicateDocumentResponse as _quidditch_devnode_ReplicateDocumentResponse, ReplicateDocumentResponse__Output as _quidditch_devnode_ReplicateDocumentResponse__Output } from '../../quidditch/devnode/ReplicateDocumentResponse.js';

export interface DocumentServiceClient extends grpc.Client {
  GetDocument(argument: _quidditch_devnode_GetDocumentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_GetDocumentResponse__Output>): grpc.ClientUnaryCall;
  GetDocument(argument: _quidditch_devnode_GetDocumentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_devnode_GetDocumentResponse__Output>): grpc.ClientUnaryCall;
  GetDocument(argument: _quidditch_devnode_GetDocumentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_GetDocumentResponse__Output>): grpc.ClientUnaryCall;
  GetDocument(argument: _quidditch_devnode_GetDocumentRequest, callback: grpc.requestCallback<_quidditch_devnode_GetDocumentResponse__Output>): grpc.ClientUnaryCall;
  getDocument(argument: _quidditch_devnode_GetDocumentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_GetDocumentResponse__Output>): grpc.ClientUnaryCall;
  getDocument(argument: _quidditch_devnode_GetDocumentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_devnode_GetDocumentResponse__Output>): grpc.ClientUnaryCall;
  getDocument(argument: _quidditch_devnode_GetDocumentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_GetDocumentResponse__Output>): grpc.ClientUnaryCall;
  getDocument(argument: _quidditch_devnode_GetDocumentRequest, callback: grpc.requestCallback<_quidditch_devnode_GetDocumentResponse__Output>): grpc.ClientUnaryCall;
  
  ListDocuments(argument: _quidditch_devnode_ListDocumentsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_ListDocumentsResponse__Output>): grpc.ClientUnaryCall;
  ListDocuments(argument: _quidditch_devnode_ListDocumentsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_devnode_ListDocumentsResponse__Output>): grpc.ClientUnaryCall;
  ListDocuments(argument: _quidditch_devnode_ListDocumentsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_ListDocumentsResponse__Output>): grpc.ClientUnaryCall;
  ListDocuments(argument: _quidditch_devnode_ListDocumentsRequest, callback: grpc.requestCallback<_quidditch_devnode_ListDocumentsResponse__Output>): grpc.ClientUnaryCall;
  listDocuments(argument: _quidditch_devnode_ListDocumentsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_ListDocumentsResponse__Output>): grpc.ClientUnaryCall;
  listDocuments(argument: _quidditch_devnode_ListDocumentsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_devnode_ListDocumentsResponse__Output>): grpc.ClientUnaryCall;
  listDocuments(argument: _quidditch_devnode_ListDocumentsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_ListDocumentsResponse__Output>): grpc.ClientUnaryCall;
  listDocuments(argument: _quidditch_devnode_ListDocumentsRequest, callback: grpc.requestCallback<_quidditch_devnode_ListDocumentsResponse__Output>): grpc.ClientUnaryCall;
  
  PutDocument(argument: _quidditch_devnode_PutDocumentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_PutDocumentResponse__Output>): grpc.ClientUnaryCall;
  PutDocument(argument: _quidditch_devnode_PutDocumentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_devnode_PutDocumentResponse__Output>): grpc.ClientUnaryCall;
  PutDocument(argument: _quidditch_devnode_PutDocumentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_PutDocumentResponse__Output>): grpc.ClientUnaryCall;
  PutDocument(argument: _quidditch_devnode_PutDocumentRequest, callback: grpc.requestCallback<_quidditch_devnode_PutDocumentResponse__Output>): grpc.ClientUnaryCall;
  putDocument(argument: _quidditch_devnode_PutDocumentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_PutDocumentResponse__Output>): grpc.ClientUnaryCall;
  putDocument(argument: _quidditch_devnode_PutDocumentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_devnode_PutDocumentResponse__Output>): grpc.ClientUnaryCall;
  putDocument(argument: _quidditch_devnode_PutDocumentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_PutDocumentResponse__Output>): grpc.ClientUnaryCall;
  putDocument(argument: _quidditch_devnode_PutDocumentRequest, callback: grpc.requestCallback<_quidditch_devnode_PutDocumentResponse__Output>): grpc.ClientUnaryCall;
  
  Recover(argument: _quidditch_devnode_RecoverRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_quidditch_devnode_RecoverChunk__Output>;
  Recover(argument: _quidditch_devnode_RecoverRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_quidditch_devnode_RecoverChunk__Output>;
  recover(argument: _quidditch_devnode_RecoverRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_quidditch_devnode_RecoverChunk__Output>;
  recover(argument: _quidditch_devnode_RecoverRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_quidditch_devnode_RecoverChunk__Output>;
  
  ReplicateDocument(argument: _quidditch_devnode_ReplicateDocumentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_ReplicateDocumentResponse__Output>): grpc.ClientUnaryCall;
  ReplicateDocument(argument: _quidditch_devnode_ReplicateDocumentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_devnode_ReplicateDocumentResponse__Output>): grpc.ClientUnaryCall;
  ReplicateDocument(argument: _quidditch_devnode_ReplicateDocumentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_ReplicateDocumentResponse__Output>): grpc.ClientUnaryCall;
  ReplicateDocument(argument: _quidditch_devnode_ReplicateDocumentRequest, callback: grpc.requestCallback<_quidditch_devnode_ReplicateDocumentResponse__Output>): grpc.ClientUnaryCall;
  replicateDocument(argument: _quidditch_devnode_ReplicateDocumentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_ReplicateDocumentResponse__Output>): grpc.ClientUnaryCall;
  replicateDocument(argument: _quidditch_devnode_ReplicateDocumentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_devnode_ReplicateDocumentResponse__Output>): grpc.ClientUnaryCall;
  replicateDocument(argument: _quidditch_devnode_ReplicateDocumentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_ReplicateDocumentResponse__Output>): grpc.ClientUnaryCall;
  replicateDocument(argument: _quidditch_devnode_ReplicateDocumentRequest, callback: grpc.requestCallback<_quidditch_devnode_ReplicateDocumentResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface DocumentServiceHandlers extends grpc.UntypedServiceImplementation {
  GetDocument: grpc.handleUnaryCall<_quidditch_devnode_GetDocumentRequest__Output, _quidditch_devnode_GetDocumentResponse>;
  
  ListDocuments: grpc.handleUnaryCall<_quidditch_devnode_ListDocumentsRequest__Output, _quidditch_devnode_ListDocumentsResponse>;
  
  PutDocument: grpc.handleUnaryCall<_quidditch_devnode_PutDocumentRequest__Output, _quidditch_devnode_PutDocumentResponse>;
  
  Recover: grpc.handleServerStreamingCall<_quidditch_devnode_RecoverRequest__Output, _quidditch_devnode_RecoverChunk>;
  
  ReplicateDocument: grpc.handleUnaryCall<_quidditch_devnode_ReplicateDocumentRequest__Output, _quidditch_devnode_ReplicateDocumentResponse>;
  
}

export interface DocumentServiceDefinition extends grpc.ServiceDefinition {
  GetDocument: MethodDefinition<_quidditch_devnode_GetDocumentRequest, _quidditch_devnode_GetDocumentResponse, _quidditch_devnode_GetDocumentRequest__Output, _quidditch_devnode_GetDocumentResponse__Output>
  ListDocuments: MethodDefinition<_quidditch_devnode_ListDocumentsRequest, _quidditch_devnode_ListDocumentsResponse, _quidditch_devnode_ListDocumentsRequest__Output, _quidditch_devnode_ListDocumentsResponse__Output>
  PutDocument: MethodDefinition<_quidditch_devnode_PutDocumentRequest, _quidditch_devnode_PutDocumentResponse, _quidditch_devnode_PutDocumentRequest__Output, _quidditch_devnode_PutDocumentResponse__Output>
  Recover: MethodDefinition<_quidditch_devnode_RecoverRequest, _quidditch_devnode_RecoverChunk, _quidditch_devnode_RecoverRequest__Output, _quidditch_devnode_RecoverChunk__Output>
  ReplicateDocument: MethodDefinition<_quidditch_devnode_ReplicateDocumentRequest, _quidditch_devnode_ReplicateDocumentResponse, _quidditch_devnode_ReplicateDocumentRequest__Output, _quidditch_devnode_ReplicateDocumentResponse__Output>
}
