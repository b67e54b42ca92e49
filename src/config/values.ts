/**
 * Turns one raw value, from wherever it came, into a typed one or into a sentence of what is
 * allowed. It knows neither keys nor places; settings.ts joins the three.
 */
import { isIP } from "node:net";
import * as limits from "./limits.js";
import type { HostPort, LogLevel } from "./model.js";

/** A value as it was written, numbers included; `origin` names the place for messages. */
export type RawValue =
  | { readonly kind: "scalar"; readonly value: string; readonly origin: string }
  | { readonly kind: "list"; readonly items: readonly RawValue[]; readonly origin: string }
  | { readonly kind: "map"; readonly origin: string };

/** Something wrong with a value, and where it stands. */
export interface Problem {
  readonly origin: string;
  readonly text: string;
}

/** A parsed value, or what is wrong with it. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads one kind of value. */
export type Parser<T> = (raw: RawValue) => Parsed<T>;

/** Builds a parser of scalars; `convert` returns undefined for what is not `allowed`. */
export function scalar<T>(allowed: string, convert: (text: string) => T | undefined): Parser<T> {
  return (raw) => {
    if (raw.kind !== "scalar") return wrong(raw, `a ${raw.kind}`, allowed);
    const value = convert(raw.value);
    if (value === undefined) return wrong(raw, JSON.stringify(raw.value), allowed);
    return { ok: true, value };
  };
}

function wrong(raw: RawValue, given: string, allowed: string): Parsed<never> {
  return { ok: false, problems: [{ origin: raw.origin, text: `${given} is not ${allowed}` }] };
}

/** A whole number in decimal digits, from `min` to `max`. */
export function wholeNumber(min: number, max: number): Parser<number> {
  return scalar(`a whole number from ${min} to ${max}`, (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return number >= min && number <= max ? number : undefined;
  });
}

/** A TCP port; 0 is refused, because others have to know the number beforehand. */
export const portNumber: Parser<number> = wholeNumber(limits.portMin, limits.portMax);

const durationUnitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A duration with its unit, as Go writes them: `50ms`, `1s`, `1.5s`, `1m30s`. */
export function durationMs(min: number, max: number): Parser<number> {
  const allowed = `a duration from ${min}ms to ${max}ms with a unit (ms, s, m), such as 100ms or 3s`;
  return scalar(allowed, (text) => {
    if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
    let totalMs = 0;
    for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
      totalMs += Number(amount) * (durationUnitsMs[unit ?? ""] ?? Number.NaN);
    }
    const wholeMs = Math.round(totalMs);
    return wholeMs >= min && wholeMs <= max ? wholeMs : undefined;
  });
}

const sizeUnitsBytes: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

/** A number of bytes, plain or with a binary unit: `67108864`, `64MiB`. */
export function sizeBytes(min: number, max: number): Parser<number> {
  const allowed = `a size from ${min} to ${max} bytes, plain or as KiB, MiB, GiB`;
  return scalar(allowed, (text) => {
    const match = /^(\d{1,15}) ?([a-z]*)$/i.exec(text);
    const unit = sizeUnitsBytes[match?.[2]?.toLowerCase() ?? "?"];
    if (match === null || unit === undefined) return undefined;
    const bytes = Number(match[1]) * unit;
    return bytes >= min && bytes <= max ? bytes : undefined;
  });
}

const logLevels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Yes or no. */
export const flag: Parser<boolean> = scalar("true or false", (text) => {
  const word = text.toLowerCase();
  return word === "true" ? true : word === "false" ? false : undefined;
});

/** A log level, in either case. */
export const logLevel: Parser<LogLevel> = scalar("one of debug, info, warn, error", (text) =>
  logLevels.find((level) => level === text.toLowerCase()),
);

/** A name that is safe as a label, a file name and a word on a line. */
export const name: Parser<string> = scalar(
  `a name of 1 to ${limits.nameLengthMax} letters, digits, '.', '_', ':' or '-' that starts with a letter or digit`,
  (text) =>
    /^[a-z0-9][a-z0-9._:-]*$/i.test(text) && text.length <= limits.nameLengthMax ? text : undefined,
);

