/**
 * The HTTP server of a member: metrics, probes, and the part of OpenSearch's REST that watching a
 * cluster needs. It listens on one address and changes nothing: every path is a read.
 */
import fastify from "fastify";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { FatalError, exitCode } from "../../base/errors.js";
import type { ReadView } from "../../controlplane/port.js";
import type { ServerDeps } from "../deps.js";
import {
  callBudgetDefaultMs,
  httpBodyBytesMax,
  httpConnectionsMax,
  httpRequestMs,
} from "../limits.js";
import type { Reader } from "../read-policy.js";
import { exposeCluster } from "../scrape.js";
import type { Table } from "./cat.js";
import { catParameters, nodesTable, renderTable, shardsTable } from "./cat.js";
import { ClusterHealthService, healthParameters } from "./cluster-health.js";
import { danglingBody } from "./dangling.js";
import { answerErrors } from "./http-errors.js";
import { allPass, appliedState, checksOf } from "./probes.js";
import { flagOf, queryOf } from "./query.js";

/** Where the server listens. */
export interface HttpServerOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
}

/** A running server. */
export interface HttpServer {
  /** Starts to listen; gives the port. @throws FatalError when the port is taken. */
  bind(): Promise<number>;
  /** Not ready from now on; the rest goes on answering. */
  setStopping(): void;
  /** Closes every connection and stops within about `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

type Deps = ServerDeps & { readonly reader: Reader };

/** Creates the server; see the file comment. */
export function createHttpServer(options: HttpServerOptions, deps: Deps): HttpServer {
  const app = fastify({
    logger: false,
    bodyLimit: httpBodyBytesMax,
    requestTimeout: httpRequestMs,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true },
  });
  app.server.maxConnections = httpConnectionsMax;
  const phase = { stopping: false };
  answerErrors(app, deps.log);
  indentWhenAsked(app);
  countRequests(app, deps);
  exposeCluster(deps);
  addProbes(app, deps, phase);
  addClusterPaths(app, deps);
  return {
    bind: () => bind(app, options),
    setStopping: () => {
      phase.stopping = true;
    },
    stop: async (graceMs) => {
      phase.stopping = true;
      await close(app, graceMs, deps);
    },
  };
}

function addProbes(
  app: FastifyInstance,
  { controlPlane, metrics, raftStatus }: Deps,
  phase: { readonly stopping: boolean },
): void {
  app.get("/livez", () => ({ status: "alive" }));
  app.get("/health", () => ({ status: "alive" }));
  app.get("/ready", (_request, reply) => {
    const checks = checksOf(controlPlane, raftStatus(), phase.stopping);
    const ready = allPass(checks);
    const reasons = Object.values(checks).flatMap(({ reason }) => (reason === "" ? [] : [reason]));
    return reply.code(ready ? 200 : 503).send({ ready, reasons });
  });
  app.get("/_health", (_request, reply) => {
    const checks = checksOf(controlPlane, raftStatus(), phase.stopping);
    const healthy = allPass(checks);
    const status = healthy ? "healthy" : "unhealthy";
    return reply
      .code(healthy ? 200 : 503)
      .send({ status, checks, state: appliedState(controlPlane, raftStatus()) });
  });
  app.get("/metrics", async (_request, reply) => {
    const text = await metrics.registry.metrics();
    return reply.type(metrics.registry.contentType).send(text);
  });
}

function addClusterPaths(app: FastifyInstance, deps: Deps): void {
  const health = new ClusterHealthService(deps);
  const answerHealth = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { index } = request.params as { readonly index?: string };
    const query = queryOf(request.query, healthParameters);
    const signal = signalOf(reply);
    const { timedOut, body } = await health.answer({ expression: index, query, signal });
    return reply.code(timedOut ? 408 : 200).send(body);
  };
  app.get("/_cluster/health", answerHealth);
  app.get("/_cluster/health/:index", answerHealth);
  app.get("/_cat/shards", (request, reply) => answerTable(shardsTable, request, { reply, deps }));
  app.get("/_cat/nodes", (request, reply) => answerTable(nodesTable, request, { reply, deps }));
  app.get("/_dangling", async (request, reply) => {
    queryOf(request.query, []);
    return danglingBody((await read(request, reply, deps)).state);
  });
}

async function answerTable(
  table: Table,
  request: FastifyRequest,
  { reply, deps }: { readonly reply: FastifyReply; readonly deps: Deps },
): Promise<unknown> {
  const query = queryOf(request.query, catParameters);
  const view = await read(request, reply, deps);
  const asked = query["format"] ?? request.headers.accept ?? "";
  const json = asked.includes("json");
  const text = await renderTable(table, view, { query, json, clock: deps.clock });
  const type = json ? "application/json; charset=utf-8" : "text/plain; charset=utf-8";
  return reply.type(type).send(text);
}

function read(request: FastifyRequest, reply: FastifyReply, deps: Deps): Promise<ReadView> {
  const local = flagOf(request.query as Record<string, string>, "local");
  return deps.reader.read(local ? "local" : "linearizable", {
    budgetMs: callBudgetDefaultMs,
    signal: signalOf(reply),
  });
}

/** Aborted when the caller has gone before it was answered. */
function signalOf(reply: FastifyReply): AbortSignal {
  const aborter = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) aborter.abort();
  });
  return aborter.signal;
}

/** `?pretty` is for people: JSON over several lines, with an end of line after the last. */
function indentWhenAsked(app: FastifyInstance): void {
  app.addHook("onSend", (request, reply, payload, done) => {
    const type = String(reply.getHeader("content-type"));
    const wanted = flagOf(request.query as Record<string, string>, "pretty");
    if (!wanted || typeof payload !== "string" || !type.includes("json")) {
      done(null, payload);
      return;
    }
    const text = `${JSON.stringify(JSON.parse(payload), undefined, 2)}\n`;
    reply.header("content-length", Buffer.byteLength(text));
    done(null, text);
  });
}

function countRequests(app: FastifyInstance, { metrics }: Deps): void {
  app.addHook("onResponse", (request, reply, done) => {
    metrics.httpRequest({
      method: request.method,
      path: request.routeOptions.url ?? "unknown",
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1000,
      requestBytes: sizeOf(request.headers["content-length"]),
      responseBytes: sizeOf(reply.getHeader("content-length")),
    });
    done();
  });
}

function sizeOf(header: string | number | string[] | undefined): number {
  const bytes = Number(header ?? 0);
  return Number.isFinite(bytes) ? bytes : 0;
}

async function bind(app: FastifyInstance, options: HttpServerOptions): Promise<number> {
  const { host, port } = options;
  try {
    await app.listen({ host, port });
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    const text =
      `cannot listen on ${host}:${String(port)} for HTTP: ${reason}: free this port, ` +
      "or set bind_addr and http_port to what this host has";
    throw new FatalError(exitCode.temporary, text, { host, port }, thrown);
  }
  const address = app.server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

function close(
  app: FastifyInstance,
  graceMs: number,
  deps: Pick<ServerDeps, "clock" | "log">,
): Promise<void> {
  return new Promise((resolve) => {
    const timer = deps.clock.after(graceMs, resolve);
    app.close().then(
      () => {
        timer.cancel();
        resolve();
      },
      (error: unknown) => {
        deps.log.warn({ event: "http-close-failed", error }, "The HTTP server did not close well");
        timer.cancel();
        resolve();
      },
    );
  });
}
