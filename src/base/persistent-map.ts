/**
 * An immutable map from strings with structural sharing: a hash array mapped trie (Bagwell, 2001)
 * with 32-way branching. `set` and `delete` copy one path of at most seven small nodes, so that a
 * change costs the same whatever the size. Iteration order depends on the keys alone, not on the
 * history; where people can see an order, sort.
 */
import { assert } from "./assert.js";
import { compareStrings } from "./sorted.js";

const bitsPerLevel = 5;
const levelMask = 31;
const shiftMax = 30;

interface Leaf<V> {
  readonly kind: "leaf";
  readonly hash: number;
  readonly key: string;
  readonly value: V;
}
/** Several keys of one hash, sorted by key. */
interface Collision<V> {
  readonly kind: "collision";
  readonly hash: number;
  readonly leaves: readonly Leaf<V>[];
}
/** Children in the order of their hash bits; bit i of `bitmap` says that child i exists. */
interface Branch<V> {
  readonly kind: "branch";
  readonly bitmap: number;
  readonly children: readonly TrieNode<V>[];
}
type TrieNode<V> = Leaf<V> | Collision<V> | Branch<V>;

/** See the file comment. */
export class PersistentMap<V> {
  static readonly #empty: PersistentMap<never> = new PersistentMap<never>(undefined, 0);
  readonly #root: TrieNode<V> | undefined;
  /** Number of keys. */
  readonly size: number;

  private constructor(root: TrieNode<V> | undefined, size: number) {
    this.#root = root;
    this.size = size;
  }

  /** The empty map. */
  static empty<V>(): PersistentMap<V> {
    return PersistentMap.#empty;
  }

  /** A map of the given pairs; a later pair wins over an earlier one of the same key. */
  static from<V>(entries: Iterable<readonly [string, V]>): PersistentMap<V> {
    let map = PersistentMap.empty<V>();
    for (const [key, value] of entries) map = map.set(key, value);
    return map;
  }

  /** The value of `key`, or undefined. */
  get(key: string): V | undefined {
    const hash = hashOf(key);
    let node = this.#root;
    for (let shift = 0; node !== undefined; shift += bitsPerLevel) {
      if (node.kind === "leaf") return node.key === key ? node.value : undefined;
      if (node.kind === "collision") return node.leaves.find((leaf) => leaf.key === key)?.value;
      const bit = bitOf(hash, shift);
      if ((node.bitmap & bit) === 0) return undefined;
      node = node.children[childIndex(node.bitmap, bit)];
    }
    return undefined;
  }

