/** The commands on members against a real server over members that a test makes up. */
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";

import { FatalError, MasterError, exitCode } from "../../../src/base/errors.js";
import { parseAdminArguments } from "../../../src/cli/arguments.js";
import { runMemberCommand } from "../../../src/cli/members.js";
import { JumpingClock } from "../../support/cli/jumping-clock.js";
import { RecordedTerminal } from "../../support/cli/recorded-terminal.js";
import { freePorts } from "../../support/processes.js";
import { FakeMemberAdmin } from "../../support/server/fake-member-admin.js";
import { GrpcHarness } from "../../support/server/grpc-harness.js";

let admin: FakeMemberAdmin;
let harness: GrpcHarness;
let terminal: RecordedTerminal;
let clock: JumpingClock;

async function startHarness(memberAdmin?: FakeMemberAdmin): Promise<GrpcHarness> {
  const made = new GrpcHarness({ memberAdmin });
  await made.start();
  onTestFinished(() => made.stop());
  return made;
}

beforeEach(() => {
  admin = new FakeMemberAdmin();
  terminal = new RecordedTerminal();
  clock = new JumpingClock();
});

const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

function endpointOf(made: GrpcHarness): string {
  return `127.0.0.1:${String(made.port)}`;
}

/** Runs a command line; endpoints that it does not name are those of the harness. */
async function run(line: string, endpoints?: readonly string[]): Promise<void> {
  if (endpoints === undefined) harness = await startHarness(admin);
  const flags = (endpoints ?? [endpointOf(harness)]).flatMap((one) => ["--endpoint", one]);
  const invocation = parseAdminArguments([...line.split(" "), ...flags]);
  if (invocation.kind !== "member") throw new Error("this is no command on members");
  await runMemberCommand(invocation.command, invocation, { clock, terminal });
}

async function failure(line: string, endpoints?: readonly string[]): Promise<FatalError> {
  const thrown = await run(line, endpoints).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (thrown instanceof FatalError) return thrown;
  throw new Error(`'${line}' was not refused: ${String(thrown)}`);
}

/** The endpoint of a server that takes connections and never says a word. */
async function silentEndpoint(): Promise<string> {
  const server = createServer((socket) => sockets.push(socket));
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it has no port");
  return `127.0.0.1:${String(address.port)}`;
}

/** An endpoint where nobody listens. */
async function deadEndpoint(): Promise<string> {
  const [port] = await freePorts(1);
  return `127.0.0.1:${String(port)}`;
}

describe("member list", () => {
  it("prints a table whose columns line up", async () => {
    admin.edit(102, { appliedLogIndex: 118_000, lastContactMs: 3_240 });
    await run("member list");
    expect(terminal.stdout).toEqual([
      "cluster cluster-uuid, epoch 7, 3 voters, led by m1",
      "",
      "NODE   ID  PEER ADDRESS  API ADDRESS  ROLE    TERM  LAST LOG INDEX  COMMITTED  APPLIED  ENTRIES BEHIND      HEARD",
      "m1    101  m1:9300       m1:9301      leader     7             120        119      118               0          -",
      "m2    102  m2:9300       m2:9301      voter      7             120        119   118000               0  3.2 s ago",
      "m3    103  m3:9300       m3:9301      voter      7             120        119      118              12      never",
      "",
      "Removed for good: 99",
    ]);
    expect(terminal.stderr).toEqual([]);
  });

  it("says what a learner is there for, and what goes on", async () => {
    await admin.administer({ kind: "replace", memberId: 103, peerAddress: "m4:9300" }, noLimit);
    await admin.administer({ kind: "add", peerAddress: "m5:1", suffrage: "voter" }, noLimit);
    await admin.administer({ kind: "add", peerAddress: "m6:1", suffrage: "learner" }, noLimit);
    admin.edit(203, { lastLogIndex: 0 });
    admin.view = { ...admin.view, isJoint: true, removed: Array.from({ length: 11 }, (_, n) => n) };
    await run("member list");
    const lines = terminal.stdout.join("\n");
    expect(lines).toContain("3 voters, 3 learners");
    expect(lines).toMatch(/^m4 .* learner, will replace m3 /m);
    expect(lines).toMatch(/^m5 .* learner, will vote /m);
    expect(lines).toMatch(/^m6 .* - +learner +- +- +- +- +100 /m);
    expect(lines).toContain("A change of several voters is under way");
    expect(lines).toContain("Removed for good: 3, 4, 5, 6, 7, 8, 9, 10 and 3 earlier");
  });

  it("prints the API's own answer as one JSON document", async () => {
    await run("member list --json");
    expect(terminal.stdout).toHaveLength(1);
    const parsed: unknown = JSON.parse(terminal.stdout[0] ?? "");
    expect(parsed).toMatchObject({
      members: { cluster_uuid: "cluster-uuid", is_joint: false, removed: [99] },
    });
    const text = JSON.stringify(parsed);
    expect(text).toContain('"last_contact_ms":40');
    expect(text).not.toContain('"_');
  });
});

