/** Signs of life and silence as a table of judgements. */
import { describe, expect, it } from "vitest";
import { limits } from "../../../src/controller/limits.js";
import {
  initialLiveness,
  isNews,
  judge,
  observe,
  type Liveness,
  type Sign,
} from "../../../src/controller/liveness.js";

const capable = { peerRecovery: true };
const plain = { peerRecovery: false };

function after(...signs: readonly (readonly [atMs: number, sign: Sign["kind"]])[]): Liveness {
  let liveness = initialLiveness(0, "healthy");
  for (const [atMs, kind] of signs) {
    const sign: Sign = kind === "stranger" ? { kind, reason: "wrong_node: [x]" } : { kind };
    liveness = observe(liveness, sign, atMs);
  }
  return liveness;
}

describe("judging a node", () => {
  it.each([
    ["one refusal says nothing", after([0, "answered"], [1000, "refused"]), 1000, "healthy"],
    ["two in a row: lost", after([1000, "refused"], [2000, "refused"]), 2000, "offline"],
    [
      "an answer between them starts afresh",
      after([1000, "refused"], [1500, "answered"], [2000, "refused"]),
      2000,
      "healthy",
    ],
    [
      "so does a heartbeat",
      after([1000, "refused"], [1500, "heartbeat"], [2000, "refused"]),
      2000,
      "healthy",
    ],
    ["short silence", after([0, "answered"], [2000, "silent"]), 4999, "healthy"],
    ["suspect at 5 s", after([0, "answered"], [2000, "silent"]), 5000, "unhealthy"],
    ["still suspect", after([0, "answered"]), limits.lostAfterMs - 1, "unhealthy"],
    ["lost at 10 s", after([0, "answered"]), limits.lostAfterMs, "offline"],
    ["heard again", after([0, "answered"], [20_000, "answered"]), 20_000, "healthy"],
    ["another node answers", after([0, "answered"], [1000, "stranger"]), 1000, "unhealthy"],
    ["and went on answering", after([0, "answered"], [9000, "stranger"]), 10_000, "offline"],
    [
      "heartbeats alone",
      after([0, "answered"], [4000, "silent"], [5000, "heartbeat"]),
      5000,
      "degraded",
    ],
  ] as const)("%s", (_name, liveness, nowMs, status) => {
    expect(judge(liveness, capable, nowMs).status).toBe(status);
  });

  it("is patient where copies can only wait for their node", () => {
    const silent = after([0, "answered"]);
    expect(judge(silent, plain, limits.lostAfterMs).status).toBe("unhealthy");
    expect(judge(silent, plain, limits.lostWithoutRecoveryAfterMs - 1).status).toBe("unhealthy");
    expect(judge(silent, plain, limits.lostWithoutRecoveryAfterMs).status).toBe("offline");
  });

  it("gives grace at the start of a leadership, but not to a node that was offline", () => {
    expect(judge(initialLiveness(7, "healthy"), capable, 7).status).toBe("healthy");
    expect(judge(initialLiveness(7, "offline"), capable, 7).status).toBe("offline");
  });

  it("lets orders through only while the node itself answers", () => {
    expect(after().reachable).toBe(false);
    expect(after([0, "answered"]).reachable).toBe(true);
    for (const kind of ["refused", "silent", "stranger"] as const) {
      expect(after([0, "answered"], [1, kind]).reachable).toBe(false);
    }
    expect(after([0, "answered"], [1, "heartbeat"]).reachable).toBe(true);
  });

  it("is news when the status or its reason differs, except between two ways of being away", () => {
    const healthy = { status: "healthy", statusReason: "" } as const;
    expect(isNews(healthy, { status: "healthy", reason: "" })).toBe(false);
    expect(isNews(healthy, { status: "offline", reason: "silent" })).toBe(true);
    const suspect = { status: "unhealthy", statusReason: "silent" } as const;
    expect(isNews(suspect, { status: "unhealthy", reason: "wrong_node: [x]" })).toBe(true);
    const away = { status: "offline", statusReason: "silent" } as const;
    expect(isNews(away, { status: "offline", reason: "connection refused or reset" })).toBe(false);
  });
});
