/**
 * Whether answers to clients are those of one machine that does one thing after the other. The
 * order of all writes is known from the committed log, so nothing is searched: a write has its
 * place there, a read the place of its version, and each place must be behind everything that
 * somebody had been told before the call began. What was answered with an error that says "nothing
 * was proposed" must not be in the log, ever.
 */
import { assertDefined } from "../../src/base/assert.js";
import type { ErrorCode } from "../../src/base/errors.js";
import type { Proposed, ReadView } from "../../src/controlplane/port.js";
import { hashState } from "../../src/state/hash.js";
import { hashText } from "../../src/controlplane/raft/machine-codec.js";
import type { ClusterState } from "../../src/state/model.js";
import type { Reference } from "./reference.js";
import type { Coverage, Findings } from "./violation.js";

/** What was known when a call began. */
export interface Invocation {
  readonly logIndexMin: number;
  readonly versionMin: number;
}

/** Errors after which nothing of the request may ever be found. */
const nothingProposed: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "no_leader",
  "stopping",
  "overloaded",
  "not_leader",
]);
/** One read in this many is compared by the hash of its whole state. */
const wholeReadEvery = 8;

/** See the file comment. */
export class ClientChecker {
  readonly #findings: Findings;
  readonly #coverage: Coverage;
  readonly #reference: Reference;
  readonly #refused: number[] = [];
  /** Answers of the present event; what they are compared with is updated at its end. */
  #answers: (() => void)[] = [];
  #logIndexMin = 0;
  #versionMin = 0;
  #readsCount = 0;

  constructor(deps: {
    readonly findings: Findings;
    readonly coverage: Coverage;
    readonly reference: Reference;
  }) {
    this.#findings = deps.findings;
    this.#coverage = deps.coverage;
    this.#reference = deps.reference;
  }

  /** A call begins. */
  invoke(): Invocation {
    return { logIndexMin: this.#logIndexMin, versionMin: this.#versionMin };
  }

  /** A write was answered. */
  wrote(requestNo: number, begun: Invocation, proposed: Proposed): void {
    this.#coverage.count("write acknowledged");
    this.#answers.push(() => {
      this.#checkWrite(requestNo, begun, proposed);
    });
  }

  /** A linearizable read was answered. */
  read(begun: Invocation, { state, stale }: ReadView): void {
    this.#coverage.count("read answered");
    this.#readsCount += 1;
    const isWhole = this.#readsCount % wholeReadEvery === 0;
    this.#answers.push(() => {
      const what = `a read answers version ${String(state.version)}`;
      this.#findings.expect(!stale, "linearizable", () => `${what} as if it might be old`);
      this.#findings.expect(state.version >= begun.versionMin, "linearizable", () => {
        return `${what}, ${String(begun.versionMin)} was known before`;
      });
      this.compare(state, isWhole, what);
      this.#versionMin = Math.max(this.#versionMin, state.version);
    });
  }

  /** What a member has applied was read, however old. */
  readLocally({ state }: ReadView): void {
    this.#answers.push(() => {
      this.compare(state, false, `a local read answers version ${String(state.version)}`);
    });
  }

  /** A write failed. */
  failed(requestNo: number, code: ErrorCode): void {
    this.#coverage.count(`write failed: ${code}`);
    if (nothingProposed.has(code)) this.#refused.push(requestNo);
  }

  /** Judges the answers of the event that just ended. */
  settle(): void {
    if (this.#answers.length === 0) return;
    const answers = this.#answers;
    this.#answers = [];
    for (const answer of answers) answer();
  }

  /** Judges what can only be judged when nothing comes any more. */
  finish(): void {
    for (const requestNo of this.#refused) {
      const found = this.#reference.committed(requestNo);
      this.#findings.expect(found === undefined, "nothing was proposed", () => {
        const where = String(found?.logIndex);
        return `request ${String(requestNo)} was refused, and applied at ${where}`;
      });
    }
  }

  /** Compares a state somebody was given with the agreed one of its version. */
  compare(state: ClusterState, isWhole: boolean, what: string): void {
    // A member that has not found its cluster has nothing.
    if (state.version === 0 && state.indices.size === 0 && state.nodes.size === 0) return;
    const agreed = this.#reference.version(state.version);
    if (agreed === undefined) {
      this.#findings.add("agreed state", `${what}, which nobody agreed upon`);
      return;
    }
    if (isWhole) {
      const isSame = hashState(state, hashText) === agreed.hash;
      this.#findings.expect(isSame, "agreed state", () => `${what} with other content`);
      return;
    }
    const isSame =
      state.indices.size === agreed.state.indices.size &&
      state.nodes.size === agreed.state.nodes.size &&
      [...state.indices.values()].every((index) => {
        const other = agreed.state.indices.get(index.name);
        return other?.uuid === index.uuid && other.version === index.version;
      });
    this.#findings.expect(isSame, "agreed state", () => `${what} with other indices`);
  }

  #checkWrite(requestNo: number, begun: Invocation, proposed: Proposed): void {
    const what = `request ${String(requestNo)}`;
    const committed = this.#reference.committed(requestNo);
    if (committed === undefined) {
      this.#findings.add("acknowledged is committed", `${what} was acknowledged, not committed`);
      return;
    }
    const { logIndex, version, result } = committed;
    this.#findings.expect(version === proposed.version, "right answer", () => {
      return `${what} is version ${String(version)}, ${String(proposed.version)} was answered`;
    });
    const isSame = JSON.stringify(result) === JSON.stringify(proposed.result);
    this.#findings.expect(isSame, "right answer", () => `${what} was answered another outcome`);
    this.#findings.expect(logIndex > begun.logIndexMin, "linearizable", () => {
      return `${what} stands at ${String(logIndex)}, ${String(begun.logIndexMin)} was known before`;
    });
    this.#findings.expect(version >= begun.versionMin, "linearizable", () => {
      return `${what} is version ${String(version)}, ${String(begun.versionMin)} was known before`;
    });
    this.#logIndexMin = Math.max(this.#logIndexMin, logIndex);
    this.#versionMin = Math.max(this.#versionMin, version);
    assertDefined(this.#reference.version(version), "an agreed version is known");
  }
}
