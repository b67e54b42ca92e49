/**
 * The clients of a chaos run: closed loops that create, update, delete and get a few names they
 * fight over, each write with a mark of its own, through whichever member they are connected to;
 * and a reader of many names at once. They record what they did and saw and judge nothing.
 */
import { setTimeout as wait } from "node:timers/promises";

import { assertDefined } from "../../src/base/assert.js";
import { createRandom, type Random } from "../../src/base/random.js";
import type { ClusterStateResponse__Output } from "../../src/wire/gen/quidditch/master/ClusterStateResponse.js";
import type { CreateIndexResponse__Output } from "../../src/wire/gen/quidditch/master/CreateIndexResponse.js";
import type { DeleteIndexResponse__Output } from "../../src/wire/gen/quidditch/master/DeleteIndexResponse.js";
import type { IndexMetadata__Output } from "../../src/wire/gen/quidditch/master/IndexMetadata.js";
import type { IndexMetadataResponse__Output } from "../../src/wire/gen/quidditch/master/IndexMetadataResponse.js";
import type { UpdateIndexSettingsResponse__Output } from "../../src/wire/gen/quidditch/master/UpdateIndexSettingsResponse.js";
import type {
  IndexInput,
  IndexOutput,
  IndexView,
} from "../linearizability/models/index-catalogue.js";
import { MasterClient, unary } from "../support/master-client.js";
import { grpcAddress, type ChaosCluster } from "./cluster.js";
import {
  activeNamesCount,
  backOffMs,
  callsPerNameMax,
  callTimeoutMs,
  clientsCount,
  partReadEveryMs,
  thinkMs,
  wholeReadEveryMs,
} from "./limits.js";
import { outcomeOfError, type Outcome } from "./outcome.js";
import type { Recorder } from "./recorder.js";

const markSetting = "index.mark";
/** Percent of the calls, cumulative: get, update, create, and the rest deletes. */
const getPercent = 35;
const updatePercent = 65;
const createPercent = 88;
const conditionalPercent = 50;

/** What the loops share. */
export interface Workload {
  readonly cluster: ChaosCluster;
  readonly recorder: Recorder;
  readonly seed: number;
  readonly stop: AbortSignal;
}

/** Runs all clients until `stop`; calls under way then are waited for. */
export async function runClients(workload: Workload): Promise<void> {
  const names = new Names();
  const loops = Array.from({ length: clientsCount }, (_, client) =>
    new Client(workload, client + 1, names).run(),
  );
  await Promise.all([...loops, readManyLoop(workload, names)]);
}

/** The names that clients fight over, and what was last seen of each. */
class Names {
  readonly #active: { readonly name: string; callsCount: number }[] = [];
  readonly #seen = new Map<string, IndexView>();
  #madeCount = 0;

  constructor() {
    while (this.#active.length < activeNamesCount) this.#active.push(this.#newName());
  }

  get active(): readonly string[] {
    return this.#active.map(({ name }) => name);
  }

  /** Picks a name for one more call; one that had enough makes room for a new one. */
  pick(random: Random): string {
    const at = random.below(activeNamesCount);
    const chosen = assertDefined(this.#active[at], "a position among the names");
    chosen.callsCount += 1;
    if (chosen.callsCount >= callsPerNameMax) this.#active[at] = this.#newName();
    return chosen.name;
  }

  seen(name: string): IndexView | undefined {
    return this.#seen.get(name);
  }

  see(name: string, index: IndexView | undefined): void {
    if (index === undefined) this.#seen.delete(name);
    else this.#seen.set(name, index);
  }

  #newName(): { readonly name: string; callsCount: number } {
    this.#madeCount += 1;
    return { name: `chaos-${String(this.#madeCount)}`, callsCount: 0 };
  }
}

/** One closed loop. */
class Client {
  readonly #workload: Workload;
  readonly #number: number;
  readonly #names: Names;
  readonly #random: Random;
  readonly #connections = new Map<string, MasterClient>();
  #address = "";
  #marksCount = 0;

  constructor(workload: Workload, number: number, names: Names) {
    this.#workload = workload;
    this.#number = number;
    this.#names = names;
    this.#random = createRandom(workload.seed * clientsCount + number);
  }

