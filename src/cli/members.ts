/**
 * The commands on members: look, change, and follow a newcomer until it votes. Every decision is
 * the leader's; what is decided here is only which member was meant and when to stop looking.
 */
import type { Clock } from "../base/clock.js";
import { exitCode, FatalError } from "../base/errors.js";
import type { Member__Output } from "../wire/gen/quidditch/master/Member.js";
import type { Members__Output } from "../wire/gen/quidditch/master/Members.js";
import { AdminClient, refusedExit, type Change, type Changed } from "./admin-client.js";
import type { Connection, MemberCommand } from "./arguments.js";
import { toJson } from "./json.js";
import {
  callTimeoutDefaultMs,
  followCallMsMax,
  followIntervalMs,
  followTimeoutDefaultMs,
  progressIntervalMs,
} from "./limits.js";
import { isVoter, nameOf, renderMembers } from "./members-view.js";
import { counted, span } from "./table.js";
import type { Terminal } from "./terminal.js";

/** What the commands work with. */
export interface MemberDeps {
  readonly clock: Clock;
  readonly terminal: Terminal;
}

interface Context extends MemberDeps {
  readonly client: AdminClient;
  readonly json: boolean;
  /** When the time that was asked for is over, by the monotonic clock; undefined = none was. */
  readonly endMs: number | undefined;
}

/**
 * Runs one command.
 *
 * @throws FatalError with the exit code and the text for the operator.
 */
export async function runMemberCommand(
  command: MemberCommand,
  options: { readonly connection: Connection; readonly json: boolean },
  deps: MemberDeps,
): Promise<void> {
  const { endpoints, timeoutMs } = options.connection;
  const client = new AdminClient(endpoints, deps.clock);
  const endMs = timeoutMs === undefined ? undefined : deps.clock.monotonicMs() + timeoutMs;
  try {
    await run(command, { ...deps, client, json: options.json, endMs });
  } finally {
    client.close();
  }
}

async function run(command: MemberCommand, context: Context): Promise<void> {
  const { client, terminal } = context;
  terminal.interruptNote = "nothing was changed";
  const before = await client.members(callBudgetMs(context));
  if (command.name === "list") {
    show({ members: before }, before, context);
    return;
  }
  const change = changeOf(command, before);
  terminal.interruptNote = "whether the change was made is not known; 'member list' shows it";
  const changed = await changeSettled(change, before, context);
  terminal.interruptNote = "the change is made and stays; what is left of it follows by itself";
  say(sentenceOf(command, changed, before), context);
  const waits = "wait" in command && command.wait;
  const members = waits ? await follow(changed, command, context) : changed.members;
  show({ member_id: changed.memberId, members }, members, context);
}

/**
 * Makes a change. When its outcome is unknown, as when the member that was asked is the one that
 * goes, the members that the others see decide: what was asked for is a state to be reached.
 */
async function changeSettled(
  change: Change,
  before: Members__Output,
  context: Context,
): Promise<Changed> {
  try {
    return await context.client.change(change, callBudgetMs(context));
  } catch (thrown) {
    if (!(thrown instanceof FatalError) || thrown.details["isOutcomeUnknown"] !== true)
      throw thrown;
    const members = await context.client.members(callBudgetMs(context)).catch(() => undefined);
    const memberId = members && memberReached(change, before, members);
    if (members === undefined || memberId === undefined) throw thrown;
    return { memberId, members };
  }
}

/** The member that a change was about, when the change shows; undefined while it does not. */
function memberReached(
  change: Change,
  before: Members__Output,
  after: Members__Output,
): number | undefined {
  switch (change.method) {
    case "AddMember":
    case "ReplaceMember":
      return after.members.find(
        (member) =>
          member.peer_address === change.peer_address &&
          memberIn(before, member.member_id) === undefined,
      )?.member_id;
    case "PromoteMember": {
      const member = memberIn(after, change.member_id);
      return member !== undefined && (member.promotes || isVoter(member))
        ? change.member_id
        : undefined;
    }
    case "RemoveMember":
      return after.removed.includes(change.member_id) ? change.member_id : undefined;
    case "TransferLeadership": {
      const leader = after.members.find((member) => member.is_leader)?.member_id;
      const wasLeading = before.members.find((member) => member.is_leader)?.member_id;
      const wanted = change.member_id === 0 ? leader !== wasLeading : leader === change.member_id;
      return wanted ? leader : undefined;
    }
  }
}

function changeOf(
  command: Exclude<MemberCommand, { name: "list" }>,
  view: Members__Output,
): Change {
  switch (command.name) {
    case "add":
      return { method: "AddMember", peer_address: command.address, learner: command.learner };
    case "promote":
      return { method: "PromoteMember", member_id: idOf(command.member, view) };
    case "remove":
      return { method: "RemoveMember", member_id: idOf(command.member, view) };
    case "replace": {
      const memberId = idOf(command.member, view);
      return { method: "ReplaceMember", member_id: memberId, peer_address: command.address };
    }
    case "transfer": {
      const memberId = command.member === undefined ? 0 : idOf(command.member, view);
      return { method: "TransferLeadership", member_id: memberId };
    }
  }
}

