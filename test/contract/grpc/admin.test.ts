/** AdminService over a real connection: what it passes on, answers, refuses and writes down. */
import { credentials, Metadata, status } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { MasterError } from "../../../src/base/errors.js";
import { wire } from "../../../src/wire/load.js";
import { FakeMemberAdmin } from "../../support/server/fake-member-admin.js";
import { GrpcHarness } from "../../support/server/grpc-harness.js";

type Definition = typeof wire.AdminService.service;
type MethodName =
  | "ListMembers"
  | "AddMember"
  | "PromoteMember"
  | "RemoveMember"
  | "ReplaceMember"
  | "TransferLeadership";
type RequestOf<M extends MethodName> = Parameters<Definition[M]["requestSerialize"]>[0];
type ResponseOf<M extends MethodName> = ReturnType<Definition[M]["responseDeserialize"]>;

interface Refusal {
  readonly code: number;
  readonly text: string;
  readonly errorCode: unknown;
}

let admin: FakeMemberAdmin;
let harness: GrpcHarness;
let client: InstanceType<typeof wire.AdminService>;

async function start(memberAdmin?: FakeMemberAdmin): Promise<void> {
  harness = new GrpcHarness({ memberAdmin });
  await harness.start();
  const address = `127.0.0.1:${String(harness.port)}`;
  client = new wire.AdminService(address, credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
  });
}

beforeEach(async () => {
  admin = new FakeMemberAdmin();
  await start(admin);
});

afterEach(async () => {
  client.close();
  await harness.stop();
});

function call<M extends MethodName>(
  method: M,
  request: RequestOf<M>,
  deadlineMs = 20_000,
): Promise<ResponseOf<M>> {
  const definition = wire.AdminService.service[method];
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest<RequestOf<M>, ResponseOf<M>>(
      definition.path,
      definition.requestSerialize as (value: RequestOf<M>) => Buffer,
      definition.responseDeserialize as (bytes: Buffer) => ResponseOf<M>,
      request,
      new Metadata(),
      { deadline: harness.clock.wallMs() + deadlineMs },
      (error, response) => {
        if (response === undefined) reject(error ?? new Error("neither response nor error"));
        else resolve(response);
      },
    );
  });
}

async function refused<M extends MethodName>(method: M, request: RequestOf<M>): Promise<Refusal> {
  const error = await call(method, request).then(
    () => {
      throw new Error(`${method} succeeded`);
    },
    (thrown: unknown) => thrown as ServiceError,
  );
  const errorCode = error.metadata.get("quidditch-error-code")[0];
  return { code: error.code, text: error.details, errorCode };
}

describe("ListMembers", () => {
  it("answers every field of every member", async () => {
    const { members } = await call("ListMembers", {});
    expect(members).toEqual({
      cluster_uuid: "cluster-uuid",
      epoch: 7,
      is_joint: false,
      removed: [99],
      members: [
        expect.objectContaining({ member_id: 101, is_leader: true }) as object,
        {
          member_id: 102,
          node_id: "m2",
          peer_address: "m2:9300",
          grpc_address: "m2:9301",
          suffrage: "SUFFRAGE_VOTER",
          is_leader: false,
          promotes: false,
          replaces: 0,
          term: 7,
          last_log_index: 120,
          commit_log_index: 119,
          applied_log_index: 118,
          lag_entries_count: 0,
          last_contact_ms: 40,
          _last_contact_ms: "last_contact_ms",
        },
        expect.objectContaining({ member_id: 103, lag_entries_count: 12 }) as object,
      ],
    });
  });

  it("leaves out the contact that there never was, and shows one of zero milliseconds", async () => {
    admin.edit(102, { lastContactMs: 0 });
    const { members } = await call("ListMembers", {});
    expect(members?.members[1]).toMatchObject({ last_contact_ms: 0 });
    expect(members?.members[2]).not.toHaveProperty("last_contact_ms");
  });

  it("rounds a contact that a clock measured in fractions", async () => {
    admin.edit(102, { lastContactMs: 40.6 });
    const { members } = await call("ListMembers", {});
    expect(members?.members[1]).toMatchObject({ last_contact_ms: 41 });
  });

  it("carries an id of 48 bits exactly", async () => {
    const memberId = 2 ** 48 - 1;
    admin.edit(103, { memberId, replaces: memberId - 1 });
    const { members } = await call("ListMembers", {});
    expect(members?.members[2]).toMatchObject({ member_id: memberId, replaces: memberId - 1 });
    await call("TransferLeadership", { member_id: memberId });
    expect(admin.operations).toEqual([{ kind: "transfer", memberId }]);
  });

  it("gives the leader's search the caller's time, but not all of it", async () => {
    await call("ListMembers", {}, 3_000);
    const budgetMs = admin.options[0]?.budgetMs ?? 0;
    expect(budgetMs).toBeGreaterThan(2_000);
    expect(budgetMs).toBeLessThan(3_000);
  });
});

