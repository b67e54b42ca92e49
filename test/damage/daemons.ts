/**
 * The same with real daemons: three processes on loopback, their data directories copied back
 * before each flip, judged by what clients of every member see and by how a process ends.
 */
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assertDefined } from "../../src/base/assert.js";
import { exitCode } from "../../src/base/errors.js";
import { createRandom } from "../../src/base/random.js";
import { MasterClient, unary } from "../support/master-client.js";
import { TestCluster, eventually, type Exit } from "../support/processes.js";
import type { CreateIndexResponse__Output } from "../../src/wire/gen/quidditch/master/CreateIndexResponse.js";
import { applyFlip, chooseFlip, flipText, type Flip } from "./flip.js";
import { failed, judgeExit, type Verdict } from "./verdict.js";

const memberCount = 3;
const indicesCount = 130;
/** Enough for three of the smallest segments that can be configured. */
const customCount = 45;
const customBytes = 8000;
/** The others are deleted, so that all of the rest fit into one answer. */
const keptEvery = 20;
const settleMs = 60_000;
const settings = [
  "raft:",
  "  wal_segment_size: 16MiB",
  "  snapshot_threshold: 100",
  "disk:",
  "  low: 32MiB",
  "",
];

/** A cluster of daemons that is stopped, with a copy of what it left. */
export class DaemonTrials {
  readonly #cluster: TestCluster;
  readonly #clients: readonly MasterClient[];
  readonly #kept: string;
  readonly #config: string;
  #indices = "";

  private constructor(cluster: TestCluster) {
    this.#cluster = cluster;
    this.#kept = join(cluster.directory, "kept");
    this.#config = join(cluster.directory, "damage.yaml");
    const places = Array.from({ length: memberCount }, (_, at) => cluster.grpcAddress(at));
    this.#clients = places.map((address) => new MasterClient(address));
  }

  /** Starts daemons, writes, and stops them in good order. */
  static async prepare(): Promise<DaemonTrials> {
    const trials = new DaemonTrials(await TestCluster.create(memberCount));
    try {
      await trials.#fill();
      return trials;
    } catch (thrown) {
      await trials.close();
      throw thrown;
    }
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.#cluster.close();
  }

  /** One flip in one member's directory. */
  async judgeFlip(
    seed: number,
  ): Promise<{ readonly flip: Flip; readonly verdict: Verdict; readonly text: string }> {
    const random = createRandom(seed);
    const victim = random.below(memberCount);
    for (let at = 0; at < memberCount; at += 1) {
      const { dataDir, nodeId } = this.#cluster.place(at);
      rmSync(dataDir, { recursive: true, force: true });
      cpSync(join(this.#kept, nodeId), dataDir, { recursive: true });
    }
    const { dataDir } = this.#cluster.place(victim);
    const flip = chooseFlip(dataDir, random);
    applyFlip(dataDir, flip);
    const text = `daemons, seed ${String(seed)}, m${String(victim + 1)}/${flipText(flip)}`;
    let verdict: Verdict;
    try {
      verdict = await this.#try(victim, flip);
    } catch (thrown) {
      verdict = failed(String(thrown));
    }
    await Promise.all(this.#cluster.masters.map((master) => master.kill()));
    return { flip, verdict, text };
  }

  async #fill(): Promise<void> {
    writeFileSync(this.#config, settings.join("\n"));
    for (const master of this.#cluster.masters) master.start(["--config", this.#config]);
    await eventually("the cluster serves", () => this.#see(0, "CONSISTENCY_LINEARIZABLE"));
    for (let n = 0; n < indicesCount; n += 1) {
      const client = assertDefined(this.#clients[n % memberCount], "there is a client");
      await createLarge(client, `index-${String(n)}`);
      if (n % keptEvery !== 0) await client.deleteIndex(`index-${String(n)}`);
    }
    this.#indices = assertDefined(await this.#see(0, "CONSISTENCY_LINEARIZABLE"), "it serves");
    for (const at of [1, 2]) {
      await eventually("all have applied it", async () => {
        return (await this.#see(at, "CONSISTENCY_LOCAL")) === this.#indices ? true : undefined;
      });
    }
    for (const master of this.#cluster.masters) await master.stop();
    for (const { dataDir, nodeId } of this.#cluster.places) {
      cpSync(dataDir, join(this.#kept, nodeId), { recursive: true });
    }
  }

  async #try(victim: number, flip: Flip): Promise<Verdict> {
    const logStart = this.#cluster.master(victim).log().length;
    for (const master of this.#cluster.masters) master.start(["--config", this.#config]);
    let end = await this.#servesOrEnds(victim);
    if (end?.code === exitCode.temporary) {
      this.#cluster.master(victim).start(["--config", this.#config]);
      end = await this.#servesOrEnds(victim);
    }
    for (let at = 0; at < memberCount; at += 1) {
      if (at === victim && end !== undefined) continue;
      const seen = await eventually(
        `m${String(at + 1)} serves`,
        () => this.#see(at, "CONSISTENCY_LINEARIZABLE"),
        settleMs,
      );
      if (seen !== this.#indices) return failed(`m${String(at + 1)} serves other indices`);
      const local = await this.#see(at, "CONSISTENCY_LOCAL");
      if (local !== this.#indices) return failed(`m${String(at + 1)} holds other indices`);
    }
    const log = this.#cluster.master(victim).log().slice(logStart);
    if (log.includes("state-diverged")) return failed("its state differs from the others'");
    if (end !== undefined) return judgeExit(end.code, log, flip);
    if (log.includes('"reborn"')) return { outcome: "healed" };
    if (log.includes('"state-rebuild"')) return { outcome: "rebuilt" };
    if (flip.kind === "log") return failed("damage in the log went unnoticed");
    return { outcome: "not needed" };
  }

  /** How the process ended, or undefined once it answers a linearizable read. */
  #servesOrEnds(at: number): Promise<Exit | undefined> {
    const master = this.#cluster.master(at);
    const serves = async (): Promise<undefined> => {
      await eventually(
        `m${String(at + 1)} serves or ends`,
        () => (master.isRunning ? this.#see(at, "CONSISTENCY_LINEARIZABLE") : "ended"),
        settleMs,
      );
      return undefined;
    };
    return Promise.race([master.exit(), serves()]);
  }

  async #see(
    at: number,
    consistency: "CONSISTENCY_LINEARIZABLE" | "CONSISTENCY_LOCAL",
  ): Promise<string | undefined> {
    const client = assertDefined(this.#clients[at], "there is a client");
    const { indices } = await client.state(consistency, 5000);
    return JSON.stringify(indices.map((index) => JSON.stringify(index)).sort());
  }
}

async function createLarge(client: MasterClient, name: string): Promise<void> {
  const note = name.repeat(customBytes / name.length);
  const custom: Record<string, string> = {};
  for (let n = 0; n < customCount; n += 1) custom[`note.${String(n)}`] = note;
  const request = {
    index_name: name,
    settings: { number_of_shards: 1, custom },
    wait_for_active_shards: 0,
  };
  const { acknowledged } = await unary<CreateIndexResponse__Output>((deadline, callback) => {
    client.raw.CreateIndex(request, { deadline }, callback);
  });
  if (!acknowledged) throw new Error(`${name} was not acknowledged`);
}
