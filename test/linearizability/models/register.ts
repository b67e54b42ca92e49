/** One register with read, write and compare-and-set; empty at first. */
import type { Model } from "../model.js";

/** What a client asks of the register. */
export type RegisterInput =
  | { readonly kind: "read" }
  | { readonly kind: "write"; readonly value: number }
  | { readonly kind: "cas"; readonly from: number; readonly to: number };

/** `value` undefined = empty. A compare-and-set that did not find `from` is not `applied`. */
export type RegisterOutput =
  | { readonly kind: "read"; readonly value: number | undefined }
  | { readonly kind: "written" }
  | { readonly kind: "cas"; readonly applied: boolean };

/** See the file comment. */
export const registerModel: Model<number | undefined, RegisterInput, RegisterOutput> = {
  init: undefined,
  step: (state, input, output) => {
    switch (input.kind) {
      case "read":
        if (output === undefined) return [state];
        return output.kind === "read" && output.value === state ? [state] : undefined;
      case "write":
        return [input.value];
      case "cas": {
        const applies = state === input.from;
        if (output?.kind === "cas" && output.applied !== applies) return undefined;
        return [applies ? input.to : state];
      }
    }
  },
  key: (state) => String(state),
  describe: (input, output) => {
    switch (input.kind) {
      case "read":
        return `read() -> ${output?.kind === "read" ? String(output.value ?? "empty") : "?"}`;
      case "write":
        return `write(${String(input.value)})${output === undefined ? " -> ?" : ""}`;
      case "cas": {
        const outcome = output?.kind === "cas" ? (output.applied ? "applied" : "refused") : "?";
        return `cas(${String(input.from)} to ${String(input.to)}) -> ${outcome}`;
      }
    }
  },
};
