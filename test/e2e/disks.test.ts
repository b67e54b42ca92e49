/** Real daemons on damaged, torn, shared and full disks: healed, refused, never guessed. */
import { spawnSync } from "node:child_process";
import {
  openSync,
  closeSync,
  mkdtempSync,
  readdirSync,
  readSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";

import { MasterClient } from "../support/master-client.js";
import { eventually, ManagedProcess, masterProgram, TestCluster } from "../support/processes.js";

let cluster: TestCluster | undefined;
let client: MasterClient | undefined;

afterEach(async () => {
  client?.close();
  await cluster?.close();
  cluster = undefined;
});

/** A running single master that acknowledged `count` indices. */
async function withIndices(count: number): Promise<{ made: TestCluster; asked: MasterClient }> {
  const made = await TestCluster.create(1);
  cluster = made;
  made.startAll();
  const asked = new MasterClient(made.grpcAddress(0));
  client = asked;
  await eventually("it serves", () => asked.state("CONSISTENCY_LINEARIZABLE", 2000));
  for (let n = 0; n < count; n += 1) await asked.createIndex(`index-${String(n)}`);
  return { made, asked };
}

/** The newest segment of a log, and the end of what is written in it (last non-zero byte). */
function newestSegment(dataDir: string): { readonly file: string; readonly end: number } {
  const folder = join(dataDir, "wal");
  const name = readdirSync(folder)
    .filter((entry) => entry.endsWith(".wal"))
    .sort()
    .at(-1);
  if (name === undefined) throw new Error("there is no segment");
  const file = join(folder, name);
  const bytes = Buffer.alloc(statSync(file).size);
  const descriptor = openSync(file, "r");
  readSync(descriptor, bytes, 0, bytes.length, 0);
  closeSync(descriptor);
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return { file, end };
}

function flipByte(file: string, offset: number): void {
  const descriptor = openSync(file, "r+");
  const byte = Buffer.alloc(1);
  readSync(descriptor, byte, 0, 1, offset);
  writeSync(descriptor, Buffer.from([(byte[0] ?? 0) ^ 0x40]), 0, 1, offset);
  closeSync(descriptor);
}

/** A file system of its own, so small that it fills; undefined where this user may not mount. */
function smallDisk(megabytes: number): string | undefined {
  const path = mkdtempSync(join(tmpdir(), "quidditch-small-"));
  const options = ["-t", "tmpfs", "-o", `size=${String(megabytes)}m`, "tmpfs", path];
  const mounted = spawnSync("/bin/mount", options, { stdio: "ignore" }).status === 0;
  onTestFinished(() => {
    if (mounted) spawnSync("/bin/umount", ["--lazy", path]);
    rmSync(path, { recursive: true, force: true });
  });
  return mounted ? path : undefined;
}

/** Fills a disk until so much is free; deleting the returned file makes room again. */
function fill(directory: string, freeBytes = 0): string {
  const file = join(directory, "filler");
  const descriptor = openSync(file, "a");
  try {
    const isFull = (): boolean => {
      const { bavail, bsize } = statfsSync(directory);
      return freeBytes > 0 && bavail * bsize <= freeBytes;
    };
    while (!isFull()) writeSync(descriptor, Buffer.alloc(65_536));
    return file;
  } catch {
    return file;
  } finally {
    closeSync(descriptor);
  }
}

/** Small segments, and a mark of the disk that a small one can pass. */
const smallMarks = "disk_low_bytes: 32MiB\nraft:\n  wal_segment_size: 16MiB\n";

describe("a full disk", () => {
  it("refuses writes by name until there is room, and loses nothing", async (context) => {
    const disk = smallDisk(160);
    if (disk === undefined) return context.skip("needs a user who may mount a tmpfs");
    const made = await TestCluster.create(1, disk);
    cluster = made;
    const config = join(made.directory, "master.yml");
    writeFileSync(config, smallMarks);
    const start = (): void => {
      made.master(0).start(["--config", config]);
    };
    start();
    const asked = new MasterClient(made.grpcAddress(0));
    client = asked;
    await eventually("it serves", () => asked.state("CONSISTENCY_LINEARIZABLE", 2000));
    await asked.createIndex("before");
    const filler = fill(disk, 24 * 1024 * 1024);
    const acknowledged = ["before"];
    let refusal = "";
    for (let n = 0; refusal === ""; n += 1) {
      const name = `index-${String(n)}`;
      await asked.createIndex(name).then(
        () => acknowledged.push(name),
        (thrown: unknown) => {
          refusal = String(thrown);
        },
      );
    }
    expect(refusal).toMatch(/RESOURCE_EXHAUSTED.*nearly full: \d+ bytes are free, 50331648 are/);
    expect(refusal).toContain(made.place(0).dataDir);
    expect(made.master(0).isRunning).toBe(true);
    const read = await asked.state("CONSISTENCY_LINEARIZABLE", 2000);
    expect(read.indices).toHaveLength(acknowledged.length);

    // Without room even for what a start needs, it ends with the code that asks for another one.
    await made.master(0).stop();
    const ended = made.master(0).log().length;
    fill(disk);
    start();
    expect((await made.master(0).exit()).code).toBe(75);
    expect(made.master(0).log().slice(ended)).toMatch(/ENOSPC|[Nn]o space left/);

    rmSync(filler);
    start();
    const state = await eventually("it serves again", () =>
      asked.state("CONSISTENCY_LINEARIZABLE", 2000),
    );
    const names = new Set(state.indices.map((index) => index.index_name));
    expect(acknowledged.filter((name) => !names.has(name))).toEqual([]);
    await eventually("it takes writes again", async () => {
      await asked.createIndex("after");
      return true;
    });
  }, 120_000);
});

describe("a member whose log ends in bytes that no power cut leaves", () => {
  it("sets its data aside, comes back as another one, and votes", async () => {
    const made = await TestCluster.create(3);
    cluster = made;
    made.startAll();
    const asked = new MasterClient(made.grpcAddress(0));
    client = asked;
    await eventually("it serves", () => asked.state("CONSISTENCY_LINEARIZABLE", 2000));
    await asked.createIndex("before");
    await made.master(2).stop();
    const { file, end } = newestSegment(made.place(2).dataDir);
    const descriptor = openSync(file, "r+");
    writeSync(descriptor, Buffer.alloc(100, 0xa5), 0, 100, end - (end % 512) + 512);
    closeSync(descriptor);
    await asked.createIndex("meanwhile");
    made.master(2).start();
    await eventually("it takes part as another one", () => {
      const [, after] = made.master(2).log().split('"event":"reborn"');
      return after?.includes('"event":"joined"') === true ? true : undefined;
    });
    const [place] = readdirSync(join(made.place(2).dataDir, "set-aside"));
    expect(place).toMatch(/-suspect-tail$/);
    const other = new MasterClient(made.grpcAddress(2));
    try {
      const names = await eventually("it serves what the others have", async () => {
        const { indices } = await other.state("CONSISTENCY_LINEARIZABLE", 2000);
        expect(indices).toHaveLength(2);
        return indices.map((index) => index.index_name).sort();
      });
      expect(names).toEqual(["before", "meanwhile"]);
      await eventually("it is promoted into the place of its old self", () => {
        const logs = [0, 1].map((i) => made.master(i).log()).join("");
        return logs.split('"event":"members-changing"').length > 2 ? true : undefined;
      });
      for (let n = 0; n < 3; n += 1) await other.createIndex(`settles-${String(n)}`);
      // From here on what is acknowledged needs its vote.
      await made.master(1).kill();
      await eventually("it and one other are a quorum", async () => {
        await other.createIndex("with-its-vote").catch((thrown: unknown) => {
          if (!String(thrown).includes("ALREADY_EXISTS")) throw thrown;
        });
        return true;
      });
    } finally {
      other.close();
    }
  }, 120_000);
});

describe("a data directory", () => {
  it("is refused with 79 and one line when a byte in the middle of the log is flipped", async () => {
    const { made } = await withIndices(20);
    await made.master(0).kill();
    const { file, end } = newestSegment(made.place(0).dataDir);
    flipByte(file, Math.floor(end / 2));
    const before = statSync(file).mtimeMs;
    const logLength = made.master(0).log().length;
    made.master(0).start();
    expect((await made.master(0).exit()).code).toBe(79);
    const lines = made.master(0).log().slice(logLength).trim().split("\n");
    const fatal = lines.filter((line) => line.includes('"level":"fatal"') || line.includes(file));
    expect(fatal).toHaveLength(1);
    expect(fatal[0]).toContain(file);
    expect(fatal[0]).toMatch(/offset/);
    expect(statSync(file).mtimeMs).toBe(before);
  }, 60_000);

  it("starts with a torn tail, and has everything that was acknowledged", async () => {
    const { made, asked } = await withIndices(20);
    await made.master(0).kill();
    const { file, end } = newestSegment(made.place(0).dataDir);
    // As a power cut leaves it: of the last batch, one sector never reached the disk.
    const lastSector = Math.floor((end - 1) / 512) * 512;
    const descriptor = openSync(file, "r+");
    writeSync(descriptor, Buffer.alloc(512), 0, 512, lastSector);
    closeSync(descriptor);
    made.master(0).start();
    const state = await eventually("it serves again", () =>
      asked.state("CONSISTENCY_LINEARIZABLE", 2000),
    );
    expect(state.indices.length).toBeGreaterThanOrEqual(19);
    await asked.createIndex("after");
  }, 60_000);

  it("is refused to a second daemon", async () => {
    const { made, asked } = await withIndices(1);
    const other = await TestCluster.create(1);
    const place = other.place(0);
    const args = [
      ...["--node-id", "twin", "--bind-addr", "127.0.0.1", "--peers", ""],
      ...["--raft-port", String(place.raftPort), "--grpc-port", String(place.grpcPort)],
      ...["--http-port", String(place.httpPort), "--data-dir", made.place(0).dataDir],
    ];
    const log = join(made.directory, "twin.log");
    const twin = new ManagedProcess("twin", { program: masterProgram, args }, log);
    twin.start();
    expect((await twin.exit()).code).toBe(79);
    expect(twin.log()).toContain("another process uses the data directory");
    twin.close();
    await other.close();
    await asked.createIndex("undisturbed");
  }, 60_000);

  it("is refused when the log it once had is cut short", async () => {
    const { made } = await withIndices(20);
    await made.master(0).stop();
    const { file, end } = newestSegment(made.place(0).dataDir);
    truncateSync(file, Math.floor(end / 2));
    made.master(0).start();
    expect((await made.master(0).exit()).code).toBe(79);
  }, 60_000);
});