/** A path; any text but the empty one and one with a NUL. */
export const path: Parser<string> = scalar("a path", (text) =>
  text !== "" && !text.includes("\0") ? text : undefined,
);

/** A host name or an IP address; IPv6 with or without brackets, returned without. */
export const host: Parser<string> = scalar("a host name or an IP address", parseHost);

/** As {@link host}, but one that others can connect to. */
export const reachableHost: Parser<string> = scalar(
  "a host name or an IP address that others can reach (not a wildcard)",
  (text) => {
    const parsed = parseHost(text);
    return parsed === undefined || isWildcard(parsed) ? undefined : parsed;
  },
);

/** Whether an address stands for all of a host's addresses. */
export function isWildcard(address: string): boolean {
  if (address === "0.0.0.0") return true;
  return isIP(address) === 6 && /^[0:]+$/.test(address);
}

function parseHost(text: string): string | undefined {
  const inner = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  if (isIP(inner) === 6) return inner;
  if (inner !== text) return undefined;
  if (isIP(text) === 4) return text;
  // Digits and dots alone are a mistyped address, never a name.
  if (text.length > 253 || /^[\d.]+$/.test(text)) return undefined;
  const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;
  return text
    .replace(/\.$/, "")
    .split(".")
    .every((part) => label.test(part))
    ? text
    : undefined;
}

/** `host:port`, `[v6]:port`, or a host alone, which then gets `portDefault`. */
function parseHostPort(text: string, portDefault: number): HostPort | undefined {
  if (isIP(text) === 6) return { host: text, port: portDefault };
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text);
  const hostText = match?.[1];
  if (match === null || hostText === undefined) return undefined;
  const parsedHost = parseHost(hostText);
  if (parsedHost === undefined || isWildcard(parsedHost)) return undefined;
  const port = match[2] === undefined ? portDefault : Number(match[2]);
  if (port < limits.portMin || port > limits.portMax) return undefined;
  return { host: parsedHost, port };
}

/** One `host:port`. */
export function hostPort(portDefault: number): Parser<HostPort> {
  return scalar(
    `host:port with a port from ${limits.portMin} to ${limits.portMax} (IPv6 as [::1]:${portDefault})`,
    (text) => parseHostPort(text, portDefault),
  );
}

/** A list of `host:port`: a sequence, or one text separated by commas or spaces. */
export function hostPortList(portDefault: number): Parser<readonly HostPort[]> {
  const element = hostPort(portDefault);
  return (raw) => {
    const items = listItems(raw);
    if (items === undefined) return wrong(raw, "this", "a list of host:port");
    const values: HostPort[] = [];
    const problems: Problem[] = [];
    for (const item of items) {
      const parsed = element(item);
      if (!parsed.ok) problems.push(...parsed.problems);
      else if (values.some((v) => v.host === parsed.value.host && v.port === parsed.value.port)) {
        problems.push({ origin: item.origin, text: `${show(parsed.value)} is listed twice` });
      } else values.push(parsed.value);
    }
    if (items.length > limits.peersCountMax) {
      const text = `${items.length} peers are more than the ${limits.peersCountMax} allowed`;
      problems.push({ origin: raw.origin, text });
    }
    return problems.length > 0 ? { ok: false, problems } : { ok: true, value: values };
  };
}

/** `host:port` as text, IPv6 in brackets. */
export function show(address: HostPort): string {
  const shownHost = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${shownHost}:${address.port}`;
}

function listItems(raw: RawValue): readonly RawValue[] | undefined {
  if (raw.kind === "list") return raw.items;
  if (raw.kind !== "scalar") return undefined;
  const words = raw.value.split(/[\s,]+/).filter((word) => word !== "");
  return words.map((value) => ({ kind: "scalar", value, origin: raw.origin }));
}
