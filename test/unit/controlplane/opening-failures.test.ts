/**
 * A member that cannot be opened lets go of everything it had opened, so that the same process can
 * say why, and try again; and a disk that fails while a snapshot arrives ends the process.
 */
import { describe, expect, it } from "vitest";
import type { FatalError } from "../../../src/base/errors.js";
import { exitCode } from "../../../src/base/errors.js";
import { createRandom } from "../../../src/base/random.js";
import type { MemberOptions, OpenDeps } from "../../../src/controlplane/raft/member-options.js";
import { RaftMember } from "../../../src/controlplane/raft/open-member.js";
import { SnapshotReceiver } from "../../../src/controlplane/raft/snapshot-receiver.js";
import type { SnapshotMessage } from "../../../src/raft/types.js";
import { dataPaths } from "../../../src/storage/identity.js";
import { SnapshotStore } from "../../../src/storage/snapshot/snapshot-store.js";
import { openInlineWal } from "../../../src/storage/wal/wal.js";
import { silentLogger } from "../../support/controlplane/silent-logger.js";
import { MemoryNetwork, MemoryTransport } from "../../support/controlplane/network.js";
import { Lane } from "../../support/controlplane/lane.js";
import { ManualClock } from "../../support/server/manual-clock.js";
import { MemoryDisk } from "../../support/storage/memory-disk.js";
import { memoryKeyValue } from "../../support/storage/memory-key-value.js";

const dataDir = "/data";
const address = "10.0.0.1:9300";

const options: MemberOptions = {
  ...{ nodeId: "m1", dataDir, listenAddress: address, peerAddress: address },
  ...{ grpcAddress: "10.0.0.1:9301", peers: [], clusterUuid: undefined, join: false },
  ...{ tickMs: 100, electionTimeoutTicks: 10, appendEntriesCountMax: 100 },
  ...{ walSegmentBytes: 64 * 1024, diskLowBytes: 1024 },
  snapshot: { entriesCount: 1000, logBytes: 2 ** 30 },
};

function depsOn(disk: MemoryDisk): OpenDeps {
  const random = createRandom(3);
  const clock = new ManualClock();
  const lane = new Lane(clock);
  const network = new MemoryNetwork();
  return {
    ...{ disk, clock: lane.clock, random, logger: silentLogger, soon: lane.soon },
    newId: () => random.uint32() + 1,
    newUuid: () => "u".repeat(22),
    newClusterUuid: () => "cluster-1",
    onFatal: (error) => {
      throw error;
    },
    openKeyValue: memoryKeyValue(disk),
    openWal: async (walOptions) => {
      await Promise.resolve();
      const wal = { ...walOptions, snapshot: walOptions.snapshot, schedule: lane.soon };
      return openInlineWal({ ...wal, disk, monotonicMs: () => 0 });
    },
    createTransport: (transport, handlers) =>
      new MemoryTransport(transport, handlers, { network, lane, clock }),
  };
}

async function formed(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const member = await RaftMember.open(options, depsOn(disk));
  await member.listen();
  await member.join();
  await member.close();
  expect(disk.openCount).toBe(0);
  return disk;
}

function damage(disk: MemoryDisk, path: string): void {
  disk.damage(path, (bytes) => {
    bytes[30] = (bytes[30] ?? 0) ^ 1;
    return bytes;
  });
}

describe("a member that cannot be opened", () => {
  it("lets go of the lock when its identity is damaged", async () => {
    const disk = await formed();
    damage(disk, dataPaths(dataDir).identity);
    const deps = depsOn(disk);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(RaftMember.open(options, deps)).rejects.toThrow(/identity file .* is damaged/);
      expect(disk.openCount).toBe(0);
    }
  });

  it("closes the state store when its log is refused", async () => {
    const disk = await formed();
    const segment = disk.paths.find((path) => path.endsWith(".wal")) ?? "";
    damage(disk, segment);
    const deps = depsOn(disk);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const member = await RaftMember.open(options, deps);
      await member.listen();
      await expect(member.join()).rejects.toMatchObject({ exit: exitCode.dataRefused });
      await member.close();
      expect(disk.openCount).toBe(0);
    }
  });
});

describe("a disk that fails while a snapshot arrives", () => {
  it("ends the process, and is not tried again", async () => {
    const disk = new MemoryDisk();
    const store = { disk, directory: "/data/snapshots", clusterId: "cluster-1" };
    const snapshots = new SnapshotStore(store);
    const fatal: FatalError[] = [];
    const ended = new Promise<void>((resolve) => {
      disk.failure = { mutation: disk.mutations + 2, code: "EIO" };
      const receiver = new SnapshotReceiver({
        ...{ snapshots, logger: silentLogger, founders: [] },
        transport: {
          fetchSnapshot: async function* () {
            yield await Promise.resolve(new Uint8Array(600));
          },
        },
        install: () => {
          throw new Error("nothing arrived");
        },
        onFatal: (error) => {
          fatal.push(error);
          resolve();
        },
      });
      const membership = { voters: [1], votersOutgoing: [], learners: [], learnersNext: [] };
      const snapshot = { logIndex: 9, term: 2, membership: { ...membership, autoLeave: false } };
      receiver.onOffered({ snapshot, from: 2 } as unknown as SnapshotMessage);
    });
    await ended;
    expect(fatal.map(({ exit }) => exit)).toEqual([exitCode.temporary]);
    expect(disk.openCount).toBe(0);
  });
});