  async run(): Promise<void> {
    const { stop } = this.#workload;
    this.#moveOn();
    while (!stop.aborted) {
      const good = await this.#callOnce();
      if (!good) this.#moveOn();
      await wait(good ? thinkMs : backOffMs);
    }
    for (const connection of this.#connections.values()) connection.close();
  }

  async #callOnce(): Promise<boolean> {
    const { recorder, cluster } = this.#workload;
    const input = this.#chooseInput();
    const calledAt = recorder.now();
    const outcome = await call(this.#connection(), input);
    recorder.record({ client: this.#number, calledAt, input }, outcome);
    if (outcome.kind !== "answered") {
      if ("isFinding" in outcome) cluster.addFinding(`a client was told ${outcome.status}`);
      return false;
    }
    const { output } = outcome;
    if (output.kind === "read") this.#names.see(input.name, output.index);
    return true;
  }

  #chooseInput(): IndexInput {
    const random = this.#random;
    const name = this.#names.pick(random);
    const seen = this.#names.seen(name);
    const isConditional = random.below(100) < conditionalPercent && seen !== undefined;
    const kind = random.below(100);
    if (kind < getPercent) return { kind: "get", name };
    if (kind < updatePercent) {
      const update = { kind: "update", name, mark: this.#newMark() } as const;
      return isConditional ? { ...update, expectedVersion: seen.version } : update;
    }
    if (kind < createPercent) return { kind: "create", name, mark: this.#newMark() };
    return isConditional
      ? { kind: "delete", name, expectedUuid: seen.uuid }
      : { kind: "delete", name };
  }

  #newMark(): string {
    this.#marksCount += 1;
    return `${String(this.#number)}-${String(this.#marksCount)}`;
  }

  #connection(): MasterClient {
    const known = this.#connections.get(this.#address);
    if (known !== undefined) return known;
    const made = new MasterClient(this.#address);
    this.#connections.set(this.#address, made);
    return made;
  }

  /** Takes any member from now on, whether it runs or not: clients do not know. */
  #moveOn(): void {
    const { members } = this.#workload.cluster;
    const member = members[this.#random.below(members.length)];
    this.#address = grpcAddress(assertDefined(member, "a cluster has members").place);
  }
}

/** Reads what is fought over, and now and then everything, each time from another member. */
async function readManyLoop(workload: Workload, names: Names): Promise<void> {
  const { cluster, recorder, stop } = workload;
  const random = createRandom(workload.seed);
  let wholeReadMs = performance.now() + wholeReadEveryMs;
  while (!stop.aborted) {
    const members = cluster.members;
    const member = assertDefined(members[random.below(members.length)], "a cluster has members");
    const isWhole = performance.now() >= wholeReadMs;
    if (isWhole) wholeReadMs = performance.now() + wholeReadEveryMs;
    const outcome = await readMany(grpcAddress(member.place), {
      recorder,
      ...(isWhole ? {} : { names: names.active }),
    });
    if (outcome !== undefined) recorder.recordFailedRead(outcome);
    await wait(partReadEveryMs);
  }
}

/** Reads many names at once from one member and records it; the failure when there is one. */
export async function readMany(
  address: string,
  options: { readonly recorder: Recorder; readonly names?: readonly string[] },
): Promise<Exclude<Outcome, { kind: "answered" }> | undefined> {
  const { recorder, names } = options;
  const client = new MasterClient(address);
  const calledAt = recorder.now();
  try {
    const state = await unary<ClusterStateResponse__Output>((deadline, callback) => {
      const consistency = "CONSISTENCY_LINEARIZABLE" as const;
      const request = { include_indices: true, consistency, index_names: [...(names ?? [])] };
      client.raw.GetClusterState(request, { deadline }, callback);
    }, callTimeoutMs);
    const indices = Object.fromEntries(
      state.indices.map((index) => [index.index_name, viewOf(index)]),
    );
    const read = { client: 0, calledAt, version: state.version, indices };
    recorder.recordRead(names === undefined ? read : { ...read, names });
    return undefined;
  } catch (thrown) {
    const outcome = outcomeOfError(thrown, true);
    return outcome.kind === "answered" ? { kind: "failed", status: "not found" } : outcome;
  } finally {
    client.close();
  }
}

async function call(client: MasterClient, input: IndexInput): Promise<Outcome> {
  try {
    return { kind: "answered", output: await send(client, input) };
  } catch (thrown) {
    return outcomeOfError(thrown, input.kind === "get");
  }
}

async function send(client: MasterClient, input: IndexInput): Promise<IndexOutput> {
  const { raw } = client;
  switch (input.kind) {
    case "create": {
      const settings = { number_of_shards: 1, custom: { [markSetting]: input.mark } };
      const answer = await unary<CreateIndexResponse__Output>((deadline, callback) => {
        const request = { index_name: input.name, settings, wait_for_active_shards: 0 };
        raw.CreateIndex(request, { deadline }, callback);
      }, callTimeoutMs);
      const uuid = assertDefined(answer.index_uuid, "a created index has a uuid");
      return { kind: "created", version: answer.version, uuid };
    }
    case "update": {
      const settings = { custom: { [markSetting]: input.mark } };
      const expected = input.expectedVersion;
      const answer = await unary<UpdateIndexSettingsResponse__Output>((deadline, callback) => {
        const request = { index_name: input.name, settings };
        const condition = expected === undefined ? {} : { expected_version: expected };
        raw.UpdateIndexSettings({ ...request, ...condition }, { deadline }, callback);
      }, callTimeoutMs);
      return { kind: "done", version: assertDefined(answer.version, "a write has a version") };
    }
    case "delete": {
      const expected = input.expectedUuid;
      const answer = await unary<DeleteIndexResponse__Output>((deadline, callback) => {
        const condition = expected === undefined ? {} : { expected_index_uuid: expected };
        raw.DeleteIndex({ index_name: input.name, ...condition }, { deadline }, callback);
      }, callTimeoutMs);
      return { kind: "done", version: assertDefined(answer.version, "a write has a version") };
    }
    case "get": {
      const answer = await unary<IndexMetadataResponse__Output>((deadline, callback) => {
        const consistency = "CONSISTENCY_LINEARIZABLE";
        raw.GetIndexMetadata({ index_name: input.name, consistency }, { deadline }, callback);
      }, callTimeoutMs);
      const metadata = assertDefined(answer.metadata ?? undefined, "what is found has metadata");
      const version = assertDefined(answer.cluster_version, "a read has a version");
      return { kind: "read", version, index: viewOf(metadata) };
    }
  }
}

function viewOf(metadata: IndexMetadata__Output): IndexView {
  const mark = metadata.settings?.custom[markSetting] ?? "";
  return { uuid: metadata.index_uuid, version: metadata.version, mark };
}
