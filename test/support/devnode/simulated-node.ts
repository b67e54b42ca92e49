/**
 * The reference data node in virtual time: the real one of src/devnode over an injected clock,
 * files in memory and a simulated network. It crashes, loses power, comes back with what its disk
 * kept, and lets checkers look at what it holds. It registers and heartbeats like a process.
 */
import { status } from "@grpc/grpc-js";

import { assert, assertDefined } from "../../../src/base/assert.js";
import type { Clock } from "../../../src/base/clock.js";
import type { Logger } from "../../../src/base/log.js";
import type { Random } from "../../../src/base/random.js";
import { CallError } from "../../../src/devnode/call-error.js";
import type { StoredDocument } from "../../../src/devnode/document-codec.js";
import { FaultGate, noFaults, type Faults } from "../../../src/devnode/faults.js";
import { Masters } from "../../../src/devnode/masters.js";
import { keepMembership, membershipTimes, unregister } from "../../../src/devnode/membership.js";
import type { DataCalls, DocumentCalls, UnaryCall } from "../../../src/devnode/node-calls.js";
import { openReferenceNode, type ReferenceNode } from "../../../src/devnode/reference-node.js";
import { registration } from "../../../src/devnode/registration.js";
import type { ShardRecord } from "../../../src/devnode/shard-copy.js";
import type { RecoverChunk } from "../../../src/wire/gen/quidditch/devnode/RecoverChunk.js";
import type { RecoverRequest__Output } from "../../../src/wire/gen/quidditch/devnode/RecoverRequest.js";
import { wire } from "../../../src/wire/load.js";
import { silentLogger } from "../controlplane/silent-logger.js";
import { receivedRequest, receivedResponse } from "../wire-messages.js";
import { Life } from "./life.js";
import type { CrashKind, MemoryFiles } from "./memory-files.js";
import {
  NetworkMasterLink,
  NetworkPeerLinks,
  nextPartMethod,
  type NetworkCall,
  type NodeNetwork,
  type StreamPart,
} from "./node-network.js";

const streamsCountMax = 64;
const documentsPerPartMax = 8;
const goodbyeMs = 700;

/** What a node is made of. */
export interface SimulatedNodeDeps {
  readonly nodeId: string;
  /** `host:port` where others reach it. */
  readonly address: string;
  /** `host:port` of each master's API. */
  readonly masters: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  /** The node's disk; it outlives the process. */
  readonly files: MemoryFiles;
  readonly network: NodeNetwork;
  readonly logger?: Logger;
  readonly tier?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** 0 = no limit. */
  readonly maxShards?: number;
}

interface OpenStream {
  readonly parts: Iterator<RecoverChunk>;
  readonly last: StreamPart | undefined;
}

/** A copy that a running node holds. */
export interface HeldShard {
  readonly indexName: string;
  readonly indexUuid: string;
  readonly shard: number;
  readonly allocationId: string;
  readonly role: ShardRecord["role"];
  readonly state: ShardRecord["state"];
  /** The highest that the copy has seen. */
  readonly primaryTerm: number;
  /** The term in which it takes writes as primary now; undefined = it takes none. */
  readonly actingTerm: number | undefined;
  /** Why it cannot be used; empty while it can. */
  readonly failure: string;
}

/** See the file comment. */
export interface SimulatedNode {
  readonly nodeId: string;
  readonly address: string;
  /** Whether the process serves. */
  readonly isUp: boolean;
  /** Whether the process runs but does not serve yet. */
  readonly isStarting: boolean;
  /** Starts the process on what its disk holds; serves once the promise ends. */
  start(): Promise<void>;
  /** The process is gone, in the middle of whatever it does; its callers see a reset connection. */
  crash(kind?: CrashKind): void;
  /** {@link crash}, then {@link start}. */
  restart(kind?: CrashKind): Promise<void>;
  /** Ends like a node that is stopped: with a good-bye to a master. */
  stop(): Promise<void>;
  /**
   * Answers a call of DataService or DocumentService, or the next part of a recovery stream:
   * takes what a client would send, gives what it would get, throws with a gRPC status in `code`.
   */
  handle(method: string, request: object): Promise<object>;
  /** What the process holds, for checkers; nothing while it is down. */
  heldShards(): readonly HeldShard[];
  /** Documents of a held copy, for checkers. */
  documents(indexUuid: string, shard: number): readonly StoredDocument[];
  /** Replaces the present faults; what is not named is off. They end with the process. */
  setFaults(faults: Partial<Faults>): void;
}

