/**
 * Carries out planned faults and takes them back. Every fault is survivable: nothing that a disk
 * has said to hold is ever damaged, so that whatever is lost is a bug.
 */
import type { DataNodes } from "./data-nodes.js";
import { firstNodePlace } from "./data-nodes.js";
import type { CallPlace, EndStyle, SimMaster } from "./master.js";
import type { MemberChanges } from "./member-changes.js";
import type { SimNetwork } from "./network.js";
import type { FaultKind } from "./fault-kinds.js";
import type { Fault } from "./plan.js";
import type { Coverage } from "./violation.js";
import type { World } from "./world.js";

/** What faults meet. */
export interface FaultTargets {
  readonly world: World;
  readonly masters: readonly SimMaster[];
  readonly network: SimNetwork;
  readonly nodes: DataNodes;
  readonly members: MemberChanges;
  readonly coverage: Coverage;
  /** The place of the leader, or undefined. */
  readonly leader: () => number | undefined;
}

type Undo = () => void;

const powerStyles: readonly EndStyle[] = ["lost", "torn", "reordered", "any", "kept"];
/** Where on the disk the call is during which the power goes. */
const callPlaces: readonly CallPlace[] = ["logSync", "logSync", "logSync", "snapshots", "any"];
/** A disk that is full has room for this much, which is nothing to a log. */
const fullDiskBytes = 0;
/** A disk in good order. */
const roomyDiskBytes: number = 2 ** 40;

/** See the file comment. */
export class Faults {
  readonly #targets: FaultTargets;
  /** How to take back what is in force. */
  readonly #undos = new Set<Undo>();

  constructor(targets: FaultTargets) {
    this.#targets = targets;
  }

  /** Lets the fault happen, and end when its time has passed. */
  inflict(fault: Fault): void {
    this.#targets.coverage.count(`fault: ${fault.kind}`);
    const undo = effects[fault.kind](this.#targets, fault);
    if (undo === undefined) return;
    this.#undos.add(undo);
    this.#targets.world.after(fault.lastsMs, () => {
      if (this.#undos.delete(undo)) undo();
    });
  }

