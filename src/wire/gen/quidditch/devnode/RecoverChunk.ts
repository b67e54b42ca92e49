// Original file: proto/devnode.proto

import type { StoredDocument as _quidditch_devnode_StoredDocument, StoredDocument__Output as _quidditch_devnode_StoredDocument__Output } from '../../quidditch/devnode/StoredDocument.js';

export interface RecoverChunk {
  'documents'?: (_quidditch_devnode_StoredDocument)[];
}

export interface RecoverChunk__Output {
  'documents': (_quidditch_devnode_StoredDocument__Output)[];
}
