/**
 * The signals that end the daemon, and the failures nobody handled, each as one call. It decides
 * nothing: stopping in order, logging and exit codes are the caller's.
 */

/** Where signals and failures are heard: the process, or an emitter in tests. */
type ListenerSource = Pick<NodeJS.EventEmitter, "on" | "off">;

/** A signal that asks for a stop in good order. */
export type StopSignal = "SIGTERM" | "SIGINT" | "SIGHUP";

const stopSignals: readonly StopSignal[] = ["SIGTERM", "SIGINT", "SIGHUP"];

/**
 * Calls `onStop` for the first stop signal. Later ones are swallowed: a terminal's Ctrl-C often
 * arrives twice, once from the terminal and once from a parent that passes it on, and stopping
 * has its own time limit.
 *
 * @returns a function that gives the signals their default meaning back.
 */
export function listenForStop(
  onStop: (signal: StopSignal) => void,
  source: ListenerSource = process,
): () => void {
  let stopped = false;
  const listener = (signal: StopSignal): void => {
    if (stopped) return;
    stopped = true;
    onStop(signal);
  };
  for (const signal of stopSignals) source.on(signal, listener);
  return () => {
    for (const signal of stopSignals) source.off(signal, listener);
  };
}

/** Calls `onBug` with whatever was thrown or rejected and handled by nobody. */
export function listenForBugs(
  onBug: (thrown: unknown) => void,
  source: ListenerSource = process,
): () => void {
  source.on("uncaughtException", onBug);
  source.on("unhandledRejection", onBug);
  return () => {
    source.off("uncaughtException", onBug);
    source.off("unhandledRejection", onBug);
  };
}
