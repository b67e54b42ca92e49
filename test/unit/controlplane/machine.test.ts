/** The state machine of a member: what each kind of entry does, and which ones stop it. */
import { describe, expect, it } from "vitest";

import { FatalError } from "../../../src/base/errors.js";
import { encodeEnvelope, type Envelope } from "../../../src/controlplane/raft/envelope.js";
import { encodeLeader, Machine, type EpochLeader } from "../../../src/controlplane/raft/machine.js";
import {
  buildMachineState,
  comparableHash,
  decodeItemLine,
  decodeMeta,
  emptyMachineState,
  encodeItemLine,
  encodeMeta,
  hashText,
  metaOf,
} from "../../../src/controlplane/raft/machine-codec.js";
import {
  readSnapshot,
  receiveSnapshot,
  writeSnapshot,
} from "../../../src/controlplane/raft/snapshot-body.js";
import { encodeMembershipChange } from "../../../src/raft/membership-codec.js";
import type { Entry, MembershipStep } from "../../../src/raft/types.js";
import { encodeCommand } from "../../../src/state/command-codec.js";
import type { Command } from "../../../src/state/commands.js";
import { hashState } from "../../../src/state/hash.js";
import { itemsOf } from "../../../src/state/items.js";
import { snapshotId, SnapshotStore } from "../../../src/storage/snapshot/snapshot-store.js";
import { indexCreate, nodeRegister } from "../../support/state/commands.js";
import { MemoryDisk } from "../../support/storage/memory-disk.js";

const tag = { member: 1, boot: 2, sequence: 3 };
const leader: EpochLeader = {
  epoch: 4,
  memberId: 1,
  nodeId: "m1",
  grpcAddress: "a:1",
  electedAtMs: 50,
};
const founders = [1, 2, 3].map((memberId) => ({
  ...{ memberId, nodeId: `m${String(memberId)}`, address: `h${String(memberId)}:1` },
}));

function entry(logIndex: number, data: Uint8Array, term = 4): Entry {
  return { logIndex, term, kind: "normal", data };
}

function envelope(payload: string | Uint8Array, more: Partial<Envelope> = {}): Uint8Array {
  return encodeEnvelope({
    kind: "command",
    epoch: 4,
    timeMs: 100,
    tag,
    uuid: "u".repeat(22),
    origin: "test",
    payload: typeof payload === "string" ? Buffer.from(payload) : payload,
    ...more,
  });
}

function command(value: Command, timeMs = 100): Uint8Array {
  return envelope(encodeCommand(value), { timeMs });
}

/** A change of one step; `note` is JSON or, as text, bytes. */
function membershipEntry(
  logIndex: number,
  kind: MembershipStep["kind"],
  member: number,
  note: object | string,
): Entry {
  const text = typeof note === "string" ? note : JSON.stringify({ version: 1, ...note });
  const context = Buffer.from(text, "utf8");
  const data = encodeMembershipChange({ transition: "auto", steps: [{ kind, member }], context });
  return { ...entry(logIndex, data), kind: "membership" };
}

function machineWith(...commands: readonly Command[]): Machine {
  const machine = new Machine(emptyMachineState(founders), hashText);
  for (const [at, one] of commands.entries()) machine.applyEntry(entry(at + 1, command(one)));
  return machine;
}

