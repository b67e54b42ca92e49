/** What a master says of itself over HTTP, for tests that compare members. */

/** The part of `GET /_health` that tests compare. */
export interface MemberStatus {
  readonly version: number;
  readonly stateHash: string;
  readonly clusterUuid: string;
  readonly appliedLogIndex: number;
}

/** Asks one member. */
export async function memberStatus(httpPort: number, host = "127.0.0.1"): Promise<MemberStatus> {
  const response = await fetch(`http://${host}:${String(httpPort)}/_health`, {
    signal: AbortSignal.timeout(2000),
  });
  const body = (await response.json()) as {
    readonly state: {
      readonly version: number;
      readonly hash: string;
      readonly cluster_uuid: string;
      readonly applied_log_index: number;
    };
  };
  return {
    version: body.state.version,
    stateHash: body.state.hash,
    clusterUuid: body.state.cluster_uuid,
    appliedLogIndex: body.state.applied_log_index,
  };
}
