/** The kinds of things that a plan may hold. */

/** What can go wrong. */
export const faultKinds = [
  "kill",
  "power",
  "powerInCall",
  "killAll",
  "powerAll",
  "pause",
  "isolate",
  "halves",
  "oneWay",
  "bridge",
  "lossy",
  "repeating",
  "slowWire",
  "clockJump",
  "slowDisk",
  "fullDisk",
  "failedSync",
  "transfer",
  "stop",
  "nodeKill",
  "nodePower",
  "nodeSilent",
  "nodeCut",
] as const;

/** What an operator does to the members meanwhile; numbered and left out like faults. */
export const memberKinds = [
  "addMember",
  "removeMember",
  "replaceMember",
  "promoteMember",
  "transferTo",
] as const;

/** See {@link faultKinds} and {@link memberKinds}. */
export type FaultKind = (typeof faultKinds)[number] | (typeof memberKinds)[number];
