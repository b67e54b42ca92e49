/**
 * The one place where a failure becomes a gRPC status. The table in base/errors.ts decides the
 * number; here the text is made safe for a header, and what `internal` knows is kept from callers.
 */
import { Metadata, status as grpcCodes } from "@grpc/grpc-js";
import type { ServerErrorResponse } from "@grpc/grpc-js";

import type { MasterError } from "../../base/errors.js";
import { errorTable } from "../../base/errors.js";
import { statusTextLengthMax } from "../limits.js";

/** Trailer with the closed error code, for callers that want more than the status. */
const errorCodeTrailer = "quidditch-error-code";
/** Trailer with the details of an error as JSON. */
const errorDetailsTrailer = "quidditch-error-details";
/** Trailer with host:port of the leader's MasterService, when one is known. */
const leaderTrailer = "quidditch-leader";
/** Trailer of an answer that no leader confirmed. */
export const staleTrailer = "quidditch-stale";

/** Turns a failure into what grpc-js sends; `leaderAddress` empty = none known. */
export function toStatus(error: MasterError, leaderAddress: string): ServerErrorResponse {
  const hidden = error.code === "internal";
  const metadata = new Metadata();
  metadata.set(errorCodeTrailer, error.code);
  if (leaderAddress !== "") metadata.set(leaderTrailer, headerText(leaderAddress));
  const details = JSON.stringify(error.details);
  if (!hidden && details !== "{}" && details.length <= statusTextLengthMax) {
    metadata.set(errorDetailsTrailer, headerText(details));
  }
  const text = hidden ? "internal error; the log of this master says more" : error.message;
  return {
    name: "MasterError",
    message: text,
    code: grpcCodes[statusName(errorTable[error.code].grpc)],
    details: statusText(text),
    metadata,
  };
}

/** The name of a status number, as metrics label it. */
export function statusName(code: number): keyof typeof grpcCodes {
  const name = grpcCodes[code];
  return name !== undefined && isStatusName(name) ? name : "UNKNOWN";
}

function isStatusName(name: string): name is keyof typeof grpcCodes {
  return Object.hasOwn(grpcCodes, name);
}

/** Bounded, and without the lone surrogates that percent-encoding would throw at. */
function statusText(text: string): string {
  return text.slice(0, statusTextLengthMax).replace(/\p{Surrogate}/gu, "\ufffd");
}

/** Header values are printable ASCII; anything else is written as a JSON escape. */
function headerText(text: string): string {
  return text.replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
