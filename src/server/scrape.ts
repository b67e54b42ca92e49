/**
 * Gauges of the cluster and of this member, computed when they are scraped from what this member
 * has applied. Series stay bounded: with many indices, shards are counted together.
 */
import { Gauge } from "prom-client";

import type { ShardTotals } from "../state/health.js";
import { clusterHealth, indexHealth } from "../state/health.js";
import type { ClusterState } from "../state/model.js";
import type { CareFigures, ServerDeps, ShardFigures, WalFigures } from "./deps.js";
import { metricIndicesMax, metricShardsMax } from "./limits.js";

type MemberLag = CareFigures["lags"][number];

type Deps = Pick<ServerDeps, "controlPlane" | "raftStatus" | "metrics" | "clock" | "nodeReports">;

/** Registers the gauges, and begins to measure elections. Called once per process. */
export function exposeCluster(deps: Deps): void {
  exposeState(deps);
  exposeShards(deps);
  exposeMember(deps);
  exposeCare(deps);
  measureElections(deps);
}

function exposeState({ controlPlane, metrics }: Deps): void {
  const registers = [metrics.registry];
  const stateOf = (): ClusterState => controlPlane.local().state;
  new Gauge({
    name: "quidditch_master_cluster_nodes",
    help: "Registered nodes",
    labelNames: ["node_type", "status"],
    registers,
    collect() {
      this.reset();
      for (const node of stateOf().nodes.values()) {
        this.inc({ node_type: node.nodeType, status: node.status });
      }
    },
  });
  new Gauge({
    name: "quidditch_master_cluster_shards",
    help: "Shard copies",
    labelNames: ["index", "state"],
    registers,
    collect() {
      this.reset();
      for (const [index, totals] of shardSeries(stateOf())) {
        this.set({ index, state: "STARTED" }, totals.activeShards - totals.relocatingShards);
        this.set({ index, state: "RELOCATING" }, totals.relocatingShards);
        this.set({ index, state: "INITIALIZING" }, totals.initializingShards);
        this.set({ index, state: "UNASSIGNED" }, totals.unassignedShards);
      }
    },
  });
  const indices = { name: "quidditch_master_cluster_indices_total", help: "Indices", registers };
  gauge(indices, () => stateOf().indices.size);
  const name = "quidditch_master_cluster_state_version";
  gauge({ name, help: "Applied version", registers }, () => stateOf().version);
}

/** From the reports of data nodes, which only the leader has: other members show nothing. */
function exposeShards({ nodeReports, metrics }: Deps): void {
  const registers = [metrics.registry];
  const documents = {
    name: "quidditch_master_cluster_documents_total",
    help: "Documents",
    registers,
  };
  gauge(documents, () => {
    let sum = 0;
    for (const { docsCount } of nodeReports.shardFigures()) sum += docsCount;
    return sum;
  });
  const perShard = (name: string, help: string, of: (figures: ShardFigures) => number): void => {
    new Gauge({
      name: `quidditch_master_${name}`,
      help,
      labelNames: ["index", "shard_id"],
      registers,
      collect() {
        this.reset();
        const all = [...nodeReports.shardFigures()];
        for (const figures of all) {
          const { indexName: index, shard } = figures;
          const labels =
            all.length > metricShardsMax
              ? { index: "_all", shard_id: "_all" }
              : { index, shard_id: String(shard) };
          this.inc(labels, of(figures));
        }
      },
    });
  };
  perShard("shard_documents", "Documents of a shard", ({ docsCount }) => docsCount);
  perShard("shard_size_bytes", "Size of a shard's primary", ({ sizeBytes }) => sizeBytes);
}

