/**
 * Flips judged without processes: three members with the real control plane, log, snapshots and
 * state store over a wire in memory, on copies of the data directories that such a cluster left.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FatalError, exitCode } from "../../src/base/errors.js";
import { createRandom, type Random } from "../../src/base/random.js";
import { itemsOf } from "../../src/state/items.js";
import type { ClusterState } from "../../src/state/model.js";
import { MemberCluster } from "../support/controlplane/member-cluster.js";
import { indexCreate } from "../support/state/commands.js";
import { applyFlip, chooseFlip, flipText, type Flip } from "./flip.js";
import { failed, judgeRefusal, type Verdict } from "./verdict.js";

const policy = { entriesCount: 40, logBytes: 2 ** 30, trailingEntries: 5 };
const caller = { origin: "damage", budgetMs: 30_000 } as const;
const indicesCount = 150;
/** Much enough in each entry that the log has several segments. */
const customBytes = 6000;

/** Data directories of a cluster that was stopped, and what it had acknowledged. */
export interface Base {
  readonly folder: string;
  /** The indices as every member must serve them. */
  readonly indices: string;
  remove(): void;
}

/** Writes for a while and stops in good order. */
export async function prepareBase(seed: number): Promise<Base> {
  const cluster = await MemberCluster.formed({ size: 3, seed, snapshot: policy });
  const folder = join(mkdtempSync(join(tmpdir(), "quidditch-damage-")), "base");
  try {
    for (let n = 0; n < indicesCount; n += 1) {
      const at = n % 3;
      const settings = { custom: { note: String(n).repeat(customBytes / String(n).length) } };
      const command =
        n % 5 === 4
          ? ({ kind: "index.delete", name: `index-${String(n - 2)}` } as const)
          : indexCreate(`index-${String(n)}`, settings);
      const { result } = await cluster.settle(cluster.plane(at).propose(command, caller));
      if (!result.ok) throw new Error(`not acknowledged: ${JSON.stringify(result)}`);
    }
    await cluster.agreement();
    const indices = indicesOf(cluster.plane(0).local().state);
    for (const at of cluster.members) await cluster.stop(at);
    cluster.keep(folder);
    const remove = (): void => {
      rmSync(join(folder, ".."), { recursive: true, force: true });
    };
    return { folder, indices, remove };
  } finally {
    await cluster.close();
  }
}

/** One flip in a member of a copy of `base`. */
export async function judgeFlip(
  base: Base,
  seed: number,
): Promise<{ readonly flip: Flip; readonly verdict: Verdict; readonly text: string }> {
  const random = createRandom(seed);
  const cluster = MemberCluster.prepared({ size: 3, seed, snapshot: policy, from: base.folder });
  const victim = random.below(3);
  const dataDir = cluster.paths(victim).directory;
  const flip = chooseFlip(dataDir, random);
  const text = `seed ${String(seed)}, m${String(victim + 1)}/${flipText(flip)}`;
  applyFlip(dataDir, flip);
  let verdict: Verdict;
  try {
    verdict = await new Trial(cluster, { base, victim, flip, random }).run();
  } catch (thrown) {
    verdict = failed(`the cluster did not come back: ${String(thrown)}`);
  }
  cluster.takeFatal();
  await cluster.close();
  return { flip, verdict, text };
}

interface TrialOf {
  readonly base: Base;
  readonly victim: number;
  readonly flip: Flip;
  readonly random: Random;
}

class Trial {
  readonly #cluster: MemberCluster;
  readonly #of: TrialOf;
  /** Why the damaged member does not run. */
  #ended: { readonly thrown: unknown } | undefined;
  #hasJoined = false;

  constructor(cluster: MemberCluster, of: TrialOf) {
    this.#cluster = cluster;
    this.#of = of;
  }

  async run(): Promise<Verdict> {
    const { victim, base, flip } = this.#of;
    const others = this.#cluster.others(victim);
    await this.#startVictim();
    for (const at of others) await this.#cluster.restart(at);
    await this.#cluster.leader(this.#ended === undefined ? this.#cluster.members : others);
    await this.#cluster.until("the damaged member runs or has ended", () => this.#isDecided());
    await this.#restartWhenAsked();
    const running = this.#ended === undefined ? this.#cluster.members : others;
    await this.#cluster.agreement(running);
    const name = `after-${String(this.#of.random.below(1000))}`;
    const at = running[this.#of.random.below(running.length)] ?? 0;
    const call = this.#cluster.plane(at).propose(indexCreate(name), caller);
    const { result } = await this.#cluster.settle(call);
    if (!result.ok) return failed("a write after it was refused");
    await this.#cluster.agreement(running);
    for (const one of running) {
      const { state } = this.#cluster.plane(one).local();
      if (indicesOf(state, name) !== base.indices) {
        return failed(`m${String(one + 1)} serves other indices than were acknowledged`);
      }
    }
    if (this.#ended !== undefined) return judgeRefusal(this.#ended.thrown, flip);
    return this.#howItRuns();
  }

  #howItRuns(): Verdict {
    const has = (event: string): boolean =>
      this.#cluster.events.some((fields) => fields["event"] === event);
    if (has("reborn")) return { outcome: "healed" };
    if (has("state-rebuild")) return { outcome: "rebuilt" };
    if (this.#of.flip.kind === "log") return failed("damage in the log went unnoticed");
    return { outcome: "not needed" };
  }

  async #startVictim(): Promise<void> {
    const { victim } = this.#of;
    const end = (thrown: unknown): void => {
      this.#ended ??= { thrown };
    };
    try {
      await this.#cluster.restart(victim);
    } catch (thrown) {
      end(thrown);
      return;
    }
    this.#cluster.joined(victim).then(() => {
      this.#hasJoined = true;
    }, end);
  }

  #isDecided(): boolean {
    return this.#ended !== undefined || this.#hasJoined || this.#cluster.fatal.length > 0;
  }

  /** Exit 75 asks for a restart, which must help. */
  async #restartWhenAsked(): Promise<void> {
    for (const thrown of this.#cluster.takeFatal()) {
      const isTemporary = thrown instanceof FatalError && thrown.exit === exitCode.temporary;
      if (!isTemporary) throw thrown;
      await this.#cluster.stop(this.#of.victim);
      await this.#startVictim();
      await this.#cluster.until("it runs after a restart", () => this.#isDecided());
    }
  }
}

/** Every item of the state but the version, the time, and the index named. */
function indicesOf(state: ClusterState, except?: string): string {
  const shown = [...itemsOf(state)].filter(
    ([key, value]) =>
      key !== "meta" && (except === undefined || !`${key}${value}`.includes(except)),
  );
  return JSON.stringify(shown.sort(([a], [b]) => (a < b ? -1 : 1)));
}
