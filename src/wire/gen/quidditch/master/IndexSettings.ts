// Original file: proto/master.proto

import type { CompressionSettings as _quidditch_master_CompressionSettings, CompressionSettings__Output as _quidditch_master_CompressionSettings__Output } from '../../quidditch/master/CompressionSettings.js';
import type { TieringSettings as _quidditch_master_TieringSettings, TieringSettings__Output as _quidditch_master_TieringSettings__Output } from '../../quidditch/master/TieringSettings.js';
import type { Long } from '@grpc/proto-loader';

export interface IndexSettings {
  'number_of_shards'?: (number);
  'number_of_replicas'?: (number);
  'refresh_interval'?: (string);
  'compression'?: (_quidditch_master_CompressionSettings | null);
  'tiering'?: (_quidditch_master_TieringSettings | null);
  'node_left_delayed_timeout_ms'?: (number | string | Long);
  'custom'?: ({[key: string]: string});
  '_number_of_replicas'?: "number_of_replicas";
  '_node_left_delayed_timeout_ms'?: "node_left_delayed_timeout_ms";
}

export interface IndexSettings__Output {
  'number_of_shards': (number);
  'number_of_replicas'?: (number);
  'refresh_interval': (string);
  'compression': (_quidditch_master_CompressionSettings__Output | null);
  'tiering': (_quidditch_master_TieringSettings__Output | null);
  'node_left_delayed_timeout_ms'?: (number);
  'custom': ({[key: string]: string});
  '_number_of_replicas'?: "number_of_replicas";
  '_node_left_delayed_timeout_ms'?: "node_left_delayed_timeout_ms";
}