function exposeMember({ controlPlane, raftStatus, metrics }: Deps): void {
  const registers = [metrics.registry];
  const of = (name: string, help: string, value: () => number): void => {
    gauge({ name: `quidditch_master_raft_${name}`, help, registers }, value);
  };
  of("leader", "Whether this member leads", () => Number(raftStatus().isLeader));
  of("term", "Term", () => raftStatus().term);
  of("commit_index", "Last position known to be committed", () => raftStatus().commitIndex);
  of("applied_index", "Last applied position", () => raftStatus().appliedIndex);
  of("voters", "Voting members", () => raftStatus().votersCount);
  of(
    "dropped_messages",
    "Messages between members that were dropped",
    () => raftStatus().droppedMessages,
  );
  const wal = (name: string, help: string, value: (figures: WalFigures) => number): void => {
    gauge({ name: `quidditch_master_wal_${name}`, help, registers }, () => {
      const figures = raftStatus().wal;
      return figures === undefined ? 0 : value(figures);
    });
  };
  wal("batches", "Batches synced since the start", (figures) => figures.batchesCount);
  wal("written_bytes", "Bytes written since the start", (figures) => figures.writtenBytes);
  wal("queued", "Appends that wait for the disk", (figures) => figures.queuedCount);
  wal("last_sync_seconds", "Duration of the last sync", (figures) => figures.lastSyncMs / 1000);
  wal("max_sync_seconds", "Longest sync since the start", (figures) => figures.maxSyncMs / 1000);
  of("leader_known", "Whether a leader is known", () =>
    Number(controlPlane.leader().nodeId !== ""),
  );
}

/** What this member finds out about itself and its peers. Whoever does not lead knows no lag. */
function exposeCare({ raftStatus, metrics }: Deps): void {
  const registers = [metrics.registry];
  const of = (name: string, help: string, value: (care: CareFigures) => number): void => {
    gauge({ name: `quidditch_${name}`, help, registers }, () => {
      const { care } = raftStatus();
      return care === undefined ? 0 : value(care);
    });
  };
  // Without a number, rather than with one that looks like a full disk.
  new Gauge({
    name: "quidditch_data_disk_free_bytes",
    help: "Free bytes under the data directory",
    registers,
    collect() {
      const freeBytes = raftStatus().care?.diskFreeBytes;
      if (freeBytes === undefined) this.remove();
      else this.set(freeBytes);
    },
  });
  of("data_disk_low", "Whether the data directory is nearly full", (care) => Number(care.diskLow));
  of(
    "raft_dropped_appends",
    "Appends that were dropped because the data directory is nearly full",
    (care) => care.droppedAppendsCount,
  );
  of(
    "raft_differing_members",
    "Members whose state differs from this one's",
    (care) => care.differingMembersCount,
  );
  const suspect = "quidditch_raft_member_suspect";
  gauge({ name: suspect, help: "Whether this member's data is not trusted", registers }, () =>
    Number(raftStatus().isSuspect),
  );
  const lag = (name: string, help: string, value: (lag: MemberLag) => number): void => {
    new Gauge({
      name: `quidditch_raft_replication_lag_${name}`,
      help,
      labelNames: ["member"],
      registers,
      collect() {
        this.reset();
        for (const one of raftStatus().care?.lags ?? []) {
          this.set({ member: String(one.memberId) }, value(one));
        }
      },
    });
  };
  lag("entries", "Entries that a member lacks", ({ entriesCount }) => entriesCount);
  lag("seconds", "How old the oldest of them is", ({ seconds }) => seconds);
}

/** The time from losing sight of a leader to finding one. */
function measureElections({ controlPlane, metrics, clock }: Deps): void {
  let lostMs = controlPlane.leader().nodeId === "" ? clock.monotonicMs() : undefined;
  controlPlane.onLeaderChange((leader) => {
    if (leader.nodeId === "") {
      lostMs ??= clock.monotonicMs();
    } else if (lostMs !== undefined) {
      metrics.election((clock.monotonicMs() - lostMs) / 1000);
      lostMs = undefined;
    }
  });
}

function* shardSeries(state: ClusterState): Generator<readonly [string, ShardTotals], undefined> {
  if (state.indices.size > metricIndicesMax) {
    yield ["_all", clusterHealth(state)];
    return undefined;
  }
  for (const record of state.indices.values()) yield [record.name, indexHealth(record)];
  return undefined;
}

interface Described {
  readonly name: string;
  readonly help: string;
  readonly registers: Deps["metrics"]["registry"][];
}

function gauge(described: Described, value: () => number): void {
  new Gauge({
    ...described,
    collect() {
      this.set(value());
    },
  });
}
