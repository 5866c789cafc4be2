import { BlockList, isIP } from "node:net";

/** Where an address is: anywhere in the world, in this network or on this machine, or where nothing is ever sent. */
type Reach = "public" | "private" | "never";

/**
 * Special-purpose blocks of the IANA registries (RFC 6890 and its successors). `PRIVATE` an owner may allow: this machine, RFC 1918,
 * carriers' and unique-local addresses. `NEVER` nobody: link-local ones, where clouds keep their metadata (169.254.169.254,
 * fd00:ec2::254), multicast, documentation, and forms that wrap another address.
 */
const PRIVATE = blocks([
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["100.64.0.0", 10],
  ["::1", 128],
  ["fc00::", 7],
]);
const NEVER = blocks([
  ["0.0.0.0", 8],
  ["169.254.0.0", 16],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
  // What a cloud's machine is told by its host: metadata that is not link-local.
  ["100.100.100.200", 32],
  ["168.63.129.16", 32],
  ["fd00:ec2::254", 128],
  ["fd20:ce::254", 128],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
]);
/** All else of IPv6 is not given to anybody, or is link-local, multicast or wraps an address of the other kind. */
const WORLD = blocks([["2000::", 3]]);

function blocks(all: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of all) list.addSubnet(address, prefix, familyOf(address));
  return list;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

/** What an address is, in any of the forms in which a resolver gives it. */
export function reachOf(address: string): Reach {
  const family = familyOf(address);
  // An address with a zone (fe80::1%eth0) is of one link alone.
  if (isIP(address) === 0 || address.includes("%")) return "never";
  // ::ffff:127.0.0.1 and the like: nobody gives those to a server that is meant to be reached.
  if (family === "ipv6" && WRAPPED.check(address, "ipv6")) return "never";
  if (NEVER.check(address, family)) return "never";
  if (PRIVATE.check(address, family)) return "private";
  return family === "ipv4" || WORLD.check(address, "ipv6") ? "public" : "never";
}

const WRAPPED = blocks([["::ffff:0:0", 96]]);

/** Whether a message may go to the address. */
export function mayReach(address: string, allowPrivate: boolean): boolean {
  const reach = reachOf(address);
  return reach === "public" || (reach === "private" && allowPrivate);
}
