// Original file: proto/master.proto

import type { FieldMapping as _quidditch_master_FieldMapping, FieldMapping__Output as _quidditch_master_FieldMapping__Output } from '../../quidditch/master/FieldMapping.js';

export interface FieldMapping {
  'type'?: (string);
  'index'?: (boolean);
  'store'?: (boolean);
  'analyzer'?: (string);
  'properties'?: ({[key: string]: _quidditch_master_FieldMapping});
}

export interface FieldMapping__Output {
  'type': (string);
  'index': (boolean);
  'store': (boolean);
  'analyzer': (string);
  'properties': ({[key: string]: _quidditch_master_FieldMapping__Output});
}
