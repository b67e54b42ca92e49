/** Fan-out of versions: order, resuming, starting over, closing inside a callback, and bounds. */
import { describe, expect, it } from "vitest";

import { assertDefined } from "../../../src/base/assert.js";
import { historyVersionsMax } from "../../../src/controlplane/raft/limits.js";
import { WatchHub } from "../../../src/controlplane/raft/watch-hub.js";
import type { StateDelta } from "../../../src/state/changes.js";
import { initialState } from "../../../src/state/initial.js";
import type { ClusterState } from "../../../src/state/model.js";
import { RecordingSink } from "../../contract/control-plane.suite.js";

function at(version: number): ClusterState {
  return { ...initialState(), version };
}

/** A hub with `count` versions published, and how to publish more. */
function hubAt(count: number): { readonly hub: WatchHub; readonly publish: () => void } {
  let state = at(0);
  const hub = new WatchHub(state);
  const publish = (): void => {
    const after = at(state.version + 1);
    const delta: StateDelta = { before: state, after, changes: [{ kind: "cluster" }] };
    state = after;
    hub.publish(delta);
  };
  for (let n = 0; n < count; n += 1) publish();
  return { hub, publish };
}

describe("subscribing", () => {
  it.each<[string, number | undefined, string[]]>([
    ["from now", undefined, ["5>6"]],
    ["from the current version", 5, ["5>6"]],
    ["resuming", 3, ["3>4", "4>5", "5>6"]],
    ["from the first version", 1, ["1>2", "2>3", "3>4", "4>5", "5>6"]],
    ["from 0", 0, ["=5", "5>6"]],
    ["ahead of this member by one", 6, []],
    ["far ahead", 100, []],
  ])("%s", (_, from, expected) => {
    const { hub, publish } = hubAt(5);
    const sink = new RecordingSink();
    hub.subscribe(from, sink);
    publish();
    expect(sink.got).toEqual(expected);
  });

  it("ahead of this member: begins exactly behind what it has", () => {
    const { hub, publish } = hubAt(2);
    const sink = new RecordingSink();
    hub.subscribe(4, sink);
    for (let n = 0; n < 4; n += 1) publish();
    expect(sink.got).toEqual(["4>5", "5>6"]);
  });

  it("0 on a member that has nothing: an empty snapshot, then everything", () => {
    const { hub, publish } = hubAt(0);
    const sink = new RecordingSink();
    hub.subscribe(0, sink);
    publish();
    expect(sink.got).toEqual(["=0", "0>1"]);
  });
});

describe("history", () => {
  it("older than it: a snapshot instead", () => {
    const { hub } = hubAt(historyVersionsMax + 10);
    const [old, oldest] = [new RecordingSink(), new RecordingSink()];
    hub.subscribe(9, old);
    hub.subscribe(10, oldest);
    expect(old.got).toEqual([`=${String(historyVersionsMax + 10)}`]);
    expect(oldest.got).toHaveLength(historyVersionsMax);
    expect(oldest.got[0]).toBe("10>11");
  });

  it("is bounded by weight too", () => {
    let state = at(0);
    const hub = new WatchHub(state);
    const heavy = Array.from({ length: 40_000 }, () => ({ kind: "cluster" }) as const);
    for (let n = 0; n < 10; n += 1) {
      const after = at(state.version + 1);
      hub.publish({ before: state, after, changes: heavy });
      state = after;
    }
    const sink = new RecordingSink();
    hub.subscribe(1, sink);
    expect(sink.got).toEqual(["=10"]);
  });
});

describe("a replaced state", () => {
  it("starts those behind it over, and leaves those at or ahead of it alone", () => {
    const { hub } = hubAt(5);
    const sinks = [undefined, 8, 20].map((from) => {
      const sink = new RecordingSink();
      hub.subscribe(from, sink);
      return sink;
    });
    hub.replace(at(8));
    hub.publish({ before: assertDefined(stateOf(hub), "a state"), after: at(9), changes: [] });
    expect(sinks.map((sink) => sink.got)).toEqual([["=8", "8>9"], ["8>9"], []]);
  });

  it("forgets the history before it", () => {
    const { hub } = hubAt(5);
    hub.replace(at(8));
    const sink = new RecordingSink();
    hub.subscribe(4, sink);
    expect(sink.got).toEqual(["=8"]);
  });
});

/** The state that a new watcher from 0 is given. */
function stateOf(hub: WatchHub): ClusterState | undefined {
  let found: ClusterState | undefined;
  const sink = new RecordingSink();
  sink.onSnapshot = (state) => {
    found = state;
  };
  hub.subscribe(0, sink).close();
  return found;
}

describe("closing", () => {
  it("one watch from inside another's callback: it gets nothing more, not even this one", () => {
    const { hub, publish } = hubAt(1);
    const victim = new RecordingSink();
    const killer = new RecordingSink();
    killer.onDelta = () => {
      subscription.close();
    };
    hub.subscribe(undefined, killer);
    const subscription = hub.subscribe(undefined, victim);
    publish();
    expect(victim.got).toEqual([]);
    expect(hub.watcherCount).toBe(1);
  });

  it("the own watch from inside its callback", () => {
    const { hub, publish } = hubAt(1);
    const sink = new RecordingSink();
    const subscription = hub.subscribe(undefined, sink);
    sink.onDelta = () => {
      sink.got.push("once");
      subscription.close();
    };
    publish();
    publish();
    expect(sink.got).toEqual(["once"]);
  });

  it("one watch from inside another's snapshot", () => {
    const { hub } = hubAt(1);
    const victim = new RecordingSink();
    const killer = new RecordingSink();
    killer.onSnapshot = () => {
      subscription.close();
    };
    hub.subscribe(undefined, killer);
    const subscription = hub.subscribe(undefined, victim);
    hub.replace(at(4));
    expect(victim.got).toEqual([]);
  });

  it("a watch opened inside a callback misses nothing and repeats nothing", () => {
    const { hub, publish } = hubAt(1);
    const inner = new RecordingSink();
    const outer = new RecordingSink();
    outer.onDelta = () => {
      if (inner.got.length === 0 && hub.watcherCount === 1) hub.subscribe(undefined, inner);
    };
    hub.subscribe(undefined, outer);
    publish();
    publish();
    expect(inner.got).toEqual(["2>3"]);
  });

  it("the hub ends every watch once", () => {
    const { hub } = hubAt(1);
    const sink = new RecordingSink();
    hub.subscribe(undefined, sink);
    hub.close();
    hub.close();
    expect(sink.got).toEqual(["end"]);
  });
});
