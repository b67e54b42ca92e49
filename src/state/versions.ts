/**
 * Versions of behaviour. What apply does with a command must be the same on every member whatever
 * program it runs, so a changed rule is guarded by {@link isEnabled}, and the cluster's version is
 * raised by a command only after every member understands it.
 */
import type { ClusterState } from "./model.js";

/** The version that introduced each gated behaviour. */
export const featureVersions = {
  /** The first format: everything without a gate. */
  base: 1,
} as const;

/** A gated behaviour. */
export type Feature = keyof typeof featureVersions;

/** The newest version that this program understands; a state above it is refused at decode. */
export const featureVersionMax = 1;

/** Whether the cluster as a whole has agreed to `feature`. */
export function isEnabled(state: ClusterState, feature: Feature): boolean {
  return state.featureVersion >= featureVersions[feature];
}
