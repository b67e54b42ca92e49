/** Which of a host's addresses is advertised, from tables of what the host knows. */
import { describe, expect, it } from "vitest";
import { findAdvertiseAddr } from "../../../src/process/addresses.js";

describe("the advertised address", () => {
  it.each([
    { named: ["127.0.1.1", "10.0.0.5"], interfaces: ["10.9.9.9"], found: "10.0.0.5" },
    { named: ["127.0.1.1"], interfaces: ["127.0.0.1", "10.9.9.9"], found: "10.9.9.9" },
    { named: [], interfaces: ["fd00::1", "10.9.9.9"], found: "10.9.9.9" },
    { named: [], interfaces: ["::1", "fe80::1", "fd00::1"], found: "fd00::1" },
    { named: ["::1"], interfaces: ["127.0.0.1", "169.254.1.1"], found: undefined },
  ])("of $named and $interfaces is $found", async ({ named, interfaces, found }) => {
    const host = { byName: () => Promise.resolve(named), ofInterfaces: () => interfaces };
    expect(await findAdvertiseAddr(host)).toBe(found);
  });

  it("comes from the interfaces when the name does not resolve", async () => {
    const host = {
      byName: () => Promise.reject(new Error("ENOTFOUND")),
      ofInterfaces: () => ["192.0.2.7"],
    };
    expect(await findAdvertiseAddr(host)).toBe("192.0.2.7");
  });
});
