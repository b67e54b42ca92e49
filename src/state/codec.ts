/**
 * Small parts from which exact JSON codecs are put together. Encoding is canonical: fields in the
 * order of their declaration, records sorted by key. Decoding is strict: a missing, unknown or
 * ill-typed field makes the whole value undefined, so that nothing half understood is acted upon.
 */
import { compareStrings } from "../base/sorted.js";

/** Translates between a value and its canonical JSON tree. */
export interface Codec<T> {
  encode(value: T): unknown;
  /** The value, or undefined when `json` is not exactly one. */
  decode(json: unknown): T | undefined;
}

/** A codec whose canonical JSON is wanted as text. */
export interface TextCodec<T> extends Codec<T> {
  text(value: T): string;
  /** The value, or undefined when `text` is no JSON or not exactly one value. */
  parse(text: string): T | undefined;
}

interface Optional<T> extends Codec<T> {
  readonly isOptional: true;
}

/** A field is its codec; a field that may be absent is wrapped by {@link optional}. */
type Fields<T> = {
  readonly [K in keyof T]-?: Partial<Pick<T, K>> extends Pick<T, K>
    ? Optional<Exclude<T[K], undefined>>
    : Codec<T[K]>;
};

/** Any string. */
export const string: Codec<string> = {
  encode: (value) => value,
  decode: (json) => (typeof json === "string" ? json : undefined),
};

/** A safe integer, negative ones included. */
export const integer: Codec<number> = {
  encode: (value) => value,
  decode: (json) => (Number.isSafeInteger(json) ? (json as number) : undefined),
};

/** A safe integer of at least zero. */
export const natural: Codec<number> = {
  encode: (value) => value,
  decode: (json) =>
    Number.isSafeInteger(json) && (json as number) >= 0 ? (json as number) : undefined,
};

/** True or false. */
export const boolean: Codec<boolean> = {
  encode: (value) => value,
  decode: (json) => (typeof json === "boolean" ? json : undefined),
};

/** One of a closed set of strings. */
export function oneOf<T extends string>(...values: readonly T[]): Codec<T> {
  return {
    encode: (value) => value,
    decode: (json) => values.find((value) => value === json),
  };
}

/** A string or null. */
export const stringOrNull: Codec<string | null> = {
  encode: (value) => value,
  decode: (json) => (typeof json === "string" || json === null ? json : undefined),
};

/** A list. */
export function list<T>(item: Codec<T>): Codec<readonly T[]> {
  return {
    encode: (value) => value.map((each) => item.encode(each)),
    decode: (json) => {
      if (!Array.isArray(json)) return undefined;
      const items: T[] = [];
      for (const each of json as readonly unknown[]) {
        const value = item.decode(each);
        if (value === undefined) return undefined;
        items.push(value);
      }
      return items;
    },
  };
}

/** A record with any keys. `Object.fromEntries` keeps a key named `__proto__` an own key. */
export function record<T>(item: Codec<T>): Codec<Readonly<Record<string, T>>> {
  return {
    encode: (value) =>
      Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => compareStrings(a, b))
          .map(([key, each]) => [key, item.encode(each)]),
      ),
    decode: (json) => {
      if (!isObject(json)) return undefined;
      const entries: [string, T][] = [];
      for (const [key, each] of Object.entries(json)) {
        const value = item.decode(each);
        if (value === undefined) return undefined;
        entries.push([key, value]);
      }
      return Object.fromEntries(entries.sort(([a], [b]) => compareStrings(a, b)));
    },
  };
}

/** Marks a field of {@link object} that may be absent. */
export function optional<T>(codec: Codec<T>): Optional<T> {
  return { ...codec, isOptional: true };
}

/** An object with exactly these fields. */
export function object<T extends object>(fields: Fields<T>): Codec<T> {
  const known = Object.entries(fields) as readonly (readonly [string, Codec<unknown>])[];
  return {
    encode: (value) => {
      const source = value as Readonly<Record<string, unknown>>;
      const json: Record<string, unknown> = {};
      for (const [key, codec] of known) {
        const field = source[key];
        if (field !== undefined) json[key] = codec.encode(field);
      }
      return json;
    },
    decode: (json) => {
      if (!isObject(json)) return undefined;
      const value: Record<string, unknown> = {};
      let present = 0;
      for (const [key, codec] of known) {
        if (!Object.hasOwn(json, key)) {
          if ("isOptional" in codec) continue;
          return undefined;
        }
        const field = codec.decode(json[key]);
        if (field === undefined) return undefined;
        value[key] = field;
        present += 1;
      }
      return Object.keys(json).length === present ? (value as T) : undefined;
    },
  };
}

/** One of several objects, told apart by the string in field `tag`, which each of them declares. */
export function union<T extends object, K extends keyof T & string>(
  tag: K,
  codecs: { readonly [V in T[K] & string]: Codec<Extract<T, Readonly<Record<K, V>>>> },
): Codec<T> {
  const byTag = new Map(Object.entries(codecs)) as unknown as ReadonlyMap<unknown, Codec<T>>;
  return {
    encode: (value) => byTag.get(value[tag])?.encode(value),
    decode: (json) => (isObject(json) ? byTag.get(json[tag])?.decode(json) : undefined),
  };
}

/** A codec that is declared later, for values that contain their own kind. */
export function lazily<T>(codec: () => Codec<T>): Codec<T> {
  return {
    encode: (value) => codec().encode(value),
    decode: (json) => codec().decode(json),
  };
}

/** Adds the translation to and from text. */
export function withText<T>(codec: Codec<T>): TextCodec<T> {
  return {
    ...codec,
    text: (value) => JSON.stringify(codec.encode(value)),
    parse: (text) => {
      const json = parseJson(text);
      return json === undefined ? undefined : codec.decode(json);
    },
  };
}

/** JSON has no undefined, so it can stand for "no JSON". */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
