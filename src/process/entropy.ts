/** Unpredictable values from the system: identities, and the seed of everything that may repeat. */
import { randomBytes, randomInt, randomUUID } from "node:crypto";

import { createRandom, type Random } from "../base/random.js";

/** A random positive safe integer: a member id, a process start, a nonce. 48 bits of chance. */
export function randomId(): number {
  return randomInt(1, 2 ** 48 - 1);
}

/** 22 characters of base64url, 128 bits of chance: the uuid of an index or an allocation. */
export function randomShortUuid(): string {
  return randomBytes(16).toString("base64url");
}

/** A uuid in its long form, for a cluster. */
export function randomClusterUuid(): string {
  return randomUUID();
}

/** A generator with a seed from the system. */
export function systemRandom(): Random {
  return createRandom(randomId());
}
