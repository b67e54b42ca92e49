/**
 * Whether watches tell every version once, in order and as it was agreed upon, also when they are
 * taken up again elsewhere, and whether those that still run at the end have told the last one.
 */
import type { ErrorCode } from "../../src/base/errors.js";
import { hashState } from "../../src/state/hash.js";
import { hashText } from "../../src/controlplane/raft/machine-codec.js";
import { itemDelta, type ItemDelta } from "../../src/state/items.js";
import type { ControlPlane, Subscription } from "../../src/controlplane/port.js";
import type { StateDelta } from "../../src/state/changes.js";
import type { ClusterState } from "../../src/state/model.js";
import type { Reference } from "./reference.js";
import type { Coverage, Findings } from "./violation.js";

/** One watch, over all members that it was taken up on. */
export class SimWatch {
  readonly #checker: WatchChecker;
  readonly #name: string;
  #version: number | undefined;
  #subscription: Subscription | undefined;
  #place = -1;
  #mayBegin = false;

  constructor(checker: WatchChecker, name: string) {
    this.#checker = checker;
    this.#name = name;
  }

  /** Where it runs, or -1. */
  get place(): number {
    return this.#place;
  }

  get version(): number {
    return this.#version ?? 0;
  }

  /** Goes on at this member where it stopped; `fromVersion` is for the first time. */
  resume(place: number, plane: ControlPlane, fromVersion: number | undefined): void {
    this.stop();
    this.#place = place;
    const isFirst = this.#version === undefined;
    const from = isFirst ? fromVersion : this.#version;
    if (!isFirst) this.#checker.coverage.count("watch resumed");
    if (from === undefined) this.#version = plane.local().state.version;
    else if (isFirst) this.#version = from;
    this.#mayBegin = from === 0;
    this.#subscription = plane.watch(from, {
      onDelta: (delta) => {
        this.#onDelta(delta);
      },
      onSnapshot: (state) => {
        this.#onSnapshot(state);
      },
      onEnd: () => {
        this.#place = -1;
      },
    });
  }

  /** Stops listening; the process it ran in may be gone. */
  stop(): void {
    this.#subscription?.close();
    this.#subscription = undefined;
    this.#place = -1;
  }

  /** The process it ran in ended. */
  lost(): void {
    this.#subscription = undefined;
    this.#place = -1;
  }

  #onDelta(delta: StateDelta): void {
    const expected = (this.#version ?? 0) + 1;
    const version = delta.after.version;
    const { findings } = this.#checker;
    findings.expect(version === expected && delta.before.version === expected - 1, "watch", () => {
      return `${this.#name} at m${String(this.#place)} was told ${String(version)} instead of ${String(expected)}`;
    });
    this.#version = version;
    this.#checker.told(this.#name, delta);
  }

  #onSnapshot(state: ClusterState): void {
    const { findings, coverage } = this.#checker;
    const isNews = state.version > (this.#version ?? 0) || this.#mayBegin;
    this.#mayBegin = false;
    findings.expect(isNews, "watch", () => {
      return `${this.#name} starts over at ${String(state.version)} after ${String(this.#version)}`;
    });
    if (state.version > 0) coverage.count("watch started over");
    this.#version = state.version;
    this.#checker.startedOver(this.#name, state);
  }
}

/** See the file comment. */
export class WatchChecker {
  readonly findings: Findings;
  readonly coverage: Coverage;
  readonly #reference: Reference;
  #told: (() => void)[] = [];

  constructor(deps: {
    readonly findings: Findings;
    readonly coverage: Coverage;
    readonly reference: Reference;
  }) {
    this.findings = deps.findings;
    this.coverage = deps.coverage;
    this.#reference = deps.reference;
  }

  /** A watch was not taken up, which only a member that stops may do. */
  refused(code: ErrorCode, message: string): void {
    this.coverage.count("watch refused");
    this.findings.expect(code === "stopping", "watch", () => `a watch was refused: ${message}`);
  }

  told(name: string, delta: StateDelta): void {
    this.#told.push(() => {
      const { version } = delta.after;
      const agreed = this.#reference.version(version)?.items;
      const isSame = agreed !== undefined && textOf(agreed) === textOf(itemDelta(delta));
      this.findings.expect(isSame, "watch", () => {
        return `${name} was told version ${String(version)} with other changes`;
      });
    });
  }

  startedOver(name: string, state: ClusterState): void {
    // A member that has not found its cluster has nothing.
    if (state.version === 0) return;
    this.#told.push(() => {
      const agreed = this.#reference.version(state.version)?.hash;
      const isSame = agreed !== undefined && agreed === hashState(state, hashText);
      this.findings.expect(isSame, "watch", () => {
        return `${name} started over at version ${String(state.version)} with other content`;
      });
    });
  }

  /** Judges what the event that just ended told. */
  settle(): void {
    if (this.#told.length === 0) return;
    const told = this.#told;
    this.#told = [];
    for (const judge of told) judge();
  }
}

function textOf({ puts, deletes }: ItemDelta): string {
  return JSON.stringify([puts, deletes]);
}
