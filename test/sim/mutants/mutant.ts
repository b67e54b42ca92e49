/**
 * Known bugs, one line each, put into the product's source while the simulator loads it. They
 * prove that the simulator would find them; the product itself contains nothing of it.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/** A bug. */
export interface Mutant {
  readonly name: string;
  /** Its number in the list of pitfalls that the simulator has to catch; 0 = not in the list. */
  readonly pitfall: number;
  /** Below src/. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** Seeds within which it must be found. */
  readonly seedsMax: number;
}

const sourceRoot = new URL("../../../src/", import.meta.url);

/** The file's source with the bug, or what is wrong with the mutant. */
export function mutate(mutant: Mutant, source: string): { source: string } | { problem: string } {
  const parts = source.split(mutant.find);
  if (parts.length !== 2) {
    const count = String(parts.length - 1);
    return { problem: `${mutant.name}: found ${count} times in src/${mutant.file}` };
  }
  return { source: parts.join(mutant.replace) };
}

/** The present source of the file that a mutant changes. */
export function sourceOf(mutant: Mutant): string {
  return readFileSync(fileURLToPath(new URL(mutant.file, sourceRoot)), "utf8");
}

/** Applies a mutant to everything that this process loads from now on. */
export function applyMutant(mutant: Mutant): void {
  const url = new URL(mutant.file, sourceRoot).href;
  const mutated = mutate(mutant, sourceOf(mutant));
  if ("problem" in mutated) throw new Error(mutated.problem);
  registerHooks({
    load(loadedUrl, context, next) {
      const loaded = next(loadedUrl, context);
      if (loadedUrl !== url) return loaded;
      return { ...loaded, source: mutated.source };
    },
  });
}
