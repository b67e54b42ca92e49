/**
 * The closed list of expected failures and the one table that maps each of them to gRPC, to
 * HTTP with OpenSearch's error type, and to whether a caller may repeat the call. Bugs are not
 * here: they are assertions (see assert.ts). Numbers only, so that this file knows no library.
 */

/** Every way in which a call may fail without there being a bug. */
export type ErrorCode =
  | "invalid_argument"
  | "index_not_found"
  | "node_not_found"
  | "shard_not_found"
  | "index_already_exists"
  | "not_leader"
  | "no_leader"
  | "stopping"
  | "leader_lost"
  | "version_conflict"
  | "wrong_state"
  | "deadline"
  | "cancelled"
  | "overloaded"
  | "limit_exceeded"
  | "unimplemented"
  | "corrupt"
  | "internal";

/** How one code looks on each edge. */
export interface ErrorMapping {
  /** Numeric gRPC status. */
  readonly grpc: number;
  /** HTTP status. */
  readonly http: number;
  /** OpenSearch's `error.type`. */
  readonly type: string;
  /** Whether repeating the same call may succeed without the caller changing anything. */
  readonly retryable: boolean;
}

/** gRPC status numbers used by the table; see the gRPC status code documentation. */
export const grpcStatus = {
  ok: 0,
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
} as const;

/**
 * Code to edges. FAILED_PRECONDITION is kept for calls of which nothing was proposed, because
 * existing Go clients repeat exactly that status; UNAVAILABLE means that the outcome is unknown.
 */
export const errorTable: Readonly<Record<ErrorCode, ErrorMapping>> = {
  invalid_argument: row(grpcStatus.invalidArgument, 400, "illegal_argument_exception", false),
  index_not_found: row(grpcStatus.notFound, 404, "index_not_found_exception", false),
  node_not_found: row(grpcStatus.notFound, 404, "node_not_found_exception", false),
  shard_not_found: row(grpcStatus.notFound, 404, "shard_not_found_exception", false),
  index_already_exists: row(
    grpcStatus.alreadyExists,
    400,
    "resource_already_exists_exception",
    false,
  ),
  not_leader: row(grpcStatus.failedPrecondition, 503, "cluster_manager_not_discovered", true),
  no_leader: row(grpcStatus.failedPrecondition, 503, "cluster_manager_not_discovered", true),
  stopping: row(grpcStatus.failedPrecondition, 503, "node_closed_exception", true),
  leader_lost: row(grpcStatus.unavailable, 503, "cluster_manager_not_discovered", false),
  version_conflict: row(grpcStatus.aborted, 409, "version_conflict_engine_exception", false),
  wrong_state: row(grpcStatus.aborted, 400, "illegal_state_exception", false),
  deadline: row(grpcStatus.deadlineExceeded, 503, "process_cluster_event_timeout_exception", false),
  cancelled: row(grpcStatus.cancelled, 499, "task_cancelled_exception", false),
  overloaded: row(grpcStatus.resourceExhausted, 429, "cluster_manager_throttling_exception", true),
  limit_exceeded: row(grpcStatus.resourceExhausted, 400, "validation_exception", false),
  unimplemented: row(grpcStatus.unimplemented, 501, "unsupported_operation_exception", false),
  corrupt: row(grpcStatus.dataLoss, 500, "corrupt_state_exception", false),
  internal: row(grpcStatus.internal, 500, "internal_exception", false),
};

function row(grpc: number, http: number, type: string, retryable: boolean): ErrorMapping {
  return { grpc, http, type, retryable };
}

/** Facts that accompany an error: shown to callers and logged as fields. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** An expected failure. `message` says what was wrong, where, and what to do. */
export class MasterError extends Error {
  override readonly name = "MasterError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }

  /** Turns anything thrown into a MasterError; used once, at the edge. */
  static from(thrown: unknown): MasterError {
    if (thrown instanceof MasterError) return thrown;
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    return new MasterError("internal", text, {}, thrown);
  }
}

/** Process exit codes; systemd's restart rules are written against them. */
export const exitCode = {
  clean: 0,
  /** A bug: an assertion or an unexpected exception. Restart helps or shows it again. */
  bug: 1,
  /** Wrong command line (sysexits EX_USAGE). */
  usage: 64,
  /** Temporary: disk error or stall (EX_TEMPFAIL). Restart helps. */
  temporary: 75,
  /** Bad configuration (EX_CONFIG). */
  config: 78,
  /** Data refused: damage, wrong identity, or an incompatible format. Restart cannot help. */
  dataRefused: 79,
} as const;
/** One of the values of {@link exitCode}. */
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** A failure that ends the process with a code of its own and one clear line. */
export class FatalError extends Error {
  override readonly name = "FatalError";
  readonly exit: ExitCode;
  readonly details: ErrorDetails;

  constructor(exit: ExitCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exit = exit;
    this.details = details;
  }
}
