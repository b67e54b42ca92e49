/** The cluster's name and settings, and what is common to all commands: versions and no-ops. */
import { describe, expect, it } from "vitest";
import { initialState } from "../../../src/state/initial.js";
import { isEnabled } from "../../../src/state/versions.js";
import { TestCluster } from "../../support/state/test-cluster.js";

const init = {
  kind: "cluster.init",
  clusterUuid: "cluster-1",
  clusterName: "quidditch-cluster",
} as const;

describe("cluster.init", () => {
  it("names the cluster once", () => {
    const cluster = new TestCluster();
    cluster.ok(init);
    expect(cluster.state).toMatchObject({
      version: 1,
      clusterUuid: "cluster-1",
      clusterName: "quidditch-cluster",
    });
    cluster.unchanged({ ...init, clusterName: "other" });
    const rejection = cluster.rejects({ ...init, clusterUuid: "cluster-2" }, "wrong_state");
    expect(rejection.details).toEqual({ clusterUuid: "cluster-1" });
  });
});

describe("cluster.settings", () => {
  it("sets, changes and removes by name, one version each", () => {
    const cluster = new TestCluster();
    cluster.ok({ kind: "cluster.settings", changes: { b: "2", a: "1" } });
    expect(Object.keys(cluster.state.settings)).toEqual(["a", "b"]);
    cluster.ok({ kind: "cluster.settings", changes: { a: null, b: "3" } });
    expect(cluster.state.settings).toEqual({ b: "3" });
    expect(cluster.state.version).toBe(2);
  });

  it("changes nothing when all is so already", () => {
    const cluster = new TestCluster();
    cluster.ok({ kind: "cluster.settings", changes: { a: "1" } });
    cluster.unchanged({ kind: "cluster.settings", changes: { a: "1", b: null } });
    cluster.unchanged({ kind: "cluster.settings", changes: {} });
  });

  it("is bounded over several commands", () => {
    const cluster = new TestCluster();
    const many = (prefix: string): Record<string, string> =>
      Object.fromEntries(Array.from({ length: 600 }, (_, n) => [`${prefix}${String(n)}`, "x"]));
    cluster.ok({ kind: "cluster.settings", changes: many("a") });
    cluster.rejects({ kind: "cluster.settings", changes: many("b") }, "limit_exceeded");
  });
});

describe("feature versions", () => {
  it("the first format is on from the start", () => {
    expect(isEnabled(initialState(), "base")).toBe(true);
    expect(isEnabled({ ...initialState(), featureVersion: 0 }, "base")).toBe(false);
  });
});