  /** Takes back everything that is in force. */
  heal(): void {
    const undos = [...this.#undos];
    this.#undos.clear();
    for (const undo of undos) undo();
  }
}

type Effect = (targets: FaultTargets, fault: Fault) => Undo | undefined;

function masterOf({ masters, leader }: FaultTargets, fault: Fault): SimMaster | undefined {
  const place = fault.who === -1 ? (leader() ?? 0) : fault.who % masters.length;
  return masters[place];
}

function powerStyle({ amount }: Fault): EndStyle {
  return powerStyles[Math.floor(amount * powerStyles.length)] ?? "any";
}

function crash(targets: FaultTargets, fault: Fault, style: EndStyle): Undo {
  const master = masterOf(targets, fault);
  master?.crash(style);
  return () => master?.start();
}

function crashAll({ masters }: FaultTargets, style: EndStyle): Undo {
  for (const master of masters) master.crash(style);
  return () => {
    for (const master of masters) master.start();
  };
}

/** Cuts the ways for which `isCut` holds, between all masters and nodes. */
function cutWays(targets: FaultTargets, isCut: (from: number, to: number) => boolean): Undo {
  const masters = targets.masters.map(({ place }) => place);
  const nodes = Array.from({ length: targets.nodes.count }, (_, at) => firstNodePlace + at);
  const all = [...masters, ...nodes];
  const heals: Undo[] = [];
  for (const from of all) {
    for (const to of all) {
      if (from !== to && isCut(from, to)) heals.push(targets.network.cut(from, to));
    }
  }
  return () => {
    for (const heal of heals) heal();
  };
}

/** One of two sides for each place, by the bits of a draw. */
function sideOf({ amount }: Fault, place: number): boolean {
  return (Math.floor(amount * 2 ** 30) >> (place % 28)) % 2 === 1;
}

const effects: Readonly<Record<FaultKind, Effect>> = {
  kill: (targets, fault) => crash(targets, fault, "kill"),
  power: (targets, fault) => crash(targets, fault, powerStyle(fault)),
  powerInCall: (targets, fault) => {
    const place = callPlaces[Math.floor(fault.amount * 64) % callPlaces.length] ?? "any";
    const callsCount = 1 + (Math.floor(fault.amount * 4096) % (place === "any" ? 30 : 3));
    masterOf(targets, fault)?.cutPowerAtCall(callsCount, place);
    return undefined;
  },
  killAll: (targets) => crashAll(targets, "kill"),
  powerAll: (targets, fault) => crashAll(targets, powerStyle(fault)),
  pause: (targets, fault) => {
    const master = masterOf(targets, fault);
    const lane = master?.lane;
    lane?.pause();
    return () => lane?.resume();
  },
  isolate: (targets, fault) => {
    const place = masterOf(targets, fault)?.place;
    return cutWays(targets, (from, to) => from === place || to === place);
  },
  halves: (targets, fault) =>
    cutWays(targets, (from, to) => sideOf(fault, from) !== sideOf(fault, to)),
  oneWay: (targets, fault) => {
    const place = masterOf(targets, fault)?.place;
    const outgoing = fault.amount < 0.5;
    return cutWays(targets, (from, to) => (outgoing ? from : to) === place);
  },
  bridge: (targets, fault) => {
    const bridge = masterOf(targets, fault)?.place;
    return cutWays(
      targets,
      (from, to) => from !== bridge && to !== bridge && sideOf(fault, from) !== sideOf(fault, to),
    );
  },
  lossy: ({ network: { conditions } }, { amount }) => {
    const added = amount * 0.4;
    conditions.lossRate += added;
    return () => {
      conditions.lossRate = Math.max(0, conditions.lossRate - added);
    };
  },
  repeating: ({ network: { conditions } }, { amount }) => {
    const added = amount * 0.4;
    conditions.repeatRate += added;
    const before = conditions.overtakes;
    conditions.overtakes = true;
    return () => {
      conditions.repeatRate = Math.max(0, conditions.repeatRate - added);
      conditions.overtakes = before;
    };
  },
  slowWire: ({ network: { conditions } }, { amount }) => {
    const added = amount * amount * 400;
    conditions.extraDelayMs += added;
    return () => {
      conditions.extraDelayMs = Math.max(0, conditions.extraDelayMs - added);
    };
  },
  clockJump: (targets, fault) => {
    const master = masterOf(targets, fault);
    if (master !== undefined) {
      master.clockFaults.wallOffsetMs += Math.floor((fault.amount - 0.5) * 7_200_000);
    }
    return undefined;
  },
  slowDisk: (targets, fault) => {
    const conditions = masterOf(targets, fault)?.diskConditions;
    const added = fault.amount < 0.1 ? 12_000 : fault.amount * 2000;
    if (conditions !== undefined) conditions.extraMs += added;
    return () => {
      if (conditions !== undefined) conditions.extraMs = Math.max(0, conditions.extraMs - added);
    };
  },
  fullDisk: (targets, fault) => {
    const master = masterOf(targets, fault);
    master?.setCapacity(fullDiskBytes);
    return () => master?.setCapacity(roomyDiskBytes);
  },
  failedSync: (targets, fault) => {
    const disk = masterOf(targets, fault)?.disk;
    if (disk !== undefined) disk.failNextSync = true;
    return undefined;
  },
  transfer: (targets) => {
    const place = targets.leader();
    if (place !== undefined) targets.masters[place]?.handOver();
    return undefined;
  },
  stop: (targets, fault) => {
    const master = masterOf(targets, fault);
    master?.stop();
    return () => master?.start();
  },
  nodeKill: ({ nodes }, { who }) => {
    nodes.kill(Math.max(0, who), "process");
    return () => {
      nodes.revive(Math.max(0, who));
    };
  },
  nodePower: ({ nodes }, { who }) => {
    nodes.kill(Math.max(0, who), "power");
    return () => {
      nodes.revive(Math.max(0, who));
    };
  },
  nodeSilent: ({ nodes }, { who }) => {
    nodes.silence(Math.max(0, who));
    return () => {
      nodes.revive(Math.max(0, who));
    };
  },
  nodeCut: (targets, { who }) => {
    if (targets.nodes.count === 0) return undefined;
    const place = firstNodePlace + (Math.max(0, who) % targets.nodes.count);
    return cutWays(targets, (from, to) => from === place || to === place);
  },
  addMember: ({ members }, fault) => {
    members.add(fault);
    return undefined;
  },
  removeMember: ({ members }, fault) => {
    members.remove(fault);
    return undefined;
  },
  replaceMember: ({ members }, fault) => {
    members.replace(fault);
    return undefined;
  },
  promoteMember: ({ members }, fault) => {
    members.promote(fault);
    return undefined;
  },
  transferTo: ({ members }, fault) => {
    members.transfer(fault);
    return undefined;
  },
};
