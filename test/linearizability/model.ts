/**
 * What a history and a sequential model are. A model says what one operation may do to one state
 * and answer; everything about concurrency is the checker's.
 */

/** The return time of an operation whose outcome nobody learned: it may take effect any time. */
export const neverReturned: number = Number.POSITIVE_INFINITY;

/** One call as its client saw it. Times are of one clock that never goes back. */
export interface Operation<Input, Output> {
  /** Who called; only for people. */
  readonly client: number;
  readonly input: Input;
  /** Undefined when the outcome is unknown: it may have happened, may yet happen, or never. */
  readonly output: Output | undefined;
  readonly calledAt: number;
  /** {@link neverReturned} exactly when the outcome is unknown. */
  readonly returnedAt: number;
}

/** What operations do when they run one after another. Pure: no function changes what it is given. */
export interface Model<State, Input, Output> {
  readonly init: State;
  /**
   * The states that may follow when the operation runs in `state` and answers `output`; undefined
   * or none when it cannot have answered that. More than one where the answer leaves it open.
   * An unknown output (undefined) allows whatever the operation may do.
   */
  readonly step: (
    state: State,
    input: Input,
    output: Output | undefined,
  ) => readonly State[] | undefined;
  /** Equal states have equal keys, others have not. */
  readonly key: (state: State) => string;
  /** Names the independent object that the operation is about; absent = there is one object. */
  readonly partition?: (input: Input) => string;
  /** For people: the call with its answer. */
  readonly describe: (input: Input, output: Output | undefined) => string;
}
