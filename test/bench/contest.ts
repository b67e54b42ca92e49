/**
 * Contenders measured side by side: in every round each of them runs once, in turn, so that noise
 * of the machine hits all alike, and medians over the rounds are what counts.
 */
import { assertDefined } from "../../src/base/assert.js";
import type { Standing } from "./bars.js";
import { measure, type Call } from "./load.js";
import { medianOverRounds, type RoundFigures } from "./statistics.js";

/** Where in its cluster a contender's calls go. */
export type Target = "leader" | "follower";

/** A running cluster of three, as the contest needs it. */
export interface Cluster<Client> {
  /** Position of the member that leads now. */
  leader(): Promise<number>;
  /** The same connections at every call; one for each client of the largest load. */
  clients(member: number): readonly Client[];
}

/** One operation on one kind of member of one cluster. */
export interface Contender {
  readonly system: "quidditch" | "etcd";
  readonly operation: string;
  readonly target: Target;
  /** A call for each client, to whichever member is the target now. */
  readonly calls: () => Promise<readonly Call[]>;
}

/** How long a contest takes: rounds x contenders x (one + many). */
export interface Plan {
  readonly rounds: number;
  readonly oneClientMs: number;
  readonly manyClientsMs: number;
  readonly warmUpMs: number;
}

/** A contender's medians over all rounds, and how many of its calls failed. */
export interface Outcome extends Standing {
  readonly contender: Contender;
  readonly failedCount: number;
}

interface Tally {
  readonly contender: Contender;
  readonly one: RoundFigures[];
  readonly many: RoundFigures[];
  failedCount: number;
}

/** Clients of the larger of the two loads. */
export const manyClientsCount = 64;
const settleMs = 100;
const membersCount = 3;

/** Makes a contender of a call on one connection; `call` gets a number that it never saw before. */
export function contenderOf<Client>(
  cluster: Cluster<Client>,
  what: Pick<Contender, "system" | "operation" | "target">,
  call: (client: Client, sequence: number) => Promise<unknown>,
): Contender {
  let sequence = 0;
  const calls = async (): Promise<readonly Call[]> => {
    const leader = await cluster.leader();
    const member = what.target === "leader" ? leader : (leader + 1) % membersCount;
    return cluster.clients(member).map((client) => () => {
      sequence += 1;
      return call(client, sequence);
    });
  };
  return { ...what, calls };
}

/** Runs the rounds, after one unmeasured load of every contender. */
export async function contest(
  contenders: readonly Contender[],
  plan: Plan,
  say: (text: string) => void,
): Promise<readonly Outcome[]> {
  const tallies = contenders.map((contender): Tally => {
    return { contender, one: [], many: [], failedCount: 0 };
  });
  say("warm-up");
  for (const contender of contenders) await measure(await contender.calls(), plan.warmUpMs);
  for (let round = 1; round <= plan.rounds; round += 1) {
    say(`round ${String(round)} of ${String(plan.rounds)}`);
    for (const tally of tallies) await runOne(tally, plan);
    for (const tally of tallies) await runMany(tally, plan);
  }
  return tallies.map((tally) => ({
    contender: tally.contender,
    one: medianOverRounds(tally.one),
    many: medianOverRounds(tally.many),
    failedCount: tally.failedCount,
  }));
}

async function runOne(tally: Tally, plan: Plan): Promise<void> {
  const calls = await tally.contender.calls();
  const first = assertDefined(calls[0], "a contender has clients");
  await settle();
  const { figures, failedCount } = await measure([first], plan.oneClientMs);
  tally.one.push(figures);
  tally.failedCount += failedCount;
}

async function runMany(tally: Tally, plan: Plan): Promise<void> {
  const calls = await tally.contender.calls();
  await settle();
  const { figures, failedCount } = await measure(calls, plan.manyClientsMs);
  tally.many.push(figures);
  tally.failedCount += failedCount;
}

/** Lets the contender before finish what its last calls left behind. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, settleMs);
  });
}
