/**
 * Histories that others publish, as operations: Jepsen's register logs of etcd, and the key-value
 * logs that porcupine keeps beside them. Lines stand in the order of their events, so their numbers
 * are the time. What is known of each file's verdict is here, too.
 */
import { assertDefined } from "../../src/base/assert.js";

import { neverReturned, type Operation } from "./model.js";
import type { KeyValueInput, KeyValueOutput } from "./models/key-value.js";
import type { RegisterInput, RegisterOutput } from "./models/register.js";

/** Numbers of the etcd logs that are linearizable; the others up to the last are not. */
const linearizableEtcdLogs: ReadonlySet<number> = new Set([
  ...[2, 5, 7, 18, 25, 31, 38, 45, 48, 49, 51, 53, 56, 67, 75, 76, 80, 87, 92, 98, 100, 101, 102],
]);
const etcdLogLast = 102;
/** An empty file that nobody judged. */
const etcdLogWithoutVerdict = 95;

/** The published verdict on a file by its name; undefined when there is none. */
export function publishedVerdict(fileName: string): boolean | undefined {
  const etcd = /^etcd_(\d{3})\.log$/.exec(fileName);
  if (etcd !== null) {
    const number = Number(etcd[1]);
    if (number > etcdLogLast || number === etcdLogWithoutVerdict) return undefined;
    return linearizableEtcdLogs.has(number);
  }
  const keyValue = /^c\d+-(ok|bad)\.txt$/.exec(fileName);
  return keyValue === null ? undefined : keyValue[1] === "ok";
}

/**
 * Reads a Jepsen log of one register. A timed-out read taught nothing and is left out; other
 * timed-out calls stay open for ever.
 *
 * @throws Error at a line that is not understood.
 */
export function parseJepsenLog(text: string): Operation<RegisterInput, RegisterOutput>[] {
  const open = new OpenCalls<RegisterInput, RegisterOutput>();
  for (const [at, line] of linesOf(text)) {
    const match = /^INFO\s+jepsen\.util\s+-\s+(\d+)\s+:(\w+)\s+:(\w+)\s+(.+)$/.exec(line);
    const [, process = "", type = "", f = "", value = ""] = match ?? notUnderstood(at, line);
    if (type === "invoke") open.call(process, registerInput(f, value, at), at);
    else if (value === ":timed-out") {
      if (f === "read") open.forget(process);
    } else open.return(process, registerOutput(f, { type, value }, at), at);
  }
  return open.all();
}

/**
 * Reads a key-value log: one map a line, all calls returned.
 *
 * @throws Error at a line that is not understood.
 */
export function parseKeyValueLog(text: string): Operation<KeyValueInput, KeyValueOutput>[] {
  const open = new OpenCalls<KeyValueInput, KeyValueOutput>();
  const pattern =
    /^\{:process (\d+), :type :(invoke|ok), :f :(get|put|append), :key "(.*)", :value (nil|"(.*)")\}$/;
  for (const [at, line] of linesOf(text)) {
    const match = pattern.exec(line) ?? notUnderstood(at, line);
    const [, process = "", type = "", f = "", key = "", , value = ""] = match;
    if (type === "ok") open.return(process, f === "get" ? { value } : {}, at);
    else if (f === "get") open.call(process, { kind: "get", key }, at);
    else open.call(process, { kind: f === "put" ? "put" : "append", key, value }, at);
  }
  return open.all();
}

/** Joins calls with their returns. */
class OpenCalls<Input, Output> {
  readonly #done: Operation<Input, Output>[] = [];
  readonly #open = new Map<string, { readonly input: Input; readonly calledAt: number }>();

  call(process: string, input: Input, calledAt: number): void {
    if (this.#open.has(process)) throw new Error(`process ${process} calls twice at once`);
    this.#open.set(process, { input, calledAt });
  }

  return(process: string, output: Output, returnedAt: number): void {
    const call = assertDefined(this.#open.get(process), "a return has a call");
    this.#open.delete(process);
    this.#done.push({ ...call, client: Number(process), output, returnedAt });
  }

  forget(process: string): void {
    this.#open.delete(process);
  }

  all(): Operation<Input, Output>[] {
    const unknown = [...this.#open].map(([process, call]) => ({
      ...call,
      client: Number(process),
      output: undefined,
      returnedAt: neverReturned,
    }));
    return [...this.#done, ...unknown];
  }
}

function registerInput(f: string, value: string, at: number): RegisterInput {
  if (f === "read") return { kind: "read" };
  if (f === "write") return { kind: "write", value: wholeNumber(value, at) };
  const [from, to] = pairOf(f, value, at);
  return { kind: "cas", from, to };
}

function registerOutput(
  f: string,
  { type, value }: { readonly type: string; readonly value: string },
  at: number,
): RegisterOutput {
  if (f === "cas" && (type === "ok" || type === "fail")) {
    return { kind: "cas", applied: type === "ok" };
  }
  if (type !== "ok") return notUnderstood(at, `${type} ${f}`);
  if (f === "write") return { kind: "written" };
  return { kind: "read", value: value === "nil" ? undefined : wholeNumber(value, at) };
}

function pairOf(f: string, value: string, at: number): [number, number] {
  const match = f === "cas" ? /^\[(\d+) (\d+)\]$/.exec(value) : null;
  const [, from = "", to = ""] = match ?? notUnderstood(at, `${f} ${value}`);
  return [Number(from), Number(to)];
}

function wholeNumber(text: string, at: number): number {
  return /^\d+$/.test(text) ? Number(text) : notUnderstood(at, text);
}

function linesOf(text: string): [number, string][] {
  return [...text.split("\n").entries()].filter(([, line]) => line.trim() !== "");
}

function notUnderstood(at: number, text: string): never {
  throw new Error(`line ${String(at + 1)} is not understood: ${text}`);
}
