/**
 * Which operations have a place already, as a set with a short key. Completed operations are
 * numbered by their call, so nearly all of a search's placed ones are a full prefix: the key holds
 * where that prefix ends and the few bits behind it. Operations of unknown outcome would leave
 * holes for ever, so they are a second set of bits.
 */
import { assert } from "../../src/base/assert.js";

/** 15 bits a word, so that a word is one UTF-16 unit outside the surrogates when marked. */
const bitsPerWord = 15;
const fullWord: number = 2 ** bitsPerWord - 1;

/** See the file comment. */
export class Placed {
  readonly #completed: Uint16Array;
  readonly #unknown: Uint16Array;
  /** No word before this one has a hole. */
  #firstWord = 0;
  /** No word from this one on has a bit. */
  #endWord = 0;
  #unknownEndWord = 0;

  constructor(completedCount: number, unknownCount: number) {
    this.#completed = new Uint16Array(Math.ceil(completedCount / bitsPerWord) + 1);
    this.#unknown = new Uint16Array(Math.ceil(unknownCount / bitsPerWord) + 1);
  }

  set(isUnknown: boolean, ordinal: number): void {
    const { words, word, bit } = this.#locate(isUnknown, ordinal);
    assert((at(words, word) & bit) === 0, "an operation has one place");
    words[word] = at(words, word) | bit;
    if (isUnknown) {
      this.#unknownEndWord = Math.max(this.#unknownEndWord, word + 1);
      return;
    }
    this.#endWord = Math.max(this.#endWord, word + 1);
    while (at(words, this.#firstWord) === fullWord) this.#firstWord += 1;
  }

  clear(isUnknown: boolean, ordinal: number): void {
    const { words, word, bit } = this.#locate(isUnknown, ordinal);
    assert((at(words, word) & bit) !== 0, "only what has a place can lose it");
    words[word] = at(words, word) & ~bit;
    if (isUnknown) {
      while (this.#unknownEndWord > 0 && at(words, this.#unknownEndWord - 1) === 0) {
        this.#unknownEndWord -= 1;
      }
      return;
    }
    this.#firstWord = Math.min(this.#firstWord, word);
    while (this.#endWord > 0 && at(words, this.#endWord - 1) === 0) this.#endWord -= 1;
  }

  /** Equal for equal sets only, and free of the ambiguity of two texts one behind the other. */
  key(): string {
    const completed = textOf(this.#completed, this.#firstWord, this.#endWord);
    const unknown = textOf(this.#unknown, 0, this.#unknownEndWord);
    const lengths = `${String(this.#firstWord)}.${String(completed.length)}.${String(unknown.length)}`;
    return `${lengths}|${completed}${unknown}`;
  }

  #locate(
    isUnknown: boolean,
    ordinal: number,
  ): { readonly words: Uint16Array; readonly word: number; readonly bit: number } {
    const words = isUnknown ? this.#unknown : this.#completed;
    return { words, word: Math.floor(ordinal / bitsPerWord), bit: 1 << (ordinal % bitsPerWord) };
  }
}

function at(words: Uint16Array, word: number): number {
  return words[word] ?? 0;
}

function textOf(words: Uint16Array, from: number, to: number): string {
  let text = "";
  for (let word = from; word < to; word += 1) text += String.fromCharCode(at(words, word));
  return text;
}
