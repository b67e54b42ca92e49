/**
 * Clients that write documents through the primaries, as far as they know who that is, and
 * remember which were acknowledged: none of those may be missing from any copy that counts as
 * complete.
 */
import { isActive, primaryOf } from "../../src/state/model.js";
import type { PutDocumentRequest } from "../../src/wire/gen/quidditch/devnode/PutDocumentRequest.js";
import { limitedCall } from "../support/limited-call.js";
import type { DataNodes } from "./data-nodes.js";
import { Lane } from "./lane.js";
import type { Request } from "./plan.js";
import type { Reference } from "./reference.js";
import type { Routes } from "./routes.js";
import { streamOf } from "./seeded.js";
import type { Coverage, Findings } from "./violation.js";
import type { World } from "./world.js";

const deadlineMs = 15_000;
/** No fault cuts this one off. */
const clientPlace = 90;

interface Acknowledged {
  readonly indexName: string;
  readonly indexUuid: string;
  readonly shard: number;
  readonly id: string;
}

/** See the file comment. */
export class Documents {
  readonly #deps: {
    readonly reference: Reference;
    readonly nodes: DataNodes;
    readonly routes: Routes;
    readonly findings: Findings;
    readonly coverage: Coverage;
  };
  readonly #lane: Lane;
  #acknowledged: Acknowledged[] = [];
  #openCount = 0;

  constructor(
    seed: number,
    world: World,
    deps: {
      readonly reference: Reference;
      readonly nodes: DataNodes;
      readonly routes: Routes;
      readonly findings: Findings;
      readonly coverage: Coverage;
    },
  ) {
    this.#deps = deps;
    this.#lane = new Lane(world, {
      random: streamOf(seed, "documents"),
      faults: { rate: 1, wallOffsetMs: 0 },
      onTouched: () => undefined,
      onThrown: (thrown) => {
        deps.findings.add("client died", String(thrown));
      },
    });
  }

  get openCount(): number {
    return this.#openCount;
  }

  /** Writes a document of its own for each request. */
  send({ key, amount, value }: Request): void {
    const { reference, nodes, routes, coverage } = this.#deps;
    const indices = [...reference.state.indices.values()];
    const index = indices[key % Math.max(1, indices.length)];
    const shard = index?.shards[Math.floor(amount * index.shards.length)];
    const primary = shard === undefined ? undefined : primaryOf(shard);
    if (index === undefined || shard === undefined || primary === undefined) return;
    const node = nodes.node(primary.nodeId);
    if (!isActive(primary) || node === undefined) return;
    const request: PutDocumentRequest = {
      ...{ index_name: index.name, index_uuid: index.uuid, shard_id: shard.number },
      ...{ document_id: value, body: Buffer.from(value) },
    };
    this.#openCount += 1;
    const limits = { deadlineMs, signal: new AbortController().signal };
    limitedCall(this.#lane.clock, limits, (signal) => {
      const call = { to: node.address, method: "PutDocument", request, deadlineMs, signal };
      return routes.call(clientPlace, this.#lane, call);
    }).then(
      () => {
        this.#openCount -= 1;
        coverage.count("document acknowledged");
        const place = { indexName: index.name, indexUuid: index.uuid, shard: shard.number };
        this.#acknowledged.push({ ...place, id: value });
      },
      () => {
        this.#openCount -= 1;
        coverage.count("document not acknowledged");
      },
    );
  }

  /** Every acknowledged document is on every active copy of a shard that is there. */
  finish(): void {
    const { reference, nodes, findings, coverage } = this.#deps;
    for (const { indexName, indexUuid, shard, id } of this.#acknowledged) {
      const index = reference.state.indices.get(indexName);
      if (index?.uuid !== indexUuid) continue;
      for (const copy of index.shards[shard]?.copies ?? []) {
        if (!isActive(copy)) continue;
        const held = nodes.documents(copy.nodeId, indexUuid, shard);
        coverage.count("document looked for");
        findings.expect(
          held.some((document) => document.id === id),
          "documents",
          () => {
            const where = `${indexName}/${String(shard)} on ${copy.nodeId} (${copy.role})`;
            return `${where} lacks the acknowledged document ${id}`;
          },
        );
      }
    }
  }
}
