// Original file: proto/data.proto

import type { ShardOrder as _quidditch_data_ShardOrder, ShardOrder__Output as _quidditch_data_ShardOrder__Output } from '../../quidditch/data/ShardOrder.js';
import type { RecoverySource as _quidditch_data_RecoverySource, RecoverySource__Output as _quidditch_data_RecoverySource__Output } from '../../quidditch/data/RecoverySource.js';
import type { PeerCopy as _quidditch_data_PeerCopy, PeerCopy__Output as _quidditch_data_PeerCopy__Output } from '../../quidditch/data/PeerCopy.js';

export interface CreateShardRequest {
  'index_name'?: (string);
  'shard_id'?: (number);
  'is_primary'?: (boolean);
  'settings'?: ({[key: string]: string});
  'order'?: (_quidditch_data_ShardOrder | null);
  'source'?: (_quidditch_data_RecoverySource);
  'primary'?: (_quidditch_data_PeerCopy | null);
}

export interface CreateShardRequest__Output {
  'index_name': (string);
  'shard_id': (number);
  'is_primary': (boolean);
  'settings': ({[key: string]: string});
  'order': (_quidditch_data_ShardOrder__Output | null);
  'source': (_quidditch_data_RecoverySource__Output);
  'primary': (_quidditch_data_PeerCopy__Output | null);
}
