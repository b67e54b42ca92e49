/** The members as a table for people. */
import { sortedBy } from "../base/sorted.js";
import type { Member__Output } from "../wire/gen/quidditch/master/Member.js";
import type { Members__Output } from "../wire/gen/quidditch/master/Members.js";
import { removedIdsShownCount } from "./limits.js";
import { counted, renderTable, span, type Column } from "./table.js";

const columns: readonly Column[] = [
  { title: "NODE", align: "left" },
  { title: "ID", align: "right" },
  { title: "PEER ADDRESS", align: "left" },
  { title: "API ADDRESS", align: "left" },
  { title: "ROLE", align: "left" },
  { title: "TERM", align: "right" },
  { title: "LAST LOG INDEX", align: "right" },
  { title: "COMMITTED", align: "right" },
  { title: "APPLIED", align: "right" },
  { title: "ENTRIES BEHIND", align: "right" },
  { title: "HEARD", align: "right" },
];

/** The lines of `member list`. */
export function renderMembers(view: Members__Output): string[] {
  const byName = sortedBy(view.members, (member) => member.node_id);
  const rows = byName.map((member) => [
    member.node_id,
    String(member.member_id),
    member.peer_address,
    orDash(member.grpc_address),
    roleOf(member, view),
    ...positionsOf(member),
    String(member.lag_entries_count),
    heardOf(member),
  ]);
  return [
    headline(view),
    "",
    ...renderTable(columns, rows),
    ...(view.is_joint ? ["", "A change of several voters is under way; it ends by itself."] : []),
    ...removedLines(view),
  ];
}

/** A member as sentences name it. */
export function nameOf(member: Pick<Member__Output, "node_id" | "member_id">): string {
  return `${orDash(member.node_id)} (id ${String(member.member_id)})`;
}

/** Whether a member votes. */
export function isVoter(member: Member__Output): boolean {
  return member.suffrage === "SUFFRAGE_VOTER";
}

function headline(view: Members__Output): string {
  const voters = view.members.filter(isVoter).length;
  const learners = view.members.length - voters;
  const leader = view.members.find((member) => member.is_leader);
  return [
    `cluster ${orDash(view.cluster_uuid)}, epoch ${String(view.epoch)}`,
    counted(voters, "voter", "voters"),
    ...(learners === 0 ? [] : [counted(learners, "learner", "learners")]),
    leader === undefined ? "no leader" : `led by ${leader.node_id}`,
  ].join(", ");
}

function roleOf(member: Member__Output, view: Members__Output): string {
  if (member.is_leader) return "leader";
  if (isVoter(member)) return "voter";
  if (!member.promotes) return "learner";
  if (member.replaces === 0) return "learner, will vote";
  const old = view.members.find((one) => one.member_id === member.replaces);
  return `learner, will replace ${old?.node_id ?? String(member.replaces)}`;
}

/** Positions that were never reported are no zeros. */
function positionsOf(member: Member__Output): string[] {
  const { term, last_log_index, commit_log_index, applied_log_index } = member;
  const positions = [term, last_log_index, commit_log_index, applied_log_index];
  return positions.map((one) => (last_log_index === 0 ? "-" : String(one)));
}

function heardOf(member: Member__Output): string {
  if (member.is_leader) return "-";
  const { last_contact_ms: ms } = member;
  return ms === undefined ? "never" : `${span(ms)} ago`;
}

function removedLines(view: Members__Output): string[] {
  const { removed } = view;
  if (removed.length === 0) return [];
  const shown = removed.slice(-removedIdsShownCount).map(String);
  const others = removed.length - shown.length;
  const more = others === 0 ? "" : ` and ${String(others)} earlier`;
  return ["", `Removed for good: ${shown.join(", ")}${more}`];
}

function orDash(text: string): string {
  return text === "" ? "-" : text;
}
