/**
 * WatchClusterState. The apply loop only hands versions over; encoding and sending happen in turns
 * of the event loop, as fast as the watcher's connection takes them. What waits for a watcher is
 * bounded in events and bytes: a slower one is ended and resumes from the version it has.
 */
import { Metadata } from "@grpc/grpc-js";
import type { ServerWritableStream } from "@grpc/grpc-js";

import { AssertionError } from "../../base/assert.js";
import { MasterError, errorTable } from "../../base/errors.js";
import type { Subscription } from "../../controlplane/port.js";
import type { StateDelta } from "../../state/changes.js";
import type { ClusterState } from "../../state/model.js";
import type { ClusterStateEvent } from "../../wire/gen/quidditch/master/ClusterStateEvent.js";
import type { WatchClusterStateRequest__Output } from "../../wire/gen/quidditch/master/WatchClusterStateRequest.js";
import type { ServerDeps } from "../deps.js";
import {
  eventBytesMax,
  watcherBytesMax,
  watchChangeBytes,
  watchCopyBytes,
  watcherEventsMax,
  watcherInFlightBytesMax,
  watchersCountMax,
  watchersPerHostMax,
} from "../limits.js";
import { awaitState } from "../await-state.js";
import type { CallContext, Gate } from "./call.js";
import { admit, contextOf, toMasterError } from "./call.js";
import { requireCount } from "./requests.js";
import { Slicer } from "./slicer.js";
import { statusName, toStatus } from "./status.js";
import { eventsOf, snapshotEvents } from "./watch-events.js";

/** A watch as grpc-js gives it; the serializer lets ready bytes through. */
export type WatchCall = ServerWritableStream<
  WatchClusterStateRequest__Output,
  ClusterStateEvent | Buffer
>;

const method = "WatchClusterState";

/** All watches of this member; see the file comment. */
export class Watches {
  readonly #deps: ServerDeps;
  readonly #gate: Gate;
  /** With the host that each serves. */
  readonly #watchers = new Map<Watcher, string>();

  constructor(deps: ServerDeps, gate: Gate) {
    this.#deps = deps;
    this.#gate = gate;
  }

