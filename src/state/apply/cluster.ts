/** Commands about the cluster as a whole: its name, once, and its settings. */
import type { ClusterInit, ClusterSettingsUpdate, CommandResult } from "../commands.js";
import { limits } from "../limits.js";
import { done, rejected, rejection } from "../rejection.js";
import type { Draft } from "./draft.js";
import { patchRecord } from "./patch.js";

/** Names the cluster; a second time only the same uuid is accepted, and changes nothing. */
export function applyClusterInit(draft: Draft, command: ClusterInit): CommandResult {
  const current = draft.before.clusterUuid;
  if (current === command.clusterUuid) return done();
  if (current !== "") {
    return rejected(
      rejection("wrong_state", `the cluster is already initialized with uuid ${current}`, {
        clusterUuid: current,
      }),
    );
  }
  draft.setCluster({ clusterUuid: command.clusterUuid, clusterName: command.clusterName });
  return done();
}

/** Sets and removes cluster settings. */
export function applyClusterSettings(draft: Draft, command: ClusterSettingsUpdate): CommandResult {
  const settings = patchRecord(draft.before.settings, command.changes);
  if (settings === undefined) return done();
  const count = Object.keys(settings).length;
  if (count > limits.settingsCountMax) {
    return rejected(
      rejection(
        "limit_exceeded",
        `the cluster would have ${String(count)} settings, more than ` +
          `${String(limits.settingsCountMax)}; remove some by setting them to null`,
        { count, limit: limits.settingsCountMax },
      ),
    );
  }
  draft.setSettings(settings);
  return done();
}
