// Original file: proto/master.proto


export interface CompressionSettings {
  'codec'?: (string);
  'level'?: (number);
}

export interface CompressionSettings__Output {
  'codec': (string);
  'level': (number);
}
