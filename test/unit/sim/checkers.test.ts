/** The checks themselves: each notices what it is there for, and nothing that is right. */
import { beforeEach, describe, expect, it } from "vitest";

import { encodeEnvelope } from "../../../src/controlplane/raft/envelope.js";
import type { MemberStatus } from "../../../src/controlplane/raft/member-options.js";
import type { Entry, Message } from "../../../src/raft/types.js";
import { encodeCommand } from "../../../src/state/command-codec.js";
import type { Command } from "../../../src/state/commands.js";
import type { RecoveredLog } from "../../../src/storage/wal/types.js";
import { ClientChecker } from "../../sim/client-checker.js";
import { RaftChecker } from "../../sim/raft-checker.js";
import { originOf, Reference } from "../../sim/reference.js";
import { Coverage, Findings } from "../../sim/violation.js";
import { indexCreate } from "../../support/state/commands.js";

const memberIds = [11, 12, 13];
const nothingRecovered: RecoveredLog = {
  hardState: { term: 0, vote: 0, commit: 0 },
  marker: { logIndex: 0, term: 0 },
  floorLogIndex: 0,
  lastLogIndex: 0,
  entries: [],
  finding: { kind: "created" },
  segmentCount: 1,
};

let findings: Findings;
let reference: Reference;
let raft: RaftChecker;
let clients: ClientChecker;

beforeEach(() => {
  findings = new Findings(
    () => 0,
    () => undefined,
  );
  const coverage = new Coverage();
  reference = new Reference({ findings, coverage });
  reference.found(
    memberIds.map((memberId) => {
      const name = String(memberId);
      return { memberId, nodeId: name, address: `10.0.0.${name}:9300` };
    }),
  );
  raft = new RaftChecker({ findings, coverage, reference });
  clients = new ClientChecker({ findings, coverage, reference });
  for (const [place, memberId] of memberIds.entries()) {
    raft.onOpened(place, memberId, nothingRecovered);
  }
});

function entryOf(logIndex: number, term: number, command: Command, requestNo: number): Entry {
  const data = encodeEnvelope({
    ...{ kind: "command", epoch: term, timeMs: 1000, uuid: "u".repeat(22) },
    tag: { member: 11, boot: 1, sequence: requestNo },
    origin: originOf(requestNo),
    payload: Buffer.from(encodeCommand(command), "utf8"),
  });
  return { logIndex, term, kind: "normal", data };
}

function append(place: number, seq: number, entries: readonly Entry[], durable: boolean): void {
  const term = entries[0]?.term ?? 1;
  raft.onAppend(place, { seq, entries, hardState: { term, vote: 11, commit: 0 } });
  if (durable) raft.onDurable(place, seq);
}

function statusOf(place: number, changes: Partial<MemberStatus>): MemberStatus {
  return {
    ...{ memberId: memberIds[place] ?? 0, role: "follower", term: 1 },
    ...{ commitLogIndex: 0, appliedLogIndex: 0, lastLogIndex: 1 },
    stateHash: reference.hashAt(changes.appliedLogIndex ?? 0) ?? "",
    ...changes,
  } as MemberStatus;
}

const create = entryOf(1, 1, indexCreate("logs"), 1);

/** The first entry is on two disks and committed by the leader. */
function commitFirst(): void {
  append(0, 1, [create], true);
  append(1, 1, [create], true);
  raft.look(0, statusOf(0, { role: "leader", commitLogIndex: 1 }));
}

const found = (): string | undefined => findings.first?.checker;

