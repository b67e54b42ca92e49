// Original file: proto/devnode.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { SetFaultsRequest as _quidditch_devnode_SetFaultsRequest, SetFaultsRequest__Output as _quidditch_devnode_SetFaultsRequest__Output } from '../../quidditch/devnode/SetFaultsRequest.js';
import type { SetFaultsResponse as _quidditch_devnode_SetFaultsResponse, SetFaultsResponse__Output as _quidditch_devnode_SetFaultsResponse__Output } from '../../quidditch/devnode/SetFaultsResponse.js';

export interface FaultServiceClient extends grpc.Client {
  SetFaults(argument: _quidditch_devnode_SetFaultsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_SetFaultsResponse__Output>): grpc.ClientUnaryCall;
  SetFaults(argument: _quidditch_devnode_SetFaultsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_devnode_SetFaultsResponse__Output>): grpc.ClientUnaryCall;
  SetFaults(argument: _quidditch_devnode_SetFaultsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_SetFaultsResponse__Output>): grpc.ClientUnaryCall;
  SetFaults(argument: _quidditch_devnode_SetFaultsRequest, callback: grpc.requestCallback<_quidditch_devnode_SetFaultsResponse__Output>): grpc.ClientUnaryCall;
  setFaults(argument: _quidditch_devnode_SetFaultsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_SetFaultsResponse__Output>): grpc.ClientUnaryCall;
  setFaults(argument: _quidditch_devnode_SetFaultsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_quidditch_devnode_SetFaultsResponse__Output>): grpc.ClientUnaryCall;
  setFaults(argument: _quidditch_devnode_SetFaultsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_quidditch_devnode_SetFaultsResponse__Output>): grpc.ClientUnaryCall;
  setFaults(argument: _quidditch_devnode_SetFaultsRequest, callback: grpc.requestCallback<_quidditch_devnode_SetFaultsResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface FaultServiceHandlers extends grpc.UntypedServiceImplementation {
  SetFaults: grpc.handleUnaryCall<_quidditch_devnode_SetFaultsRequest__Output, _quidditch_devnode_SetFaultsResponse>;
  
}

export interface FaultServiceDefinition extends grpc.ServiceDefinition {
  SetFaults: MethodDefinition<_quidditch_devnode_SetFaultsRequest, _quidditch_devnode_SetFaultsResponse, _quidditch_devnode_SetFaultsRequest__Output, _quidditch_devnode_SetFaultsResponse__Output>
}
