/**
 * The members of a chaos run: real daemons in their places, started again as a service manager
 * would when they end by themselves, and watched for ends that nobody caused. Does no faults and
 * no client's work.
 */
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { exitCode } from "../../src/base/errors.js";
import { MasterClient } from "../support/master-client.js";
import { memberStatus, type MemberStatus } from "../support/member-status.js";
import { eventually, ManagedProcess, masterProgram, type Exit } from "../support/processes.js";
import { formWithinMs, membersCount, restartAfterMs } from "./limits.js";
import type { Place, Places } from "./places.js";

const raftPort = 9300;
const grpcPort = 9301;
const httpPort = 9400;
const leaderAskMs = 400;

/** Small segments and few entries a snapshot, so that a short run sees many of both. */
const settings = `disk_low_bytes: 64MiB
raft:
  snapshot_threshold: 500
  snapshot_size: 1MiB
  wal_segment_size: 16MiB
`;

/** After these a service manager does not start the daemon again. */
const endsForGood: ReadonlySet<number> = new Set([
  exitCode.usage,
  exitCode.config,
  exitCode.dataRefused,
]);

/** One life of a data directory. */
export interface Member {
  readonly nodeId: string;
  readonly place: Place;
  readonly process: ManagedProcess;
  /** Whether it is to run: an end while it is was nobody's wish. */
  wanted: boolean;
  /** When its process was last started, by the monotonic clock. */
  startedMs: number;
  /** It may end with 79: its place is being taken. */
  leaving: boolean;
  /** Ended for good. */
  gone: boolean;
  /** Nothing of it is left in its place. */
  cleared: boolean;
}

/** See the file comment. */
export class ChaosCluster {
  readonly places: Places;
  readonly #directory: string;
  readonly #configFile: string;
  readonly #members: Member[] = [];
  readonly #findings: string[] = [];
  readonly #restarts = new Set<NodeJS.Timeout>();
  readonly #livesOfPlace = new Map<Place, number>();
  #restartsCount = 0;
  #closed = false;