describe("a change", () => {
  it.each([
    [
      "AddMember",
      { peer_address: "m4:9300" },
      { kind: "add", peerAddress: "m4:9300", suffrage: "voter" },
      201,
    ],
    [
      "AddMember",
      { peer_address: "[fd00::4]:9300", learner: true },
      { kind: "add", peerAddress: "[fd00::4]:9300", suffrage: "learner" },
      201,
    ],
    ["PromoteMember", { member_id: 103 }, { kind: "promote", memberId: 103 }, 103],
    ["RemoveMember", { member_id: 103 }, { kind: "remove", memberId: 103 }, 103],
    [
      "ReplaceMember",
      { member_id: 103, peer_address: "m4:9300" },
      { kind: "replace", memberId: 103, peerAddress: "m4:9300" },
      201,
    ],
    ["TransferLeadership", { member_id: 103 }, { kind: "transfer", memberId: 103 }, 103],
    ["TransferLeadership", {}, { kind: "transfer", memberId: 0 }, 102],
  ] as const)("%s with %j is passed on and answered", async (method, request, expected, id) => {
    const response = await call(method, request);
    expect(admin.operations).toEqual([expected]);
    expect(response.member_id).toBe(id);
    const after = admin.view.members.map((member) => member.memberId);
    expect(response.members?.members.map((member) => member.member_id)).toEqual(after);
    expect(response.members?.removed).toEqual(admin.view.removed);
    expect(harness.deps.log.lines).toEqual([
      {
        level: "info",
        fields: expect.objectContaining({
          event: "members-changed",
          operation: expected.kind,
          origin: expect.stringContaining("127.0.0.1") as string,
          outcomeId: id,
        }) as object,
      },
    ]);
  });

  it.each([
    ["AddMember", {}],
    ["AddMember", { peer_address: "m4" }],
    ["AddMember", { peer_address: "m4:0" }],
    ["AddMember", { peer_address: "m4:65536" }],
    ["AddMember", { peer_address: "fd00::4:9300" }],
    ["AddMember", { peer_address: "http://m4:9300" }],
    ["AddMember", { peer_address: "m4 :9300" }],
    ["AddMember", { peer_address: `${"m".repeat(300)}:9300` }],
    ["PromoteMember", {}],
    ["RemoveMember", {}],
    ["RemoveMember", { member_id: -1 }],
    ["RemoveMember", { member_id: "18446744073709551615" }],
    ["ReplaceMember", { peer_address: "m4:9300" }],
    ["ReplaceMember", { member_id: 103 }],
    ["TransferLeadership", { member_id: "9007199254740993" }],
  ] as const)("%s with %j is refused before it is passed on", async (method, request) => {
    expect(await refused(method, request)).toMatchObject({
      code: status.INVALID_ARGUMENT,
      text: expect.stringMatching(/member_id|peer_address/) as string,
    });
    expect(admin.operations).toEqual([]);
    expect(harness.deps.log.lines.filter(({ level }) => level !== "debug")).toEqual([]);
  });

  it.each([
    ["wrong_state", status.ABORTED],
    ["node_not_found", status.NOT_FOUND],
    ["no_leader", status.FAILED_PRECONDITION],
    ["leader_lost", status.UNAVAILABLE],
    ["deadline", status.DEADLINE_EXCEEDED],
    ["overloaded", status.RESOURCE_EXHAUSTED],
  ] as const)("that fails with %s is answered and written down so", async (code, grpc) => {
    const text = "removing m3 leaves the voters m1, m2: 2 of 2 are needed, reachable is m1 only";
    admin.failures.push(new MasterError(code, text));
    expect(await refused("RemoveMember", { member_id: 103 })).toEqual({
      code: grpc,
      errorCode: code,
      text,
    });
    expect(harness.deps.log.lines).toContainEqual({
      level: "info",
      fields: expect.objectContaining({
        event: "members-not-changed",
        operation: "remove",
        memberId: 103,
        code,
        reason: text,
      }) as object,
    });
  });

  it("is refused while the server stops", async () => {
    const stopped = harness.server.stop(1_000);
    const { code } = await refused("RemoveMember", { member_id: 103 });
    expect([status.FAILED_PRECONDITION, status.UNAVAILABLE]).toContain(code);
    expect(admin.operations).toEqual([]);
    await stopped;
  });
});

describe("without the capability", () => {
  beforeEach(async () => {
    client.close();
    await harness.stop();
    await start();
  });

  it.each([
    ["ListMembers", {}],
    ["RemoveMember", { member_id: 103 }],
  ] as const)("%s says that it is not offered", async (method, request) => {
    expect(await refused(method, request)).toEqual({
      code: status.UNIMPLEMENTED,
      errorCode: "unimplemented",
      text: expect.stringContaining("change them where they run") as string,
    });
  });
});
