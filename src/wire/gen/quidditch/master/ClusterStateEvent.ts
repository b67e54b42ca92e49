// Original file: proto/master.proto

import type { Long } from '@grpc/proto-loader';

// Original file: proto/master.proto

export const _quidditch_master_ClusterStateEvent_EventType = {
  EVENT_TYPE_UNKNOWN: 'EVENT_TYPE_UNKNOWN',
  EVENT_TYPE_INDEX_CREATED: 'EVENT_TYPE_INDEX_CREATED',
  EVENT_TYPE_INDEX_DELETED: 'EVENT_TYPE_INDEX_DELETED',
  EVENT_TYPE_SHARD_ALLOCATED: 'EVENT_TYPE_SHARD_ALLOCATED',
  EVENT_TYPE_SHARD_RELOCATED: 'EVENT_TYPE_SHARD_RELOCATED',
  EVENT_TYPE_NODE_JOINED: 'EVENT_TYPE_NODE_JOINED',
  EVENT_TYPE_NODE_LEFT: 'EVENT_TYPE_NODE_LEFT',
  EVENT_TYPE_SNAPSHOT: 'EVENT_TYPE_SNAPSHOT',
  EVENT_TYPE_INDEX_UPDATED: 'EVENT_TYPE_INDEX_UPDATED',
  EVENT_TYPE_SHARD_UPDATED: 'EVENT_TYPE_SHARD_UPDATED',
  EVENT_TYPE_NODE_UPDATED: 'EVENT_TYPE_NODE_UPDATED',
  EVENT_TYPE_SETTINGS_UPDATED: 'EVENT_TYPE_SETTINGS_UPDATED',
  EVENT_TYPE_BOOKMARK: 'EVENT_TYPE_BOOKMARK',
} as const;

export type _quidditch_master_ClusterStateEvent_EventType =
  | 'EVENT_TYPE_UNKNOWN'
  | 0
  | 'EVENT_TYPE_INDEX_CREATED'
  | 1
  | 'EVENT_TYPE_INDEX_DELETED'
  | 2
  | 'EVENT_TYPE_SHARD_ALLOCATED'
  | 3
  | 'EVENT_TYPE_SHARD_RELOCATED'
  | 4
  | 'EVENT_TYPE_NODE_JOINED'
  | 5
  | 'EVENT_TYPE_NODE_LEFT'
  | 6
  | 'EVENT_TYPE_SNAPSHOT'
  | 100
  | 'EVENT_TYPE_INDEX_UPDATED'
  | 101
  | 'EVENT_TYPE_SHARD_UPDATED'
  | 102
  | 'EVENT_TYPE_NODE_UPDATED'
  | 103
  | 'EVENT_TYPE_SETTINGS_UPDATED'
  | 104
  | 'EVENT_TYPE_BOOKMARK'
  | 105

export type _quidditch_master_ClusterStateEvent_EventType__Output = typeof _quidditch_master_ClusterStateEvent_EventType[keyof typeof _quidditch_master_ClusterStateEvent_EventType]

export interface ClusterStateEvent {
  'version'?: (number | string | Long);
  'type'?: (_quidditch_master_ClusterStateEvent_EventType);
  'payload'?: (Buffer | Uint8Array | string);
  'last_of_version'?: (boolean);
  '_last_of_version'?: "last_of_version";
}

export interface ClusterStateEvent__Output {
  'version': (number);
  'type': (_quidditch_master_ClusterStateEvent_EventType__Output);
  'payload': (Buffer);
  'last_of_version'?: (boolean);
  '_last_of_version'?: "last_of_version";
}
