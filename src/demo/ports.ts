/** Looks for loopback ports that nobody listens on. */
import { createServer, type Server } from "node:net";

import type { Ports } from "./plan.js";

/** The ports of this machine. */
export function createLoopbackPorts(): Ports {
  const given = new Set<number>();
  const anyFree = async (): Promise<number> => {
    const port = await tryListen(0);
    if (port === undefined || given.has(port)) return anyFree();
    given.add(port);
    return port;
  };
  return {
    anyFree,
    isFree: async (port) => !given.has(port) && (await tryListen(port)) !== undefined,
  };
}

/** Listens for a moment; the port, or undefined when it is taken. */
function tryListen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server: Server = createServer();
    server.once("error", () => {
      resolve(undefined);
    });
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === "object" ? address?.port : undefined);
      });
    });
  });
}
