/**
 * A master that only remembers what data nodes tell it and answers as a test says. It keeps no
 * state of a cluster.
 */
import { EventEmitter, once } from "node:events";

import {
  Server,
  ServerCredentials,
  type status,
  type UntypedServiceImplementation,
  type sendUnaryData,
} from "@grpc/grpc-js";

import type { RegisterNodeRequest__Output } from "../../../src/wire/gen/quidditch/master/RegisterNodeRequest.js";
import type { ReportShardFailedRequest__Output } from "../../../src/wire/gen/quidditch/master/ReportShardFailedRequest.js";
import type { ReportShardStartedRequest__Output } from "../../../src/wire/gen/quidditch/master/ReportShardStartedRequest.js";
import { wire } from "../../../src/wire/load.js";

/** How a method answers: OK, "not acknowledged", or a gRPC status. */
export type Verdict = "ok" | "not-acknowledged" | status;

interface Call<Req> {
  readonly request: Req;
}

/** See the file comment. */
export class FakeMaster {
  readonly registrations: RegisterNodeRequest__Output[] = [];
  readonly heartbeats: string[] = [];
  readonly unregistered: string[] = [];
  readonly started: ReportShardStartedRequest__Output[] = [];
  readonly failed: ReportShardFailedRequest__Output[] = [];
  /** What each method answers now. */
  verdicts = {
    register: "ok" as Verdict,
    heartbeat: "ok" as Verdict,
    started: "ok" as Verdict,
    failed: "ok" as Verdict,
  };
  readonly #events = new EventEmitter();
  #server: Server | undefined;
  #port = 0;

  /** Starts on a free loopback port, or again on the one it had. */
  async start(): Promise<void> {
    const server = new Server();
    server.addService(wire.MasterService.service, this.#handlers());
    this.#port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(
        `127.0.0.1:${this.#port}`,
        ServerCredentials.createInsecure(),
        (error, port) => {
          if (error === null) resolve(port);
          else reject(error);
        },
      );
    });
    this.#server = server;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  stop(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
  }

  /** Ends when `condition` holds; it is looked at after each call. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this.#events, "call");
  }

  #handlers(): UntypedServiceImplementation {
    return {
      RegisterNode: (call: Call<RegisterNodeRequest__Output>, reply: sendUnaryData<object>) => {
        this.registrations.push(call.request);
        this.#answer(this.verdicts.register, reply);
      },
      NodeHeartbeat: (call: Call<{ node_id: string }>, reply: sendUnaryData<object>) => {
        this.heartbeats.push(call.request.node_id);
        this.#answer(this.verdicts.heartbeat, reply);
      },
      UnregisterNode: (call: Call<{ node_id: string }>, reply: sendUnaryData<object>) => {
        this.unregistered.push(call.request.node_id);
        this.#answer("ok", reply);
      },
      ReportShardStarted: (
        call: Call<ReportShardStartedRequest__Output>,
        reply: sendUnaryData<object>,
      ) => {
        this.started.push(call.request);
        this.#answer(this.verdicts.started, reply);
      },
      ReportShardFailed: (
        call: Call<ReportShardFailedRequest__Output>,
        reply: sendUnaryData<object>,
      ) => {
        this.failed.push(call.request);
        this.#answer(this.verdicts.failed, reply);
      },
    };
  }

  #answer(verdict: Verdict, reply: sendUnaryData<object>): void {
    if (typeof verdict === "number") reply({ code: verdict, details: "as the test says" });
    else reply(null, { acknowledged: verdict === "ok", cluster_version: 1 });
    this.#events.emit("call");
  }
}