const noLimit = { budgetMs: undefined };

describe("which member answers", () => {
  it("is the first that does, whatever the others say", async () => {
    const leaderless = new FakeMemberAdmin();
    leaderless.failures.push(new MasterError("no_leader", "no leader is known"));
    const first = await startHarness(leaderless);
    harness = await startHarness(admin);
    const dead = await deadEndpoint();
    await run("member list", [dead, endpointOf(first), endpointOf(harness)]);
    expect(leaderless.listedCount).toBe(1);
    expect(admin.listedCount).toBe(1);
  });

  it("is not one that takes connections and is silent", async () => {
    harness = await startHarness(admin);
    await run("member list --timeout 600ms", [await silentEndpoint(), endpointOf(harness)]);
    expect(admin.listedCount).toBe(1);
  });

  it("is nobody: then each one's reason is told", async () => {
    admin.failures.push(new MasterError("no_leader", "no leader is known for 5 s"));
    harness = await startHarness(admin);
    const [dead, silent] = [await deadEndpoint(), await silentEndpoint()];
    const endpoints = [dead, silent, endpointOf(harness), "no-such-host.invalid:9301"];
    const { exit, message } = await failure("member list --timeout 2s", endpoints);
    expect(exit).toBe(exitCode.temporary);
    const lines = message.split("\n");
    expect(lines[0]).toBe("no member answered for a leader:");
    expect(lines[1]).toBe(`  ${dead}: nobody listens there`);
    expect(lines[2]).toMatch(new RegExp(`^  ${silent}: no answer within \\d+ ms$`));
    expect(lines[3]).toBe(`  ${endpointOf(harness)}: no leader is known for 5 s`);
    expect(lines[4]).toMatch(/^ {2}no-such-host.invalid:9301: no (such host|answer)/);
  });

  it("must know the service", async () => {
    harness = await startHarness();
    const { exit, message } = await failure("member list", [endpointOf(harness)]);
    expect(exit).toBe(1);
    expect(message).toContain("change them where they run");
  });

  it("is asked for the change as well, once the look was answered", async () => {
    harness = await startHarness(admin);
    await run("member remove m3", [await deadEndpoint(), endpointOf(harness)]);
    expect(admin.operations).toEqual([{ kind: "remove", memberId: 103 }]);
  });
});

