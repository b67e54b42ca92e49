/**
 * Passes heartbeats on to the leader, where liveness is kept. Best effort: what cannot be sent now
 * is dropped, because the next heartbeat follows soon, and the leader probes nodes by itself. A
 * marker keeps two members that take each other for the leader from sending one in a circle.
 */
import { Metadata, credentials } from "@grpc/grpc-js";

import type { Clock } from "../../base/clock.js";
import type { NodeHeartbeatRequest__Output } from "../../wire/gen/quidditch/master/NodeHeartbeatRequest.js";
import { wire } from "../../wire/load.js";
import { heartbeatForwardMs, heartbeatsForwardedMax } from "../limits.js";

/** Set on a call that a member passed on. */
export const forwardedMarker = "quidditch-forwarded";

/** See the file comment. */
export class HeartbeatForwarder {
  readonly #clock: Clock;
  #client: InstanceType<typeof wire.MasterService> | undefined;
  #address = "";
  #underWay = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sends a heartbeat to `address`, or drops it. */
  forward(request: NodeHeartbeatRequest__Output, address: string): void {
    if (address === "" || this.#underWay >= heartbeatsForwardedMax) return;
    const client = this.#clientFor(address);
    const metadata = new Metadata();
    metadata.set(forwardedMarker, "1");
    this.#underWay += 1;
    const deadline = this.#clock.wallMs() + heartbeatForwardMs;
    client.NodeHeartbeat(request, metadata, { deadline }, () => {
      this.#underWay -= 1;
    });
  }

  /** Closes the connection; heartbeats under way are dropped. */
  close(): void {
    this.#client?.close();
    this.#client = undefined;
    this.#address = "";
  }

  #clientFor(address: string): InstanceType<typeof wire.MasterService> {
    if (this.#client !== undefined && this.#address === address) return this.#client;
    this.close();
    this.#address = address;
    this.#client = new wire.MasterService(address, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.enable_channelz": 0,
      "grpc.enable_retries": 0,
      "grpc.enable_http_proxy": 0,
      "grpc.service_config_disable_resolution": 1,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 2_000,
    });
    return this.#client;
  }
}
