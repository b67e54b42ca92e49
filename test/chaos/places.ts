/**
 * Where members live: each place is a network namespace with an address of its own, joined by one
 * bridge, and a tmpfs of a limited size. Knows no members. Whatever is made here has the name of
 * this run in it and is removed by that name; what a run left that ended without its closing is
 * removed by the next one.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";

import { run, tries } from "./command.js";
import { delayArguments, firewall, type NetworkFault } from "./rules.js";

const prefix = "qch";
const addressOctetMax = 255;
const hostNumber = 254;
const ballastName = "ballast";
const mebibyte = 1024 * 1024;

/** One place; `number` counts from 1. */
export interface Place {
  readonly number: number;
  readonly namespace: string;
  readonly address: string;
  /** The tmpfs. */
  readonly disk: string;
}

/** See the file comment. */
export class Places {
  readonly all: readonly Place[];
  readonly #name: string;
  readonly #switch: string;
  readonly #faults = new Map<Place, Set<NetworkFault>>();
  readonly #hasNetem: boolean;

  private constructor(name: string, all: readonly Place[], hasNetem: boolean) {
    this.#name = name;
    this.#switch = `${name}sw`;
    this.all = all;
    this.#hasNetem = hasNetem;
    for (const place of all) this.#faults.set(place, new Set());
  }

  /**
   * Makes `count` places with disks of `diskBytes` below `directory`.
   *
   * @throws Error when a tool is missing or refuses, after removing what was made.
   */
  static create(options: {
    readonly count: number;
    readonly directory: string;
    readonly diskBytes: number;
  }): Places {
    removeLeftovers();
    const name = `${prefix}${String(process.pid)}`;
    const subnet = freeSubnet();
    const all = Array.from({ length: options.count }, (_, i) => ({
      number: i + 1,
      namespace: `${name}m${String(i + 1)}`,
      address: `${subnet}.${String(i + 1)}`,
      disk: join(options.directory, `disk-${String(i + 1)}`),
    }));
    const places = new Places(name, all, true);
    try {
      places.#connectHost(`${subnet}.${String(hostNumber)}`);
      for (const place of all) places.#make(place, options.diskBytes);
      const first = all[0]?.namespace ?? "";
      const probe = [...qdisc(first, "replace"), ...delayArguments(1, true)];
      const hasNetem = tries(probe);
      if (hasNetem) tries(qdisc(first, "del"));
      return new Places(name, all, hasNetem);
    } catch (thrown) {
      places.remove();
      throw thrown;
    }
  }

  /** How delays are made on this machine, for people. */
  get delayKind(): string {
    return this.#hasNetem ? "netem" : "tbf (this kernel has no netem)";
  }

  /** The command line that runs a program in a place; the process becomes that program. */
  inside(place: Place, program: string): { program: string; args: readonly string[] } {
    return { program: "ip", args: ["netns", "exec", place.namespace, program] };
  }

  addFault(place: Place, fault: NetworkFault): void {
    this.#faultsAt(place).add(fault);
    this.#applyFaults(place);
  }

  removeFault(place: Place, fault: NetworkFault): void {
    this.#faultsAt(place).delete(fault);
    this.#applyFaults(place);
  }

