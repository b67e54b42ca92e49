/**
 * What a run finds wrong, kept instead of thrown: an error thrown into the product's callbacks
 * might be taken for one of its own. The first one counts; what follows it is mostly its
 * consequence.
 */

/** Something that must never happen did, or something that must happen did not. */
export interface Violation {
  /** Which check noticed it. */
  readonly checker: string;
  readonly text: string;
  readonly atMs: number;
}

/** See the file comment. */
export class Findings {
  readonly #nowMs: () => number;
  readonly #onFirst: () => void;
  #first: Violation | undefined;

  constructor(nowMs: () => number, onFirst: () => void) {
    this.#nowMs = nowMs;
    this.#onFirst = onFirst;
  }

  get first(): Violation | undefined {
    return this.#first;
  }

  /** Whether anything was found. */
  isFailed(): boolean {
    return this.#first !== undefined;
  }

  /** Notes a violation. */
  add(checker: string, text: string): void {
    if (this.#first !== undefined) return;
    this.#first = { checker, text, atMs: this.#nowMs() };
    this.#onFirst();
  }

  /** Notes a violation unless `holds`. */
  expect(holds: boolean, checker: string, text: () => string): void {
    if (!holds) this.add(checker, text());
  }
}

/** How often each kind of thing happened. */
export class Coverage {
  readonly counts: Map<string, number> = new Map<string, number>();

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}
