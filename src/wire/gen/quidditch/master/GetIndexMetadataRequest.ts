// Original file: proto/master.proto

import type { Consistency as _quidditch_master_Consistency, Consistency__Output as _quidditch_master_Consistency__Output } from '../../quidditch/master/Consistency.js';

export interface GetIndexMetadataRequest {
  'index_name'?: (string);
  'consistency'?: (_quidditch_master_Consistency);
  '_consistency'?: "consistency";
}

export interface GetIndexMetadataRequest__Output {
  'index_name': (string);
  'consistency'?: (_quidditch_master_Consistency__Output);
  '_consistency'?: "consistency";
}