describe("a change", () => {
  it.each([
    ["member promote m3 --no-wait", { kind: "promote", memberId: 103 }],
    ["member remove 103", { kind: "remove", memberId: 103 }],
    ["member transfer m3", { kind: "transfer", memberId: 103 }],
    ["member transfer", { kind: "transfer", memberId: 0 }],
    ["member add m4 --no-wait", { kind: "add", peerAddress: "m4:9300", suffrage: "voter" }],
    ["member add m4 --learner", { kind: "add", peerAddress: "m4:9300", suffrage: "learner" }],
    ["member replace m3 m4 --no-wait", { kind: "replace", memberId: 103, peerAddress: "m4:9300" }],
  ] as const)("'%s' is asked for once", async (line, operation) => {
    await run(line);
    expect(admin.operations).toEqual([operation]);
    expect(admin.listedCount).toBe(1);
    expect(terminal.stdout[0]).toMatch(/^m\d \(id \d+\) /);
    expect(terminal.stdout[1]).toMatch(/^cluster cluster-uuid/);
  });

  it("says what it came to", async () => {
    await run("member remove m3");
    expect(terminal.stdout[0]).toBe("m3 (id 103) is out for good; its process ends with code 79");
    await run("member transfer m2");
    expect(terminal.stdout).toContain("m2 (id 102) leads now");
    expect(terminal.stdout.join("\n")).toContain("epoch 8, 2 voters, led by m2");
  });

  it("prints only its answer with --json", async () => {
    await run("member add m4 --no-wait --json");
    expect(terminal.stdout).toHaveLength(1);
    expect(JSON.parse(terminal.stdout[0] ?? "")).toMatchObject({
      member_id: 201,
      members: { members: [{}, {}, {}, { member_id: 201, suffrage: "SUFFRAGE_LEARNER" }] },
    });
    expect(terminal.stderr[0]).toContain("m4 (id 201) is in as a learner");
  });

  it.each([
    ["wrong_state", 1, "refused: the figures"],
    ["invalid_argument", 1, "refused: the figures"],
    ["no_leader", exitCode.temporary, "the figures\nnothing was changed; try again"],
    ["overloaded", exitCode.temporary, "the figures\nnothing was changed; try again"],
    ["leader_lost", exitCode.temporary, "is not known: look with 'quidditch-admin member list'"],
    ["deadline", exitCode.temporary, "is not known: look with 'quidditch-admin member list'"],
  ] as const)("that fails with %s ends with %i and is not repeated", async (code, exit, text) => {
    admin.onList = () => admin.failures.push(new MasterError(code, "the figures"));
    const failed = await failure("member remove m3");
    expect(failed.exit).toBe(exit);
    expect(failed.message).toContain(text);
    expect(failed.message).toContain("the figures");
    expect(admin.operations).toHaveLength(1);
    expect(terminal.stdout).toEqual([]);
  });

  it("whose connection breaks has an unknown outcome", async () => {
    harness = await startHarness(admin);
    admin.administer = (operation) => {
      admin.operations.push(operation);
      return harness.server.stop(0).then(() => new Promise(() => undefined));
    };
    const failed = await failure("member remove m3", [endpointOf(harness)]);
    expect(failed.exit).toBe(exitCode.temporary);
    expect(failed.message).toContain("whether the change was made is not known");
    expect(admin.operations).toHaveLength(1);
  });
});

describe("a change whose outcome nobody said", () => {
  /** Does the operation, or does not, and then says that it does not know. */
  function lose(how: { readonly isDone: boolean }): void {
    const administer = admin.administer.bind(admin);
    admin.administer = async (operation, options) => {
      if (how.isDone) await administer(operation, options);
      else admin.operations.push(operation);
      throw new MasterError("leader_lost", "leadership changed meanwhile");
    };
  }

  it.each([
    ["member promote m3 --no-wait", "m3 (id 103) will vote once it has caught up"],
    ["member remove m3", "m3 (id 103) is out for good; its process ends with code 79"],
    ["member transfer m3", "m3 (id 103) leads now"],
    ["member transfer", "m2 (id 102) leads now"],
    ["member add m4 --learner", "m4 (id 201) is in as a learner"],
    [
      "member replace m3 m4 --no-wait",
      "m4 (id 201) is in as a learner and will replace m3 once it has caught up",
    ],
  ])("'%s' is settled by a look when it was made", async (line, sentence) => {
    if (line.includes("promote")) admin.edit(103, { suffrage: "learner" });
    lose({ isDone: true });
    await run(line);
    expect(admin.operations).toHaveLength(1);
    expect(terminal.stdout[0]).toBe(sentence);
  });

  it.each([
    "member promote m3",
    "member remove m3",
    "member transfer m3",
    "member transfer",
    "member add m3",
    "member add m4",
    "member replace m3 m4",
  ])("'%s' stays unknown when nothing shows", async (line) => {
    admin.edit(103, { suffrage: "learner" });
    lose({ isDone: false });
    const { exit, message } = await failure(line);
    expect(exit).toBe(exitCode.temporary);
    expect(message).toContain("whether the change was made is not known");
    expect(admin.operations).toHaveLength(1);
    expect(terminal.stdout).toEqual([]);
  });

  it("is settled by another member when the one that was asked is the one that goes", async () => {
    harness = await startHarness(admin);
    const other = await startHarness(admin);
    admin.edit(102, { grpcAddress: endpointOf(other) });
    admin.administer = (operation) => {
      admin.operations.push(operation);
      admin.drop(101);
      return harness.server.stop(0).then(() => new Promise(() => undefined));
    };
    await run("member remove m1", [endpointOf(harness)]);
    expect(terminal.stdout[0]).toContain("m1 (id 101) is out for good");
  });
});

