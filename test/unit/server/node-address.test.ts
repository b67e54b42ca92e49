import { describe, expect, it } from "vitest";

import { hostOf } from "../../../src/server/grpc/call.js";
import { resolveNodeHost } from "../../../src/server/grpc/node-address.js";

describe("the host of a node that registers", () => {
  const remote = { peerHost: "10.1.2.3", advertiseHost: "10.1.2.1" };
  it.each([
    ["a claimed address", { claimed: "10.9.9.9", ...remote }, "10.9.9.9"],
    ["a claimed name", { claimed: "data-1.example", ...remote }, "data-1.example"],
    ["a claimed loopback", { claimed: "127.0.0.1", ...remote }, "127.0.0.1"],
    ["an empty address", { claimed: "", ...remote }, "10.1.2.3"],
    ["the IPv4 wildcard", { claimed: "0.0.0.0", ...remote }, "10.1.2.3"],
    ["the IPv6 wildcard", { claimed: "::", ...remote }, "10.1.2.3"],
    ["the IPv6 wildcard in brackets", { claimed: "[::]", ...remote }, "10.1.2.3"],
    ["the IPv6 wildcard in full", { claimed: "0:0:0:0:0:0:0:0", ...remote }, "10.1.2.3"],
    [
      "an IPv4-mapped peer",
      { claimed: "0.0.0.0", peerHost: "::ffff:10.1.2.3", advertiseHost: "10.1.2.1" },
      "10.1.2.3",
    ],
    ["an IPv6 peer", { claimed: "::", peerHost: "fd00::7", advertiseHost: "10.1.2.1" }, "fd00::7"],
    [
      "a loopback peer of a member that others reach",
      { claimed: "0.0.0.0", peerHost: "127.0.0.1", advertiseHost: "10.1.2.1" },
      "10.1.2.1",
    ],
    [
      "an IPv6 loopback peer of a member that others reach",
      { claimed: "", peerHost: "::1", advertiseHost: "10.1.2.1" },
      "10.1.2.1",
    ],
    [
      "a loopback peer of a member on loopback",
      { claimed: "0.0.0.0", peerHost: "127.0.0.1", advertiseHost: "127.0.0.1" },
      "127.0.0.1",
    ],
    [
      "a loopback peer of a member that only knows a wildcard",
      { claimed: "0.0.0.0", peerHost: "127.0.0.1", advertiseHost: "0.0.0.0" },
      "127.0.0.1",
    ],
    [
      "no known peer",
      { claimed: "0.0.0.0", peerHost: "unknown", advertiseHost: "10.1.2.1" },
      "0.0.0.0",
    ],
  ])("%s", (_what, claim, host) => {
    expect(resolveNodeHost(claim)).toBe(host);
  });
});

describe("the host of a peer", () => {
  it.each([
    ["10.0.0.1:5000", "10.0.0.1"],
    ["::ffff:10.0.0.1:5000", "10.0.0.1"],
    ["::1:5000", "::1"],
    ["[fd00::1]:5000", "fd00::1"],
    ["unknown", "unknown"],
  ])("%s is %s", (peer, host) => {
    expect(hostOf(peer)).toBe(host);
  });
});
