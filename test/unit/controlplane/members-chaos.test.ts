/** Members come and go at random while others crash, are cut off, and callers write. */
import { afterEach, describe, expect, it } from "vitest";

import { FatalError } from "../../../src/base/errors.js";
import { createRandom, type Random } from "../../../src/base/random.js";
import type { MemberOperation } from "../../../src/controlplane/admin.js";
import type { CurrentMember } from "../../../src/transport/types.js";
import { MemberCluster } from "../../support/controlplane/member-cluster.js";
import { indexCreate } from "../../support/state/commands.js";

const caller = { origin: "test", budgetMs: 8000 } as const;
const often = { entriesCount: 20, logBytes: 2 ** 30, trailingEntries: 5 };
const places = [0, 1, 2, 3, 4];

let cluster: MemberCluster | undefined;

afterEach(async () => {
  const last = cluster;
  cluster = undefined;
  await last?.close();
});

/** What happens to a cluster of three and two more places, one thing after the other. */
class Story {
  readonly members: MemberCluster;
  readonly acknowledged: string[] = [];
  /** Operations that were carried out. */
  readonly done: string[] = [];
  readonly #random: Random;
  readonly #running = new Set([0, 1, 2]);
  readonly #calls: Promise<void>[] = [];
  #writtenCount = 0;

  constructor(members: MemberCluster, random: Random) {
    this.members = members;
    this.#random = random;
  }

  async step(): Promise<void> {
    await this.#buryRemoved();
    this.#write();
    const at = this.#pick(this.#placesOfMembers());
    switch (this.#random.below(8)) {
      case 0:
      case 1:
        await this.#comes("add");
        break;
      case 2:
        await this.#comes("replace");
        break;
      case 3:
        await this.#administer({ kind: "remove", memberId: this.members.idOf(at) });
        break;
      case 4:
        await this.#administer({ kind: "transfer", memberId: 0 });
        break;
      case 5:
        this.members.isolate(at);
        await this.#pass(2500);
        this.members.network.heal();
        break;
      case 6:
        await this.members.stop(at);
        await this.#pass(1500);
        await this.#restart(at);
        break;
      default:
        this.members.network.drops = () => this.#random.below(5) === 0;
        await this.#pass(1500);
        this.members.network.drops = undefined;
    }
    await this.#pass(2000);
  }

  /** One that was removed while it was away may find out at once. */
  async #restart(at: number): Promise<void> {
    const { members } = this;
    await members.restart(at);
    try {
      await members.settle(members.joined(at));
    } catch (thrown) {
      expect(String(thrown)).toContain("was removed from its cluster");
      await members.stop(at);
      this.#running.delete(at);
    }
  }

  /** Lets everything come to rest; returns the places of those that are members then. */
  async end(): Promise<readonly number[]> {
    const { members } = this;
    members.network.heal();
    await members.settle(Promise.all(this.#calls));
    await members.pass(20_000);
    await this.#buryRemoved();
    const there = this.#placesOfMembers();
    await members.leader(there);
    await members.agreement(there);
    return there;
  }

  /** A new member asks to come in; it may take the place of one that is there. */
  async #comes(kind: "add" | "replace"): Promise<void> {
    const { members } = this;
    const free = places.filter((at) => !this.#running.has(at));
    const at = free[0];
    if (at === undefined) return;
    members.wipe(at);
    await members.startJoining(at, { peers: places.map((one) => members.addressOf(one)) });
    this.#running.add(at);
    const peerAddress = members.addressOf(at);
    if (kind === "add") await this.#administer({ kind, peerAddress, suffrage: "voter" });
    else {
      const old = this.#pick(this.#placesOfMembers().filter((one) => one !== at));
      await this.#administer({ kind, peerAddress, memberId: members.idOf(old) });
    }
    const id = members.idOf(at);
    if (this.#current().some((one) => one.memberId === id)) return;
    await members.stop(at);
    this.#running.delete(at);
  }

  async #administer(operation: MemberOperation): Promise<void> {
    const at = this.#pick(this.#placesOfMembers());
    if (this.#random.below(3) === 0) {
      const cut = this.#pick(this.#placesOfMembers());
      this.members.clock.after(this.#random.below(20), () => {
        if (this.#running.has(cut)) this.members.isolate(cut);
      });
      this.members.clock.after(3000, () => {
        this.members.network.heal();
      });
    }
    const asked = this.members.member(at).admin.administer(operation, { budgetMs: 12_000 });
    await this.members.settle(
      asked.then(
        () => this.done.push(operation.kind),
        () => undefined,
      ),
    );
    await this.#pass(7000);
  }

  #write(): void {
    for (const at of this.#placesOfMembers()) {
      for (let n = 0; n < 6; n += 1) {
        this.#writtenCount += 1;
        const name = `w-${String(this.#writtenCount)}`;
        const call = this.members.plane(at).propose(indexCreate(name), caller);
        const note = ({ result }: Awaited<typeof call>): void => {
          expect(result.ok).toBe(true);
          this.acknowledged.push(name);
        };
        this.#calls.push(call.then(note, () => undefined));
      }
    }
  }

  /** Stops the processes that ended; each must have ended because it was removed. */
  async #buryRemoved(): Promise<void> {
    const { members } = this;
    for (const error of members.takeFatal()) {
      if (!(error instanceof FatalError) || error.exit !== 79) throw error;
      expect(error.message).toContain("was removed from its cluster");
      const id = error.details["memberId"];
      const at = [...this.#running].find((one) => members.idOf(one) === id);
      if (at === undefined) continue;
      await members.stop(at);
      this.#running.delete(at);
    }
  }

  /** The members as the one that has applied most knows them. */
  #current(): readonly CurrentMember[] {
    const known = [...this.#running].map((at) => ({
      logIndex: this.members.member(at).status()?.appliedLogIndex ?? -1,
      members: this.members.transport(at).handlers.describe().members,
    }));
    return known.sort((a, b) => b.logIndex - a.logIndex)[0]?.members ?? [];
  }

  #placesOfMembers(): number[] {
    const ids = this.#current().map((one) => one.memberId);
    return [...this.#running].filter((at) => ids.includes(this.members.idOf(at)));
  }

  #pick(those: readonly number[]): number {
    return those[this.#random.below(those.length)] ?? 0;
  }

  #pass(ms: number): Promise<void> {
    return this.members.pass(this.#random.below(ms));
  }
}

describe("members at random", () => {
  it.each([1, 2, 3, 4, 5, 6])(
    "nothing acknowledged is lost, and who is left agrees on everything (%d)",
    async (seed) => {
      const members = await MemberCluster.formed({ size: 3, seed, snapshot: often });
      cluster = members;
      const story = new Story(members, createRandom(seed * 7919));
      for (let step = 0; step < 14; step += 1) await story.step();
      const [at = 0] = await story.end();
      const reading = members.plane(at).read("linearizable", caller);
      const { indices } = (await members.settle(reading)).state;
      expect(story.acknowledged.filter((name) => !indices.has(name))).toEqual([]);
      expect(story.acknowledged.length).toBeGreaterThan(100);
      expect(story.done.length).toBeGreaterThan(1);
    },
    20_000,
  );
});