/** Makes a node that is not started yet. */
export function createSimulatedNode(deps: SimulatedNodeDeps): SimulatedNode {
  return new Node(deps);
}

/** A running process. */
interface Process {
  readonly life: Life;
  readonly node: ReferenceNode;
  readonly data: DataCalls;
  readonly documents: DocumentCalls;
  readonly gate: FaultGate;
  readonly masters: Masters;
  readonly ending: AbortController;
  readonly membership: Promise<void>;
  readonly streams: Map<number, OpenStream>;
  registered: boolean;
}

class Node implements SimulatedNode {
  readonly #deps: SimulatedNodeDeps;
  readonly #network: NodeNetwork;
  #life: Life | undefined;
  #process: Process | undefined;
  #streams = 0;

  constructor(deps: SimulatedNodeDeps) {
    this.#deps = deps;
    this.#network = deps.network;
  }

  get nodeId(): string {
    return this.#deps.nodeId;
  }

  get address(): string {
    return this.#deps.address;
  }

  get isUp(): boolean {
    return this.#process !== undefined;
  }

  get isStarting(): boolean {
    return this.#life !== undefined && this.#process === undefined;
  }

  async start(): Promise<void> {
    assert(this.#life === undefined, "a node that starts is down");
    const life = new Life(this.#deps.clock);
    this.#life = life;
    const node = await this.#open(life);
    if (!life.over) this.#process = node;
  }

  crash(kind: CrashKind = "process"): void {
    this.#process = undefined;
    this.#life?.end();
    this.#life = undefined;
    this.#deps.files.crash(kind);
  }

  restart(kind: CrashKind = "process"): Promise<void> {
    this.crash(kind);
    return this.start();
  }

  async stop(): Promise<void> {
    const process = assertDefined(this.#process, "a node that stops is up");
    process.ending.abort();
    await process.membership;
    if (process.registered) {
      // A good-bye that nobody takes delays nothing.
      await unregister(process.masters, this.nodeId, goodbyeMs).catch(() => undefined);
    }
    await process.node.close();
    if (!process.life.over) this.crash();
  }

  async handle(method: string, request: object): Promise<object> {
    const process = this.#process;
    if (process === undefined) throw new CallError(status.UNAVAILABLE, "connection refused");
    return process.life.serves(this.#answer(process, method, request));
  }

  heldShards(): readonly HeldShard[] {
    return (this.#process?.node.copies() ?? []).map((copy) => ({
      indexName: copy.record.indexName,
      indexUuid: copy.record.indexUuid,
      shard: copy.record.shard,
      allocationId: copy.record.allocationId,
      role: copy.record.role,
      state: copy.record.state,
      primaryTerm: copy.record.primaryTerm,
      actingTerm: copy.authority?.term,
      failure: copy.failure,
    }));
  }

  documents(indexUuid: string, shard: number): readonly StoredDocument[] {
    const copy = this.#process?.node
      .copies()
      .find(({ record }) => record.indexUuid === indexUuid && record.shard === shard);
    return copy?.readable === true ? copy.documents.all() : [];
  }

  setFaults(faults: Partial<Faults>): void {
    const { gate } = assertDefined(this.#process, "only a running node has faults");
    gate.faults = { ...noFaults, ...faults };
  }

  async #open(life: Life): Promise<Process> {
    const { nodeId, address, files } = this.#deps;
    const { clock } = life;
    const logger = this.#deps.logger ?? silentLogger;
    const network: NodeNetwork = {
      callMaster: (call) => life.awaits(this.#network.callMaster(call)),
      callNode: (call) => life.awaits(this.#network.callNode(call)),
    };
    const links = this.#deps.masters.map((to) => new NetworkMasterLink(to, network, clock));
    const masters = new Masters(links, clock);
    const gate = new FaultGate(clock);
    const maxShards = this.#deps.maxShards ?? 0;
    const node = await openReferenceNode({
      options: { nodeId, dataDir: "/data", maxShards },
      clock,
      files: files.mount(),
      masters,
      peers: new NetworkPeerLinks(network, clock),
      gate,
      logger,
      address,
      hostLoad: () => Promise.resolve({ cpuPercent: 0, memoryPercent: 0, diskPercent: 0 }),
    });
    const ending = new AbortController();
    const process = { life, node, gate, masters, ending, streams: new Map(), registered: false };
    const deps = {
      masters,
      clock,
      logger,
      times: membershipTimes,
      request: () => this.#registration(node),
      stats: () => node.heartbeatStats(),
      onRegistered: () => {
        process.registered = true;
        node.onRegistered();
      },
    };
    const membership = keepMembership(deps, ending.signal);
    return Object.assign(process, { membership, data: node.data, documents: node.documents });
  }

  #registration(node: ReferenceNode): ReturnType<typeof registration> {
    const { nodeId, address, maxShards = 0, tier = "", labels = {} } = this.#deps;
    const colon = address.lastIndexOf(":");
    const bindAddr = address.slice(0, colon);
    const options = { nodeId, bindAddr, tier, maxShards, labels };
    return registration(options, Number(address.slice(colon + 1)), node.capabilities);
  }

  async #answer(process: Process, method: string, request: object): Promise<object> {
    if (method === nextPartMethod) return this.#nextPart(process, request as StreamPart);
    await process.gate.pass();
    if (method === "Recover") return this.#recover(process, request);
    const service = Object.hasOwn(process.data, method) ? wire.DataService : wire.DocumentService;
    const calls = { ...process.data, ...process.documents } as unknown as Readonly<
      Record<string, UnaryCall<object, object>>
    >;
    const call = assertDefined(calls[method], `a node answers ${method}`);
    const response = await call(receivedRequest(service.service, method, request));
    return receivedResponse(service.service, method, response);
  }

  #recover(process: Process, request: object): StreamPart {
    const received = receivedRequest(wire.DocumentService.service, "Recover", request);
    const chunks = process.documents.Recover(received as RecoverRequest__Output);
    const { streams } = process;
    const oldest = streams.size >= streamsCountMax ? streams.keys().next() : undefined;
    if (oldest?.done === false) streams.delete(oldest.value);
    this.#streams += 1;
    streams.set(this.#streams, { parts: this.#parts(chunks), last: undefined });
    return this.#nextPart(process, { stream: this.#streams, part: 0 });
  }

  /** The part asked for: the next one, or the last one again for a request that was repeated. */
  #nextPart(process: Process, request: Pick<StreamPart, "stream" | "part">): StreamPart {
    const { stream, part } = request;
    const open = process.streams.get(stream);
    const lastPart = open?.last?.part ?? -1;
    if (open?.last !== undefined && part === lastPart) return open.last;
    if (open === undefined || part !== lastPart + 1) {
      throw new CallError(status.UNAVAILABLE, "the stream is no more");
    }
    const next = open.parts.next();
    const chunk =
      next.done === true
        ? undefined
        : receivedResponse(wire.DocumentService.service, "Recover", next.value);
    const last = { stream, part, chunk: chunk as StreamPart["chunk"] };
    process.streams.set(stream, { ...open, last });
    return last;
  }

  /** Small parts, so that much can happen between the first and the last. */
  *#parts(chunks: Iterable<RecoverChunk>): Generator<RecoverChunk, undefined> {
    for (const { documents = [] } of chunks) {
      for (let from = 0; from < documents.length;) {
        const to = from + 1 + this.#deps.random.below(documentsPerPartMax);
        yield { documents: documents.slice(from, to) };
        from = to;
      }
    }
    return undefined;
  }
}

/** Whom a call of a simulated node reaches, by address. */
export function routeTo(
  nodes: Iterable<SimulatedNode>,
  call: Pick<NetworkCall, "to" | "method" | "request">,
): Promise<object> {
  for (const node of nodes) {
    if (node.address === call.to) return node.handle(call.method, call.request);
  }
  return Promise.reject(new CallError(status.UNAVAILABLE, `nobody listens on ${call.to}`));
}
