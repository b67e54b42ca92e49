/**
 * AdminService as the admin program calls it: the first member that answers, of those that were
 * named and of those that they know. Looking may be repeated anywhere. A change is sent once, to
 * the member that just answered a look, because a change whose answer was lost may have happened.
 */
import {
  credentials,
  status,
  type CallOptions,
  type ClientUnaryCall,
  type ServiceError,
} from "@grpc/grpc-js";

import { assertDefined } from "../base/assert.js";
import type { Clock } from "../base/clock.js";
import { exitCode, FatalError, type ExitCode } from "../base/errors.js";
import type { AddMemberResponse__Output } from "../wire/gen/quidditch/master/AddMemberResponse.js";
import type { AdminServiceClient } from "../wire/gen/quidditch/master/AdminService.js";
import type { ListMembersResponse__Output } from "../wire/gen/quidditch/master/ListMembersResponse.js";
import type { Members__Output } from "../wire/gen/quidditch/master/Members.js";
import { wire } from "../wire/load.js";
import { endpointsCountMax, reconnectMsMax, reconnectMsMin } from "./limits.js";
import { span } from "./table.js";

/** Exit code of a command that the cluster refused, by custom the shell's plain no. */
export const refusedExit: ExitCode = exitCode.bug;

/** A change, as a call of the service; members are named by id. */
export type Change =
  | { readonly method: "AddMember"; readonly peer_address: string; readonly learner: boolean }
  | { readonly method: "PromoteMember" | "RemoveMember"; readonly member_id: number }
  | {
      readonly method: "ReplaceMember";
      readonly member_id: number;
      readonly peer_address: string;
    }
  /** 0 = any voter. */
  | { readonly method: "TransferLeadership"; readonly member_id: number };

/** What a change answers. */
export interface Changed {
  readonly memberId: number;
  readonly members: Members__Output;
}

/** What all changes answer; the responses of the methods have the same fields. */
type ChangeResponse = AddMemberResponse__Output;
type Callback<Response> = (error: ServiceError | null, response?: Response) => void;

/** See the file comment. */
export class AdminClient {
  readonly #clock: Clock;
  /** In the order of asking; the one that answered last comes first. */
  #endpoints: readonly string[];
  readonly #channels = new Map<string, AdminServiceClient>();

  constructor(endpoints: readonly string[], clock: Clock) {
    this.#endpoints = endpoints;
    this.#clock = clock;
  }

  /**
   * The members as the leader sees them.
   *
   * @throws FatalError when nobody answers within `budgetMs`, with what each one said.
   */
  async members(budgetMs: number): Promise<Members__Output> {
    const endMs = this.#clock.monotonicMs() + budgetMs;
    const asked = this.#endpoints;
    const reasons: string[] = [];
    for (const [position, endpoint] of asked.entries()) {
      const leftMs = endMs - this.#clock.monotonicMs();
      if (leftMs <= 0) break;
      const shareMs = leftMs / (asked.length - position);
      try {
        const members = await this.#list(endpoint, shareMs);
        this.#remember(endpoint, members);
        return members;
      } catch (thrown) {
        if (thrown instanceof FatalError) throw thrown;
        const error = thrown as ServiceError;
        if (error.code === status.UNIMPLEMENTED) throw notOffered(endpoint, error);
        reasons.push(`  ${endpoint}: ${reasonOf(error, shareMs)}`);
      }
    }
    const text = `no member answered for a leader:\n${reasons.join("\n")}`;
    throw new FatalError(exitCode.temporary, text);
  }

