/**
 * The commands on files: they read a log or a snapshot of a data directory and say what they see.
 * They change nothing and take no lock, so they may run beside the daemon; then they see a moment
 * of files that are being written, and say so.
 */
import { dirname, join, resolve } from "node:path";

import { exitCode, FatalError, type ExitCode } from "../base/errors.js";
import { systemCode, type Disk } from "../storage/disk.js";
import { dataPaths } from "../storage/identity.js";
import { inspectSnapshot } from "../storage/inspect/snapshot.js";
import { inspectWal, verifyWal, type WalVerdict } from "../storage/inspect/wal.js";
import { refusedExit } from "./admin-client.js";
import type { OfflineCommand } from "./arguments.js";
import { readMeta, renderSnapshot, renderWal, renderWalVerdict } from "./inspect-view.js";
import { toJson } from "./json.js";
import type { Terminal } from "./terminal.js";

/** What the commands work with. */
export interface OfflineDeps {
  readonly disk: Disk;
  readonly terminal: Terminal;
  /** Id of the process that uses a data directory, if one can be seen. */
  readonly runningDaemon: (dataDirectory: string) => number | undefined;
}

/**
 * Runs one command; gives the exit code, which tells for `verify` whether all is sound.
 *
 * @throws FatalError when there is nothing to read at the path.
 */
export async function runOfflineCommand(
  command: OfflineCommand,
  json: boolean,
  deps: OfflineDeps,
): Promise<ExitCode> {
  const path = resolve(command.path);
  try {
    return command.subject === "wal"
      ? runWal(walPlace(path, deps.disk), { verb: command.verb, json }, deps)
      : await runSnapshot(path, { verb: command.verb, json }, deps);
  } catch (thrown) {
    const code = systemCode(thrown);
    if (!/^E[A-Z0-9]+$/.test(code)) throw thrown;
    const reason = readFailures[code] ?? (thrown instanceof Error ? thrown.message : code);
    throw new FatalError(refusedExit, `${path} cannot be read: ${reason}`, {}, thrown);
  }
}

const readFailures: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  ENOTDIR: "a part of the path is no folder",
  EACCES: "this user may not; run this as the user of the daemon",
  EPERM: "this user may not; run this as the user of the daemon",
};

interface How {
  readonly verb: OfflineCommand["verb"];
  readonly json: boolean;
}

/** A log, and the data directory that it is in. */
interface WalPlace {
  readonly directory: string;
  readonly dataDirectory: string;
}

/** The folder that was named is a data directory when it looks like one, else a log. */
function walPlace(path: string, disk: Disk): WalPlace {
  const stat = disk.stat(path);
  if (stat === undefined) throw new FatalError(refusedExit, `there is no folder ${path}`);
  if (!stat.isDirectory) throw new FatalError(refusedExit, `${path} is no folder but a file`);
  const { wal, walCreated } = dataPaths(path);
  const isDataDirectory = disk.stat(wal) !== undefined || disk.stat(walCreated) !== undefined;
  if (isDataDirectory) return { directory: wal, dataDirectory: path };
  return { directory: path, dataDirectory: dirname(path) };
}

function runWal(place: WalPlace, { verb, json }: How, deps: OfflineDeps): ExitCode {
  const { disk, terminal } = deps;
  const { directory } = place;
  const isRunning = warnIfRunning(place.dataDirectory, deps);
  const seen = verb === "inspect" ? inspectWal(disk, directory) : undefined;
  const verdict: WalVerdict | undefined = seen ?? verifyWal(disk, directory);
  if (verdict === undefined) return noLog(place, disk);
  if (json) terminal.out(toJson({ isRunning, ...verdict }));
  else
    for (const line of seen === undefined ? renderWalVerdict(verdict) : renderWal(seen))
      terminal.out(line);
  const isSound = verdict.decision === "open" || verdict.decision === "torn";
  if (isSound || verb === "inspect") return exitCode.clean;
  if (isRunning)
    terminal.err(
      "a batch that was being written looks like this; verify again when the daemon is stopped",
    );
  return exitCode.dataRefused;
}

/** A folder without segments: nothing to look at, or a log that was deleted. */
function noLog({ directory, dataDirectory }: WalPlace, disk: Disk): never {
  const { walCreated, wal } = dataPaths(dataDirectory);
  if (directory === wal && disk.stat(walCreated) !== undefined) {
    const text = `${directory} has no segment, and ${walCreated} says that it had some: the log was deleted`;
    throw new FatalError(exitCode.dataRefused, text);
  }
  throw new FatalError(refusedExit, `there is no log in ${directory}: no segment is there`);
}

async function runSnapshot(
  path: string,
  { verb, json }: How,
  deps: OfflineDeps,
): Promise<ExitCode> {
  const { disk, terminal } = deps;
  const stat = disk.stat(path);
  if (stat === undefined) throw new FatalError(refusedExit, `there is no file ${path}`);
  if (stat.isDirectory) throw new FatalError(refusedExit, folderText(path, disk));
  const isRunning = warnIfRunning(dirname(dirname(path)), deps);
  const seen = await inspectSnapshot(disk, path);
  if (json) {
    const header = seen.header && {
      ...seen.header,
      meta: readMeta(seen.header.meta) ?? seen.header.meta,
    };
    terminal.out(toJson({ isRunning, ...seen, header }));
  } else for (const line of renderSnapshot(seen)) terminal.out(line);
  return seen.isWhole || verb === "inspect" ? exitCode.clean : exitCode.dataRefused;
}

function folderText(path: string, disk: Disk): string {
  const below =
    disk.stat(join(path, "snapshots"))?.isDirectory === true ? join(path, "snapshots") : path;
  const files = disk.list(below).filter((name) => name.endsWith(".snap"));
  const [newest] = files.slice(-1);
  const hint =
    newest === undefined ? "" : `; name one of its files, such as ${join(below, newest)}`;
  return `${path} is a folder${hint}`;
}

function warnIfRunning(dataDirectory: string, { terminal, runningDaemon }: OfflineDeps): boolean {
  const id = runningDaemon(dataDirectory);
  if (id === undefined) return false;
  terminal.err(
    `process ${String(id)} uses ${dataDirectory}: what follows is a moment's look at files that are being written`,
  );
  return true;
}
