import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { FatalError } from "../../../src/base/errors.js";
import { FakeMaster } from "../../support/devnode/fake-master.js";
import { Harness } from "../../support/devnode/harness.js";

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.open();
});

afterEach(() => harness.close());

describe("a reference node", () => {
  it("registers what it is, then says that it lives", async () => {
    const node = await harness.node("n1", { tier: "hot", maxShards: 7, labels: { zone: "a" } });
    const { master } = harness;
    await master.until(() => master.heartbeats.length >= 2);
    expect(await node.registered()).toBe(true);
    expect(master.registrations).toHaveLength(1);
    expect(master.registrations[0]).toMatchObject({
      node_id: "n1",
      node_type: "NODE_TYPE_DATA",
      bind_addr: "127.0.0.1",
      grpc_port: node.port,
      attributes: { storage_tier: "hot", max_shards: 7, labels: { zone: "a" } },
      capabilities: ["fencing", "peer_recovery"],
    });
  });

  it("tries until a leader takes the registration", async () => {
    const { master } = harness;
    master.verdicts.register = status.FAILED_PRECONDITION;
    const node = await harness.node("n1");
    await master.until(() => master.registrations.length >= 5);
    master.verdicts.register = "ok";
    expect(await node.registered()).toBe(true);
  });

  it("registers again when a master does not know it, or was away", async () => {
    const { master } = harness;
    await harness.node("n1");
    await master.until(() => master.heartbeats.length > 0);
    master.verdicts.heartbeat = "not-acknowledged";
    await master.until(() => master.registrations.length >= 2);
    master.verdicts.heartbeat = "ok";
    const seen = master.heartbeats.length;
    await master.until(() => master.heartbeats.length > seen + 1);
    const before = master.registrations.length;
    master.stop();
    await master.start();
    await master.until(() => master.registrations.length > before);
  });

  it("does not register again because there is no leader for a moment", async () => {
    const { master } = harness;
    await harness.node("n1");
    master.verdicts.heartbeat = status.FAILED_PRECONDITION;
    await master.until(() => master.heartbeats.length >= 4);
    expect(master.registrations).toHaveLength(1);
  });

  it("turns to another master when one is away", async () => {
    const other = new FakeMaster();
    await other.start();
    const { master } = harness;
    const masters = [master.address, other.address];
    await harness.node("n1", { masters });
    await master.until(() => master.heartbeats.length > 0);
    master.stop();
    await other.until(() => other.heartbeats.length > 0);
    expect(other.registrations).toHaveLength(1);
    other.stop();
  });

  it("says good-bye when it is stopped, and nothing when it is killed", async () => {
    const { master } = harness;
    const stopped = await harness.node("n1");
    const killed = await harness.node("n2");
    await Promise.all([stopped.registered(), killed.registered()]);
    await Promise.all([stopped.stop(), killed.kill()]);
    expect(master.unregistered).toEqual(["n1"]);
  });

  it("takes nothing back that no master gave it: its id may be another node's", async () => {
    const { master } = harness;
    master.verdicts.register = status.ABORTED;
    const node = await harness.node("n1");
    await master.until(() => master.registrations.length > 0);
    await node.stop();
    expect(master.unregistered).toEqual([]);
  });

  it("is silent while it hangs", async () => {
    const { master } = harness;
    const node = await harness.node("n1");
    await node.registered();
    node.setFaults({ hang: true });
    const other = await harness.node("n2");
    const beats = (id: string): number => master.heartbeats.filter((one) => one === id).length;
    // Whatever was on its way before the fault is in by the time the other one speaks twice.
    await master.until(() => beats("n2") >= 2);
    const before = beats("n1");
    await master.until(() => beats("n2") >= 6);
    expect(beats("n1")).toBe(before);
    await other.stop();
  });

  it("does not start on a port that is taken", async () => {
    const node = await harness.node("n1");
    await expect(harness.node("n2", { grpcPort: node.port })).rejects.toThrow(FatalError);
  });
});

describe("a Go-mode node", () => {
  it("registers once, without capabilities, and is silent then", async () => {
    const { master } = harness;
    const node = await harness.node("go", { mode: "go" });
    expect(await node.registered()).toBe(true);
    expect(master.registrations).toHaveLength(1);
    expect(master.registrations[0]).toMatchObject({ capabilities: [], node_id: "go" });
    const other = await harness.node("n1");
    await master.until(() => master.heartbeats.length >= 5);
    expect(master.heartbeats).not.toContain("go");
    await other.stop();
  });

  it.each([
    [status.FAILED_PRECONDITION, 3],
    [status.UNAVAILABLE, 1],
    [status.INTERNAL, 1],
  ])("gives up for good on status %i after %i tries", async (code, tries) => {
    harness.master.verdicts.register = code;
    const node = await harness.node("go", { mode: "go" });
    expect(await node.registered()).toBe(false);
    expect(harness.master.registrations).toHaveLength(tries);
  });

  it("gives up when no master can be reached", async () => {
    harness.master.stop();
    const node = await harness.node("go", { mode: "go" });
    expect(await node.registered()).toBe(false);
  });

  it("says good-bye when it is stopped", async () => {
    const node = await harness.node("go", { mode: "go" });
    await node.registered();
    await node.stop();
    expect(harness.master.unregistered).toEqual(["go"]);
  });
});