  delay(place: Place, milliseconds: number): void {
    const how = delayArguments(milliseconds, this.#hasNetem);
    run([...qdisc(place.namespace, "replace"), ...how]);
  }

  endDelay(place: Place): void {
    run(qdisc(place.namespace, "del"));
  }

  /** Leaves not one byte free on the place's disk. */
  fillDisk(place: Place): void {
    const { bavail, bsize } = statfsSync(place.disk);
    const bytes = String(bavail * bsize);
    // What the member writes meanwhile may take the last room away; then all of it is taken.
    tries(["fallocate", "-l", bytes, join(place.disk, ballastName)]);
    tries(["dd", "if=/dev/zero", `of=${join(place.disk, "rest")}`, "bs=4096"]);
  }

  emptyDisk(place: Place): void {
    for (const name of [ballastName, "rest"]) rmSync(join(place.disk, name), { force: true });
  }

  /** Removes namespaces and disks. May be called twice, and after a failure half-way. */
  remove(): void {
    for (const name of [...this.all.map((place) => place.namespace), this.#switch]) {
      if (existsSync(join("/run/netns", name))) tries(["ip", "netns", "del", name]);
    }
    // The host's end goes with the other one; this is for a run that broke between the two.
    tries(["ip", "link", "del", this.#name]);
    unmountAll(this.#name);
    for (const { disk } of this.all) rmSync(disk, { recursive: true, force: true });
  }

  #connectHost(address: string): void {
    const inSwitch = ["ip", "-n", this.#switch, "link"];
    run(["ip", "netns", "add", this.#switch]);
    run([...inSwitch, "add", "br0", "type", "bridge"]);
    run([...inSwitch, "set", "br0", "up"]);
    const peer = ["peer", "name", "uplink", "netns", this.#switch];
    run(["ip", "link", "add", this.#name, "type", "veth", ...peer]);
    run([...inSwitch, "set", "uplink", "master", "br0", "up"]);
    run(["ip", "addr", "add", `${address}/24`, "dev", this.#name]);
    run(["ip", "link", "set", this.#name, "up"]);
  }

  #make(place: Place, diskBytes: number): void {
    const { namespace, address, disk } = place;
    const port = `p${String(place.number)}`;
    run(["ip", "netns", "add", namespace]);
    const peer = ["peer", "name", port, "netns", this.#switch];
    run(["ip", "-n", namespace, "link", "add", "eth0", "type", "veth", ...peer]);
    run(["ip", "-n", this.#switch, "link", "set", port, "master", "br0", "up"]);
    run(["ip", "-n", namespace, "addr", "add", `${address}/24`, "dev", "eth0"]);
    for (const link of ["lo", "eth0"]) run(["ip", "-n", namespace, "link", "set", link, "up"]);
    mkdirSync(disk);
    const size = `size=${String(Math.floor(diskBytes / mebibyte))}m`;
    run(["mount", "-t", "tmpfs", "-o", size, this.#name, disk]);
    this.#applyFaults(place);
  }

  #applyFaults(place: Place): void {
    const rules = firewall(this.#faultsAt(place));
    run(["ip", "netns", "exec", place.namespace, "nft", "-f", "-"], rules);
  }

  #faultsAt(place: Place): Set<NetworkFault> {
    const faults = this.#faults.get(place);
    if (faults === undefined) throw new Error(`${place.namespace} is not one of these places`);
    return faults;
  }
}

function qdisc(namespace: string, verb: "replace" | "del"): string[] {
  return ["tc", "-n", namespace, "qdisc", verb, "dev", "eth0", "root"];
}

/** The first three numbers of a network that nothing on this machine has a route to. */
function freeSubnet(): string {
  for (let i = 0; i <= addressOctetMax; i += 1) {
    const subnet = `10.231.${String((process.pid + i) % (addressOctetMax + 1))}`;
    if (run(["ip", "-4", "route", "show", `${subnet}.0/24`]).trim() === "") return subnet;
  }
  throw new Error("no network 10.231.x.0/24 is free on this machine");
}

/** Ends and removes what runs left whose process is gone. */
function removeLeftovers(): void {
  const names = existsSync("/run/netns") ? readdirSync("/run/netns") : [];
  for (const name of names) {
    const owner = new RegExp(`^${prefix}(\\d+)(m\\d+|sw)$`).exec(name)?.[1];
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue;
    const pids = run(["ip", "netns", "pids", name]).split("\n").filter(Boolean);
    for (const pid of pids) tries(["kill", "-9", pid]);
    tries(["ip", "netns", "del", name]);
    unmountAll(`${prefix}${owner}`);
  }
}

/** Unmounts every file system that was mounted under our name. */
function unmountAll(name: string): void {
  for (const line of readFileSync("/proc/mounts", "utf8").split("\n")) {
    const [source, folder = "", type] = line.split(" ");
    if (source === name && type === "tmpfs") tries(["umount", "-l", folder]);
  }
}
