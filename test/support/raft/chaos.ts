/**
 * Seeded disorder for a simulated cluster: every step draws one action, from delivering a message
 * out of order to a crash in the middle of a batch. Afterwards the world heals and the cluster
 * must do its work again.
 */
import { assert, assertDefined } from "../../../src/base/assert.js";
import { createRandom } from "../../../src/base/random.js";
import type { Random } from "../../../src/base/random.js";
import { isJoint, isMember, isVoter } from "../../../src/raft/membership.js";
import type {
  MemberId,
  Membership,
  MembershipChange,
  MembershipStep,
  RaftConfig,
} from "../../../src/raft/types.js";
import { SimCluster } from "./cluster.js";
import type { SimMember } from "./member.js";

/** What happened in a run, to see that a suite of runs reaches everything. */
export type ChaosCounts = Record<string, number>;

/** Actions and how often each is drawn, relative to the others. */
const actions: readonly (readonly [weight: number, act: keyof ChaosActions])[] = [
  [500, "deliver"],
  [150, "tick"],
  [200, "persist"],
  [150, "apply"],
  [60, "propose"],
  [40, "read"],
  [30, "drop"],
  [20, "repeat"],
  [3, "crash"],
  [15, "restart"],
  [5, "cut"],
  [6, "heal"],
  [6, "transfer"],
  [10, "change"],
  [8, "compact"],
  [8, "campaign"],
  [6, "bounce"],
  [3, "forgetLeader"],
  [4, "calm"],
  [4, "depose"],
  [4, "storm"],
];

/** Each run draws its own mixture, because the rare meets the rare only when both are frequent. */
const weightFactors = [0, 1, 1, 1, 4] as const;
const essentialFactors = [0.2, 1, 1, 1, 3] as const;

/** Without these nothing moves at all; they may be slow, but never off. */
const essential: ReadonlySet<string> = new Set(["deliver", "tick", "persist", "apply", "restart"]);

/** What can happen in one step. */
interface ChaosActions {
  deliver(): void;
  tick(): void;
  persist(): void;
  apply(): void;
  propose(): void;
  read(): void;
  drop(): void;
  repeat(): void;
  crash(): void;
  restart(): void;
  cut(): void;
  heal(): void;
  transfer(): void;
  change(): void;
  compact(): void;
  campaign(): void;
  bounce(): void;
  forgetLeader(): void;
  calm(): void;
  depose(): void;
  storm(): void;
}

/** Draws the options of a run, so that small limits and switched-off features are met too. */
function drawConfig(random: Random): Partial<RaftConfig> {
  const rare = (): boolean => random.below(4) === 0;
  const appendBytesMax = rare() ? 20 : 1_000_000;
  return {
    preVote: !rare(),
    checkQuorum: !rare(),
    stepDownOnRemoval: !rare(),
    proposalForwarding: rare(),
    appendEntriesCountMax: 1 + random.below(5),
    appendBytesMax,
    inflightCountMax: 1 + random.below(4),
    inflightBytesMax: appendBytesMax,
    uncommittedBytesMax: rare() ? 200 : 0,
    committedBytesMax: rare() ? 10 : 1_000_000,
  };
}

/** See the file comment. */
export class Chaos implements ChaosActions {
  readonly cluster: SimCluster;
  readonly counts: ChaosCounts = {};
  readonly #random: Random;
  readonly #ids: readonly MemberId[];
  readonly #weights: readonly number[];
  #payload = 0;

