/**
 * What may become of a member with a flipped bit, and how many did. Everything else is a failure:
 * a wrong state served, a write that is gone, a crash, a refusal that does not say what to do.
 */
import { basename } from "node:path";
import { FatalError, exitCode } from "../../src/base/errors.js";
import { fileKinds, type FileKind, type Flip } from "./flip.js";

/** The ways that are fine. */
export const outcomes = [
  /** It noticed, and everything of it was replaced from the cluster. */
  "healed",
  /** It noticed, and made up for the file from the rest of its own disk. */
  "rebuilt",
  /** It ended with 79, naming the file and the way out. */
  "refused",
  /** The byte was not needed: nothing that was read depends on it. */
  "not needed",
] as const;
/** One of {@link outcomes}. */
export type Outcome = (typeof outcomes)[number];

/** How one flip ended. */
export type Verdict =
  { readonly outcome: Outcome } | { readonly outcome: "failed"; readonly why: string };

/** Counts verdicts per kind of file. */
export class Tally {
  readonly failures: string[] = [];
  readonly #counts = new Map<string, number>();

  add(kind: FileKind, verdict: Verdict, what: string): void {
    const key = `${kind}|${verdict.outcome}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    if (verdict.outcome === "failed") this.failures.push(`${what}: ${verdict.why}`);
  }

  count(kind: FileKind, outcome: Outcome | "failed"): number {
    return this.#counts.get(`${kind}|${outcome}`) ?? 0;
  }

  /** A table. */
  lines(): string[] {
    const columns = [...outcomes, "failed" as const];
    const row = (cells: readonly string[]): string =>
      cells.map((cell, n) => (n === 0 ? cell.padEnd(12) : cell.padStart(11))).join("");
    return [
      row(["", ...columns]),
      ...fileKinds.map((kind) =>
        row([kind, ...columns.map((outcome) => String(this.count(kind, outcome)))]),
      ),
    ];
  }
}

/** Whether a refusal is one an operator can act on. */
export function judgeRefusal(thrown: unknown, flip: Flip): Verdict {
  if (!(thrown instanceof FatalError)) return failed(`it crashed: ${stackOf(thrown)}`);
  return judgeExit(thrown.exit, thrown.message, flip);
}

/** The same for a process that ended. */
export function judgeExit(code: number | null, text: string, flip: Flip): Verdict {
  if (code !== exitCode.dataRefused) return failed(`it ended with ${String(code)}: ${text}`);
  const name = basename(flip.file).replace(/\.snap$/, "");
  if (!text.includes(name)) return failed(`the refusal does not name ${name}: ${text}`);
  const isHelpful = /replace this member|start the newer|restore|own data directory/.test(text);
  return isHelpful ? { outcome: "refused" } : failed(`the refusal names no way out: ${text}`);
}

/** A failure. */
export function failed(why: string): Verdict {
  return { outcome: "failed", why };
}

function stackOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
