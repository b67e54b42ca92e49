/**
 * One replacement as an operator does it: starts a newcomer that waits to join, asks for it to take
 * a member's place, waits until it has, and clears the place of the old one. Whatever else goes
 * wrong meanwhile, the outcome is read from the cluster's own list, never guessed.
 */
import { setTimeout as wait } from "node:timers/promises";

import type { ChaosCluster, Member } from "./cluster.js";
import { adminTimeoutMs, healWithinMs, replaceWithinMs } from "./limits.js";
import type { FaultContext } from "./fault-context.js";
import { listMembers, replaceMember, textOf, type ListedMember } from "./operator.js";

const lookEveryMs = 300;
const calmAfterMs = 12_000;

/** Replaces `old`; what was done, or undefined when it could not be and nothing has changed. */
export async function replace(old: Member, context: FaultContext): Promise<string | undefined> {
  const { cluster, say } = context;
  const place = cluster.sparePlace();
  if (place === undefined) return undefined;
  const startMs = performance.now();
  const newcomer = cluster.join(place);
  let why = "the members could not be listed";
  while (performance.now() - startMs < replaceWithinMs && !context.over.aborted) {
    const members = await listed(cluster);
    if (members?.some((member) => member.node_id === newcomer.nodeId) === true) {
      return finish(old, newcomer, context);
    }
    const record = members?.find((member) => member.node_id === old.nodeId);
    if (record !== undefined) {
      old.leaving = true;
      why = await ask(cluster, record.member_id, newcomer);
    }
    await wait(lookEveryMs);
  }
  // An answer that was lost may still have been a yes.
  await settleUnanswered();
  const members = await listedForSure(cluster);
  if (members.some((member) => member.node_id === newcomer.nodeId)) {
    return finish(old, newcomer, context);
  }
  old.leaving = false;
  await cluster.discard(newcomer);
  say(`${old.nodeId} was not replaced: ${why}`);
  return undefined;
}

/**
 * Waits until the newcomer has the old one's place. It has to keep up for a while under one leader
 * first, so after some time other faults hold off.
 */
async function finish(old: Member, newcomer: Member, context: FaultContext): Promise<string> {
  const { cluster, calm } = context;
  const startMs = performance.now();
  try {
    while (!(await hasTakenOver(old, newcomer, cluster))) {
      const tookMs = performance.now() - startMs;
      if (tookMs > calmAfterMs) calm.wanted = true;
      if (tookMs > calmAfterMs + healWithinMs) {
        throw new Error(`${newcomer.nodeId} was taken in and never got the place of ${old.nodeId}`);
      }
      await wait(lookEveryMs);
    }
  } finally {
    calm.wanted = false;
  }
  await cluster.discard(old);
  return `${old.nodeId} by ${newcomer.nodeId}`;
}

async function hasTakenOver(
  old: Member,
  newcomer: Member,
  cluster: ChaosCluster,
): Promise<boolean> {
  const members = (await listed(cluster)) ?? [];
  const isIn = members.some(
    (member) => member.node_id === newcomer.nodeId && member.suffrage === "SUFFRAGE_VOTER",
  );
  return isIn && members.every((member) => member.node_id !== old.nodeId);
}

async function ask(cluster: ChaosCluster, memberId: number, newcomer: Member): Promise<string> {
  for (const { place } of cluster.members) {
    if (place === newcomer.place) continue;
    try {
      await replaceMember(place, memberId, newcomer.place);
      return "it was accepted, and did not show";
    } catch (thrown) {
      // Another member may answer; the next look at the list tells whether this one has acted.
      return textOf(thrown);
    }
  }
  return "there is nobody to ask";
}

/** The members as whoever answers first lists them; undefined when nobody does. */
async function listed(cluster: ChaosCluster): Promise<readonly ListedMember[] | undefined> {
  for (const member of cluster.members) {
    if (!member.process.isRunning) continue;
    const members = await listMembers(member.place).catch(() => undefined);
    if (members !== undefined && members.length > 0) return members;
  }
  return undefined;
}

async function listedForSure(cluster: ChaosCluster): Promise<readonly ListedMember[]> {
  const startMs = performance.now();
  for (;;) {
    const members = await listed(cluster);
    if (members !== undefined) return members;
    if (performance.now() - startMs > healWithinMs) {
      throw new Error("nobody could list the members");
    }
    await wait(lookEveryMs);
  }
}

/** A call whose answer was lost has had its budget and can change nothing any more. */
async function settleUnanswered(): Promise<void> {
  await wait(adminTimeoutMs);
}
