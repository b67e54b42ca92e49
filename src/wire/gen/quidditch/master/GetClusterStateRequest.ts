// Original file: proto/master.proto

import type { Consistency as _quidditch_master_Consistency, Consistency__Output as _quidditch_master_Consistency__Output } from '../../quidditch/master/Consistency.js';

export interface GetClusterStateRequest {
  'include_routing'?: (boolean);
  'include_nodes'?: (boolean);
  'include_indices'?: (boolean);
  'consistency'?: (_quidditch_master_Consistency);
  'page_token'?: (string);
  'index_names'?: (string)[];
  'include_copies'?: (boolean);
  '_consistency'?: "consistency";
  '_page_token'?: "page_token";
  '_include_copies'?: "include_copies";
}

export interface GetClusterStateRequest__Output {
  'include_routing': (boolean);
  'include_nodes': (boolean);
  'include_indices': (boolean);
  'consistency'?: (_quidditch_master_Consistency__Output);
  'page_token'?: (string);
  'index_names': (string)[];
  'include_copies'?: (boolean);
  '_consistency'?: "consistency";
  '_page_token'?: "page_token";
  '_include_copies'?: "include_copies";
}
