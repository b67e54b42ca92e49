/**
 * Gathers what nodes report about copies and proposes it in few commands: while one is under way
 * the next gathers, so a burst of a thousand acknowledgements costs a handful of entries. An event
 * is proposed once at a time; if it is lost, the next report brings it back.
 */
import type { ShardFailedItem, ShardRef, ShardStartedItem } from "../state/commands.js";
import { limits } from "./limits.js";
import type { Proposer } from "./proposer.js";

/** What a node confirmed that it no longer holds. */
export interface CleanedItems {
  readonly superseded: (ShardRef & { readonly allocationId: string })[];
  readonly tombstones: string[];
}

/** What the events need. */
export interface ShardEventsDeps {
  readonly proposer: Proposer;
  readonly epoch: number;
  /** Some events may be lost: look at everything again after a while. */
  readonly onLost: () => void;
}

/** See the file comment. */
export class ShardEvents {
  readonly #deps: ShardEventsDeps;
  readonly #started = new Map<string, ShardStartedItem>();
  readonly #failed = new Map<string, ShardFailedItem>();
  readonly #cleaned = new Map<string, CleanedItems>();
  /** Keys of items under way. */
  readonly #flying = new Set<string>();

  constructor(deps: ShardEventsDeps) {
    this.#deps = deps;
  }

  started(item: ShardStartedItem): void {
    const key = `started/${item.allocationId}`;
    if (!this.#flying.has(key)) this.#started.set(key, item);
  }

  failed(item: ShardFailedItem): void {
    const key = `failed/${item.allocationId}`;
    if (!this.#flying.has(key)) this.#failed.set(key, item);
  }

  cleaned(nodeId: string, items: CleanedItems): void {
    const key = `cleaned/${nodeId}`;
    if (items.superseded.length + items.tombstones.length === 0 || this.#flying.has(key)) return;
    this.#cleaned.set(key, items);
  }

  /** Proposes what was gathered. Failures come first: they may make room. */
  flush(): void {
    const { epoch } = this.#deps;
    for (const [keys, items] of this.#take(this.#failed)) {
      this.#propose(keys, { kind: "shard.failed", epoch, items });
    }
    for (const [keys, items] of this.#take(this.#started)) {
      this.#propose(keys, { kind: "shard.started", items });
    }
    for (const [key, items] of this.#cleaned) {
      const nodeId = key.slice("cleaned/".length);
      this.#propose([key], { kind: "shard.cleaned", epoch, nodeId, ...items });
    }
    this.#cleaned.clear();
  }

  #take<T>(items: Map<string, T>): (readonly [keys: string[], items: T[]])[] {
    const entries = [...items];
    items.clear();
    const batches: (readonly [string[], T[]])[] = [];
    for (let at = 0; at < entries.length; at += limits.itemsPerCommandCountMax) {
      const some = entries.slice(at, at + limits.itemsPerCommandCountMax);
      batches.push([some.map(([key]) => key), some.map(([, item]) => item)]);
    }
    return batches;
  }

  #propose(keys: readonly string[], command: Parameters<Proposer["propose"]>[0]): void {
    for (const key of keys) this.#flying.add(key);
    const settle = (applied: boolean): void => {
      for (const key of keys) this.#flying.delete(key);
      if (!applied) this.#deps.onLost();
    };
    this.#deps.proposer.propose(command).then(
      (result) => {
        settle(result !== undefined);
      },
      () => {
        settle(false);
      },
    );
  }
}