  constructor(places: Places, directory: string) {
    this.places = places;
    this.#directory = directory;
    this.#configFile = join(directory, "master.yml");
    writeFileSync(this.#configFile, settings);
  }

  /** Starts the founders and waits until they have a leader. */
  async form(): Promise<void> {
    const founders = this.places.all.slice(0, membersCount);
    const peers = founders.map(raftAddress);
    for (const place of founders)
      this.#members.push(this.#newMember(place, ["--peers", peers.join(",")]));
    for (const member of this.#members) this.start(member);
    await eventually("a leader is elected", () => this.leader(), formWithinMs);
  }

  /** Those that are or become members, in no special order; not those whose place was taken. */
  get members(): readonly Member[] {
    return this.#members.filter((member) => !member.gone);
  }

  /** What happened that nobody caused. */
  get findings(): readonly string[] {
    return this.#findings;
  }

  /** Starts after an end that nobody caused; each but those with 75 is a finding, too. */
  get restartsCount(): number {
    return this.#restartsCount;
  }

  addFinding(text: string): void {
    this.#findings.push(text);
  }

  /** A place that no member lives in, and that has nothing of a former one. */
  sparePlace(): Place | undefined {
    return this.places.all.find((place) =>
      this.#members.every((member) => member.cleared || member.place !== place),
    );
  }

  /** Makes and starts a newcomer that waits to be taken in. */
  join(place: Place): Member {
    const peers = [...this.members.map((member) => member.place), place].map(raftAddress);
    const member = this.#newMember(place, ["--join", "--peers", peers.join(",")]);
    this.#members.push(member);
    this.start(member);
    return member;
  }

  /** Ends a member for good and leaves its place empty. */
  async discard(member: Member): Promise<void> {
    await this.takeDown(member, "SIGKILL");
    member.gone = true;
    for (const name of readdirSync(member.place.disk)) {
      rmSync(join(member.place.disk, name), { recursive: true, force: true });
    }
    member.cleared = true;
  }

  start(member: Member): void {
    if (this.#closed) return;
    member.wanted = true;
    member.startedMs = performance.now();
    member.process.start();
    member.process.exit().then(
      (exit) => {
        this.#onEnd(member, exit);
      },
      (thrown: unknown) => {
        this.addFinding(`${member.nodeId} could not be started: ${String(thrown)}`);
      },
    );
  }

  /** Ends a member until {@link start}; says how it ended. */
  async takeDown(member: Member, signal: "SIGKILL" | "SIGTERM"): Promise<Exit | undefined> {
    member.wanted = false;
    if (!member.process.isRunning) return undefined;
    member.process.signal(signal);
    return member.process.exit();
  }

  /** The member that most others name as leader; undefined when none is named. */
  async leader(): Promise<Member | undefined> {
    const named = await Promise.all(
      this.members.filter((member) => member.process.isRunning).map(leaderNameAt),
    );
    const counts = new Map<string, number>();
    for (const name of named) {
      if (name !== "") counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    const [most] = [...counts].sort(([, a], [, b]) => b - a);
    return this.members.find((member) => member.nodeId === most?.[0]);
  }

  /** Waits until all members have applied the same; their statuses. */
  async agreement(withinMs: number): Promise<readonly MemberStatus[]> {
    let seen = "nothing";
    try {
      return await eventually(
        "all members have applied the same",
        async () => {
          const statuses = await Promise.all(
            this.members.map(({ place }) => memberStatus(httpPort, place.address)),
          );
          seen = statuses
            .map((one) => `${String(one.appliedLogIndex)} ${one.stateHash.slice(0, 16)}`)
            .join(", ");
          const [first] = statuses;
          const same = statuses.every(
            (one) =>
              one.appliedLogIndex === first?.appliedLogIndex &&
              one.stateHash === first.stateHash &&
              one.version === first.version,
          );
          return same ? statuses : undefined;
        },
        withinMs,
      );
    } catch (thrown) {
      throw new Error(`the members do not agree (applied, hash: ${seen})`, { cause: thrown });
    }
  }

  /** Copies what the members hold to where it outlives their disks. */
  keepData(): void {
    for (const { disk, number } of this.places.all) {
      const target = join(this.#directory, `data-${String(number)}`);
      mkdirSync(target, { recursive: true });
      cpSync(disk, target, { recursive: true, filter: (path) => !/\/(ballast|rest)$/.test(path) });
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#restarts) clearTimeout(timer);
    await Promise.all(
      this.#members.map(async (member) => {
        await this.takeDown(member, "SIGKILL");
        member.process.close();
      }),
    );
  }

  /** Ends every process at once. */
  killNow(): void {
    this.#closed = true;
    for (const { process } of this.#members) process.signal("SIGKILL");
  }

  #newMember(place: Place, extra: readonly string[]): Member {
    const life = (this.#livesOfPlace.get(place) ?? 0) + 1;
    this.#livesOfPlace.set(place, life);
    const nodeId = `m${String(place.number)}${life === 1 ? "" : `-${String(life)}`}`;
    const { program, args } = this.places.inside(place, masterProgram);
    const all = [
      ...args,
      ...["--node-id", nodeId, "--config", this.#configFile, "--bind-addr", place.address],
      ...["--raft-port", String(raftPort), "--grpc-port", String(grpcPort)],
      ...["--http-port", String(httpPort), "--data-dir", join(place.disk, "data"), ...extra],
    ];
    const log = join(this.#directory, `${nodeId}.log`);
    const process = new ManagedProcess(nodeId, { program, args: all }, log);
    const fresh = { wanted: false, startedMs: 0, leaving: false, gone: false, cleared: false };
    return { nodeId, place, process, ...fresh };
  }

  #onEnd(member: Member, { code, signal }: Exit): void {
    if (!member.wanted || this.#closed) return;
    if (code !== exitCode.temporary) this.#judgeEnd(member, { code, signal });
    if (code !== null && endsForGood.has(code)) {
      member.wanted = false;
      member.gone = code === exitCode.dataRefused && member.leaving;
      return;
    }
    this.#restartsCount += 1;
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      if (member.wanted && !member.process.isRunning) this.start(member);
    }, restartAfterMs);
    this.#restarts.add(timer);
  }

  /** Nobody ended it: only a disk's failure, and the end of a member whose place is taken, may. */
  #judgeEnd(member: Member, { code, signal }: Exit): void {
    if (code === exitCode.dataRefused && member.leaving) return;
    const how = code === null ? `signal ${String(signal)}` : `code ${String(code)}`;
    this.addFinding(`${member.nodeId} ended with ${how}: see ${member.process.logFile}`);
  }
}

/** host:port that other members reach a place by. */
export function raftAddress(place: Place): string {
  return `${place.address}:${String(raftPort)}`;
}

/** host:port of the API at a place. */
export function grpcAddress(place: Place): string {
  return `${place.address}:${String(grpcPort)}`;
}

async function leaderNameAt({ place }: Member): Promise<string> {
  const client = new MasterClient(grpcAddress(place));
  try {
    const state = await client.state("CONSISTENCY_LOCAL", leaderAskMs);
    return state.master_node?.node_id ?? "";
  } catch {
    return "";
  } finally {
    client.close();
  }
}
