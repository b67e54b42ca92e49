/** Directories on this machine's disk for tests; each is removed when its test ends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A new directory that the running test owns. */
export function scratchDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), "quidditch-storage-"));
  onTestFinished(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}
