/**
 * The clients: each request of the plan is a call at some master, whose answer is judged. A call
 * dies with the process that serves it, and then its outcome is unknown.
 */
import { MasterError } from "../../src/base/errors.js";
import type { ControlPlane } from "../../src/controlplane/port.js";
import { readRetryMs } from "../../src/controlplane/raft/limits.js";
import type { Command } from "../../src/state/commands.js";
import { indexCreate } from "../support/state/commands.js";
import type { ClientChecker } from "./client-checker.js";
import type { Documents } from "./documents.js";
import type { SwarmConfig } from "./config.js";
import type { SimMaster } from "./master.js";
import type { Request } from "./plan.js";
import { originOf, type Reference } from "./reference.js";
import type { Coverage } from "./violation.js";
import { SimWatch, type WatchChecker } from "./watch-checker.js";

/** What clients are given. */
export interface ClientsDeps {
  readonly config: SwarmConfig;
  readonly masters: readonly SimMaster[];
  readonly checker: ClientChecker;
  readonly watchChecker: WatchChecker;
  readonly reference: Reference;
  readonly coverage: Coverage;
  readonly nowMs: () => number;
  readonly documents: Documents;
}

const budgetMs = 8000;
/** Watches that go on from one request to the next. */
const watchesCount = 3;

/** See the file comment. */
export class Clients {
  readonly #deps: ClientsDeps;
  readonly #watches: readonly SimWatch[];
  /** Calls that were not answered, by request, with the place that serves them. */
  readonly #open = new Map<number, number>();

  constructor(deps: ClientsDeps) {
    this.#deps = deps;
    this.#watches = Array.from(
      { length: watchesCount },
      (_, at) => new SimWatch(deps.watchChecker, `watch ${String(at)}`),
    );
  }

  get openCount(): number {
    return this.#open.size + this.#deps.documents.openCount;
  }

  get watches(): readonly SimWatch[] {
    return this.#watches;
  }

  /** Sends a request. */
  send(request: Request): void {
    if (request.kind === "document") {
      this.#deps.documents.send(request);
      return;
    }
    const { masters, coverage } = this.#deps;
    const place = request.via % masters.length;
    const master = masters[place];
    const plane = master?.member?.controlPlane;
    if (master?.lane === undefined || plane === undefined) {
      coverage.count("request met nobody");
      return;
    }
    this.#open.set(request.no, place);
    master.lane.run(() => {
      this.#serve(request, place, plane);
    });
  }

  /** The process at a place ended, and what it served with it. */
  onEnded(place: number): void {
    for (const [no, at] of this.#open) {
      if (at === place) this.#open.delete(no);
    }
    for (const watch of this.#watches) if (watch.place === place) watch.lost();
  }

  #serve(request: Request, place: number, plane: ControlPlane): void {
    const { checker, coverage } = this.#deps;
    switch (request.kind) {
      case "get":
        this.#read(request, plane);
        return;
      case "local":
        this.#open.delete(request.no);
        checker.readLocally(plane.local());
        return;
      case "watch":
        this.#open.delete(request.no);
        this.#watch(request, place, plane);
        return;
      default: {
        const command = this.#commandOf(request);
        coverage.count(`asked: ${command.kind}`);
        this.#write(request, plane, command);
      }
    }
  }

  #read(request: Request, plane: ControlPlane): void {
    const { checker, coverage, nowMs } = this.#deps;
    const begun = checker.invoke();
    const begunMs = nowMs();
    plane.read("linearizable", { budgetMs }).then(
      (view) => {
        if (!this.#open.delete(request.no)) return;
        if (nowMs() - begunMs > 2 * readRetryMs) coverage.count("read retried");
        checker.read(begun, view);
      },
      () => {
        this.#open.delete(request.no);
        coverage.count("read failed");
      },
    );
  }

  #write(request: Request, plane: ControlPlane, command: Command): void {
    const { checker } = this.#deps;
    const begun = checker.invoke();
    plane.propose(command, { budgetMs, origin: originOf(request.no) }).then(
      (proposed) => {
        if (this.#open.delete(request.no)) checker.wrote(request.no, begun, proposed);
      },
      (thrown: unknown) => {
        if (!this.#open.delete(request.no)) return;
        const { code, message } = MasterError.from(thrown);
        if (message.includes("snapshot")) this.#deps.coverage.count("outcome hidden by install");
        checker.failed(request.no, code);
      },
    );
  }

  #watch({ key, amount }: Request, place: number, plane: ControlPlane): void {
    const watch = this.#watches[key % watchesCount];
    if (watch === undefined) return;
    try {
      watch.resume(place, plane, amount < 0.5 ? undefined : 0);
    } catch (thrown) {
      const { code, message } = MasterError.from(thrown);
      this.#deps.watchChecker.refused(code, message);
      watch.lost();
    }
  }

  #commandOf({ kind, key, amount, value }: Request): Command {
    const name = `i${String(key % this.#deps.config.indicesCount)}`;
    // What takes several sectors of a disk can be torn.
    const { valueLengthMax } = this.#deps.config;
    const long = value.padEnd(Math.floor(amount * amount * valueLengthMax), "-");
    const custom = { "index.sim": long };
    switch (kind) {
      case "delete":
        return { kind: "index.delete", name };
      case "settings":
        return { kind: "index.settings", name, patch: { custom } };
      case "guarded": {
        const known = this.#deps.reference.state.indices.get(name);
        const expected = { expectedVersion: known?.version ?? 1 };
        return { kind: "index.settings", name, patch: { custom }, ...expected };
      }
      case "clusterSettings":
        return { kind: "cluster.settings", changes: { "cluster.sim": long } };
      default:
        return indexCreate(name, {
          numberOfShards: 1 + Math.floor(amount * 3),
          numberOfReplicas: Math.floor(amount * 10) % 3,
          delayedTimeoutMs: 500,
          tiering: { defaultTier: "", tierRules: {} },
          custom,
        });
    }
  }
}
