/**
 * What is sent to systemd, seen through a program that writes down its argument and its
 * environment instead of systemd-notify, and what happens when that program fails.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createNotifier } from "../../../src/process/notify.js";
import type { Notifier } from "../../../src/process/notify.js";

let folder = "";
let errors: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "notify-"));
  errors = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function notifier(script: string, socketPath: string | undefined): Notifier {
  const program = join(folder, "notify");
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  return createNotifier({ socketPath, program, onError: (reason) => errors.push(reason) });
}

describe("a notifier", () => {
  it("sends one assignment a call, in order, to the socket it was given", async () => {
    const out = join(folder, "out");
    const sut = notifier(`echo "$NOTIFY_SOCKET $*" >> ${out}`, "/run/n.sock");
    await sut.status("joining,\n no leader");
    await sut.ready();
    await sut.stopping();
    expect(readFileSync(out, "utf8")).toBe(
      "/run/n.sock STATUS=joining, no leader\n/run/n.sock READY=1\n/run/n.sock STOPPING=1\n",
    );
    expect(errors).toEqual([]);
  });

  it("sends nothing without a socket", async () => {
    for (const socketPath of [undefined, ""]) await notifier("exit 1", socketPath).ready();
    expect(errors).toEqual([]);
  });

  it("reports a message that could not be sent and goes on", async () => {
    await notifier("exit 1", "/run/n.sock").ready();
    expect(errors).toEqual([expect.stringContaining("READY=1")]);
  });
});
