import { describe, expect, it } from "vitest";

import {
  makePlan,
  parsePlan,
  placeDemo,
  portsOf,
  type FolderContent,
  type Ports,
} from "../../../src/demo/plan.js";

/** Ports of which some are taken; free ones are handed out from 40000 on. */
function portsWith(taken: readonly number[]): Ports {
  let next = 40_000;
  return {
    isFree: (port) => Promise.resolve(!taken.includes(port)),
    anyFree: () => Promise.resolve(next++),
  };
}

const counts = { masters: 3, nodes: 3 };
const wanted = { ...counts, once: false, directory: "/d/demo" };

describe("the ports of a demo", () => {
  it("are the documented ones, ten further for each process", async () => {
    const plan = await makePlan(counts, portsWith([]));
    expect(plan.masters).toEqual([
      { id: "m1", raftPort: 9300, grpcPort: 9301, httpPort: 9400 },
      { id: "m2", raftPort: 9310, grpcPort: 9311, httpPort: 9410 },
      { id: "m3", raftPort: 9320, grpcPort: 9321, httpPort: 9420 },
    ]);
    expect(plan.nodes).toEqual([
      { id: "n1", grpcPort: 9303 },
      { id: "n2", grpcPort: 9313 },
      { id: "n3", grpcPort: 9323 },
    ]);
  });

  it("are others where one is taken", async () => {
    const plan = await makePlan(counts, portsWith([9301, 9323]));
    expect(plan.masters[0]).toEqual({ id: "m1", raftPort: 9300, grpcPort: 40_000, httpPort: 9400 });
    expect(plan.nodes[2]).toEqual({ id: "n3", grpcPort: 40_001 });
    expect(new Set(portsOf(plan)).size).toBe(12);
  });

  it("never collide for the largest demo", async () => {
    const plan = await makePlan({ masters: 7, nodes: 9 }, portsWith([]));
    expect(new Set(portsOf(plan)).size).toBe(7 * 3 + 9);
  });
});

describe("the folder of a demo", () => {
  const place = (
    folders: Readonly<Record<string, FolderContent>>,
    taken: readonly number[] = [],
  ): ReturnType<typeof placeDemo> =>
    placeDemo(wanted, portsWith(taken), (directory) =>
      Promise.resolve(folders[directory] ?? { kind: "nothing" }),
    );

  it("is the wanted one when nothing is there", async () => {
    expect(await place({})).toMatchObject({ directory: "/d/demo", reused: false });
  });

  it("is used again by the same plan", async () => {
    const plan = await makePlan(counts, portsWith([9300]));
    const placed = await place({ "/d/demo": { kind: "plan", plan } });
    expect(placed).toEqual({ directory: "/d/demo", plan, reused: true });
  });

  it("is a fresh one when the data is of another size, of others, or in use", async () => {
    const plan = await makePlan(counts, portsWith([]));
    const smaller = await makePlan({ masters: 1, nodes: 3 }, portsWith([]));
    const fresh = { directory: "/d/demo-2", reused: false };
    expect(await place({ "/d/demo": { kind: "plan", plan: smaller } })).toMatchObject(fresh);
    expect(await place({ "/d/demo": { kind: "foreign" } })).toMatchObject(fresh);
    expect(await place({ "/d/demo": { kind: "plan", plan } }, [9311])).toMatchObject(fresh);
  });

  it("is none when every folder is taken", async () => {
    const foreign = (): Promise<FolderContent> => Promise.resolve({ kind: "foreign" });
    expect(await placeDemo(wanted, portsWith([]), foreign)).toBeUndefined();
  });
});

describe("a kept plan", () => {
  it("is read back", async () => {
    const plan = await makePlan(counts, portsWith([]));
    expect(parsePlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  });

  it.each([
    null,
    [],
    { masters: [] },
    { masters: [{ id: "m1" }], nodes: [] },
    { masters: [], nodes: [{ id: "n1", grpcPort: 70_000 }] },
    { masters: [], nodes: [{ id: 1, grpcPort: 7 }] },
  ])("is none when it is %j", (value) => {
    expect(parsePlan(value)).toBeUndefined();
  });
});
