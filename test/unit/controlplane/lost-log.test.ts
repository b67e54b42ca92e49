/** A member whose log vanished must not speak under its id again: it forgot what it promised. */
import { rmSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";

import { createDisk } from "../../../src/storage/disk.js";
import { readFormation } from "../../../src/storage/identity.js";
import { MemberCluster } from "../../support/controlplane/member-cluster.js";
import { indexCreate } from "../../support/state/commands.js";

let cluster: MemberCluster | undefined;

afterEach(async () => {
  const last = cluster;
  cluster = undefined;
  await last?.close();
});

describe("a member without its log", () => {
  it.each([
    ["emptied, with all that would tell", ["wal", "walCreated", "state", "snapshots"] as const],
    ["gone alone", ["wal"] as const],
  ])("%s: it is refused with 79, and nothing is made anew", async (_, parts) => {
    const members = await MemberCluster.formed({ size: 3 });
    cluster = members;
    const leader = await members.leader();
    const caller = { origin: "test", budgetMs: 8000 };
    await members.settle(members.plane(leader).propose(indexCreate("a"), caller));
    const [at = 0] = members.others(leader);
    const paths = members.paths(at);
    await members.stop(at);
    const disk = createDisk();
    expect(readFormation(disk, paths.directory)?.logCreated).toBe(true);
    for (const part of parts) rmSync(paths[part], { recursive: true, force: true });
    await members.restart(at);
    const joined = members.settle(members.joined(at));
    await expect(joined).rejects.toMatchObject({ exit: 79 });
    await expect(joined).rejects.toThrow("replace this member with an empty one");
    expect(disk.stat(paths.wal)).toBeUndefined();
    await members.stop(at);
  });
});