  /** Serves one watch to its end. */
  serve(call: WatchCall): void {
    const startedMs = this.#deps.clock.monotonicMs();
    const context = contextOf(call, this.#deps);
    const watcher = new Watcher(call, this.#deps, (status) => {
      if (this.#watchers.delete(watcher)) this.#deps.metrics.watchers(-1);
      const seconds = (this.#deps.clock.monotonicMs() - startedMs) / 1000;
      this.#deps.metrics.grpcCall({ method, status: statusName(status), seconds });
    });
    call.on("cancelled", () => {
      watcher.cancel();
    });
    // A connection that broke while we wrote is an ended watch, never an uncaught error.
    call.on("error", () => {
      watcher.cancel();
    });
    this.#start(watcher, call, context).catch((thrown: unknown) => {
      watcher.fail(toMasterError({ method, thrown, deps: this.#deps, origin: context.origin }));
    });
  }

  /** Ends every watch; clients go on elsewhere from the version they have. */
  endAll(): void {
    for (const watcher of [...this.#watchers.keys()]) {
      watcher.fail(new MasterError("leader_lost", "this master is stopping; resume on another"));
    }
  }

  async #start(watcher: Watcher, call: WatchCall, context: CallContext): Promise<void> {
    admit(call.metadata, this.#gate);
    const fromVersion = requireCount(call.request.from_version, "from_version");
    if (this.#watchers.size >= watchersCountMax) {
      const text = `this master serves ${String(watchersCountMax)} watches; ask another one`;
      throw new MasterError("overloaded", text);
    }
    const ofHost = [...this.#watchers.values()].filter((host) => host === context.peerHost);
    if (ofHost.length >= watchersPerHostMax) {
      const text = `${context.peerHost} has ${String(ofHost.length)} watches here; end some first`;
      throw new MasterError("overloaded", text);
    }
    this.#watchers.set(watcher, context.peerHost);
    this.#deps.metrics.watchers(1);
    call.sendMetadata(new Metadata());
    const uuid = call.request.cluster_uuid;
    // A version of another cluster says nothing here, so it is not waited for either.
    if (!this.#isOther(uuid)) await this.#reach(fromVersion, context);
    if (context.signal.aborted) return;
    watcher.run(this.#isOther(uuid) ? 0 : fromVersion);
  }

  /** Whether the caller watched another cluster. A member without a state cannot tell yet. */
  #isOther(uuid: string | undefined): boolean {
    const { clusterUuid } = this.#deps.controlPlane.local().state;
    return uuid !== undefined && clusterUuid !== "" && uuid !== clusterUuid;
  }

  /** Waits until this member has a state, of `version` at least. @throws MasterError `no_leader`. */
  async #reach(version: number, context: CallContext): Promise<void> {
    const { controlPlane } = this.#deps;
    const limits = { budgetMs: context.remainingMs(), signal: context.signal };
    const isThere = (state: ClusterState): true | undefined =>
      (state.clusterUuid !== "" && state.version >= version) || undefined;
    if (isThere(controlPlane.local().state) === true) return;
    const end = await awaitState(isThere, limits, this.#deps);
    switch (end.kind) {
      case "met":
      case "gone":
        return;
      case "ended":
        throw new MasterError("stopping", "this master is stopping; ask another one");
      case "expired": {
        const { state } = controlPlane.local();
        const has = state.clusterUuid === "" ? "nothing yet" : String(state.version);
        const text = `version ${String(version)} is ahead of this master, which has ${has}`;
        throw new MasterError("no_leader", `${text}; try again, or start over from 0`);
      }
    }
  }
}

/** What waits for a watcher: a version to encode, or events of a snapshot made as they are sent. */
type Waiting =
  | {
      readonly kind: "delta";
      readonly delta: StateDelta;
      /** About how large its events are; 0 for history, which is kept for all watchers anyway. */
      readonly weightBytes: number;
    }
  | { readonly kind: "snapshot"; readonly events: Generator<Buffer, undefined> };

/** One watch. */
class Watcher {
  readonly #call: WatchCall;
  readonly #deps: ServerDeps;
  readonly #onEnd: (status: number) => void;
  #subscription: Subscription | undefined;
  #ended = false;
  #scheduled = false;
  /** Versions not yet encoded, in order. */
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #waitingLive = 0;
  /** Encoded and not yet written, in order. */
  #ready: Buffer[] = [];
  #readyBytes = 0;
  #snapshot: Generator<Buffer, undefined> | undefined;
  #inFlightBytes = 0;

  constructor(call: WatchCall, deps: ServerDeps, onEnd: (status: number) => void) {
    this.#call = call;
    this.#deps = deps;
    this.#onEnd = onEnd;
  }

  /** Begins to deliver. */
  run(fromVersion: number): void {
    if (this.#ended) return;
    let live = false;
    const subscription = this.#deps.controlPlane.watch(fromVersion, {
      onDelta: (delta) => {
        this.#enqueue({ kind: "delta", delta, weightBytes: live ? weightOf(delta) : 0 });
      },
      onSnapshot: (state) => {
        this.#enqueue({ kind: "snapshot", events: snapshotEvents(state) });
      },
      onEnd: () => {
        this.fail(new MasterError("leader_lost", "this master can no longer follow the cluster"));
      },
    });
    live = true;
    if (this.#isEnded()) subscription.close();
    else this.#subscription = subscription;
  }

  /** The caller has gone: nothing more is sent. */
  cancel(): void {
    this.#end(errorTable.cancelled.grpc);
  }

  /** Ends the watch with an error. */
  fail(error: MasterError): void {
    if (this.#ended) return;
    const status = errorTable[error.code].grpc;
    this.#end(status);
    this.#call.emit("error", toStatus(error, this.#deps.controlPlane.leader().grpcAddress));
  }

  /** Behind a function, because sinks may be called before the subscription is there. */
  #isEnded(): boolean {
    return this.#ended;
  }

  #end(status: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#subscription?.close();
    this.#waiting = [];
    this.#ready = [];
    this.#snapshot = undefined;
    this.#onEnd(status);
  }

  #enqueue(waiting: Waiting): void {
    if (this.#ended) return;
    this.#waiting.push(waiting);
    this.#count(waiting, 1);
    this.#schedule();
  }

  #count(waiting: Waiting, sign: 1 | -1): void {
    if (waiting.kind !== "delta" || waiting.weightBytes === 0) return;
    this.#waitingBytes += sign * waiting.weightBytes;
    this.#waitingLive += sign;
  }

  /** The apply loop calls from its middle: what takes time waits for the next turn. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#turn();
    });
  }

  #turn(): void {
    if (this.#ended) return;
    try {
      if (this.#isTooSlow()) return;
      this.#encode();
      this.#write();
    } catch (thrown) {
      const failure = { method, thrown, deps: this.#deps, origin: this.#call.getPeer() };
      this.fail(toMasterError(failure));
      if (thrown instanceof AssertionError) throw thrown;
    }
  }

  /**
   * Only as far ahead as the connection can take soon. A snapshot holds back the versions behind
   * it.
   */
  #encode(): void {
    const slicer = new Slicer(this.#deps.clock);
    while (this.#snapshot === undefined && this.#readyBytes < eventBytesMax) {
      const next = this.#waiting[0];
      if (next === undefined) return;
      if (next.kind === "snapshot") {
        this.#snapshot = next.events;
      } else {
        const events = eventsOf(next.delta, () => slicer.due());
        if (events === undefined) {
          this.#schedule();
          return;
        }
        for (const event of events) {
          this.#ready.push(event);
          this.#readyBytes += event.length;
        }
      }
      this.#waiting.shift();
      this.#count(next, -1);
    }
  }

  #isTooSlow(): boolean {
    const bytes = this.#readyBytes + this.#waitingBytes;
    if (this.#waitingLive <= watcherEventsMax && bytes <= watcherBytesMax) return false;
    this.#deps.metrics.watcherSlow();
    const waiting = `${String(this.#waitingLive)} versions of about ${String(bytes)} bytes`;
    const text = `this watch is too slow: ${waiting} wait for it`;
    this.fail(new MasterError("overloaded", `${text}; resume from the last whole version`));
    return true;
  }

  /** One event a turn when it comes from a snapshot, because making one takes time. */
  #write(): void {
    while (!this.#ended && this.#inFlightBytes < watcherInFlightBytesMax) {
      const event = this.#ready.shift();
      if (event !== undefined) {
        this.#readyBytes -= event.length;
        this.#send(event);
        continue;
      }
      const made = this.#snapshot?.next();
      if (made === undefined) return;
      if (made.value === undefined) this.#snapshot = undefined;
      else this.#send(made.value);
      this.#schedule();
      return;
    }
  }

  #send(event: Buffer): void {
    this.#inFlightBytes += event.length;
    this.#call.write(event, () => {
      this.#inFlightBytes -= event.length;
      if (!this.#ended) this.#schedule();
    });
  }
}

/** About how many bytes the events of a version have; cheap, because apply waits for it. */
function weightOf(delta: StateDelta): number {
  let bytes = 0;
  for (const change of delta.changes) {
    bytes += watchChangeBytes;
    if (change.kind === "index" && change.before === undefined && change.after !== undefined) {
      const { numberOfShards, numberOfReplicas } = change.after.settings;
      bytes += numberOfShards * (numberOfReplicas + 1) * watchCopyBytes;
    } else if (change.kind === "settings") {
      for (const [name, value] of Object.entries(delta.after.settings)) {
        bytes += name.length + value.length;
      }
    }
  }
  return bytes;
}