describe("the machine", () => {
  it("a command moves version, hash and position; the rolling hash is that of the whole", () => {
    const machine = machineWith(nodeRegister("n1"), indexCreate("a"), indexCreate("b"));
    expect(machine.state).toMatchObject({ logIndex: 3, term: 4 });
    expect(machine.state.cluster.version).toBe(3);
    expect(machine.state.hash).toBe(hashState(machine.state.cluster, hashText));
    expect(machine.state.hash).not.toBe(machineWith(indexCreate("a")).state.hash);
  });

  it("a rejected command moves the position only", () => {
    const machine = machineWith(indexCreate("a"));
    const before = machine.state;
    const applied = machine.applyEntry(entry(2, command(indexCreate("a"))));
    expect(applied).toMatchObject({ tag, delta: undefined, items: undefined });
    expect(applied.result?.ok).toBe(false);
    expect(machine.state.cluster).toBe(before.cluster);
    expect(machine.state).toMatchObject({ logIndex: 2, hash: before.hash });
  });

  it("a leader's first entry names it and changes no version", () => {
    const machine = machineWith(indexCreate("a"));
    const data = envelope(encodeLeader(leader), { kind: "epoch", timeMs: 200 });
    expect(machine.applyEntry(entry(2, data))).toMatchObject({ isEpochStart: true, tag });
    expect(machine.state).toMatchObject({ leader, timeMs: 200, cluster: { version: 1 } });
  });

  it("entries of the core change nothing but the position", () => {
    const machine = machineWith(indexCreate("a"));
    const before = machine.state;
    machine.applyEntry(entry(2, new Uint8Array()));
    expect(machine.state).toEqual({ ...before, logIndex: 2 });
  });

  it("a membership entry moves the members, and the hash that members compare", () => {
    const machine = machineWith(indexCreate("a"));
    const before = machine.state;
    const add = { memberId: 4, nodeId: "m4", address: "h4:1", promotes: true, replaces: 0 };
    const applied = machine.applyEntry(membershipEntry(2, "addLearner", 4, { add, origin: "o" }));
    expect(applied).toMatchObject({ isMembership: true, tag: undefined, delta: undefined });
    expect(machine.state).toMatchObject({ logIndex: 2, hash: before.hash });
    expect(machine.state.directory.membership.learners).toEqual([4]);
    expect(machine.state.directory.members.at(-1)).toEqual(add);
    expect(comparableHash(machine.state)).not.toBe(comparableHash(before));
    machine.applyEntry(membershipEntry(3, "remove", 4, { origin: "o" }));
    expect(machine.state.directory.removed).toEqual([4]);
    expect(comparableHash(machine.state)).not.toBe(comparableHash(before));
    const meta = metaOf(machine.state, "c");
    expect(decodeMeta(encodeMeta(meta), founders)).toEqual(meta);
  });

  it.each<[string, Entry]>([
    ["no change", { ...entry(1, new Uint8Array([1])), kind: "membership" }],
    ["a newcomer without a name", membershipEntry(1, "addLearner", 4, { origin: "o" })],
    ["a note of a newer version", membershipEntry(1, "update", 1, { version: 2, origin: "o" })],
    ["a note without an origin", membershipEntry(1, "update", 1, { origin: 7 })],
    ["a wish that is none", membershipEntry(1, "update", 1, { set: { memberId: 1 }, origin: "o" })],
    ["no JSON", membershipEntry(1, "update", 1, "{")],
    ["the last voters gone", membershipEntry(1, "remove", 1, { origin: "" })],
  ])("a membership entry with %s stops the member before anything is applied", (_, change) => {
    const machine = new Machine(emptyMachineState(founders.slice(0, 1)), hashText);
    const before = machine.state;
    let thrown: unknown;
    try {
      machine.applyEntry(change);
    } catch (error) {
      thrown = error;
    }
    expect(thrown instanceof FatalError && thrown.exit).toBe(79);
    expect(machine.state).toBe(before);
  });

  it("an id that was removed cannot come back", () => {
    const machine = machineWith();
    machine.applyEntry(membershipEntry(1, "remove", 3, { origin: "o" }));
    const add = { memberId: 3, nodeId: "m3", address: "h3:1", promotes: true, replaces: 0 };
    const again = membershipEntry(2, "addLearner", 3, { add, origin: "o" });
    expect(() => machine.applyEntry(again)).toThrow("member 3 was removed before");
  });

  it("time never goes back", () => {
    const machine = machineWith(indexCreate("a"));
    machine.applyEntry(entry(2, command(indexCreate("b"), 40)));
    expect(machine.state.timeMs).toBe(100);
  });

  it.each<[string, Uint8Array]>([
    ["no envelope", new Uint8Array([1, 2, 3])],
    ["a newer format", Uint8Array.from(command(indexCreate("b")), (b, at) => (at === 0 ? 9 : b))],
    [
      "an unknown kind of entry",
      Uint8Array.from(command(indexCreate("b")), (b, at) => (at === 1 ? 9 : b)),
    ],
    ["an unknown command", envelope('{"kind":"index.fly"}')],
    ["a command cut off", envelope('{"kind":"index.cre')],
    ["a leader without an epoch", envelope("{}", { kind: "epoch" })],
    ["a leader that is no object", envelope("7", { kind: "epoch" })],
    ["a leader cut off", envelope("{", { kind: "epoch" })],
  ])("stops with 79 before it applies %s", (_, data) => {
    const machine = machineWith(indexCreate("a"));
    const before = machine.state;
    let thrown: unknown;
    try {
      machine.applyEntry(entry(2, data));
    } catch (error) {
      thrown = error;
    }
    expect(thrown instanceof FatalError && thrown.exit).toBe(79);
    expect(machine.state).toBe(before);
  });

  it("is a bug to leave out or repeat an entry, or to go back", () => {
    const machine = machineWith(indexCreate("a"));
    expect(() => machine.applyEntry(entry(1, command(indexCreate("b"))))).toThrow("in order");
    expect(() => machine.applyEntry(entry(3, command(indexCreate("b"))))).toThrow("in order");
    expect(() => machine.applyEntry(entry(2, command(indexCreate("b")), 3))).toThrow("terms");
    expect(() => {
      machine.replace(emptyMachineState(founders));
    }).toThrow("forward");
  });
});