  /**
   * Asks for a change, at the member that answered last.
   *
   * @throws FatalError when it is refused; with the detail `isOutcomeUnknown` when nobody said.
   */
  async change(change: Change, budgetMs: number): Promise<Changed> {
    const endpoint = assertDefined(this.#endpoints[0], "there is a member to ask");
    try {
      const response = await this.#call<ChangeResponse>(budgetMs, (deadline, callback) =>
        send(this.#channel(endpoint), change, { deadline }, callback),
      );
      const members = membersOf(response);
      this.#remember(endpoint, members);
      return { memberId: response.member_id, members };
    } catch (thrown) {
      if (thrown instanceof FatalError) throw thrown;
      throw changeFailure(endpoint, thrown as ServiceError, budgetMs);
    }
  }

  close(): void {
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
  }

  async #list(endpoint: string, budgetMs: number): Promise<Members__Output> {
    const response = await this.#call<ListMembersResponse__Output>(budgetMs, (deadline, callback) =>
      this.#channel(endpoint).ListMembers({}, { deadline }, callback),
    );
    return membersOf(response);
  }

  #call<Response>(
    budgetMs: number,
    call: (deadline: number, callback: Callback<Response>) => ClientUnaryCall,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      call(this.#clock.wallMs() + budgetMs, (error, response) => {
        if (response === undefined) reject(error ?? new Error("neither response nor error"));
        else resolve(response);
      });
    });
  }

  #channel(endpoint: string): AdminServiceClient {
    const existing = this.#channels.get(endpoint);
    if (existing !== undefined) return existing;
    const channel = new wire.AdminService(endpoint, credentials.createInsecure(), {
      // The environment's proxy would answer in the member's place.
      "grpc.enable_http_proxy": 0,
      "grpc.use_local_subchannel_pool": 1,
      "grpc.initial_reconnect_backoff_ms": reconnectMsMin,
      "grpc.max_reconnect_backoff_ms": reconnectMsMax,
    });
    this.#channels.set(endpoint, channel);
    return channel;
  }

  /** The one that answered is asked first from now on, and the members it knows come last. */
  #remember(endpoint: string, members: Members__Output): void {
    const known = members.members.map((member) => member.grpc_address).filter((one) => one !== "");
    this.#endpoints = [...new Set([endpoint, ...this.#endpoints, ...known])].slice(
      0,
      endpointsCountMax,
    );
  }
}

/** Starts the call of a change. */
function send(
  channel: AdminServiceClient,
  change: Change,
  options: CallOptions,
  callback: Callback<ChangeResponse>,
): ClientUnaryCall {
  switch (change.method) {
    case "AddMember":
      return channel.AddMember(change, options, callback);
    case "PromoteMember":
      return channel.PromoteMember(change, options, callback);
    case "RemoveMember":
      return channel.RemoveMember(change, options, callback);
    case "ReplaceMember":
      return channel.ReplaceMember(change, options, callback);
    case "TransferLeadership":
      return channel.TransferLeadership(change, options, callback);
  }
}

function membersOf({ members }: ListMembersResponse__Output): Members__Output {
  if (members !== null) return members;
  throw new FatalError(
    exitCode.temporary,
    "a member answered without the members it was asked for",
  );
}

function notOffered(endpoint: string, error: ServiceError): FatalError {
  const text = fromMember(error)
    ? `${endpoint}: ${error.details}`
    : `${endpoint} answers, but does not know AdminService: it is no quidditch-master, or an older one`;
  return new FatalError(refusedExit, text);
}

/** Whether a member said so itself, and not the connection to it. */
function fromMember(error: ServiceError): boolean {
  return codeOf(error) !== undefined;
}

function codeOf(error: ServiceError): string | undefined {
  return error.metadata.get("quidditch-error-code")[0]?.toString();
}

/** Outcomes that only a look at the members tells. */
const unknownCodes: readonly (string | undefined)[] = ["leader_lost", "deadline", "cancelled"];
/** Nothing was changed, and the same may work in a moment. */
const laterCodes: readonly (string | undefined)[] = [
  "no_leader",
  "not_leader",
  "stopping",
  "overloaded",
];

function changeFailure(endpoint: string, error: ServiceError, budgetMs: number): FatalError {
  if (error.code === status.UNIMPLEMENTED) return notOffered(endpoint, error);
  const code = codeOf(error);
  const reason = reasonOf(error, budgetMs);
  if (code === undefined || unknownCodes.includes(code)) {
    const text =
      `${endpoint}: ${reason}\nwhether the change was made is not known: ` +
      "look with 'quidditch-admin member list' before you repeat it";
    return new FatalError(exitCode.temporary, text, { isOutcomeUnknown: true });
  }
  if (laterCodes.includes(code)) {
    return new FatalError(exitCode.temporary, `${reason}\nnothing was changed; try again`);
  }
  return new FatalError(refusedExit, `refused: ${reason}`);
}

/** Words for failures of a connection that people meet often. */
const connectionReasons = [
  { pattern: /ECONNREFUSED/, text: "nobody listens there" },
  { pattern: /ENOTFOUND|EAI_AGAIN|Name resolution failed/, text: "no such host" },
  { pattern: /EHOSTUNREACH|ENETUNREACH/, text: "there is no way to that host" },
] as const;

function reasonOf(error: ServiceError, budgetMs: number): string {
  if (fromMember(error)) return error.details;
  if (error.code === status.DEADLINE_EXCEEDED) return `no answer within ${span(budgetMs)}`;
  const known = connectionReasons.find(({ pattern }) => pattern.test(error.details));
  return known?.text ?? error.details;
}
