/**
 * Messages as the other end of a connection gets them: encoded and decoded, so that defaults are
 * filled in, presence is what the wire makes of it, and nothing is shared with the sender.
 */
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";

import { assertDefined } from "../../src/base/assert.js";

/** A request as its server sees it. */
export function receivedRequest(
  service: ServiceDefinition,
  method: string,
  request: object,
): object {
  const { requestSerialize, requestDeserialize } = methodOf(service, method);
  return requestDeserialize(requestSerialize(request));
}

/** A response as its caller sees it; ready bytes are taken as they are. */
export function receivedResponse(
  service: ServiceDefinition,
  method: string,
  response: object,
): object {
  const { responseSerialize, responseDeserialize } = methodOf(service, method);
  return responseDeserialize(Buffer.isBuffer(response) ? response : responseSerialize(response));
}

function methodOf(service: ServiceDefinition, method: string): MethodDefinition<object, object> {
  const found = Object.hasOwn(service, method) ? service[method] : undefined;
  return assertDefined(found, `there is a method ${method}`) as MethodDefinition<object, object>;
}
