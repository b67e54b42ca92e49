/** Stop signals and unhandled failures, on an emitter that stands for the process. */
import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { listenForBugs, listenForStop } from "../../../src/process/signals.js";

describe("stop signals", () => {
  it.each(["SIGTERM", "SIGINT", "SIGHUP"])("%s asks for one stop, however often", (signal) => {
    const source = new EventEmitter();
    const stops: string[] = [];
    listenForStop((received) => stops.push(received), source);
    source.emit(signal, signal);
    source.emit(signal, signal);
    source.emit("SIGTERM", "SIGTERM");
    expect(stops).toEqual([signal]);
  });

  it("are given back", () => {
    const source = new EventEmitter();
    const giveBack = listenForStop(() => undefined, source);
    expect(source.listenerCount("SIGTERM")).toBe(1);
    giveBack();
    expect(source.eventNames()).toEqual([]);
  });
});

describe("unhandled failures", () => {
  it("are reported as they were thrown, until given back", () => {
    const source = new EventEmitter();
    const seen: unknown[] = [];
    const giveBack = listenForBugs((thrown) => seen.push(thrown), source);
    source.emit("uncaughtException", "a");
    source.emit("unhandledRejection", "b");
    giveBack();
    source.emit("uncaughtException", "c");
    expect(seen).toEqual(["a", "b"]);
  });
});