  constructor(seed: number) {
    this.#random = createRandom(seed);
    const voterCount = 1 + this.#random.below(5);
    const voters = Array.from({ length: voterCount }, (_, at) => at + 1);
    const joiners = [6, 7];
    this.#weights = actions.map(([weight, name]) => {
      const factors = essential.has(name) ? essentialFactors : weightFactors;
      return Math.ceil(weight * (factors[this.#random.below(factors.length)] ?? 1));
    });
    this.#ids = [...voters, ...joiners];
    this.cluster = new SimCluster({ voters, joiners, seed, config: drawConfig(this.#random) });
  }

  run(stepCount: number): void {
    for (let step = 0; step < stepCount; step += 1) {
      this[this.#draw()]();
      if (this.#random.below(3) > 0) for (const member of this.cluster.live) member.pump();
    }
    for (const { event } of this.cluster.events) this.#count(event.event);
  }

  /** The wire carries everything again. */
  heal(): void {
    this.cluster.healAll();
  }

  /** States that the cluster works: it elects, commits, reads, and leaves joint configurations. */
  recover(): void {
    this.heal();
    for (const member of this.cluster.members.values()) if (!member.up) member.restart(0);
    this.cluster.settle();
    const leader = this.#settledLeader();
    const payload = this.#nextPayload();
    const proposed = leader.node.propose([payload]);
    assert(proposed.ok, "a settled leader takes proposals");
    assert(this.cluster.read(leader.id) > 0, "a settled leader takes reads");
    const answersBefore = this.cluster.answeredReads.length;
    for (let tick = 0; tick < 100; tick += 1) {
      this.cluster.tickAll();
      this.cluster.leader?.compact(0);
    }
    assert(this.cluster.answeredReads.length > answersBefore, "a read is answered");
    this.#expectEverybodyCaughtUp();
  }

  /** Delivers more at once the more is under way, so that the wire stays short. */
  deliver(): void {
    const count = 1 + this.#random.below(1 + Math.ceil(this.cluster.wire.length / 4));
    for (let at = 0; at < count && this.cluster.wire.length > 0; at += 1) this.#deliverOne();
  }

  drop(): void {
    const { wire } = this.cluster;
    if (wire.length > 0) this.cluster.take(this.#random.below(wire.length));
  }

  repeat(): void {
    const message = this.cluster.wire[this.#random.below(Math.max(1, this.cluster.wire.length))];
    if (message !== undefined) this.cluster.wire.push(message);
  }

  tick(): void {
    const count = 1 + this.#random.below(6);
    const member = this.#live();
    for (let at = 0; at < count; at += 1)
      this.#act(member, (some) => {
        some.node.tick();
      });
  }

  persist(): void {
    this.#act(this.#live(), (member) => {
      member.persist(1 + this.#random.below(3));
    });
  }

  apply(): void {
    this.#act(this.#live(), (member) => {
      member.apply(1 + this.#random.below(5));
    });
  }

  propose(): void {
    const member = this.#random.below(4) > 0 ? this.cluster.leader : this.#live();
    const count = 1 + this.#random.below(3);
    const payloads = Array.from({ length: count }, () => this.#nextPayload());
    this.#act(member, (some) => {
      this.#result("proposed", some.node.propose(payloads));
    });
  }

  read(): void {
    this.#act(this.#live(), (member) => this.cluster.read(member.id));
  }

  crash(): void {
    const member = this.#live();
    if (member === undefined) return;
    if (this.#random.below(2) === 0) member.pump();
    member.crash(this.#random.below(member.batches.length + 1));
    if (this.#random.below(2) === 0) member.disk.loseUnsynced();
    this.#count("crash");
  }

  restart(): void {
    const down = [...this.cluster.members.values()].filter(({ up }) => !up);
    const member = down[this.#random.below(Math.max(1, down.length))];
    if (member === undefined) return;
    member.restart(this.#random.below(2) === 0 ? 0 : this.#random.below(10));
    this.#count("restart");
  }

  cut(): void {
    const from = this.#someId();
    const oneWay = this.#random.below(3) === 0;
    for (const id of this.#ids) {
      if (id === from || this.#random.below(2) === 0) continue;
      this.cluster.setCut(from, id, "cut");
      if (!oneWay) this.cluster.setCut(id, from, "cut");
    }
  }

  transfer(): void {
    const to = this.#someId();
    this.#act(this.#live(), (member) => {
      this.#result("transfer", member.node.transferLeadership(to));
    });
  }

  change(): void {
    const member = this.cluster.leader;
    const change = this.#drawChange(member);
    this.#act(member, (some) => {
      this.#result("change", some.node.proposeMembership(change));
    });
  }

  compact(): void {
    this.#act(this.#live(), (member) => {
      member.compact(this.#random.below(5));
    });
  }

  /** Sometimes two at once, which then compete for one term. */
  campaign(): void {
    const count = 1 + this.#random.below(2);
    for (let at = 0; at < count; at += 1) {
      this.#act(this.#live(), (member) => {
        member.node.stepLocal({ kind: "hup" });
      });
    }
  }

  /** A power cut so short that nobody notices: only what was not durable is gone. */
  bounce(): void {
    const member = this.#live();
    if (member === undefined) return;
    member.pump();
    member.crash(this.#random.below(member.batches.length + 1));
    member.restart(0);
    this.#count("bounce");
  }

  forgetLeader(): void {
    this.#act(this.#live(), (member) => {
      member.node.stepLocal({ kind: "forgetLeader" });
    });
  }

  /** Some time in which everybody does its work, so that disorder meets clusters that work. */
  calm(): void {
    const tickCount = this.#random.below(30);
    this.cluster.settle();
    for (let tick = 0; tick < tickCount; tick += 1) this.cluster.tickAll();
  }

  /**
   * The rest elects another leader and works, while the old one goes on without hearing of it and
   * writes a history of its own.
   */
  depose(): void {
    const { leader } = this.cluster;
    if (leader === undefined) return;
    for (const id of this.#ids) {
      if (id === leader.id) continue;
      this.cluster.setCut(leader.id, id, "cut");
      this.cluster.setCut(id, leader.id, "cut");
    }
    this.#write(leader);
    const others = this.cluster.live.filter(({ id }) => id !== leader.id);
    for (let tick = 0; tick < 40; tick += 1) {
      for (const member of others) {
        this.#act(member, ({ node }) => {
          node.tick();
        });
      }
      this.cluster.settle();
    }
    const next = this.cluster.leader;
    if (next !== undefined && next !== leader) this.#write(next);
    this.cluster.settle();
    for (const member of [leader, next]) this.#act(member, ({ id }) => this.cluster.read(id));
    this.#count("deposed");
  }

  /** Two campaigns at once, while power cuts take from a third member what is not durable. */
  storm(): void {
    this.cluster.settle();
    const live = [...this.cluster.live];
    const drawn = Array.from({ length: 3 }, () =>
      live.splice(this.#random.below(Math.max(1, live.length)), 1),
    ).flat();
    const [first, second, victim] = drawn;
    if (first === undefined || second === undefined || victim === undefined) return;
    for (const { node } of this.cluster.live) node.stepLocal({ kind: "forgetLeader" });
    for (const { node } of [first, second]) node.stepLocal({ kind: "hup" });
    const stepCount = 40 + this.#random.below(100);
    for (let step = 0; step < stepCount; step += 1) {
      for (const member of this.cluster.live) member.pump();
      const what = this.#random.below(10);
      if (what < 6) this.#deliverSome();
      else if (what < 9) this.#persistSome([first, second]);
      else this.#cutPower(victim);
    }
    this.#count("storm");
  }

  #persistSome(members: readonly SimMember[]): void {
    this.#act(members[this.#random.below(members.length)], (member) => {
      member.persist(member.batches.length);
    });
  }

  #cutPower(member: SimMember): void {
    if (!member.up) return;
    member.crash(0);
    member.restart(0);
  }

  #write(member: SimMember): void {
    const count = 1 + this.#random.below(8);
    for (let at = 0; at < count; at += 1) {
      this.#act(member, ({ node }) => node.propose([this.#nextPayload()]));
    }
  }

  #deliverSome(): void {
    const { wire } = this.cluster;
    if (wire.length > 0) this.cluster.deliver(this.cluster.take(this.#random.below(wire.length)));
  }

  #draw(): keyof ChaosActions {
    let drawn = this.#random.below(this.#weights.reduce((sum, weight) => sum + weight, 0));
    for (const [at, [, name]] of actions.entries()) {
      const weight = this.#weights[at] ?? 0;
      if (drawn < weight) return name;
      drawn -= weight;
    }
    throw new Error("the weights add up");
  }

  #deliverOne(): void {
    const { wire } = this.cluster;
    const inOrder = this.#random.below(3) > 0;
    const message = this.cluster.take(inOrder ? 0 : this.#random.below(wire.length));
    if (this.cluster.deliver(message) || this.#random.below(2) > 0) return;
    const sender = this.cluster.members.get(message.from);
    if (sender === undefined || !sender.up) return;
    if (message.kind === "snapshot") {
      sender.node.stepLocal({ kind: "snapshotStatus", member: message.to, failed: true });
    } else {
      sender.node.stepLocal({ kind: "unreachable", member: message.to });
    }
    this.cluster.checker.observe(sender);
  }

  #drawChange(member: SimMember | undefined): MembershipChange {
    const joint = member !== undefined && isJoint(member.node.inspect().membership);
    const kinds = ["addVoter", "addVoter", "addLearner", "remove", "update"] as const;
    const transitions = ["auto", "auto", "jointImplicit", "jointExplicit"] as const;
    const count = joint ? 0 : 1 + this.#random.below(3);
    const steps: MembershipStep[] = Array.from({ length: count }, () => ({
      kind: kinds[this.#random.below(kinds.length)] ?? "update",
      member: this.#someId(),
    }));
    const transition = joint
      ? "auto"
      : (transitions[this.#random.below(transitions.length)] ?? "auto");
    return { transition, steps, context: new Uint8Array(0) };
  }

  #act(member: SimMember | undefined, act: (member: SimMember) => void): void {
    if (member === undefined || !member.up) return;
    act(member);
    this.cluster.checker.observe(member);
  }

  #live(): SimMember | undefined {
    const { live } = this.cluster;
    return live[this.#random.below(Math.max(1, live.length))];
  }

  #someId(): MemberId {
    return assertDefined(this.#ids[this.#random.below(this.#ids.length)], "there are members");
  }

  #nextPayload(): Uint8Array {
    this.#payload += 1;
    return new TextEncoder().encode(`p${String(this.#payload)}`);
  }

  #result(what: string, { ok }: { readonly ok: boolean }): void {
    this.#count(ok ? `${what}-ok` : `${what}-refused`);
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  #settledLeader(): SimMember {
    for (let tick = 0; tick < 400; tick += 1) {
      this.cluster.tickAll();
      const { leader } = this.cluster;
      if (leader === undefined) continue;
      leader.compact(0);
      const { membership, commit, lastLogIndex, transferTarget } = leader.node.inspect();
      const voter = isVoter(membership, leader.id);
      // A leader that was told to stay after its removal has to be asked to hand over.
      if (!voter) leader.node.transferLeadership(membership.voters[0] ?? 0);
      else if (isJoint(membership)) this.#leaveJoint(leader);
      else if (commit === lastLogIndex && transferTarget === 0 && tick > 100) {
        this.#stopRemoved(membership);
        return leader;
      }
    }
    throw new Error("no settled leader after the world healed");
  }

  /** Without pre-votes and leases a removed member disturbs the others until it is stopped. */
  #stopRemoved(membership: Membership): void {
    for (const member of this.cluster.live) {
      if (!isMember(membership, member.id)) member.crash(0);
    }
  }

  #leaveJoint(leader: SimMember): void {
    if (leader.node.inspect().membership.autoLeave) return;
    leader.node.proposeMembership({ transition: "auto", steps: [], context: new Uint8Array(0) });
  }

  #expectEverybodyCaughtUp(): void {
    const leader = assertDefined(this.cluster.leader, "there is a leader");
    const { membership, commit, lastLogIndex } = leader.node.inspect();
    assert(!isJoint(membership), "a joint configuration is left");
    assert(commit === lastLogIndex, "everything is committed");
    for (const id of [...membership.voters, ...membership.learners]) {
      const member = this.cluster.member(id);
      assert(member.applied === commit, `member ${String(id)} has applied everything`);
      const view = member.node.inspect();
      assert(view.leader === leader.id, `member ${String(id)} follows the leader`);
    }
  }
}
