/**
 * Whether a daemon uses a data directory, found out without touching it: the process that holds
 * its lock has the lock's file open. Processes of other users or containers cannot be seen, so
 * this is good for a warning and for no more.
 */
import { readdirSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";

/** Id of the process that uses the data directory; undefined = none that can be seen. */
export function runningDaemon(
  dataDirectory: string,
  processesDirectory = "/proc",
): number | undefined {
  const lockFile = join(attempt(() => realpathSync(dataDirectory)) ?? dataDirectory, "lock/LOCK");
  const ids = attempt(() => readdirSync(processesDirectory)) ?? [];
  const found = ids.find((id) => {
    if (!/^\d+$/.test(id)) return false;
    const folder = join(processesDirectory, id, "fd");
    const files = attempt(() => readdirSync(folder)) ?? [];
    return files.some((name) => attempt(() => readlinkSync(join(folder, name))) === lockFile);
  });
  return found === undefined ? undefined : Number(found);
}

/** Processes end and files close while one looks; others may not be looked at. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
