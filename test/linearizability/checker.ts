/**
 * Decides whether a history is linearizable: whether its operations can be put in one order that
 * respects real time and that the model accepts. The search is that of Wing and Gong (1993) with
 * the memory of Lowe (2017): a set of placed operations that led to a state once is not tried
 * again. Independent objects are judged one by one (locality; Herlihy and Wing, 1990). The problem
 * is NP-complete, so the steps are bounded and a third verdict is possible. Pure; prints nothing.
 */
import { assert, assertDefined } from "../../src/base/assert.js";

import { neverReturned, type Model, type Operation } from "./model.js";
import { Placed } from "./placed.js";

/** Steps of the model that a history of some ten thousand operations never needs. */
const stepsMaxDefault = 5_000_000;

/** What was found out. */
export type Verdict = "linearizable" | "not-linearizable" | "unknown";

/** Why a history is not linearizable, or how far the search came. */
export interface Counterexample<Input, Output> {
  /** The object, as the model's partition names it; empty when there is one object. */
  readonly partition: string;
  /** The longest order found in which every answer fits. */
  readonly placed: readonly Operation<Input, Output>[];
  /** Keys of the states that the longest order leads to. */
  readonly stateKeys: readonly string[];
  /** What had returned by then and cannot come next, wherever it is put. */
  readonly blocked: Operation<Input, Output>;
  /** What else was under way and could have come next by time, but does not help. */
  readonly concurrent: readonly Operation<Input, Output>[];
}

/** The answer of {@link checkLinearizable}. */
export interface CheckResult<Input, Output> {
  readonly verdict: Verdict;
  /** Absent when linearizable. */
  readonly counterexample?: Counterexample<Input, Output>;
  readonly partitionsCount: number;
  /** Steps of the model that the search took. */
  readonly stepsCount: number;
}

/** Judges a history in any order of its operations. */
export function checkLinearizable<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  options: { readonly stepsMax?: number } = {},
): CheckResult<Input, Output> {
  const stepsMax = options.stepsMax ?? stepsMaxDefault;
  const partitions = partitionsOf(model, operations);
  const counts = { partitionsCount: partitions.size, stepsCount: 0 };
  let open: Counterexample<Input, Output> | undefined;
  for (const [partition, part] of partitions) {
    const search = new Search(model, part, stepsMax - counts.stepsCount);
    const verdict = search.run();
    counts.stepsCount += search.stepsCount;
    if (verdict === "linearizable") continue;
    const counterexample = { partition, ...search.deepest() };
    if (verdict === "not-linearizable") return { verdict, counterexample, ...counts };
    open ??= counterexample;
  }
  if (open !== undefined) return { verdict: "unknown", counterexample: open, ...counts };
  return { verdict: "linearizable", ...counts };
}

function partitionsOf<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): Map<string, Operation<Input, Output>[]> {
  const partitions = new Map<string, Operation<Input, Output>[]>();
  for (const operation of operations) {
    const unknown = operation.output === undefined;
    assert(unknown === (operation.returnedAt === neverReturned), "an answer comes with its time");
    assert(operation.calledAt <= operation.returnedAt, "no answer comes before its call");
    const name = model.partition?.(operation.input) ?? "";
    const part = partitions.get(name);
    if (part === undefined) partitions.set(name, [operation]);
    else part.push(operation);
  }
  return partitions;
}

/** A call or a return, in a ring with all others that are not placed yet. */
interface Entry {
  /** Position among the completed calls, or among the unknown ones. */
  readonly ordinal: number;
  readonly kind: "head" | "call" | "return" | "unknown";
  /** Position in real time, over both rings. */
  readonly at: number;
  previous: Entry;
  next: Entry;
  /** The return of a call. */
  match: Entry | undefined;
}

/** One placed operation and how to take it back. */
interface Frame<State> {
  readonly entry: Entry;
  readonly statesBefore: readonly State[];
  readonly keyBefore: string;
}

