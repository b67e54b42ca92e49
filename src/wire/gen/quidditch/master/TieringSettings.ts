// Original file: proto/master.proto


export interface TieringSettings {
  'default_tier'?: (string);
  'tier_rules'?: ({[key: string]: string});
}

export interface TieringSettings__Output {
  'default_tier': (string);
  'tier_rules': ({[key: string]: string});
}
