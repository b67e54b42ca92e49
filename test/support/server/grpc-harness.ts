/** A real gRPC server over a fake control plane, and a real client of it, on loopback. */
import { Metadata, credentials } from "@grpc/grpc-js";
import type { ClientReadableStream, ServiceError } from "@grpc/grpc-js";

import type { Clock } from "../../../src/base/clock.js";
import type { LogFields, Logger } from "../../../src/base/log.js";
import type { MemberAdmin } from "../../../src/controlplane/admin.js";
import type {
  ShardFigures,
  NodeAddress,
  ReportedStats,
  ServerDeps,
} from "../../../src/server/deps.js";
import { createGrpcServer } from "../../../src/server/grpc/server.js";
import type { GrpcServer } from "../../../src/server/grpc/server.js";
import { createMetrics } from "../../../src/server/metrics.js";
import { Reader } from "../../../src/server/read-policy.js";
import type { ClusterStateChange__Output } from "../../../src/wire/gen/quidditch/master/ClusterStateChange.js";
import type { ClusterStateEvent__Output } from "../../../src/wire/gen/quidditch/master/ClusterStateEvent.js";
import type { WatchClusterStateRequest } from "../../../src/wire/gen/quidditch/master/WatchClusterStateRequest.js";
import { descriptorSetFile, messages, wire } from "../../../src/wire/load.js";
import { FakeControlPlane } from "./fake-control-plane.js";
import { ManualClock } from "./manual-clock.js";

/** What a call came to. */
export interface Outcome<T> {
  readonly response: T | undefined;
  readonly error: ServiceError | undefined;
  readonly trailer: Metadata;
}

/** Records what the server tells the controller. */
export class FakeNodeReports {
  readonly heartbeats: { readonly nodeId: string; readonly stats: ReportedStats }[] = [];
  readonly asked: { readonly nodeId: string; readonly address: NodeAddress }[] = [];
  readonly lastSeen: Map<string, number> = new Map<string, number>();
  allow: boolean = true;
  figures: readonly ShardFigures[] = [
    { indexName: "logs", shard: 0, docsCount: 5, sizeBytes: 700 },
    { indexName: "logs", shard: 1, docsCount: 7, sizeBytes: 300 },
  ];

  shardFigures(): Iterable<ShardFigures> {
    return this.figures;
  }

  heartbeat(nodeId: string, stats: ReportedStats): void {
    this.heartbeats.push({ nodeId, stats });
  }

  lastSeenMs(nodeId: string): number | undefined {
    return this.lastSeen.get(nodeId);
  }

  mayRegister(nodeId: string, address: NodeAddress): Promise<boolean> {
    this.asked.push({ nodeId, address });
    return Promise.resolve(this.allow);
  }
}

/** Keeps the lines it is given. */
export class FakeLog implements Logger {
  readonly lines: { readonly level: string; readonly fields: LogFields }[] = [];

  error(fields: LogFields): void {
    this.lines.push({ level: "error", fields });
  }

  warn(fields: LogFields): void {
    this.lines.push({ level: "warn", fields });
  }

  info(fields: LogFields): void {
    this.lines.push({ level: "info", fields });
  }

  debug(fields: LogFields): void {
    this.lines.push({ level: "debug", fields });
  }

  child(): Logger {
    return this;
  }
}

/** The parts of a server that a test looks at, without the server. */
export function testDeps(
  controlPlane: FakeControlPlane,
  clock: Clock,
): ServerDeps & {
  readonly reader: Reader;
  readonly nodeReports: FakeNodeReports;
  readonly log: FakeLog;
} {
  const metrics = createMetrics();
  let ids = 0;
  return {
    controlPlane,
    clock,
    metrics,
    nodeReports: new FakeNodeReports(),
    log: new FakeLog(),
    newId: () => {
      ids += 1;
      return `allocation-${String(ids)}`;
    },
    raftStatus: () => ({
      isLeader: controlPlane.leaderView.isSelf,
      term: controlPlane.leaderView.epoch,
      commitIndex: 12,
      appliedIndex: 11,
      votersCount: 3,
      stateHash: "hash-of-state",
      wal: {
        batchesCount: 3,
        writtenBytes: 4096,
        queuedCount: 0,
        lastSyncMs: 1,
        maxSyncMs: 2,
      },
      droppedMessages: 0,
      isSuspect: false,
      care: {
        ...{ diskFreeBytes: 5000, diskLow: false, droppedAppendsCount: 4 },
        differingMembersCount: 1,
        lags: [{ memberId: 7, entriesCount: 12, seconds: 3 }],
      },
    }),
    reader: new Reader({ controlPlane, clock }, () => {
      metrics.staleRead();
    }),
  };
}

type MethodName =
  | "AllocateShard"
  | "CreateIndex"
  | "DeleteIndex"
  | "GetClusterState"
  | "GetIndexMetadata"
  | "NodeHeartbeat"
  | "RebalanceShards"
  | "RegisterNode"
  | "ReportShardFailed"
  | "ReportShardStarted"
  | "UnregisterNode"
  | "UpdateIndexSettings";

type Definition = typeof wire.MasterService.service;
type RequestOf<M extends MethodName> = Parameters<Definition[M]["requestSerialize"]>[0];
type ResponseOf<M extends MethodName> = ReturnType<Definition[M]["responseDeserialize"]>;

