/**
 * Carries a plan of faults out: waits for each one's time, chooses its target, does it, undoes it.
 * Every fault claims what it works on (a member's process, a place's links, its disk), so that
 * faults overlap on different things and never undo each other. All are over when `run` resolves.
 */
import { setTimeout as wait } from "node:timers/promises";

import { exitCode } from "../../src/base/errors.js";
import type { Member } from "./cluster.js";
import type { FaultContext } from "./fault-context.js";
import { replace } from "./replacement.js";
import { textOf, transferLeadership } from "./operator.js";
import type { Fault, FaultKind } from "./plan.js";
import type { NetworkFault } from "./rules.js";

type Layer = "process" | "links" | "delay" | "disk";

const claimWithinMs = 5000;
const claimEveryMs = 50;
const stopWithinMs = 10_000;
/** From the start of a process on a busy machine until it obeys signals. */
const listensWithinMs = 5000;
const transferAttemptsCount = 10;
const transferRetryMs = 500;
const delayMsMin = 20;
const delayMsRange = 280;
const lossPercentMin = 5;
const lossPercentRange = 35;

/** See the file comment. */
export class Nemeses {
  readonly #context: FaultContext;
  readonly #claims = new Set<string>();
  readonly #counts = new Map<FaultKind, number>();

  constructor(context: FaultContext) {
    this.#context = context;
  }

  /** How often each kind has happened. */
  get counts(): ReadonlyMap<FaultKind, number> {
    return this.#counts;
  }

  /** Carries out all faults of the plan, whose times count from now. */
  async run(plan: readonly Fault[]): Promise<void> {
    const startMs = performance.now();
    await Promise.all(
      plan.map(async (fault) => {
        await this.#hold(fault.startMs - (performance.now() - startMs));
        if (this.#context.over.aborted || this.#context.calm.wanted) return;
        await this.#carryOut(fault);
      }),
    );
  }

  async #carryOut(fault: Fault): Promise<void> {
    const { say, cluster } = this.#context;
    try {
      const what = await this.#carryOutKind(fault);
      if (what === undefined) return;
      this.#counts.set(fault.kind, (this.#counts.get(fault.kind) ?? 0) + 1);
      say(`${fault.kind}: ${what}`);
    } catch (thrown) {
      cluster.addFinding(`a fault could not be carried out: ${fault.kind}: ${String(thrown)}`);
    }
  }

