/**
 * Runs the log in a thread of its own. Messages go over a port; a shared counter wakes the thread
 * without going through its event loop. The owner never waits for the thread, except at open and
 * at close.
 */
import type { WorkerOptions } from "node:worker_threads";
import { MessageChannel, Worker, receiveMessageOnPort } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { assert, assertNever } from "../../base/assert.js";
import { FatalError, exitCode } from "../../base/errors.js";
import { assertText } from "../invariants.js";
import type { WorkerReply, WorkerRequest, WorkerStart } from "./messages.js";
import { failureFrom } from "./messages.js";
import type { LogMarker, LogWitness, RecoveredLog, WalIdentity } from "./types.js";
import type { OpenedWal, WalTransport } from "./wal.js";
import { LedgeredWal } from "./wal.js";

/** How the log is opened. */
export interface ThreadedOptions {
  readonly directory: string;
  readonly identity: WalIdentity;
  readonly segmentBytes: number;
  readonly witnesses: readonly LogWitness[];
  /** The newest verified snapshot; see `OpenLogOptions.snapshot`. */
  readonly snapshot?: LogMarker | undefined;
}

/**
 * Opens the log of this machine's disk, and creates it when there has never been one.
 *
 * @throws FatalError (data refused) when it is damaged, incomplete or not this member's.
 */
export async function openWal(options: ThreadedOptions): Promise<OpenedWal> {
  assertText(options.directory, "a directory");
  assertText(options.identity.clusterId, "a cluster id");
  assert(options.identity.memberId > 0, "a log belongs to a member");
  const channel = new MessageChannel();
  const signal = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const start: WorkerStart = {
    ...options,
    snapshot: options.snapshot,
    port: channel.port2,
    signal,
  };
  const { url, execArgv } = workerProgram();
  const workerOptions: WorkerOptions = { workerData: start, transferList: [channel.port2] };
  const worker = new Worker(
    url,
    execArgv === undefined ? workerOptions : { ...workerOptions, execArgv },
  );
  const ended = new Promise<void>((resolve) =>
    worker.once("exit", () => {
      resolve();
    }),
  );
  const recovered = await opening(worker, channel.port1);
  const held = recovered.lastLogIndex - recovered.floorLogIndex;
  assert(recovered.entries.length === held, "entries reach from floor to last");
  const parts: ThreadParts = { worker, port: channel.port1, signal, ended };
  const wal = new LedgeredWal(
    () => performance.now(),
    recovered.segmentCount,
    (ledger) => new ThreadTransport(parts, ledger),
  );
  return { wal, recovered };
}

/**
 * The compiled thread beside this file; when this file itself runs from its TypeScript source,
 * the source beside it, with the one resolution rule that this needs.
 */
function workerProgram(): { url: URL; execArgv: string[] | undefined } {
  if (import.meta.url.endsWith(".js")) {
    return { url: new URL("./worker.js", import.meta.url), execArgv: undefined };
  }
  const resolveSources = [
    'import { registerHooks } from "node:module";',
    "registerHooks({ resolve(name, context, next) {",
    "  try { return next(name, context); } catch (error) {",
    '    if (!name.startsWith(".")) throw error;',
    '    return next(name.replace(/\\.js$/, ".ts"), context);',
    "  } } });",
  ].join("\n");
  const hook = `data:text/javascript,${encodeURIComponent(resolveSources)}`;
  return { url: new URL("./worker.ts", import.meta.url), execArgv: ["--import", hook] };
}

