/**
 * The process's metrics in one registry, under the names that dashboards and alerts of this
 * product use. Counters and histograms are fed by the servers; gauges of the cluster are computed
 * when they are scraped (scrape.ts), so that they cost nothing otherwise.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

const latencyBuckets = [
  0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** See the file comment. */
export interface ClusterMetrics {
  readonly registry: Registry;
  /** One call of MasterService ended. */
  grpcCall(call: {
    readonly method: string;
    readonly status: string;
    readonly seconds: number;
  }): void;
  /** One HTTP request ended; `path` is the route's pattern. */
  httpRequest(request: {
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly seconds: number;
    readonly requestBytes: number;
    readonly responseBytes: number;
  }): void;
  /** A read was answered with a state that no leader confirmed. */
  staleRead(): void;
  /** An answer of GetClusterState was put together. */
  stateAnswer(bytes: number, nearLimit: boolean): void;
  /** Watches of this member began (+1) or ended (-1). */
  watchers(change: 1 | -1): void;
  /** A watch was ended because its client was too slow. */
  watcherSlow(): void;
  /** A proposal of this member was committed and applied. */
  commit(seconds: number): void;
  /** A leader was found after a time without one. */
  election(seconds: number): void;
  /** The leader ordered something from a data node. */
  shardOperation(operation: string, status: string): void;
}

/** Creates the registry with all metrics of the servers and of the process. */
export function createMetrics(): ClusterMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const grpc = grpcMetrics(registry);
  const http = httpMetrics(registry);
  const state = stateMetrics(registry);
  const orders = new Counter({
    name: "quidditch_master_shard_operations_total",
    help: "Orders to data nodes",
    labelNames: ["operation", "status"],
    registers: [registry],
  });
  return {
    registry,
    ...grpc,
    ...http,
    ...state,
    shardOperation: (operation, status) => {
      orders.inc({ operation, status });
    },
  };
}

function grpcMetrics(registry: Registry): Pick<ClusterMetrics, "grpcCall"> {
  const calls = new Counter({
    name: "quidditch_master_grpc_requests_total",
    help: "Calls of MasterService",
    labelNames: ["method", "status"],
    registers: [registry],
  });
  const duration = new Histogram({
    name: "quidditch_master_grpc_request_duration_seconds",
    help: "Duration of calls of MasterService",
    labelNames: ["method"],
    buckets: latencyBuckets,
    registers: [registry],
  });
  return {
    grpcCall: ({ method, status, seconds }) => {
      calls.inc({ method, status });
      duration.observe({ method }, seconds);
    },
  };
}

function httpMetrics(registry: Registry): Pick<ClusterMetrics, "httpRequest"> {
  const requests = new Counter({
    name: "quidditch_master_http_requests_total",
    help: "HTTP requests",
    labelNames: ["method", "path", "status"],
    registers: [registry],
  });
  const of = (name: string, help: string, buckets: number[]): Histogram<"method" | "path"> =>
    new Histogram({
      name: `quidditch_master_http_${name}`,
      help,
      labelNames: ["method", "path"],
      buckets,
      registers: [registry],
    });
  const sizes = [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];
  const duration = of("request_duration_seconds", "Duration of HTTP requests", latencyBuckets);
  const requestSize = of("request_size_bytes", "Size of HTTP requests", sizes);
  const responseSize = of("response_size_bytes", "Size of HTTP answers", sizes);
  return {
    httpRequest: ({ method, path, status, seconds, requestBytes, responseBytes }) => {
      requests.inc({ method, path, status: String(status) });
      duration.observe({ method, path }, seconds);
      requestSize.observe({ method, path }, requestBytes);
      responseSize.observe({ method, path }, responseBytes);
    },
  };
}

type StateMetrics = Pick<
  ClusterMetrics,
  "staleRead" | "stateAnswer" | "watchers" | "watcherSlow" | "commit" | "election"
>;

function stateMetrics(registry: Registry): StateMetrics {
  const registers = [registry];
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
  const histogram = (name: string, help: string): Histogram =>
    new Histogram({ name, help, buckets: latencyBuckets, registers });
  const stale = counter("quidditch_master_stale_reads_total", "Reads answered without a leader");
  const near = counter(
    "quidditch_master_cluster_state_near_limit_total",
    "Cluster states of at least 80 % of what one message may hold",
  );
  const size = gauge("quidditch_cluster_state_size_bytes", "Size of the last cluster state sent");
  const watchers = gauge("quidditch_master_watchers", "Running watches");
  const slow = counter("quidditch_master_watchers_slow_total", "Watches ended as too slow");
  const commit = histogram("quidditch_raft_commit_latency_seconds", "Proposal to applied");
  const election = histogram(
    "quidditch_raft_leader_election_duration_seconds",
    "Time without a known leader",
  );
  return {
    staleRead: () => {
      stale.inc();
    },
    stateAnswer: (bytes, nearLimit) => {
      size.set(bytes);
      if (nearLimit) near.inc();
    },
    watchers: (change) => {
      watchers.inc(change);
    },
    watcherSlow: () => {
      slow.inc();
    },
    commit: (seconds) => {
      commit.observe(seconds);
    },
    election: (seconds) => {
      election.observe(seconds);
    },
  };
}