  /** Whether `key` is present. */
  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** A map with `key` set to `value`, which must not be undefined. */
  set(key: string, value: V): PersistentMap<V> {
    assert(value !== undefined, "undefined means absent");
    const leaf: Leaf<V> = { kind: "leaf", hash: hashOf(key), key, value };
    if (this.#root === undefined) return new PersistentMap(leaf, 1);
    const grown = this.has(key) ? 0 : 1;
    return new PersistentMap(insert(this.#root, leaf, 0), this.size + grown);
  }

  /** A map without `key`; this very map when it was not there. */
  delete(key: string): PersistentMap<V> {
    if (this.#root === undefined || !this.has(key)) return this;
    const root = remove(this.#root, { key, hash: hashOf(key) }, 0);
    return root === undefined ? PersistentMap.empty<V>() : new PersistentMap(root, this.size - 1);
  }

  *entries(): Generator<readonly [string, V], undefined> {
    if (this.#root !== undefined) yield* leavesOf(this.#root);
    return undefined;
  }

  *keys(): Generator<string, undefined> {
    for (const [key] of this.entries()) yield key;
    return undefined;
  }

  *values(): Generator<V, undefined> {
    for (const [, value] of this.entries()) yield value;
    return undefined;
  }

  /** Keys sorted by code unit. */
  sortedKeys(): string[] {
    return [...this.keys()].sort(compareStrings);
  }

  /** Values sorted by their key. */
  sortedValues(): V[] {
    return [...this.entries()].sort((a, b) => compareStrings(a[0], b[0])).map((pair) => pair[1]);
  }
}

/** FNV-1a over UTF-16 code units with a final mix, so that low bits are usable. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function bitOf(hash: number, shift: number): number {
  return 1 << ((hash >>> shift) & levelMask);
}

function childIndex(bitmap: number, bit: number): number {
  return popCount(bitmap & (bit - 1));
}

function popCount(value: number): number {
  let v = value - ((value >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function insert<V>(node: TrieNode<V>, leaf: Leaf<V>, shift: number): TrieNode<V> {
  switch (node.kind) {
    case "leaf":
      if (node.key === leaf.key) return leaf;
      return join(node, leaf, shift);
    case "collision": {
      if (node.hash !== leaf.hash) return join(node, leaf, shift);
      const others = node.leaves.filter((other) => other.key !== leaf.key);
      const leaves = [...others, leaf].sort((a, b) => compareStrings(a.key, b.key));
      return { kind: "collision", hash: node.hash, leaves };
    }
    case "branch": {
      const bit = bitOf(leaf.hash, shift);
      const at = childIndex(node.bitmap, bit);
      const child = (node.bitmap & bit) === 0 ? undefined : node.children[at];
      const grown = child === undefined ? leaf : insert(child, leaf, shift + bitsPerLevel);
      const skipped = child === undefined ? at : at + 1;
      const children = [...node.children.slice(0, at), grown, ...node.children.slice(skipped)];
      return { kind: "branch", bitmap: node.bitmap | bit, children };
    }
  }
}

/** The smallest subtree at `shift` that holds both. */
function join<V>(a: Leaf<V> | Collision<V>, b: Leaf<V>, shift: number): TrieNode<V> {
  if (a.hash === b.hash) {
    assert(a.kind === "leaf", "a collision of this hash takes the leaf itself");
    const leaves = [a, b].sort((x, y) => compareStrings(x.key, y.key));
    return { kind: "collision", hash: a.hash, leaves };
  }
  assert(shift <= shiftMax, "different hashes differ within 32 bits");
  const bitA = bitOf(a.hash, shift);
  const bitB = bitOf(b.hash, shift);
  if (bitA === bitB) {
    return { kind: "branch", bitmap: bitA, children: [join(a, b, shift + bitsPerLevel)] };
  }
  const children = bitA >>> 0 < bitB >>> 0 ? [a, b] : [b, a];
  return { kind: "branch", bitmap: bitA | bitB, children };
}

/** Removes a key that is present; collapses what is left, so that shape depends on keys alone. */
function remove<V>(
  node: TrieNode<V>,
  target: { readonly key: string; readonly hash: number },
  shift: number,
): TrieNode<V> | undefined {
  switch (node.kind) {
    case "leaf":
      return undefined;
    case "collision": {
      const leaves = node.leaves.filter((leaf) => leaf.key !== target.key);
      return leaves.length === 1 ? leaves[0] : { kind: "collision", hash: node.hash, leaves };
    }
    case "branch": {
      const bit = bitOf(target.hash, shift);
      const at = childIndex(node.bitmap, bit);
      const child = node.children[at];
      assert(child !== undefined, "the key is present");
      const rest = remove(child, target, shift + bitsPerLevel);
      const kept = rest === undefined ? [] : [rest];
      const children = [...node.children.slice(0, at), ...kept, ...node.children.slice(at + 1)];
      const only = children.length === 1 ? children[0] : undefined;
      if (only !== undefined && only.kind !== "branch") return only;
      if (children.length === 0) return undefined;
      return {
        kind: "branch",
        bitmap: rest === undefined ? node.bitmap & ~bit : node.bitmap,
        children,
      };
    }
  }
}

function* leavesOf<V>(node: TrieNode<V>): Generator<readonly [string, V], undefined> {
  if (node.kind === "leaf") {
    yield [node.key, node.value];
  } else if (node.kind === "collision") {
    for (const leaf of node.leaves) yield [leaf.key, leaf.value];
  } else {
    for (const child of node.children) yield* leavesOf(child);
  }
  return undefined;
}
