// Original file: proto/master.proto

import type { NodeStats as _quidditch_master_NodeStats, NodeStats__Output as _quidditch_master_NodeStats__Output } from '../../quidditch/master/NodeStats.js';

export interface NodeHeartbeatRequest {
  'node_id'?: (string);
  'stats'?: (_quidditch_master_NodeStats | null);
}

export interface NodeHeartbeatRequest__Output {
  'node_id': (string);
  'stats': (_quidditch_master_NodeStats__Output | null);
}