describe("what accompanies the items", () => {
  const meta = metaOf({ ...emptyMachineState(founders), leader }, "c");

  it("comes back as it was written", () => {
    expect(decodeMeta(encodeMeta(meta), founders)).toEqual(meta);
  });

  it("is refused with any of its fields missing or of another type", () => {
    const whole = JSON.parse(encodeMeta(meta)) as Record<string, unknown>;
    for (const field of Object.keys(whole)) {
      for (const wrong of [undefined, null, "", {}, -0.5, "7"]) {
        if (typeof whole[field] === "string" && typeof wrong === "string") continue;
        if (field === "directory" && wrong === undefined) continue;
        const text = JSON.stringify({ ...whole, [field]: wrong });
        expect(decodeMeta(text, founders)).toBeUndefined();
      }
    }
    for (const text of ["", "{", "null", "7", "[]"]) {
      expect(decodeMeta(text, founders)).toBeUndefined();
    }
  });

  it("without a directory, as 0.1.0 wrote it, has the founding members", () => {
    const { directory, ...old } = JSON.parse(encodeMeta(meta)) as Record<string, unknown>;
    expect(directory).toBeDefined();
    expect(decodeMeta(JSON.stringify(old), founders)).toEqual(meta);
    const others = founders.slice(1);
    expect(decodeMeta(JSON.stringify(old), others)).toBeUndefined();
  });

  it("fits its items, or is refused in words", () => {
    const { state } = machineWith(indexCreate("a"), nodeRegister("n"));
    const own = metaOf(state, "c");
    const items = [...itemsOf(state.cluster)];
    expect(buildMachineState({ logIndex: 2, term: 4 }, own, items)).toEqual(state);
    const fewer = buildMachineState({ logIndex: 2, term: 4 }, own, items.slice(1));
    expect(fewer).toContain("the items hash to");
  });

  it("items as lines", () => {
    expect(decodeItemLine(encodeItemLine(["k\n", "v\u2028"]).trimEnd())).toEqual([
      "k\n",
      "v\u2028",
    ]);
    for (const line of ["", "[]", '["a"]', '["a",1]', '["a","b","c"]', "{}", '["a","b"']) {
      expect(decodeItemLine(line)).toBeUndefined();
    }
  });
});

describe("a snapshot", () => {
  async function written(): Promise<{ disk: MemoryDisk; machine: Machine; store: SnapshotStore }> {
    const machine = machineWith(
      nodeRegister("n1"),
      ...Array.from({ length: 30 }, (_, n) =>
        indexCreate(`größe-${String(n)}`.replace(/[öß]/g, "o")),
      ),
    );
    const disk = new MemoryDisk();
    const store = new SnapshotStore({ disk, directory: "/s", clusterId: "c" });
    const { logIndex, term, cluster } = machine.state;
    const meta = metaOf(machine.state, "c");
    await writeSnapshot(store, { logIndex, term, meta }, cluster);
    return { disk, machine, store };
  }

  it("comes back as the same state", async () => {
    const { machine, store } = await written();
    const restored = await readSnapshot(store, machine.state, founders);
    expect(restored.state.hash).toBe(machine.state.hash);
    expect(restored.state.cluster.version).toBe(31);
    expect([...itemsOf(restored.state.cluster)].sort()).toEqual(
      [...itemsOf(machine.state.cluster)].sort(),
    );
  });

  it("damaged anywhere, or cut, it is refused as corrupt", async () => {
    const { disk, machine, store } = await written();
    const path = `/s/${snapshotId(machine.state)}.snap`;
    const whole = disk.bytesOf(path).slice();
    for (let at = 0; at < whole.length; at += 97) {
      disk.damage(path, () => Uint8Array.from(whole, (b, i) => (i === at ? b ^ 0x10 : b)));
      await expect(readSnapshot(store, machine.state, founders)).rejects.toThrow();
      disk.damage(path, () => whole.slice(0, at));
      await expect(readSnapshot(store, machine.state, founders)).rejects.toThrow();
    }
    disk.damage(path, () => whole);
    expect((await readSnapshot(store, machine.state, founders)).state.hash).toBe(
      machine.state.hash,
    );
  });

  it("received in pieces is verified as a whole; one that is not what was offered is not kept", async () => {
    const { disk, machine } = await written();
    const bytes = disk.bytesOf(`/s/${snapshotId(machine.state)}.snap`);
    const other = new SnapshotStore({ disk: new MemoryDisk(), directory: "/s", clusterId: "c" });
    // eslint-disable-next-line @typescript-eslint/require-await -- pieces arrive one by one
    async function* pieces(of: Uint8Array): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < of.length; at += 1000) yield of.subarray(at, at + 1000);
    }
    await expect(
      receiveSnapshot(other, machine.state, {
        ...{ pieces: pieces(bytes.subarray(0, 900)), founders },
      }),
    ).rejects.toThrow();
    const wrong = { logIndex: machine.state.logIndex + 1, term: machine.state.term };
    await expect(
      receiveSnapshot(other, wrong, { pieces: pieces(bytes), founders }),
    ).rejects.toThrow();
    expect(other.list()).toEqual([]);
    const state = await receiveSnapshot(other, machine.state, { pieces: pieces(bytes), founders });
    expect(state.hash).toBe(machine.state.hash);
  });
});