describe("the masters' checker", () => {
  it("has nothing against a commit that two of three have on disk", () => {
    commitFirst();
    raft.look(1, statusOf(1, { commitLogIndex: 1, appliedLogIndex: 1 }));
    expect(found()).toBeUndefined();
    expect(reference.lastLogIndex).toBe(1);
  });

  it("notices a commit that only one has on disk", () => {
    append(0, 1, [create], true);
    append(1, 1, [create], false);
    raft.look(0, statusOf(0, { role: "leader", commitLogIndex: 1 }));
    expect(found()).toBe("commit on a quorum's disks");
  });

  it("notices two leaders in a term", () => {
    raft.look(0, statusOf(0, { role: "leader" }));
    raft.look(1, statusOf(1, { role: "leader" }));
    expect(found()).toBe("one leader per term");
  });

  it("notices a leader that lacks what was committed", () => {
    commitFirst();
    raft.look(2, statusOf(2, { role: "leader", term: 2 }));
    expect(found()).toBe("leader completeness");
  });

  it("notices another entry at the same position and term", () => {
    append(0, 1, [create], true);
    append(1, 1, [entryOf(1, 1, indexCreate("books"), 2)], true);
    expect(found()).toBe("log matching");
  });

  it("notices a committed entry that is another one elsewhere", () => {
    commitFirst();
    append(2, 1, [entryOf(1, 2, indexCreate("books"), 2)], true);
    raft.look(2, statusOf(2, { term: 2, commitLogIndex: 1 }));
    expect(found()).toBe("committed never changes");
  });

  it("notices a state that differs", () => {
    commitFirst();
    const stateHash = "0".repeat(32);
    raft.look(1, statusOf(1, { commitLogIndex: 1, appliedLogIndex: 1, stateHash }));
    expect(found()).toBe("equal states");
  });

  it("notices a disk that lost what it said to hold", () => {
    append(0, 1, [create], true);
    raft.onOpened(0, 11, { ...nothingRecovered, hardState: { term: 1, vote: 11, commit: 0 } });
    expect(found()).toBe("durable log");
  });

  it("lets a disk lose what it never said to hold", () => {
    append(0, 1, [create], false);
    raft.onOpened(0, 11, nothingRecovered);
    expect(found()).toBeUndefined();
  });

  it.each([
    { hardState: { term: 0, vote: 0, commit: 0 }, checker: "durable term" },
    { hardState: { term: 1, vote: 0, commit: 0 }, checker: "durable vote" },
  ])("notices a disk that forgot its promise: $checker", ({ hardState, checker }) => {
    append(0, 1, [create], true);
    raft.onOpened(0, 11, { ...nothingRecovered, hardState, lastLogIndex: 1, entries: [create] });
    expect(found()).toBe(checker);
  });

  it("notices promises that are not on disk yet", () => {
    const vote: Message = { kind: "voteResponse", from: 12, to: 11, term: 1, reject: false };
    raft.onSent(1, [vote]);
    expect(found()).toBe("promise before disk");
  });

  it("notices a second vote in a term", () => {
    const vote: Message = { kind: "voteResponse", from: 12, to: 11, term: 1, reject: false };
    append(1, 1, [], true);
    raft.onSent(1, [vote]);
    expect(found()).toBeUndefined();
    raft.onAppend(1, { seq: 2, entries: [], hardState: { term: 1, vote: 13, commit: 0 } });
    raft.onDurable(1, 2);
    raft.onSent(1, [{ ...vote, to: 13 }]);
    expect(found()).toBe("one vote per term");
  });
});

describe("the clients' checker", () => {
  const acknowledge = (version: number): void => {
    const committed = reference.committed(1);
    if (committed === undefined) throw new Error("the request is committed");
    clients.wrote(1, clients.invoke(), { version, result: committed.result });
    clients.settle();
  };

  it("has nothing against the right answer", () => {
    commitFirst();
    acknowledge(1);
    expect(found()).toBeUndefined();
  });

  it("notices an answer with another version", () => {
    commitFirst();
    acknowledge(2);
    expect(found()).toBe("right answer");
  });

  it("notices an acknowledged write that is not committed", () => {
    append(0, 1, [create], true);
    const result = { ok: true, indexUuid: "", items: [] } as const;
    clients.wrote(1, clients.invoke(), { version: 1, result });
    clients.settle();
    expect(found()).toBe("acknowledged is committed");
  });

  it("notices a request that was applied twice", () => {
    commitFirst();
    const again = entryOf(2, 1, indexCreate("logs"), 1);
    append(0, 2, [again], true);
    append(1, 2, [again], true);
    raft.look(0, statusOf(0, { role: "leader", commitLogIndex: 2 }));
    expect(found()).toBe("once only");
  });

  it("notices a read that is older than what somebody knew before", () => {
    const before = reference.state;
    commitFirst();
    acknowledge(1);
    const leader = { epoch: 1, nodeId: "", grpcAddress: "", electedAtMs: 0, isSelf: true };
    clients.read(clients.invoke(), { state: before, leader, stale: false });
    clients.settle();
    expect(found()).toBe("linearizable");
  });

  it("notices what was refused and is there all the same", () => {
    clients.failed(1, "no_leader");
    commitFirst();
    clients.finish();
    expect(found()).toBe("nothing was proposed");
  });

  it("lets be there what might be there", () => {
    clients.failed(1, "leader_lost");
    commitFirst();
    clients.finish();
    expect(found()).toBeUndefined();
  });
});
