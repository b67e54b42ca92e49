/** The control plane on our Raft keeps the port's contract, alone and as one of three. */
import { MemberCluster } from "../support/controlplane/member-cluster.js";
import { controlPlaneContract } from "./control-plane.suite.js";

controlPlaneContract("raft", async (size) => {
  const cluster = await MemberCluster.start({ size });
  const planes = cluster.members.map((at) => cluster.plane(at));
  return {
    planes,
    settle: (call) => cluster.settle(call),
    until: (what, probe) => cluster.until(what, probe),
    isolate: (at) => {
      cluster.isolate(at);
    },
    heal: () => {
      cluster.network.heal();
    },
    stop: (at) => cluster.stop(at),
    close: () => cluster.close(),
  };
});
