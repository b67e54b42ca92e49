/**
 * Histories for tests of the checker: simulated ones, which are linearizable by construction, and
 * the slow judge that tries every order.
 */
import { createRandom, type Random } from "../../../src/base/random.js";
import { neverReturned, type Model, type Operation } from "../../linearizability/model.js";

/** How a simulated history looks. */
export interface HistoryShape<State, Input, Output> {
  readonly model: Model<State, Input, Output>;
  readonly clientsCount: number;
  readonly operationsCount: number;
  /** Percent of calls whose outcome nobody learns. */
  readonly unknownPercent: number;
  readonly input: (random: Random, position: number) => Input;
  /** What the object does and answers. */
  readonly run: (state: State, input: Input) => { readonly state: State; readonly output: Output };
}

interface Call<Input> {
  readonly input: Input;
  readonly calledAt: number;
}

/**
 * Clients call, one object serves them in a random order, and answers come late: every call takes
 * effect at one moment between its call and its return, or, when nobody learns its outcome, at one
 * moment after its call or never.
 */
export function simulatedHistory<State, Input, Output>(
  shape: HistoryShape<State, Input, Output>,
  seed: number,
): Operation<Input, Output>[] {
  const { model, clientsCount } = shape;
  const random = createRandom(seed);
  const states = new Map<string, State>();
  const serve = (input: Input): Output => {
    const name = model.partition?.(input) ?? "";
    const { state, output } = shape.run(states.get(name) ?? model.init, input);
    states.set(name, state);
    return output;
  };
  const operations: Operation<Input, Output>[] = [];
  const called = new Map<number, Call<Input>>();
  const answered = new Map<number, Call<Input> & { readonly output: Output }>();
  const lost: Call<Input>[] = [];
  let made = 0;
  let now = 0;
  while (made < shape.operationsCount || called.size > 0 || answered.size > 0) {
    now += 1;
    const late = lost[random.below(lost.length + 1)];
    if (late !== undefined && random.below(20) === 0) {
      serve(late.input);
      lost.splice(lost.indexOf(late), 1);
    }
    const client = random.below(clientsCount);
    const call = called.get(client);
    const answer = answered.get(client);
    if (answer !== undefined) {
      answered.delete(client);
      operations.push({ client, ...answer, returnedAt: now });
    } else if (call !== undefined) {
      called.delete(client);
      if (random.below(100) < shape.unknownPercent) {
        operations.push({ client, ...call, output: undefined, returnedAt: neverReturned });
        lost.push(call);
      } else answered.set(client, { ...call, output: serve(call.input) });
    } else if (made < shape.operationsCount) {
      called.set(client, { input: shape.input(random, made), calledAt: now });
      made += 1;
    }
  }
  return operations;
}

/** Tries every order of the operations, with and without each unknown one. For small histories. */
export function isLinearizableByForce<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): boolean {
  const tryNext = (state: State, left: readonly Operation<Input, Output>[]): boolean => {
    if (left.every((operation) => operation.output === undefined)) return true;
    return left.some((next) => {
      const others = left.filter((operation) => operation !== next);
      if (others.some((other) => other.returnedAt < next.calledAt)) return false;
      const states = model.step(state, next.input, next.output) ?? [];
      return states.some((after) => tryNext(after, others));
    });
  };
  return tryNext(model.init, operations);
}
