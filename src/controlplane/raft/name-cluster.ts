/**
 * The first command of a new cluster: whoever leads while the state has no uuid names it. Repeated
 * proposals are harmless, because only the first one is applied.
 */
import { MasterError } from "../../base/errors.js";
import type { Logger } from "../../base/log.js";
import type { ControlPlane, LeaderView } from "../port.js";

/** How long one attempt may take. */
const budgetMs = 5000;

/** Watches leadership and proposes the cluster's name when it has none. */
export function nameCluster(
  controlPlane: ControlPlane,
  options: {
    readonly clusterName: string;
    readonly clusterUuid: () => string;
    readonly log: Logger;
  },
): void {
  const { clusterName, clusterUuid, log } = options;
  controlPlane.onLeaderChange((leader: LeaderView) => {
    const { state } = controlPlane.local();
    if (!leader.isSelf) return;
    if (state.clusterUuid !== "") {
      if (state.clusterName === clusterName) return;
      log.warn(
        { event: "cluster-name-differs", configured: clusterName, actual: state.clusterName },
        "the configured cluster name is not the cluster's; the cluster's stands",
      );
      return;
    }
    const command = { kind: "cluster.init", clusterName, clusterUuid: clusterUuid() } as const;
    controlPlane
      .propose(command, { budgetMs, origin: "founding", epoch: leader.epoch })
      .catch((thrown: unknown) => {
        const { code, message } = MasterError.from(thrown);
        log.warn({ event: "naming-failed", code }, message);
      });
  });
}
