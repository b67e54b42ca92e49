/** Unpredictable values from the system: identities, and the seed of everything that may repeat. */
import { randomBytes, randomInt, randomUUID } from "node:crypto";

import { createRandom, type Random } from "../base/random.js";

/** A random positive safe integer: a member id, a process start, a nonce. 48 bits of chance. */
export function randomId(): number {
  return randomInt(1, 2 ** 48 - 1);
}

const uuidBytes = 16;
/** Bytes asked of the system at once: a call of its own for each uuid costs more than the uuid. */
const poolBytes = 256 * uuidBytes;
let pool: Buffer = Buffer.alloc(0);

/** 22 characters of base64url, 128 bits of chance: the uuid of an index or an allocation. */
export function randomShortUuid(): string {
  if (pool.length === 0) pool = randomBytes(poolBytes);
  const bytes = pool.subarray(0, uuidBytes);
  pool = pool.subarray(uuidBytes);
  return bytes.toString("base64url");
}

/** A uuid in its long form, for a cluster. */
export function randomClusterUuid(): string {
  return randomUUID();
}

/** A generator with a seed from the system. */
export function systemRandom(): Random {
  return createRandom(randomId());
}
