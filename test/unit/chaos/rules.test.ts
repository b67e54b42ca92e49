import { describe, expect, it } from "vitest";

import { delayArguments, firewall } from "../../chaos/rules.js";

describe("network faults as rules", () => {
  it("are all in force at once, each on its side", () => {
    const text = firewall([
      { kind: "deaf", to: ["10.0.0.1", "10.0.0.2"] },
      { kind: "mute", for: ["10.0.0.3"] },
      { kind: "loss", from: ["10.0.0.4"], percent: 30 },
    ]);
    const [input, output] = text.split("chain output");
    expect(input).toContain("ip saddr { 10.0.0.1, 10.0.0.2 } drop");
    expect(input).toContain("ip saddr { 10.0.0.4 } numgen random mod 100 < 30 drop");
    expect(output).toContain("ip daddr { 10.0.0.3 } drop");
    expect(output).not.toContain("saddr");
  });

  it("are gone when there are none, and replace what was there", () => {
    const text = firewall([]);
    expect(text).not.toContain("drop");
    expect(text.indexOf("delete table inet chaos")).toBeLessThan(
      text.indexOf("table inet chaos {"),
    );
  });

  it("delay by time where the kernel can, else by a link that is slower the longer the delay", () => {
    expect(delayArguments(100, true)).toEqual(["netem", "delay", "100ms", "50ms"]);
    const rates = [20, 100, 300].map((milliseconds) => {
      const [kind, , rate = ""] = delayArguments(milliseconds, false);
      expect(kind).toBe("tbf");
      return Number(/^(\d+)kbit$/.exec(rate)?.[1]);
    });
    expect(rates).toEqual([...rates].sort((a, b) => b - a));
    expect(new Set(rates).size).toBe(3);
  });
});
