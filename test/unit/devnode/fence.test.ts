import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { exitCode } from "../../../src/base/errors.js";
import { diskFiles } from "../../../src/devnode/disk-files.js";
import { Fence } from "../../../src/devnode/fence.js";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "fence-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

describe("Fence", () => {
  it("takes the first cluster that orders, and higher epochs of it", async () => {
    const fence = await Fence.open(diskFiles, directory);
    await fence.admit({ clusterUuid: "one", epoch: 3 });
    await fence.admit({ clusterUuid: "one", epoch: 3 });
    await fence.admit({ clusterUuid: "one", epoch: 5 });
    expect(fence.record).toEqual({ clusterUuid: "one", epoch: 5 });
  });

  it.each([
    [{ clusterUuid: "two", epoch: 9 }, status.FAILED_PRECONDITION],
    [{ clusterUuid: "one", epoch: 2 }, status.FAILED_PRECONDITION],
    [{ clusterUuid: "", epoch: 9 }, status.INVALID_ARGUMENT],
  ])("refuses %j after epoch 3 of cluster one, also after a restart", async (order, code) => {
    await (await Fence.open(diskFiles, directory)).admit({ clusterUuid: "one", epoch: 3 });
    const fence = await Fence.open(diskFiles, directory);
    await expect(fence.admit(order)).rejects.toMatchObject({ code });
    expect(fence.record).toEqual({ clusterUuid: "one", epoch: 3 });
  });

  it.each(["{", "[]", '{"clusterUuid":"one"}'])("refuses a record of %s", async (text) => {
    writeFileSync(join(directory, "fence.json"), text);
    await expect(Fence.open(diskFiles, directory)).rejects.toMatchObject({
      exit: exitCode.dataRefused,
    });
  });
});
