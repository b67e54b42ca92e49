/**
 * Tells systemd how the service is doing. Node cannot write to systemd's datagram socket, so each
 * message is one short run of `systemd-notify`; the unit therefore says `NotifyAccess=all`. A
 * message that cannot be sent is reported and otherwise harmless. It reads no environment: the
 * socket's path is passed in.
 */
import { execFile } from "node:child_process";

/** What systemd can be told. Each call ends when systemd has taken note, or has failed to. */
export interface Notifier {
  /** The daemon has recovered and serves its ports. */
  ready(): Promise<void>;
  /** The daemon has begun to stop. */
  stopping(): Promise<void>;
  /** A short sentence for `systemctl status`. */
  status(text: string): Promise<void>;
}

/** What a notifier needs. */
export interface NotifierOptions {
  /** Systemd's socket; undefined when systemd did not start this process: then nothing is sent. */
  readonly socketPath: string | undefined;
  /** Called with the reason when a message could not be sent. */
  readonly onError: (reason: string) => void;
  /** The program that sends; another one only in tests. */
  readonly program?: string;
}

const sendTimeoutMs = 5000;
/** Systemd cuts longer texts off anyway. */
const statusLengthMax = 200;

/** Creates a notifier; without a socket all its methods do nothing. */
export function createNotifier(options: NotifierOptions): Notifier {
  const { socketPath, onError, program = "systemd-notify" } = options;
  const send = (assignment: string): Promise<void> => {
    if (socketPath === undefined || socketPath === "") return Promise.resolve();
    const env = { NOTIFY_SOCKET: socketPath, PATH: "/usr/bin:/bin" };
    return new Promise((resolve) => {
      execFile(program, [assignment], { env, timeout: sendTimeoutMs }, (error) => {
        if (error !== null) onError(error.message);
        resolve();
      });
    });
  };
  return {
    ready: () => send("READY=1"),
    stopping: () => send("STOPPING=1"),
    status: (text) => send(`STATUS=${text.replace(/\s+/g, " ").slice(0, statusLengthMax)}`),
  };
}
