/** Logs and snapshots seen from outside: what is told of them, and that nothing is changed. */
import { symlinkSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";

import { FatalError, exitCode } from "../../../src/base/errors.js";
import type { OfflineCommand } from "../../../src/cli/arguments.js";
import { runOfflineCommand } from "../../../src/cli/offline.js";
import { runningDaemon } from "../../../src/cli/running-daemon.js";
import { createDisk } from "../../../src/storage/disk.js";
import { openLevel } from "../../../src/storage/level-key-value.js";
import { acquireProcessLock } from "../../../src/storage/process-lock.js";
import { SnapshotStore } from "../../../src/storage/snapshot/snapshot-store.js";
import { RecordedTerminal } from "../../support/cli/recorded-terminal.js";
import { MemoryDisk } from "../../support/storage/memory-disk.js";
import { scratchDirectory } from "../../support/storage/scratch.js";
import { appendAll, entriesOf, identity, openSmall } from "../../support/storage/wal-fixtures.js";

let disk: MemoryDisk;
let terminal: RecordedTerminal;
let daemon: number | undefined;

beforeEach(() => {
  disk = new MemoryDisk();
  terminal = new RecordedTerminal();
  daemon = undefined;
});

/** Runs a command; whatever it does, nothing on the disk may change and no file stay open. */
async function run(
  subject: OfflineCommand["subject"],
  verb: OfflineCommand["verb"],
  path: string,
  json = false,
): Promise<number> {
  const before = disk.mutations;
  const deps = { disk, terminal, runningDaemon: () => daemon };
  try {
    return await runOfflineCommand({ subject, verb, path }, json, deps);
  } finally {
    expect(disk.mutations).toBe(before);
    expect(disk.openCount).toBe(0);
  }
}

async function failure(call: Promise<number>): Promise<FatalError> {
  const thrown = await call.then(
    (code) => code,
    (reason: unknown) => reason,
  );
  if (thrown instanceof FatalError) return thrown;
  throw new Error(`no refusal: ${String(thrown)}`);
}

/** A log of several segments with entries 1 to 60 in terms 1 and 2. */
function writeLog(): void {
  disk.makeDirectory("/data/wal");
  const { writer } = openSmall(disk);
  const halves = [entriesOf(1, 30), entriesOf(31, 30, { term: 2 })].flat();
  appendAll(writer, [
    { seq: 1, hardState: { term: 2, vote: 77, commit: 44 }, entries: [] },
    ...halves.map((entry, n) => ({ seq: n + 2, entries: [entry] })),
  ]);
  writer.close();
}

function segments(): string[] {
  return disk.list("/data/wal").filter((name) => name.endsWith(".wal"));
}

/** Inverts one byte. */
function damage(path: string, offset: number): void {
  const file = disk.open(path, "readWrite");
  const byte = new Uint8Array(1);
  disk.pread(file, byte, offset);
  disk.pwrite(file, Uint8Array.of((byte[0] ?? 0) ^ 0xff), offset);
  disk.close(file);
}

describe("wal inspect", () => {
  it("shows the log and its segments, by data directory or by folder", async () => {
    writeLog();
    const count = segments().length;
    expect(count).toBeGreaterThan(3);
    expect(await run("wal", "inspect", "/data")).toBe(exitCode.clean);
    const text = terminal.stdout.join("\n");
    expect(text).toContain("log /data/wal");
    expect(text).toMatch(/verdict +sound$/m);
    expect(text).toMatch(new RegExp(`segments +${String(count)}, `));
    expect(text).toMatch(/log indexes +1 to 60$/m);
    expect(text).toMatch(/last term +2$/m);
    expect(text).toMatch(/hard state +term 2, voted for member 77$/m);
    expect(text).toMatch(/committed +44 at least$/m);
    const rows = terminal.stdout.filter((line) => line.includes(".wal "));
    expect(rows).toHaveLength(count);
    const first = terminal.stdout;
    terminal = new RecordedTerminal();
    expect(await run("wal", "inspect", "/data/wal")).toBe(exitCode.clean);
    expect(terminal.stdout).toEqual(first);
    expect(terminal.stderr).toEqual([]);
  });

  it("has every batch in its JSON", async () => {
    writeLog();
    await run("wal", "inspect", "/data", true);
    expect(terminal.stdout).toHaveLength(1);
    const seen = JSON.parse(terminal.stdout[0] ?? "") as {
      segments: { batches: { entries?: { first_log_index: number } }[] }[];
    };
    expect(seen).toMatchObject({
      is_running: false,
      decision: "open",
      last_log_index: 60,
      hard_state: { term: 2, vote: 77, commit: 44 },
      findings: [],
    });
    const indexes = seen.segments
      .flatMap(({ batches }) => batches)
      .flatMap(({ entries }) => (entries === undefined ? [] : [entries.first_log_index]));
    expect(indexes).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
  });

  it("shows a damaged log all the same, and ends with 0", async () => {
    writeLog();
    damage(join("/data/wal", segments()[1] ?? ""), 600);
    expect(await run("wal", "inspect", "/data")).toBe(exitCode.clean);
    expect(terminal.stdout.join("\n")).toMatch(/verdict +damaged/);
  });
});

describe("wal verify", () => {
  it("finds a good log good", async () => {
    writeLog();
    expect(await run("wal", "verify", "/data")).toBe(exitCode.clean);
    expect(terminal.stdout.join("\n")).toMatch(/verdict +sound$/m);
  });

  it("names file, offset, what was expected and found, and which entries are lost", async () => {
    writeLog();
    const name = join("/data/wal", segments()[1] ?? "");
    damage(name, 3 * 512 + 40);
    expect(await run("wal", "verify", "/data")).toBe(exitCode.dataRefused);
    const text = terminal.stdout.join("\n");
    expect(text).toMatch(/^\d+ problems?:$/m);
    expect(text).toMatch(new RegExp(`^ {2}${name} at byte \\d+ \\(\\w+\\)$`, "m"));
    expect(text).toMatch(/expected .+, found .+; log index(es)? \d+.* cannot be read/);
  });

  it("says the same in JSON", async () => {
    writeLog();
    const file = join("/data/wal", segments()[1] ?? "");
    damage(file, 3 * 512 + 40);
    expect(await run("wal", "verify", "/data", true)).toBe(exitCode.dataRefused);
    const seen = JSON.parse(terminal.stdout[0] ?? "") as { findings: object[] };
    expect(seen).toMatchObject({ decision: "refuse" });
    expect(seen.findings).toContainEqual(
      expect.objectContaining({
        file,
        offset: expect.any(Number) as number,
        expected: expect.any(String) as string,
        actual: expect.any(String) as string,
        first_log_index: expect.any(Number) as number,
      }),
    );
  });

  it("finds each damaged byte of what was written, wherever it is", async () => {
    writeLog();
    const clean = disk;
    for (const name of segments()) {
      const path = join("/data/wal", name);
      for (let offset = 13; offset < 5 * 512; offset += 397) {
        disk = clean;
        damage(path, offset);
        const code = await run("wal", "verify", "/data");
        // The last segment may end before that byte; zeros behind its end are not the log's.
        const isTail = name === segments().at(-1);
        if (!isTail || offset < 512) expect(code, path).toBe(exitCode.dataRefused);
        damage(path, offset);
        expect(await run("wal", "verify", "/data")).toBe(exitCode.clean);
      }
    }
  });

  it("tells a torn tail, which opening cuts, from damage", async () => {
    writeLog();
    const { writer } = openSmall(disk);
    appendAll(writer, [{ seq: 99, entries: entriesOf(61, 1, { term: 2, bytes: 900 }) }]);
    writer.close();
    const path = join("/data/wal", segments().at(-1) ?? "");
    const file = disk.open(path, "readWrite");
    const bytes = new Uint8Array(disk.stat(path)?.bytes ?? 0);
    disk.pread(file, bytes, 0);
    const end = bytes.findLastIndex((byte) => byte !== 0);
    const start = Math.floor(end / 512) * 512;
    disk.pwrite(file, new Uint8Array(512), start);
    disk.close(file);
    expect(await run("wal", "verify", "/data")).toBe(exitCode.clean);
    expect(terminal.stdout.join("\n")).toContain("opening keeps a copy and cuts it");
  });

  it("warns that a daemon runs, and what that means for damage", async () => {
    writeLog();
    daemon = 4711;
    expect(await run("wal", "verify", "/data")).toBe(exitCode.clean);
    expect(terminal.stderr).toEqual([expect.stringContaining("process 4711 uses /data")]);
    damage(join("/data/wal", segments()[0] ?? ""), 600);
    expect(await run("wal", "verify", "/data/wal")).toBe(exitCode.dataRefused);
    expect(terminal.stderr.at(-1)).toContain("verify again when the daemon is stopped");
  });
});

describe("where there is no log", () => {
  it("says so, and tells a deleted one from none", async () => {
    disk.makeDirectory("/data/wal");
    const none = await failure(run("wal", "verify", "/data"));
    expect(none).toMatchObject({
      exit: 1,
      message: expect.stringContaining("no segment") as string,
    });
    disk.close(disk.open("/data/wal.created", "create"));
    const deleted = await failure(run("wal", "inspect", "/data"));
    expect(deleted.exit).toBe(exitCode.dataRefused);
    expect(deleted.message).toContain("the log was deleted");
    expect((await failure(run("wal", "verify", "/data/wal"))).exit).toBe(exitCode.dataRefused);
  });

  it("says that the folder does not exist, or is a file", async () => {
    expect((await failure(run("wal", "verify", "/nowhere"))).message).toContain("/nowhere");
    disk.makeDirectory("/data");
    disk.close(disk.open("/data/file", "create"));
    const failed = await failure(run("wal", "inspect", "/data/file"));
    expect(failed).toMatchObject({ exit: 1, message: "/data/file is no folder but a file" });
  });
});

describe("snapshots", () => {
  const meta = { version: 12, hash: "abc" };
  let path: string;

  beforeEach(async () => {
    disk.makeDirectory("/data");
    const { clusterId } = identity;
    const store = new SnapshotStore({ disk, directory: "/data/snapshots", clusterId });
    const bytes = Buffer.from(JSON.stringify(meta));
    const writer = await store.create({ logIndex: 40, term: 3, meta: bytes });
    await writer.write(Buffer.from("one\ntwo\nthree\n"));
    const { id } = await writer.finish();
    path = `/data/snapshots/${id}.snap`;
  });

  it("are shown with what they stand for", async () => {
    expect(await run("snapshot", "inspect", path)).toBe(exitCode.clean);
    const text = terminal.stdout.join("\n");
    expect(text).toContain(`snapshot ${path}`);
    for (const line of [
      /cluster +0b0e7b54/,
      /log index +40$/,
      /term +3$/,
      /state version +12$/,
      /state hash +abc$/,
      /body +1 chunk, 14 bytes$/,
      /items +3$/,
      /checksums +all fit$/,
    ]) {
      expect(text).toMatch(new RegExp(line, "m"));
    }
  });

  it("are shown in JSON with what their head says", async () => {
    expect(await run("snapshot", "verify", path, true)).toBe(exitCode.clean);
    expect(JSON.parse(terminal.stdout[0] ?? "")).toMatchObject({
      header: { log_index: 40, term: 3, meta },
      item_count: 3,
      is_whole: true,
      findings: [],
    });
  });

  it("are damaged by any byte that is not what it was", async () => {
    const { bytes } = disk.stat(path) ?? { bytes: 0 };
    expect(bytes).toBeGreaterThan(100);
    for (let offset = 0; offset < bytes; offset += 7) {
      damage(path, offset);
      terminal = new RecordedTerminal();
      expect(await run("snapshot", "verify", path), String(offset)).toBe(exitCode.dataRefused);
      expect(terminal.stdout.join("\n")).toMatch(/1 problem:\n {2}\S+ at byte \d+ \(\w+\)/);
      expect(terminal.stdout.join("\n")).toMatch(/checksums +do not all fit$/m);
      damage(path, offset);
    }
    expect(await run("snapshot", "verify", path)).toBe(exitCode.clean);
  });

  it("are files, not folders", async () => {
    for (const folder of ["/data", "/data/snapshots"]) {
      const { exit, message } = await failure(run("snapshot", "verify", folder));
      expect(exit).toBe(1);
      expect(message).toContain(`is a folder; name one of its files, such as ${path}`);
    }
    const missing = await failure(run("snapshot", "verify", "/data/none.snap"));
    expect(missing).toMatchObject({ exit: 1, message: "there is no file /data/none.snap" });
  });
});

describe("a running daemon", () => {
  it("is the process that has the lock's file open", async () => {
    const directory = scratchDirectory();
    createDisk().makeDirectory(join(directory, "lock"));
    expect(runningDaemon(directory)).toBeUndefined();
    const lock = await acquireProcessLock(join(directory, "lock"), openLevel);
    onTestFinished(() => lock.release());
    expect(runningDaemon(directory)).toBe(process.pid);
    const alias = join(scratchDirectory(), "alias");
    symlinkSync(directory, alias);
    expect(runningDaemon(alias)).toBe(process.pid);
  });

  it("is none where processes cannot be seen", () => {
    const processes = scratchDirectory();
    mkdirSync(join(processes, "12"));
    expect(runningDaemon("/data", processes)).toBeUndefined();
    expect(runningDaemon("/data", join(processes, "missing"))).toBeUndefined();
    mkdirSync(join(processes, "13/fd"), { recursive: true });
    symlinkSync("/data/lock/LOCK", join(processes, "13/fd/7"));
    expect(runningDaemon("/data", processes)).toBe(13);
    expect(runningDaemon("/data2", processes)).toBeUndefined();
  });
});

describe("what this user may not read", () => {
  it("is named with the way out", async () => {
    const denied = Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
    const deps = {
      disk: {
        ...createDisk(),
        stat: () => {
          throw denied;
        },
      },
      terminal,
      runningDaemon: () => undefined,
    };
    const command = { subject: "wal", verb: "verify", path: "/data" } as const;
    const failed = await failure(runOfflineCommand(command, false, deps));
    expect(failed).toMatchObject({
      exit: 1,
      message: "/data cannot be read: this user may not; run this as the user of the daemon",
    });
  });
});
