/**
 * The one place where a failure becomes an HTTP answer, in the shape that OpenSearch's clients
 * read. The table in base/errors.ts decides status and type; what `internal` knows is only logged.
 */
import type { FastifyInstance } from "fastify";

import { AssertionError } from "../../base/assert.js";
import { MasterError, errorTable } from "../../base/errors.js";
import type { Logger } from "../../base/log.js";

/** The body of a failed request. */
interface ErrorBody {
  readonly error: {
    readonly root_cause: readonly Readonly<Record<string, unknown>>[];
    readonly type: string;
    readonly reason: string;
  };
  readonly status: number;
}

/** Makes the body; extra facts of the root cause go beside its type and reason. */
function errorBody(
  status: number,
  error: { readonly type: string; readonly reason: string },
  extra: Readonly<Record<string, unknown>> = {},
): ErrorBody {
  return { error: { root_cause: [{ ...error, ...extra }], ...error }, status };
}

/** The body of an expected failure. */
function masterErrorBody(error: MasterError): ErrorBody {
  const { http, type } = errorTable[error.code];
  if (error.code === "internal") {
    return errorBody(http, { type, reason: "internal error; the log of this master says more" });
  }
  const { index, indexUuid } = error.details;
  const extra = {
    ...(index === undefined ? {} : { index }),
    ...(indexUuid === undefined ? {} : { index_uuid: indexUuid }),
  };
  return errorBody(http, { type, reason: error.message }, extra);
}

/** Has every failure and every unknown path of an app answered in this shape. */
export function answerErrors(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((thrown, request, reply) => {
    const status = statusOf(thrown);
    if (status !== undefined && status < 500) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      return reply.code(status).send(errorBody(status, { type: "parse_exception", reason }));
    }
    if (thrown instanceof AssertionError) {
      // A bug ends the process; it is thrown where only the crash handler can catch it.
      setImmediate(() => {
        throw thrown;
      });
    }
    const error = MasterError.from(thrown);
    if (error.code === "internal" || error.code === "corrupt") {
      const fields = { event: "http-request-failed", path: request.url, error: thrown };
      log.error(fields, "A request failed for a reason of our own");
    }
    const body = masterErrorBody(error);
    return reply.code(body.status).send(body);
  });
  app.setNotFoundHandler((request, reply) => {
    const reason = `no handler found for uri [${request.url}] and method [${request.method}]`;
    return reply.code(404).send(errorBody(404, { type: "illegal_argument_exception", reason }));
  });
}

/** The status that fastify itself gave a malformed request. */
function statusOf(thrown: unknown): number | undefined {
  if (thrown instanceof MasterError || typeof thrown !== "object" || thrown === null) {
    return undefined;
  }
  const status: unknown = "statusCode" in thrown ? thrown.statusCode : undefined;
  return typeof status === "number" && status >= 400 ? status : undefined;
}
