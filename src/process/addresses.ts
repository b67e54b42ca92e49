/**
 * Finds the address by which others reach this host, for a member that listens on a wildcard and
 * was told nothing more.
 */
import { lookup } from "node:dns/promises";
import { isIPv6 } from "node:net";
import { hostname, networkInterfaces } from "node:os";

/** What the host knows about its own addresses. */
export interface HostAddresses {
  /** The addresses its name resolves to, best first; rejects when it does not resolve. */
  readonly byName: () => Promise<readonly string[]>;
  /** The addresses of its network interfaces. */
  readonly ofInterfaces: () => readonly string[];
}

const thisHost: HostAddresses = {
  byName: async () => {
    const found = await lookup(hostname(), { all: true });
    return found.map((entry) => entry.address);
  },
  ofInterfaces: () =>
    Object.values(networkInterfaces()).flatMap((entries) =>
      (entries ?? []).map((entry) => entry.address),
    ),
};

/**
 * The first address of the host's name that is not loopback; else the first such address of an
 * interface, IPv4 before IPv6; else undefined, on a host without a network.
 */
export async function findAdvertiseAddr(
  host: HostAddresses = thisHost,
): Promise<string | undefined> {
  const named = await host.byName().catch((): readonly string[] => []);
  const byName = named.find((address) => isReachable(address));
  if (byName !== undefined) return byName;
  const others = host.ofInterfaces().filter((address) => isReachable(address));
  return others.find((address) => !isIPv6(address)) ?? others[0];
}

/** Neither loopback nor link-local: those mean something else on every other host. */
function isReachable(address: string): boolean {
  return !/^(127\.|169\.254\.|::1$|fe[89ab][0-9a-f]:|::ffff:127\.)/i.test(address);
}