/** See the file comment. */
export class GrpcHarness {
  readonly controlPlane: FakeControlPlane;
  readonly clock: ManualClock = new ManualClock();
  readonly deps: ReturnType<typeof testDeps>;
  readonly server: GrpcServer;
  port = 0;
  #client: InstanceType<typeof wire.MasterService> | undefined;

  constructor(
    options: { advertiseHost?: string; clock?: Clock; memberAdmin?: MemberAdmin | undefined } = {},
  ) {
    const { memberAdmin } = options;
    this.controlPlane = new FakeControlPlane();
    this.deps = {
      ...testDeps(this.controlPlane, options.clock ?? this.clock),
      ...(memberAdmin === undefined ? {} : { memberAdmin }),
    };
    const advertiseHost = options.advertiseHost ?? "127.0.0.1";
    this.server = createGrpcServer(
      { host: "127.0.0.1", port: 0, advertiseHost, descriptorSetFile },
      this.deps,
    );
  }

  async start(): Promise<void> {
    this.port = await this.server.bind();
    this.server.setServing(true);
    this.#client = this.newClient();
  }

  async stop(): Promise<void> {
    this.#client?.close();
    await this.server.stop(0);
    this.clock.advance(0);
  }

  get client(): InstanceType<typeof wire.MasterService> {
    if (this.#client === undefined) throw new Error("start the harness first");
    return this.#client;
  }

  newClient(): InstanceType<typeof wire.MasterService> {
    const address = `127.0.0.1:${String(this.port)}`;
    return new wire.MasterService(address, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.max_receive_message_length": 4 * 1024 * 1024,
    });
  }

  /** Calls a unary method; never rejects. */
  call<M extends MethodName>(
    method: M,
    request: RequestOf<M>,
    options: { readonly metadata?: Metadata; readonly deadlineMs?: number } = {},
  ): Promise<Outcome<ResponseOf<M>>> {
    const definition = wire.MasterService.service[method];
    const { deadlineMs } = options;
    const callOptions =
      deadlineMs === undefined ? {} : { deadline: this.clock.wallMs() + deadlineMs };
    return new Promise((resolve) => {
      let failure: ServiceError | undefined;
      let response: ResponseOf<M> | undefined;
      const call = this.client.makeUnaryRequest<RequestOf<M>, ResponseOf<M>>(
        definition.path,
        definition.requestSerialize as (value: RequestOf<M>) => Buffer,
        definition.responseDeserialize as (bytes: Buffer) => ResponseOf<M>,
        request,
        options.metadata ?? new Metadata(),
        callOptions,
        (error, value) => {
          failure = error ?? undefined;
          response = value;
        },
      );
      call.on("status", (status) => {
        setImmediate(() => {
          resolve({ response, error: failure, trailer: status.metadata });
        });
      });
    });
  }

  /** Calls a unary method that must succeed. */
  async ok<M extends MethodName>(method: M, request: RequestOf<M>): Promise<ResponseOf<M>> {
    const { response, error } = await this.call(method, request);
    if (response === undefined) throw error ?? new Error("neither response nor error");
    return response;
  }

  /** Calls a unary method that must fail, and gives its status and text. */
  async refused<M extends MethodName>(
    method: M,
    request: RequestOf<M>,
  ): Promise<{ readonly code: number; readonly text: string; readonly errorCode: unknown }> {
    const { error, trailer } = await this.call(method, request);
    if (error === undefined) throw new Error(`${method} succeeded`);
    const errorCode = trailer.get("quidditch-error-code")[0];
    return { code: error.code, text: error.details, errorCode };
  }

  watch(request: WatchClusterStateRequest): TestWatch {
    return new TestWatch(this.client.WatchClusterState(request));
  }
}

/** An event with its payload decoded. */
export interface SeenEvent {
  readonly version: number;
  readonly type: string;
  readonly last: boolean;
  readonly bytes: number;
  readonly change: ClusterStateChange__Output;
}

/** A watch whose events can be awaited. */
export class TestWatch {
  readonly events: SeenEvent[] = [];
  ended: ServiceError | undefined;
  readonly #stream: ClientReadableStream<ClusterStateEvent__Output>;
  #wake: () => void = () => undefined;

  constructor(stream: ClientReadableStream<ClusterStateEvent__Output>) {
    this.#stream = stream;
    stream.on("data", (event: ClusterStateEvent__Output) => {
      this.events.push({
        version: event.version,
        type: event.type.replace("EVENT_TYPE_", ""),
        last: event.last_of_version ?? false,
        bytes: event.payload.length,
        change: messages.ClusterStateChange.deserialize(event.payload),
      });
      this.#wake();
    });
    stream.on("error", (error: ServiceError) => {
      this.ended = error;
      this.#wake();
    });
  }

  /** Resolves when `enough` holds. */
  async until(enough: (watch: TestWatch) => boolean): Promise<void> {
    while (!enough(this)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Resolves when the version has arrived whole. */
  async untilVersion(version: number): Promise<void> {
    await this.until(({ events }) =>
      events.some((event) => event.version >= version && event.last),
    );
  }

  /** Stops reading, so that flow control holds the server back. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  cancel(): void {
    this.#stream.cancel();
  }
}
