/**
 * The thread of the log: opens it, then sleeps until records arrive, and makes them durable. It
 * blocks in system calls and nowhere else, shares nothing but the wake-up counter, and ends with
 * its owner.
 */
import type { MessagePort } from "node:worker_threads";
import { receiveMessageOnPort, workerData } from "node:worker_threads";
import { assert } from "../../base/assert.js";
import { createDisk } from "../disk.js";
import { assertText } from "../invariants.js";
import { WalEngine } from "./engine.js";
import type { WorkerReply, WorkerRequest, WorkerStart } from "./messages.js";
import { failureReport } from "./messages.js";
import { openLog } from "./recovery.js";
import type { RecoveredLog } from "./types.js";

run(workerData as WorkerStart);

function run(start: WorkerStart): void {
  const { port, signal, ...options } = start;
  assertText(start.directory, "a directory");
  assert(
    start.signal.byteLength === Int32Array.BYTES_PER_ELEMENT,
    "the thread sleeps on one counter",
  );
  try {
    const disk = createDisk();
    const opened = openLog({ ...options, disk });
    sendOpened(port, opened.recovered);
    const engine = new WalEngine(opened.writer, () => performance.now());
    serve(engine, port, new Int32Array(signal));
    engine.close();
    reply(port, { kind: "closed" });
  } catch (error) {
    reply(port, { kind: "failed", failure: failureReport(error) });
  }
  port.close();
}

function serve(engine: WalEngine, port: MessagePort, signal: Int32Array): void {
  assert(signal.length === 1, "the thread sleeps on one counter");

  for (;;) {
    const seen = Atomics.load(signal, 0);
    const closing = drain(engine, port);
    if (engine.hasWork) {
      const report = engine.commitOnce();
      assert(report.recordCount > 0, "a batch has records");
      reply(port, { kind: "batch", report });
    } else if (closing) {
      return;
    } else if (!engine.choreStep()) {
      Atomics.wait(signal, 0, seen);
    }
  }
}

/** Takes over all waiting requests; true when the last one was the end. */
function drain(engine: WalEngine, port: MessagePort): boolean {
  for (;;) {
    const received = receiveMessageOnPort(port) as { message: WorkerRequest } | undefined;
    if (received === undefined) return false;
    if (received.message === "close") {
      while (engine.hasWork) reply(port, { kind: "batch", report: engine.commitOnce() });
      return true;
    }
    engine.enqueue(received.message);
    assert(engine.hasWork, "what was sent waits to be written");
  }
}

/** Moves the entries' memory instead of copying it; many entries share one buffer. */
function sendOpened(port: MessagePort, recovered: RecoveredLog): void {
  assert(
    recovered.entries.length === recovered.lastLogIndex - recovered.floorLogIndex,
    "entries reach from floor to last",
  );
  assert(recovered.segmentCount > 0, "an open log has a segment");
  const buffers = new Set<ArrayBuffer>();
  for (const { data } of recovered.entries) {
    if (data.buffer instanceof ArrayBuffer) buffers.add(data.buffer);
  }
  port.postMessage({ kind: "opened", recovered } satisfies WorkerReply, [...buffers]);
}

function reply(port: MessagePort, message: WorkerReply): void {
  port.postMessage(message);
}
