/** What the loop around the core does when the core itself fails. */
import { describe, expect, it } from "vitest";

import { Driver, type DriverEvents } from "../../../src/controlplane/raft/driver.js";
import { Machine } from "../../../src/controlplane/raft/machine.js";
import { emptyMachineState, hashText } from "../../../src/controlplane/raft/machine-codec.js";
import { foundingDirectory } from "../../../src/controlplane/raft/directory.js";
import { createRandom } from "../../../src/base/random.js";
import { defaultRaftConfig } from "../../../src/raft/limits.js";
import { RaftNode } from "../../../src/raft/node.js";
import { silentLogger } from "../../support/controlplane/silent-logger.js";
import { ManualClock } from "../../support/server/manual-clock.js";

const founders = [{ memberId: 1, nodeId: "m1", address: "10.0.0.1:9300" }];

/** A core that fails whatever it is asked for. */
class FailingNode extends RaftNode {
  override hasReady(): boolean {
    throw new Error("the core asserts");
  }
}

function failingNode(): RaftNode {
  const { membership } = foundingDirectory(founders);
  return new FailingNode(defaultRaftConfig(1, createRandom(1)), {
    hardState: { term: 0, vote: 0, commit: 0 },
    snapshot: { logIndex: 0, term: 0, membership },
    entries: [],
    applied: 0,
    membership,
  });
}

describe("a core that fails", () => {
  it("ends the loop as a fatal error, once, and throws at nobody", () => {
    const fatal: unknown[] = [];
    const later: (() => void)[] = [];
    const ignore = (): void => undefined;
    const events: DriverEvents = {
      ...{ onSoftState: ignore, onApplied: ignore, onBatchApplied: ignore, onInstalled: ignore },
      ...{ onInstallDurable: ignore, onMembershipDurable: ignore, onReadState: ignore },
      ...{ onSnapshotOffered: ignore, onVoteGranted: ignore },
      onFatal: (error) => fatal.push(error),
    };
    const driver = new Driver(
      {
        node: failingNode(),
        machine: new Machine(emptyMachineState(founders), hashText),
        log: { append: ignore, onDurable: ignore },
        send: ignore,
        soon: (callback) => later.push(callback),
        clock: new ManualClock(),
        logger: silentLogger,
        beforeReady: ignore,
        events,
        tickMs: 100,
      },
      { term: 0, vote: 0, commit: 0 },
    );
    driver.start();
    for (const callback of later.splice(0)) callback();
    driver.wake();
    expect(fatal).toHaveLength(1);
    expect(String(fatal[0])).toContain("the core asserts");
    expect(later).toHaveLength(0);
  });
});