  /** What was done, for people; undefined when there was nothing to do it to. */
  #carryOutKind(fault: Fault): Promise<string | undefined> {
    switch (fault.kind) {
      case "kill":
        return this.#onMember(fault, "process", (member) => this.#kill(member, fault));
      case "kill-all":
        return this.#killAll(fault);
      case "stop":
        return this.#onMember(fault, "process", (member) => this.#stop(member, fault));
      case "pause":
        return this.#onMember(fault, "process", (member) => this.#pause(member, fault));
      case "partition":
        return this.#onMember(fault, "links", (member) => this.#partition(member, fault));
      case "one-way":
        return this.#onMember(fault, "links", (member) => this.#oneWay(member, fault));
      case "loss":
        return this.#onMember(fault, "links", (member) => this.#loss(member, fault));
      case "delay":
        return this.#onMember(fault, "delay", (member) => this.#delay(member, fault));
      case "disk-full":
        return this.#onMember(fault, "disk", (member) => this.#fillDisk(member, fault));
      case "transfer":
        return this.#transfer(fault);
      case "replace":
        return this.#onMember(fault, "process", (member) => replace(member, this.#context));
    }
  }

  /** Chooses a member whose layer is free, and gives it back afterwards. */
  async #onMember(
    fault: Fault,
    layer: Layer,
    work: (member: Member) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    const leader = fault.atLeader ? await this.#context.cluster.leader() : undefined;
    const member = await this.#claim(() => {
      const free = this.#membersWithFree(layer);
      if (leader !== undefined && free.includes(leader)) return [leader];
      const chosen = free[fault.choice % Math.max(1, free.length)];
      return chosen === undefined ? undefined : [chosen];
    }, layer);
    const [target] = member ?? [];
    if (target === undefined) return undefined;
    try {
      return await work(target);
    } finally {
      this.#claims.delete(claimOf(target, layer));
    }
  }

  async #kill(member: Member, { durationMs }: Fault): Promise<string> {
    await this.#context.cluster.takeDown(member, "SIGKILL");
    await this.#hold(durationMs);
    this.#context.cluster.start(member);
    return `${member.nodeId} for ${String(durationMs)} ms`;
  }

  async #killAll({ durationMs }: Fault): Promise<string | undefined> {
    const { cluster } = this.#context;
    const all = await this.#claim(() => {
      const free = this.#membersWithFree("process");
      return free.length === cluster.members.length ? free : undefined;
    }, "process");
    if (all === undefined) return undefined;
    await Promise.all(all.map((member) => cluster.takeDown(member, "SIGKILL")));
    await this.#hold(durationMs);
    for (const member of all) cluster.start(member);
    for (const member of all) this.#claims.delete(claimOf(member, "process"));
    return `${all.map(({ nodeId }) => nodeId).join(", ")} for ${String(durationMs)} ms`;
  }

  async #stop(member: Member, { durationMs }: Fault): Promise<string> {
    const { cluster } = this.#context;
    const uptimeMs = performance.now() - member.startedMs;
    const timer = setTimeout(() => {
      cluster.addFinding(`${member.nodeId} did not stop within ${String(stopWithinMs)} ms`);
      member.process.signal("SIGKILL");
    }, stopWithinMs);
    const exit = await cluster.takeDown(member, "SIGTERM");
    clearTimeout(timer);
    // Before it listens for the signal, the signal ends it; and its disk may fail at this moment.
    const excused = exit?.code === exitCode.temporary || uptimeMs < listensWithinMs;
    if (exit !== undefined && exit.code !== exitCode.clean && !excused) {
      const how = String(exit.code ?? exit.signal);
      cluster.addFinding(`${member.nodeId} was asked to stop and ended with ${how}`);
    }
    await this.#hold(durationMs);
    cluster.start(member);
    return `${member.nodeId} for ${String(durationMs)} ms`;
  }

  async #pause(member: Member, { durationMs }: Fault): Promise<string> {
    member.process.signal("SIGSTOP");
    await this.#hold(durationMs);
    member.process.signal("SIGCONT");
    return `${member.nodeId} for ${String(durationMs)} ms`;
  }

  /** Cuts a member off from all others, or from one of them, in both directions. */
  async #partition(member: Member, fault: Fault): Promise<string> {
    const from = this.#othersOf(member, fault.choice);
    const cut: NetworkFault[] = [
      { kind: "deaf", to: from },
      { kind: "mute", for: from },
    ];
    await this.#withNetworkFaults(member, cut, fault.durationMs);
    return `${member.nodeId} from ${from.join(", ")} for ${String(fault.durationMs)} ms`;
  }

  /** A member hears all or one of the others no more, or is not heard by them. */
  async #oneWay(member: Member, fault: Fault): Promise<string> {
    const others = this.#othersOf(member, fault.choice);
    const isDeaf = Math.floor(fault.choice / 8) % 2 === 0;
    const one: NetworkFault = isDeaf ? { kind: "deaf", to: others } : { kind: "mute", for: others };
    await this.#withNetworkFaults(member, [one], fault.durationMs);
    const what = `${member.nodeId} ${isDeaf ? "deaf to" : "mute for"} ${others.join(", ")}`;
    return `${what} for ${String(fault.durationMs)} ms`;
  }

  async #loss(member: Member, fault: Fault): Promise<string> {
    const percent = lossPercentMin + (fault.choice % lossPercentRange);
    const from = this.#othersOf(member, 0);
    await this.#withNetworkFaults(member, [{ kind: "loss", from, percent }], fault.durationMs);
    return `${String(percent)} % at ${member.nodeId} for ${String(fault.durationMs)} ms`;
  }

  async #delay(member: Member, { choice, durationMs }: Fault): Promise<string> {
    const { places } = this.#context.cluster;
    const milliseconds = delayMsMin + (choice % delayMsRange);
    places.delay(member.place, milliseconds);
    try {
      await this.#hold(durationMs);
    } finally {
      places.endDelay(member.place);
    }
    return `${String(milliseconds)} ms at ${member.nodeId} for ${String(durationMs)} ms`;
  }

  async #fillDisk(member: Member, { durationMs }: Fault): Promise<string> {
    const { places } = this.#context.cluster;
    places.fillDisk(member.place);
    try {
      await this.#hold(durationMs);
    } finally {
      places.emptyDisk(member.place);
    }
    return `${member.nodeId} for ${String(durationMs)} ms`;
  }

  /** Asks one member after the other, until one can do it: other faults may be in the way. */
  async #transfer({ choice }: Fault): Promise<string | undefined> {
    let why = "nobody runs";
    for (let attempt = 0; attempt < transferAttemptsCount; attempt += 1) {
      const running = this.#context.cluster.members.filter(({ process }) => process.isRunning);
      const asked = running[(choice + attempt) % Math.max(1, running.length)];
      if (asked !== undefined) {
        try {
          await transferLeadership(asked.place);
          return `asked at ${asked.nodeId}`;
        } catch (thrown) {
          why = textOf(thrown);
        }
      }
      if (this.#context.over.aborted) break;
      await this.#hold(transferRetryMs);
    }
    this.#context.say(`leadership could not be transferred: ${why}`);
    return undefined;
  }

  async #withNetworkFaults(
    member: Member,
    faults: readonly NetworkFault[],
    durationMs: number,
  ): Promise<void> {
    const { places } = this.#context.cluster;
    for (const one of faults) places.addFault(member.place, one);
    try {
      await this.#hold(durationMs);
    } finally {
      for (const one of faults) places.removeFault(member.place, one);
    }
  }

  /** Addresses of all other places, or of one of them: a third of the choices each. */
  #othersOf(member: Member, choice: number): readonly string[] {
    const others = this.#context.cluster.places.all.filter((place) => place !== member.place);
    const addresses = others.map(({ address }) => address);
    return choice % 3 === 1 ? addresses.slice(choice % 2, (choice % 2) + 1) : addresses;
  }

  #membersWithFree(layer: Layer): readonly Member[] {
    return this.#context.cluster.members.filter(
      (member) => !this.#claims.has(claimOf(member, layer)),
    );
  }

  /** Waits a while for what `choose` finds to be there, and takes it. */
  async #claim(
    choose: () => readonly Member[] | undefined,
    layer: Layer,
  ): Promise<readonly Member[] | undefined> {
    const untilMs = performance.now() + claimWithinMs;
    for (;;) {
      const members = choose();
      if (members !== undefined) {
        for (const member of members) this.#claims.add(claimOf(member, layer));
        return members;
      }
      if (performance.now() >= untilMs || this.#context.over.aborted) return undefined;
      await this.#hold(claimEveryMs);
    }
  }

  /** Waits, but not beyond the end of the run. */
  async #hold(durationMs: number): Promise<void> {
    const { over } = this.#context;
    if (over.aborted || durationMs <= 0) return;
    await wait(durationMs, undefined, { signal: over }).catch((thrown: unknown) => {
      if (!over.aborted) throw thrown;
    });
  }
}

function claimOf(member: Member, layer: Layer): string {
  return `${layer} ${String(member.place.number)}`;
}
