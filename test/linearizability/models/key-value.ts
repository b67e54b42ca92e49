/** Texts by key with get, put and append; every key is an object of its own, empty at first. */
import type { Model } from "../model.js";

/** What a client asks about one key. */
export type KeyValueInput =
  | { readonly kind: "get"; readonly key: string }
  | { readonly kind: "put"; readonly key: string; readonly value: string }
  | { readonly kind: "append"; readonly key: string; readonly value: string };

/** `value` is there for gets. */
export interface KeyValueOutput {
  readonly value?: string;
}

/** See the file comment. */
export const keyValueModel: Model<string, KeyValueInput, KeyValueOutput> = {
  init: "",
  step: (state, input, output) => {
    switch (input.kind) {
      case "get":
        return output === undefined || output.value === state ? [state] : undefined;
      case "put":
        return [input.value];
      case "append":
        return [state + input.value];
    }
  },
  key: (state) => state,
  partition: (input) => input.key,
  describe: (input, output) => {
    const outcome = output === undefined ? " -> ?" : "";
    if (input.kind === "get") return `get(${input.key}) -> ${output?.value ?? "?"}`;
    return `${input.kind}(${input.key}, ${input.value})${outcome}`;
  },
};
