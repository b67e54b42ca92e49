/** Every known bug that the simulator has to find. */
import type { Mutant } from "./mutant.js";
import { raftMutants } from "./raft-mutants.js";
import { shellMutants } from "./shell-mutants.js";

/** See the file comment. */
export const allMutants: readonly Mutant[] = [...shellMutants, ...raftMutants];
