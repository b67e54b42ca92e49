/** The `health` command: whether a daemon serves, asked the standard way. Starts nothing. */
import { credentials, Client, type ServiceError } from "@grpc/grpc-js";

import type { HealthTarget } from "./config/model.js";

/**
 * Asks `grpc.health.v1` of the daemon's MasterService listener.
 *
 * @returns undefined when it serves, else in words why not.
 */
export function probeHealth(target: HealthTarget): Promise<string | undefined> {
  const { host, port } = target.grpc;
  const address = host.includes(":") ? `[${host}]:${String(port)}` : `${host}:${String(port)}`;
  const client = new Client(address, credentials.createInsecure(), {
    // The environment's proxy would answer in the daemon's place.
    "grpc.enable_http_proxy": 0,
  });
  const deadline = Date.now() + target.timeoutMs;
  return new Promise((resolve) => {
    const onAnswer = (error: ServiceError | null, status?: number): void => {
      client.close();
      if (error !== null) resolve(`no answer from ${address}: ${error.details}`);
      else resolve(status === servingStatus ? undefined : `${address} is not serving`);
    };
    const path = "/grpc.health.v1.Health/Check";
    client.makeUnaryRequest(path, encodeRequest, decodeStatus, {}, { deadline }, onAnswer);
  });
}

/** HealthCheckResponse.SERVING. */
const servingStatus = 1;

/** An empty HealthCheckRequest: the server as a whole. */
function encodeRequest(): Buffer {
  return Buffer.alloc(0);
}

/** Field 1 of HealthCheckResponse, the only one: an enum as a one-byte varint. */
function decodeStatus(bytes: Buffer): number {
  return bytes.length >= 2 && bytes[0] === 0x08 ? (bytes[1] ?? 0) : 0;
}
