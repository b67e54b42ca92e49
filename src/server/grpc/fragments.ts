/**
 * Encoded pieces of answers, remembered per record. Records are immutable, so a piece is right as
 * long as its record is in the state, and a change of one shard costs one piece. What is no longer
 * in any state goes with its record.
 */
import type { IndexRecord, NodeRecord } from "../../state/model.js";
import { messages } from "../../wire/load.js";
import { toIndexMetadata, toIndexRouting, toNodeInfo } from "./convert.js";
import { fieldHead, routingEntryBytes } from "./routing-bytes.js";

/** RoutingTable.indices = 2, and the value of a map entry = 2. */
const entryTag = 0x12;
/** The key of a map entry = 1. */
const keyTag = 0x0a;
/** IndexMetadataResponse.metadata = 1. */
const metadataTag = 0x0a;

/** See the file comment. One for all callers of a process. */
export class Fragments {
  readonly #metadata = new WeakMap<IndexRecord, Buffer>();
  readonly #fullMetadata = new WeakMap<IndexRecord, Buffer>();
  readonly #routing = new WeakMap<IndexRecord, Buffer>();
  readonly #copies = new WeakMap<IndexRecord, Buffer>();
  readonly #nodes = new WeakMap<NodeRecord, { seenMs: number | undefined; bytes: Buffer }>();

  /** A piece of ClusterStateResponse: one index, without its mappings. */
  listedIndex(record: IndexRecord): Buffer {
    return remembered(this.#metadata, record, () =>
      messages.ClusterStateResponse.serialize({ indices: [toIndexMetadata(record, false)] }),
    );
  }

  /** A piece of IndexMetadataResponse: the whole metadata. */
  fullIndex(record: IndexRecord): Buffer {
    return remembered(this.#fullMetadata, record, () => {
      const bytes = messages.IndexMetadata.serialize(toIndexMetadata(record, true));
      return Buffer.concat([fieldHead(metadataTag, bytes.length), bytes]);
    });
  }

  /** A piece of RoutingTable: the primaries of one index, or all its copies. */
  routing(record: IndexRecord, withCopies: boolean): Buffer {
    if (!withCopies) return remembered(this.#routing, record, () => routingEntryBytes(record));
    return remembered(this.#copies, record, () => {
      const value = messages.IndexRoutingTable.serialize(toIndexRouting(record));
      const name = Buffer.from(record.name);
      const entry = [fieldHead(keyTag, name.length), name, fieldHead(entryTag, value.length)];
      const bytes = entry.reduce((sum, part) => sum + part.length, value.length);
      return Buffer.concat([fieldHead(entryTag, bytes), ...entry, value]);
    });
  }

  /** A piece of ClusterStateResponse: one node, with when it was last heard of if known. */
  listedNode(record: NodeRecord, seenMs: number | undefined): Buffer {
    const known = this.#nodes.get(record);
    if (known?.seenMs === seenMs && known !== undefined) return known.bytes;
    const bytes = messages.ClusterStateResponse.serialize({ nodes: [toNodeInfo(record, seenMs)] });
    this.#nodes.set(record, { seenMs, bytes });
    return bytes;
  }
}

function remembered<K extends object>(
  cache: WeakMap<K, Buffer>,
  key: K,
  make: () => Buffer,
): Buffer {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make();
  cache.set(key, made);
  return made;
}
