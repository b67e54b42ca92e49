/** What an operator does to the members of a chaos run through AdminService, by any member. */
import { credentials, type ServiceError } from "@grpc/grpc-js";

import type { ListMembersResponse__Output } from "../../src/wire/gen/quidditch/master/ListMembersResponse.js";
import type { Member__Output } from "../../src/wire/gen/quidditch/master/Member.js";
import type { ReplaceMemberResponse__Output } from "../../src/wire/gen/quidditch/master/ReplaceMemberResponse.js";
import type { TransferLeadershipResponse__Output } from "../../src/wire/gen/quidditch/master/TransferLeadershipResponse.js";
import { wire } from "../../src/wire/load.js";
import { unary } from "../support/master-client.js";
import { grpcAddress, raftAddress } from "./cluster.js";
import { adminTimeoutMs } from "./limits.js";
import type { Place } from "./places.js";

type AdminClient = InstanceType<typeof wire.AdminService>;

/** One entry of the cluster's own list of members. */
export type ListedMember = Member__Output;

/** The members as the leader sees them, asked at one place. */
export async function listMembers(at: Place): Promise<readonly ListedMember[]> {
  const answer = await withClient(at, (client) =>
    unary<ListMembersResponse__Output>((deadline, callback) => {
      client.ListMembers({}, { deadline }, callback);
    }, adminTimeoutMs),
  );
  return answer.members?.members ?? [];
}

/** Asks for the newcomer at `newcomer` to take a member's place, once it has caught up. */
export async function replaceMember(at: Place, memberId: number, newcomer: Place): Promise<void> {
  await withClient(at, (client) =>
    unary<ReplaceMemberResponse__Output>((deadline, callback) => {
      const request = { member_id: memberId, peer_address: raftAddress(newcomer) };
      client.ReplaceMember(request, { deadline }, callback);
    }, adminTimeoutMs),
  );
}

/** Asks for another leader, whichever is most caught up. */
export async function transferLeadership(at: Place): Promise<void> {
  await withClient(at, (client) =>
    unary<TransferLeadershipResponse__Output>((deadline, callback) => {
      client.TransferLeadership({ member_id: 0 }, { deadline }, callback);
    }, adminTimeoutMs),
  );
}

/** What an operator would read of a failed call. */
export function textOf(thrown: unknown): string {
  const details = (thrown as Partial<ServiceError>).details;
  return details ?? String(thrown);
}

async function withClient<T>(at: Place, call: (client: AdminClient) => Promise<T>): Promise<T> {
  const client = new wire.AdminService(grpcAddress(at), credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
  });
  try {
    return await call(client);
  } finally {
    client.close();
  }
}