describe("the name of a member", () => {
  it("that nobody has is refused before anything is asked", async () => {
    const { exit, message } = await failure("member remove m9");
    expect(exit).toBe(1);
    expect(message).toBe("there is no member m9; there are: m1 (id 101), m2 (id 102), m3 (id 103)");
    expect(admin.operations).toEqual([]);
  });

  it("that was one's id once says so", async () => {
    expect((await failure("member promote 99")).message).toContain("removed for good");
  });

  it("that could be two members' is not guessed", async () => {
    admin.edit(102, { nodeId: "103" });
    const { exit, message } = await failure("member remove 103");
    expect(exit).toBe(1);
    expect(message).toContain("103 could be 103 (id 102) or m3 (id 103)");
    expect(admin.operations).toEqual([]);
  });

  it("may be the id where two members share a node id", async () => {
    admin.edit(102, { nodeId: "m3" });
    expect((await failure("member remove m3")).message).toContain("name it by its id");
    await run("member remove 102");
    expect(admin.operations).toEqual([{ kind: "remove", memberId: 102 }]);
  });
});

describe("waiting for a vote", () => {
  /** Lets something happen at each look, the first of which is before the change. */
  function atLook(steps: Readonly<Record<number, () => void>>): void {
    admin.onList = () => {
      steps[admin.listedCount]?.();
    };
  }

  it("follows a new member until it votes", async () => {
    atLook({
      3: () => {
        admin.edit(201, { lagEntriesCount: 1 });
      },
      5: () => {
        admin.edit(201, { lagEntriesCount: 0 });
      },
      8: () => {
        admin.promoteCaughtUp(201);
      },
    });
    await run("member add m4");
    expect(admin.listedCount).toBe(8);
    expect(terminal.stderr).toEqual([
      "m4 (id 201): it is 100 entries behind",
      "m4 (id 201): it has everything and must keep up for a while",
    ]);
    expect(terminal.stdout.slice(0, 3)).toEqual([
      "m4 (id 201) is in as a learner and will vote once it has caught up",
      "m4 (id 201) votes now",
      "cluster cluster-uuid, epoch 7, 4 voters, led by m1",
    ]);
  });

  it("gives figures now and then while they change", async () => {
    let lag = 100_000;
    admin.onList = () => {
      if (admin.listedCount === 1) return;
      admin.edit(201, { lagEntriesCount: (lag -= 1_000) });
      if (lag === 60_000) admin.promoteCaughtUp(201);
    };
    await run("member add m4");
    const count = terminal.stderr.length;
    expect(count).toBeGreaterThanOrEqual(4);
    expect(count).toBeLessThanOrEqual(5);
  });

  it("follows a replacement until both halves of the change are done", async () => {
    atLook({
      2: () => {
        admin.edit(201, { suffrage: "voter", promotes: false, replaces: 0 });
        admin.view = { ...admin.view, isJoint: true };
      },
      4: () => {
        admin.view = { ...admin.view, isJoint: false };
      },
      6: () => {
        admin.drop(103);
      },
    });
    await run("member replace m3 m4");
    expect(admin.listedCount).toBe(6);
    expect(terminal.stdout.slice(0, 2)).toEqual([
      "m4 (id 201) is in as a learner and will replace m3 once it has caught up",
      "m4 (id 201) votes now; m3 is out for good",
    ]);
  });

  it("has nothing to wait for when a voter is promoted", async () => {
    admin.administer = (operation) => {
      admin.operations.push(operation);
      return Promise.resolve({ memberId: 103, after: admin.view });
    };
    await run("member promote m3");
    expect(admin.listedCount).toBe(1);
  });

  it("goes on while nobody answers", async () => {
    for (const id of [101, 102, 103]) admin.edit(id, { grpcAddress: "" });
    const noLeader = (): void => {
      admin.failures.push(new MasterError("no_leader", "no leader is known"));
    };
    atLook({
      2: noLeader,
      4: () => {
        admin.promoteCaughtUp(201);
      },
    });
    await run("member add m4");
    expect(admin.listedCount).toBe(4);
    expect(terminal.stderr.join("\n")).toMatch(/: no leader is known\ntrying on$/m);
    expect(terminal.stdout).toContain("m4 (id 201) votes now");
  });

  it("goes on at members that it learned of when the one it asked ends", async () => {
    harness = await startHarness(admin);
    const other = await startHarness(admin);
    for (const id of [101, 103]) admin.edit(id, { grpcAddress: "" });
    admin.edit(102, { grpcAddress: endpointOf(other) });
    const stopped: Promise<void>[] = [];
    atLook({
      2: () => {
        stopped.push(harness.server.stop(100));
      },
      6: () => {
        admin.promoteCaughtUp(201);
      },
    });
    await run("member add m4", [endpointOf(harness)]);
    expect(stopped).toHaveLength(1);
    expect(terminal.stdout).toContain("m4 (id 201) votes now");
  });

  it("ends when its time is over, and says what goes on by itself", async () => {
    const { exit, message } = await failure("member add m4 --timeout 20s");
    expect(exit).toBe(exitCode.temporary);
    expect(message).toMatch(/^m4 \(id 201\) does not vote yet after \d+(\.\d)? s/);
    expect(message).toContain("it is 100 entries behind");
    expect(clock.monotonicMs()).toBeLessThanOrEqual(20_000);
    expect(clock.monotonicMs()).toBeGreaterThan(18_000);
  });

  it("ends when the new member is removed meanwhile", async () => {
    atLook({
      3: () => {
        admin.drop(201);
      },
    });
    const { exit, message } = await failure("member add m4");
    expect(exit).toBe(1);
    expect(message).toContain("removed before it voted");
  });

  it("prints one document and keeps progress apart with --json", async () => {
    atLook({
      3: () => {
        admin.promoteCaughtUp(201);
      },
    });
    await run("member replace m3 m4 --json");
    expect(terminal.stdout).toHaveLength(1);
    const parsed = JSON.parse(terminal.stdout[0] ?? "") as {
      member_id: number;
      members: { members: { member_id: number; suffrage: string }[] };
    };
    expect(parsed.member_id).toBe(201);
    const voters = parsed.members.members.map((one) => [one.member_id, one.suffrage]);
    expect(voters).toEqual([101, 102, 201].map((id) => [id, "SUFFRAGE_VOTER"]));
    expect(terminal.stderr.at(-1)).toBe("m4 (id 201) votes now; m3 is out for good");
  });

  it("knows at each moment what an interrupt would leave behind", async () => {
    const notes: string[] = [];
    admin.onList = () => {
      notes.push(terminal.interruptNote);
      if (admin.listedCount === 2) admin.promoteCaughtUp(201);
    };
    const administer = admin.administer.bind(admin);
    admin.administer = (operation, options) => {
      notes.push(terminal.interruptNote);
      return administer(operation, options);
    };
    await run("member add m4");
    expect(notes).toEqual([
      "nothing was changed",
      "whether the change was made is not known; 'member list' shows it",
      "the change is made and stays; what is left of it follows by itself",
    ]);
  });
});