/** The search over one object. */
class Search<State, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  readonly #completed: readonly Operation<Input, Output>[];
  readonly #unknown: readonly Operation<Input, Output>[];
  readonly #stepsMax: number;
  readonly #completedRing = newHead();
  readonly #unknownRing = newHead();
  readonly #placed: Placed;
  readonly #seen = new Set<string>();
  readonly #stack: Frame<State>[] = [];
  #states: readonly State[];
  #key: string;
  #stepsCount = 0;
  /** Completed operations on the stack. */
  #depthCount = 0;
  #best: Omit<Counterexample<Input, Output>, "partition"> | undefined;
  #bestDepthCount = -1;

  constructor(
    model: Model<State, Input, Output>,
    operations: readonly Operation<Input, Output>[],
    stepsMax: number,
  ) {
    const byCall = [...operations].sort((a, b) => a.calledAt - b.calledAt);
    this.#model = model;
    this.#completed = byCall.filter((operation) => operation.output !== undefined);
    this.#unknown = byCall.filter((operation) => operation.output === undefined);
    this.#stepsMax = stepsMax;
    this.#placed = new Placed(this.#completed.length, this.#unknown.length);
    this.#states = [model.init];
    this.#key = model.key(model.init);
    this.#fillRings();
  }

  get stepsCount(): number {
    return this.#stepsCount;
  }

  /** How far the search came at best. */
  deepest(): Omit<Counterexample<Input, Output>, "partition"> {
    return assertDefined(this.#best, "a search that did not succeed was blocked somewhere");
  }

  /**
   * Places what comes next by time until everything that returned is placed. What is unknown needs
   * no place, so it is tried last, and only where it changes something.
   */
  run(): Verdict {
    let entry = this.#completedRing.next;
    while (this.#completedRing.next !== this.#completedRing) {
      if (entry.kind === "call" || entry.kind === "unknown") {
        if (this.#stepsCount >= this.#stepsMax) {
          this.#noteDeepest();
          return "unknown";
        }
        entry = this.#place(entry) ? this.#completedRing.next : this.#following(entry);
        continue;
      }
      // Nothing more may come before this return: the last choice was wrong.
      if (entry.kind === "return") {
        const first = this.#unknownRing.next;
        if (first.kind === "unknown" && first.at < entry.at) {
          entry = first;
          continue;
        }
      }
      this.#noteDeepest();
      const undone = this.#takeBack();
      if (undone === undefined) return "not-linearizable";
      entry = this.#following(undone);
    }
    return "linearizable";
  }

  /** The next candidate after one that was tried: unknown ones end at the first return, too. */
  #following(entry: Entry): Entry {
    const { next } = entry;
    if (entry.kind === "call") return next;
    if (next.kind === "head" || next.at > this.#firstReturn().at) return this.#unknownRing;
    return next;
  }

  #firstReturn(): Entry {
    let entry = this.#completedRing.next;
    while (entry.kind === "call") entry = entry.next;
    assert(entry.kind === "return", "what returned and has no place yet is in the ring");
    return entry;
  }

  /** Puts the operation next, when it fits and leads to where the search has not been. */
  #place(entry: Entry): boolean {
    const { input, output } = this.#operationOf(entry);
    const next = this.#stepAll(input, output);
    if (next === undefined) return false;
    // Whatever happened, it shows in no answer: the same search goes on without it.
    if (entry.kind === "unknown" && next.key === this.#key) return false;
    this.#placed.set(entry.kind === "unknown", entry.ordinal);
    const configuration = this.#placed.key() + next.key;
    if (this.#seen.has(configuration)) {
      this.#placed.clear(entry.kind === "unknown", entry.ordinal);
      return false;
    }
    this.#seen.add(configuration);
    this.#stack.push({ entry, statesBefore: this.#states, keyBefore: this.#key });
    this.#states = next.states;
    this.#key = next.key;
    if (entry.kind === "call") this.#depthCount += 1;
    unlink(entry);
    if (entry.match !== undefined) unlink(entry.match);
    return true;
  }

  /** Undoes the last placement; undefined when there is none. */
  #takeBack(): Entry | undefined {
    const frame = this.#stack.pop();
    if (frame === undefined) return undefined;
    const { entry } = frame;
    if (entry.match !== undefined) relink(entry.match);
    relink(entry);
    this.#placed.clear(entry.kind === "unknown", entry.ordinal);
    this.#states = frame.statesBefore;
    this.#key = frame.keyBefore;
    if (entry.kind === "call") this.#depthCount -= 1;
    return entry;
  }

  /** One step of every state that is possible: an answer that leaves it open is not a choice. */
  #stepAll(
    input: Input,
    output: Output | undefined,
  ): { readonly states: readonly State[]; readonly key: string } | undefined {
    const byKey = new Map<string, State>();
    for (const state of this.#states) {
      this.#stepsCount += 1;
      for (const next of this.#model.step(state, input, output) ?? []) {
        byKey.set(this.#model.key(next), next);
      }
    }
    if (byKey.size === 0) return undefined;
    if (byKey.size === 1) {
      for (const [key, state] of byKey) return { states: [state], key };
    }
    const sorted = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      states: sorted.map(([, state]) => state),
      // With its length, so that no two lists of keys read the same.
      key: sorted.map(([key]) => `${String(key.length)}:${key}`).join(""),
    };
  }

  #operationOf(entry: Entry): Operation<Input, Output> {
    const list = entry.kind === "unknown" ? this.#unknown : this.#completed;
    return assertDefined(list[entry.ordinal], "an entry stands for an operation");
  }

  #noteDeepest(): void {
    if (this.#depthCount <= this.#bestDepthCount) return;
    this.#bestDepthCount = this.#depthCount;
    const blocked = this.#firstReturn();
    const concurrent: Operation<Input, Output>[] = [];
    for (const head of [this.#completedRing, this.#unknownRing]) {
      for (let entry = head.next; entry !== head && entry.at < blocked.at; entry = entry.next) {
        if (entry.match !== blocked) concurrent.push(this.#operationOf(entry));
      }
    }
    this.#best = {
      placed: this.#stack.map((frame) => this.#operationOf(frame.entry)),
      stateKeys: this.#states.map((state) => this.#model.key(state)),
      blocked: this.#operationOf(blocked),
      concurrent,
    };
  }

  /** At equal times calls come first: what touches, overlaps. */
  #fillRings(): void {
    const events: { time: number; entry: (at: number) => void; isReturn: boolean }[] = [];
    for (const [ordinal, operation] of this.#completed.entries()) {
      const ring = this.#completedRing;
      let call: Entry | undefined;
      events.push({
        time: operation.calledAt,
        isReturn: false,
        entry: (at) => (call = append(ring, { kind: "call", ordinal, at })),
      });
      events.push({
        time: operation.returnedAt,
        isReturn: true,
        entry: (at) => {
          const matching = assertDefined(call, "a call comes before its return");
          matching.match = append(ring, { kind: "return", ordinal, at });
        },
      });
    }
    for (const [ordinal, operation] of this.#unknown.entries()) {
      events.push({
        time: operation.calledAt,
        isReturn: false,
        entry: (at) => append(this.#unknownRing, { kind: "unknown", ordinal, at }),
      });
    }
    events.sort((a, b) => a.time - b.time || Number(a.isReturn) - Number(b.isReturn));
    for (const [at, event] of events.entries()) event.entry(at);
  }
}

function newHead(): Entry {
  const head = { ordinal: -1, kind: "head", at: -1, match: undefined } as Partial<Entry>;
  head.previous = head as Entry;
  head.next = head as Entry;
  return head as Entry;
}

function append(head: Entry, what: Pick<Entry, "kind" | "ordinal" | "at">): Entry {
  const entry: Entry = { ...what, previous: head.previous, next: head, match: undefined };
  head.previous.next = entry;
  head.previous = entry;
  return entry;
}

/** Takes an entry out of its ring; it keeps its neighbours for {@link relink}. */
function unlink(entry: Entry): void {
  entry.previous.next = entry.next;
  entry.next.previous = entry.previous;
}

/** Puts an entry back. Entries come back in the reverse order of their leaving. */
function relink(entry: Entry): void {
  entry.previous.next = entry;
  entry.next.previous = entry;
}
