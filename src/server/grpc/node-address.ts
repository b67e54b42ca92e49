/**
 * Where a data node that registers is reached. Existing nodes send the address they listen on,
 * which by default is a wildcard: then the address that this member sees the call come from counts.
 */
import { isIPv4, isIPv6 } from "node:net";

/** What is known about a registration. */
export interface AddressClaim {
  /** As the node sent it. */
  readonly claimed: string;
  /** Host of the connection's other end; "unknown" when there is none. */
  readonly peerHost: string;
  /** The host that others reach this member by. */
  readonly advertiseHost: string;
}

/** The host to store; the claimed one when nothing better is known. */
export function resolveNodeHost(claim: AddressClaim): string {
  const claimed = bareHost(claim.claimed);
  if (!isWildcard(claimed)) return claimed;
  const peer = bareHost(claim.peerHost);
  if (!isIPv4(peer) && !isIPv6(peer)) return claimed;
  const advertise = bareHost(claim.advertiseHost);
  const usable = advertise !== "" && !isWildcard(advertise) && !isLoopback(advertise);
  return isLoopback(peer) && usable ? advertise : peer;
}

/** Without brackets, zone and IPv4-mapping. */
function bareHost(host: string): string {
  const bare = host.trim().replace(/^\[(.*)\]$/, "$1");
  return bare.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
}

function isWildcard(host: string): boolean {
  return host === "" || host === "0.0.0.0" || host === "*" || /^[0:]*:[0:]*$/.test(host);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host.startsWith("127.") || /^[0:]*:0*1$/.test(host);
}
