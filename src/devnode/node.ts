/**
 * One data node as an object: its server, its place among the masters, and its life. Several can
 * live in one process; main.ts makes a program of one.
 */
import { Server, ServerCredentials } from "@grpc/grpc-js";

import { FatalError, exitCode } from "../base/errors.js";
import type { Logger } from "../base/log.js";
import type { FaultServiceHandlers } from "../wire/gen/quidditch/devnode/FaultService.js";
import { wire } from "../wire/load.js";
import { textOf } from "./call-error.js";
import { createDeferred } from "./deferred.js";
import { diskFiles } from "./disk-files.js";
import { FaultGate, noFaults, type Faults } from "./faults.js";
import { openGoNode } from "./go-node.js";
import { GrpcMasterLink, GrpcPeerLinks } from "./grpc-links.js";
import { addNodeServices } from "./grpc-service.js";
import { hostLoad } from "./host-load.js";
import { stopGraceMs } from "./limits.js";
import { Masters } from "./masters.js";
import {
  keepMembership,
  membershipTimes,
  registerLikeGo,
  unregister,
  type MembershipDeps,
  type MembershipTimes,
} from "./membership.js";
import type { NodeBehaviour } from "./node-behaviour.js";
import { nodeClock } from "./node-clock.js";
import type { DevNodeOptions } from "./options.js";
import { openReferenceNode } from "./reference-node.js";
import { registration } from "./registration.js";
import { serverOptions } from "./rpc.js";

/** A running data node. */
export interface DevNodeHandle {
  readonly nodeId: string;
  /** `host:port` where others reach it. */
  readonly address: string;
  readonly port: number;
  /** Ends with true at the first acknowledged registration, false when there will be none. */
  registered(): Promise<boolean>;
  /** Replaces the present faults; what is not named is off. */
  setFaults(faults: Partial<Faults>): void;
  /** Says good-bye to a master and ends, within 2 s. */
  stop(): Promise<void>;
  /** Ends at once, without a word to anyone, as a killed process would. */
  kill(): Promise<void>;
}

/** What a caller may bring along. */
export interface DevNodeDeps {
  readonly logger: Logger;
  /** Times that differ from a real node's; for tests. */
  readonly times?: Partial<MembershipTimes>;
}

/**
 * Opens the data directory, listens, and begins to register; it does not wait for a master.
 *
 * @throws FatalError when the port cannot be had or the data cannot be read.
 */
export async function startDevNode(
  options: DevNodeOptions,
  deps: DevNodeDeps,
): Promise<DevNodeHandle> {
  const logger = deps.logger.child({ component: "devnode", node: options.nodeId });
  const gate = new FaultGate(nodeClock);
  const server = new Server(serverOptions);
  const port = await reserve(server, options);
  const host = options.advertiseAddr ?? options.bindAddr;
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const links = options.masters.map((master) => new GrpcMasterLink(master));
  const masters = new Masters(links, nodeClock);
  let behaviour: NodeBehaviour;
  try {
    behaviour =
      options.mode === "go"
        ? await openGoNode({ options, gate, logger })
        : await openReferenceNode({
            options,
            clock: nodeClock,
            files: diskFiles,
            masters,
            peers: new GrpcPeerLinks(),
            gate,
            logger,
            address,
            hostLoad: () => hostLoad(options.dataDir),
          });
  } catch (error) {
    server.forceShutdown();
    masters.close();
    throw error;
  }
  const node = new DevNode({ options, masters, gate, logger, behaviour, server, address, port });
  node.begin({ ...membershipTimes, ...deps.times });
  return node;
}

interface Parts {
  readonly options: DevNodeOptions;
  readonly masters: Masters<GrpcMasterLink>;
  readonly gate: FaultGate;
  readonly logger: Logger;
  readonly behaviour: NodeBehaviour;
  readonly server: Server;
  readonly address: string;
  readonly port: number;
}

class DevNode implements DevNodeHandle {
  readonly #parts: Parts;
  readonly #ending = new AbortController();
  readonly #registered = createDeferred<boolean>();
  #wasRegistered = false;
  #membership: Promise<void> = Promise.resolve();
  #ended: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get nodeId(): string {
    return this.#parts.options.nodeId;
  }

  get address(): string {
    return this.#parts.address;
  }

  get port(): number {
    return this.#parts.port;
  }

  registered(): Promise<boolean> {
    return this.#registered.promise;
  }

  setFaults(faults: Partial<Faults>): void {
    this.#parts.gate.faults = { ...noFaults, ...faults };
  }

  /** Serves and registers; called once. */
  begin(times: MembershipTimes): void {
    const { server, gate, behaviour, options, masters, logger } = this.#parts;
    addNodeServices(server, gate, behaviour);
    server.addService(wire.FaultService.service, this.#faultHandlers());
    const deps: MembershipDeps<GrpcMasterLink> = {
      masters,
      clock: nodeClock,
      logger,
      times,
      request: () => registration(options, this.port, behaviour.capabilities),
      stats: () => behaviour.heartbeatStats(),
      onRegistered: () => {
        this.#wasRegistered = true;
        this.#registered.resolve(true);
        behaviour.onRegistered();
      },
    };
    const { signal } = this.#ending;
    const run = options.mode === "go" ? registerLikeGo : keepMembership;
    this.#membership = run(deps, signal).then(() => {
      this.#registered.resolve(false);
    });
  }

  stop(): Promise<void> {
    this.#ended ??= this.#end(async () => {
      await this.#sayGoodbye();
      await shutdown(this.#parts.server);
    });
    return this.#ended;
  }

  /**
   * A node that no master took has nothing to take back: its id may be another node's. The
   * existing Go node does not care.
   */
  async #sayGoodbye(): Promise<void> {
    const { masters, logger, options } = this.#parts;
    if (!this.#wasRegistered && options.mode !== "go") return;
    try {
      await unregister(masters, this.nodeId, stopGraceMs);
    } catch (error) {
      logger.warn({ event: "unregister-failed", why: textOf(error) }, "No good-bye was taken");
    }
  }

  kill(): Promise<void> {
    this.#ended ??= this.#end(() => {
      this.#parts.server.forceShutdown();
      return Promise.resolve();
    });
    return this.#ended;
  }

  async #end(leave: () => Promise<void>): Promise<void> {
    this.#ending.abort();
    await this.#membership;
    await leave();
    await this.#parts.behaviour.close();
    this.#parts.masters.close();
  }

  #faultHandlers(): FaultServiceHandlers {
    return {
      SetFaults: (call, reply) => {
        const { delay_ms: delayMs, fail_create: failCreate, hang, refuse } = call.request;
        this.setFaults({ delayMs: Math.max(0, delayMs), failCreate, hang, refuse });
        reply(null, {});
      },
    };
  }
}

/** Takes the port before anything else, so that a wrong one leaves no trace. */
function reserve(server: Server, options: DevNodeOptions): Promise<number> {
  const host = options.bindAddr.includes(":") ? `[${options.bindAddr}]` : options.bindAddr;
  const where = `${host}:${options.grpcPort}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(where, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(new FatalError(exitCode.config, `cannot listen on ${where}: ${error.message}`));
    });
  });
}

/** Lets calls in flight end, for a bounded time. */
async function shutdown(server: Server): Promise<void> {
  const { promise, resolve } = createDeferred<undefined>();
  const bound = setTimeout(() => {
    server.forceShutdown();
    resolve(undefined);
  }, stopGraceMs);
  server.tryShutdown(() => {
    resolve(undefined);
  });
  await promise;
  clearTimeout(bound);
}
