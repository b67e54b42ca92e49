/**
 * The leader's connection to a data node over a simulated network: the controller's own messages
 * and the controller's own reading of the answers, without gRPC.
 */
import type { Clock } from "../../../src/base/clock.js";
import type { DataNodeClient } from "../../../src/controller/data-node-calls.js";
import { clientOver, failureOf } from "../../../src/controller/data-node-wire.js";
import { statusOf, textOf } from "../../../src/devnode/call-error.js";
import type { NodeNetwork } from "../devnode/node-network.js";
import { limitedCall } from "../limited-call.js";

/** Makes a client for a node's `host:port`; what `dialDataNode` of the controller's deps gives. */
export function createNetworkDataNodeClient(
  address: string,
  deps: { readonly network: Pick<NodeNetwork, "callNode">; readonly clock: Clock },
): DataNodeClient {
  return clientOver({
    call: async (method, request, limits) => {
      const { deadlineMs } = limits;
      try {
        const value = await limitedCall(deps.clock, limits, (signal) =>
          deps.network.callNode({ to: address, method, request, deadlineMs, signal }),
        );
        return { ok: true, value: value };
      } catch (thrown) {
        return { ok: false, failure: failureOf(statusOf(thrown), textOf(thrown)) };
      }
    },
    close: () => undefined,
  });
}