function opening(worker: Worker, port: MessagePort): Promise<RecoveredLog> {
  assert(worker.threadId > 0, "the thread was started");
  return new Promise((resolve, reject) => {
    const stopListening = (): void => {
      port.off("message", onReply);
      worker.off("error", onError);
      worker.off("exit", onExit);
    };
    const onReply = (reply: WorkerReply): void => {
      stopListening();
      if (reply.kind === "opened") {
        resolve(reply.recovered);
        return;
      }
      port.close();
      reject(reply.kind === "failed" ? failureFrom(reply.failure) : unexpectedEnd(reply.kind));
    };
    const onError = (error: unknown): void => {
      stopListening();
      port.close();
      reject(unexpectedEnd(String(error)));
    };
    const onExit = (): void => {
      const last = lastReplies(port)[0];
      if (last === undefined) onError("without a word");
      else onReply(last);
    };
    port.on("message", onReply);
    worker.on("error", onError);
    worker.on("exit", onExit);
  });
}

/** What the thread said before it ended and was not delivered yet. */
function lastReplies(port: MessagePort): WorkerReply[] {
  const replies: WorkerReply[] = [];
  for (;;) {
    const received = receiveMessageOnPort(port) as { message: WorkerReply } | undefined;
    if (received === undefined) return replies;
    replies.push(received.message);
  }
}

function unexpectedEnd(why: string): FatalError {
  assert(why.length < 10_000, "a reason is short");
  assertText(why, "a reason");
  return new FatalError(exitCode.bug, `the thread of the write-ahead log ended: ${why}`);
}

interface ThreadParts {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly signal: SharedArrayBuffer;
  readonly ended: Promise<void>;
}

class ThreadTransport implements WalTransport {
  readonly #port: MessagePort;
  readonly #signal: Int32Array;
  readonly #ended: Promise<void>;
  readonly #ledger: LedgeredWal;
  #isFinished = false;

  constructor({ worker, port, signal, ended }: ThreadParts, ledger: LedgeredWal) {
    assert(signal.byteLength === Int32Array.BYTES_PER_ELEMENT, "the thread sleeps on one counter");
    assert(!ledger.hasFailed, "a log that opened has not failed");
    this.#port = port;
    this.#signal = new Int32Array(signal);
    this.#ended = ended;
    this.#ledger = ledger;
    port.on("message", (reply: WorkerReply) => {
      this.#onReply(reply);
    });
    worker.once("error", (error: unknown) => {
      ledger.fail(unexpectedEnd(String(error)));
    });
    worker.once("exit", () => {
      for (const reply of lastReplies(port)) this.#onReply(reply);
      if (!this.#isFinished) ledger.fail(unexpectedEnd("without a word"));
    });
  }

  /** Moves the records' memory to the thread instead of copying it. */
  send(records: readonly Uint8Array[]): void {
    assert(records.length > 0, "something is sent");
    const buffers = records.map(({ buffer }) => buffer as ArrayBuffer);
    assert(new Set(buffers).size === records.length, "each record has memory of its own");
    this.#post(records, buffers);
  }

  async close(): Promise<void> {
    assert(!this.#isFinished || this.#ledger.hasFailed, "a log is closed once");
    this.#post("close", []);
    await this.#ended;
    assert(this.#isFinished || this.#ledger.hasFailed, "the thread said how it ended");
  }

  #post(request: WorkerRequest, buffers: readonly ArrayBuffer[]): void {
    assert(
      request === "close" || buffers.length === request.length,
      "all memory moves with its records",
    );
    this.#port.postMessage(request, [...buffers]);
    Atomics.add(this.#signal, 0, 1);
    const woken = Atomics.notify(this.#signal, 0);
    assert(woken <= 1, "one thread sleeps on the counter");
  }

  #onReply(reply: WorkerReply): void {
    assert(!this.#isFinished, "an end is the last word");
    switch (reply.kind) {
      case "opened":
        throw unexpectedEnd("it opened twice");
      case "batch":
        this.#ledger.settle(reply.report);
        return;
      case "failed":
        this.#isFinished = true;
        this.#ledger.fail(failureFrom(reply.failure));
        this.#port.close();
        return;
      case "closed":
        this.#isFinished = true;
        this.#port.close();
        return;
      default:
        assertNever(reply, "the thread says something unknown");
    }
  }
}