/** The member that a word names; an id and a node id may look alike, and then neither is guessed. */
function idOf(word: string, view: Members__Output): number {
  const found = view.members.filter(
    (member) => member.node_id === word || String(member.member_id) === word,
  );
  const [only] = found;
  if (only !== undefined && found.length === 1) return only.member_id;
  if (found.length > 1) {
    const text = `${word} could be ${found.map(nameOf).join(" or ")}; name it by its id`;
    const ids = found.map((member) => String(member.member_id));
    const hint = ids.includes(word) ? ", or rename the other: this word is the id of one" : "";
    throw new FatalError(refusedExit, `${text}${hint}`);
  }
  if (view.removed.some((id) => String(id) === word)) {
    throw new FatalError(refusedExit, `${word} was a member and is removed for good`);
  }
  const names = view.members.map(nameOf).join(", ");
  throw new FatalError(refusedExit, `there is no member ${word}; there are: ${names}`);
}

/** What a change came to. */
function sentenceOf(command: MemberCommand, changed: Changed, before: Members__Output): string {
  const { memberId, members } = changed;
  const member = memberIn(members, memberId) ??
    memberIn(before, memberId) ?? { node_id: "", member_id: memberId };
  const name = nameOf(member);
  switch (command.name) {
    case "list":
    case "add":
      return command.name === "add" && command.learner
        ? `${name} is in as a learner`
        : `${name} is in as a learner and will vote once it has caught up`;
    case "promote":
      return `${name} will vote once it has caught up`;
    case "remove":
      return `${name} is out for good; its process ends with code 79`;
    case "replace":
      return `${name} is in as a learner and will replace ${command.member} once it has caught up`;
    case "transfer":
      return `${name} leads now`;
  }
}

/** Looks again and again until the member votes and whom it replaces is gone. */
async function follow(
  changed: Changed,
  command: MemberCommand,
  context: Context,
): Promise<Members__Output> {
  const { clock, client } = context;
  const endMs = context.endMs ?? clock.monotonicMs() + followTimeoutDefaultMs;
  const startMs = clock.monotonicMs();
  const replaced = memberIn(changed.members, changed.memberId)?.replaces ?? 0;
  const progress = new Progress(context);
  for (let view = changed.members; ;) {
    const member = memberIn(view, changed.memberId);
    if (member === undefined) {
      const text = `member ${String(changed.memberId)} is no member any more: it was removed before it voted`;
      throw new FatalError(refusedExit, text);
    }
    const remains = replaced !== 0 && memberIn(view, replaced) !== undefined;
    if (isVoter(member) && !view.is_joint && !remains) {
      say(
        `${nameOf(member)} votes now${command.name === "replace" ? `; ${command.member} is out for good` : ""}`,
        context,
      );
      return view;
    }
    progress.report(member);
    const leftMs = endMs - clock.monotonicMs();
    if (leftMs <= followIntervalMs) throw notYet(member, clock.monotonicMs() - startMs);
    await pause(followIntervalMs, clock);
    view = await lookAgain(view, { client, progress, budgetMs: Math.min(leftMs, followCallMsMax) });
  }
}

/** Members that do not answer for a while, as during an election, end nothing. */
async function lookAgain(
  view: Members__Output,
  with_: { readonly client: AdminClient; readonly progress: Progress; readonly budgetMs: number },
): Promise<Members__Output> {
  try {
    return await with_.client.members(with_.budgetMs);
  } catch (thrown) {
    if (!(thrown instanceof FatalError) || thrown.exit !== exitCode.temporary) throw thrown;
    with_.progress.unanswered(thrown.message);
    return view;
  }
}

function notYet(member: Member__Output, waitedMs: number): FatalError {
  const text =
    `${nameOf(member)} does not vote yet after ${span(waitedMs)} (${stepOf(member).text}); ` +
    "it will by itself: 'quidditch-admin member list' shows when";
  return new FatalError(exitCode.temporary, text);
}

/** Where a learner is on its way to a vote. */
function stepOf(member: Member__Output): { readonly kind: string; readonly text: string } {
  if (isVoter(member)) return { kind: "voting", text: "the change of voters ends" };
  if (member.last_contact_ms === undefined) {
    return { kind: "silent", text: "the leader has not heard of it yet" };
  }
  const behind = member.lag_entries_count;
  if (behind === 0)
    return { kind: "close", text: "it has everything and must keep up for a while" };
  return { kind: "behind", text: `it is ${counted(behind, "entry", "entries")} behind` };
}

/** Lines of progress: one when the step changes, and figures now and then. */
class Progress {
  readonly #context: Context;
  #kind = "";
  #line = "";
  #saidMs = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  report(member: Member__Output): void {
    const { kind, text } = stepOf(member);
    this.#say(kind, `${nameOf(member)}: ${text}`);
  }

  unanswered(reason: string): void {
    this.#say("unanswered", `${reason}\ntrying on`);
  }

  #say(kind: string, line: string): void {
    const nowMs = this.#context.clock.monotonicMs();
    const due = line !== this.#line && nowMs - this.#saidMs >= progressIntervalMs;
    if (kind === this.#kind && !due) return;
    this.#kind = kind;
    this.#line = line;
    this.#saidMs = nowMs;
    this.#context.terminal.err(line);
  }
}

function memberIn(view: Members__Output, memberId: number): Member__Output | undefined {
  return view.members.find((member) => member.member_id === memberId);
}

/** A result in a sentence; with JSON, stdout has room for one document only. */
function say(sentence: string, { json, terminal }: Context): void {
  if (json) terminal.err(sentence);
  else terminal.out(sentence);
}

function show(answer: unknown, members: Members__Output, { json, terminal }: Context): void {
  if (json) terminal.out(toJson(answer));
  else for (const line of renderMembers(members)) terminal.out(line);
}

function callBudgetMs({ endMs, clock }: Context): number {
  return endMs === undefined ? callTimeoutDefaultMs : Math.max(1, endMs - clock.monotonicMs());
}

function pause(ms: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}
