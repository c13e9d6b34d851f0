/**
 * The way out of a partition that may have one. Beside the partition's network is a second one, the router, in which nothing of the
 * partition runs: a pair of interfaces leads from one to the other, and pasta, attached to the router, leads on as ordinary sockets of the
 * partition's user. What is closed is closed in the router: a program can ask its own network for an interface and would be sent past
 * the routes there (a socket bound to a device is routed on-link when there is no route), but what the router forwards has no such wish.
 *
 *   partition 192.0.0.2 ── 192.0.0.1 router 192.0.0.6 ── pasta ── sockets on the host
 *
 * IPv6 stays closed: the devices of a home have addresses there that nothing tells from the internet's.
 */
import { readFileSync } from 'node:fs';
import { BlockList, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Egress } from '../api/contract-lending.ts';

export type Way = {
  /** Networks that cannot be reached. */
  closed: readonly string[];
  /** Addresses of resolvers; outside of this home. */
  resolvers: readonly string[];
};

/** Where the cloud a computer may be in tells its secrets: nobody's way leads there. */
const METADATA = '169.254.0.0/16';

/** Networks that are no part of the internet (RFC 6890), home networks first. */
const PRIVATE: readonly string[] = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  METADATA,
  '100.64.0.0/10',
  '0.0.0.0/8',
  '192.0.0.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** Asked where the host has none but its home's. */
const PUBLIC_RESOLVERS: readonly string[] = ['9.9.9.9', '1.1.1.1'];

const MOST_RESOLVERS = 3;

/**
 * @param host networks the host is in, and resolvers it asks.
 * @returns null: there is no way.
 */
export function wayFor(
  egress: Egress,
  host: { networks: readonly string[]; resolvers: readonly string[] },
): Way | null {
  if (egress === 'none') return null;
  const homes = host.networks.filter((network) => !isClosed(PRIVATE, addressOf(network)));
  const closed = egress === 'everything' ? [METADATA] : [...PRIVATE, ...homes.map(networkOf).sort()];
  const outside = host.resolvers.filter(
    (resolver) => !isClosed([...PRIVATE, '127.0.0.0/8', ...homes], resolver),
  );
  return { closed, resolvers: (outside.length > 0 ? outside : PUBLIC_RESOLVERS).slice(0, MOST_RESOLVERS) };
}

/** IPv4 only, as the way is. */
export function hostNetworks(): { networks: string[]; resolvers: string[] } {
  const networks = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .flatMap(({ family, internal, cidr }) => (family === 'IPv4' && !internal && cidr !== null ? [cidr] : []));
  return { networks, resolvers: hostResolvers() };
}

/** resolv.conf(5). */
function hostResolvers(): string[] {
  let content: string;
  try {
    content = readFileSync('/etc/resolv.conf', 'utf8');
  } catch {
    return [];
  }
  return [...content.matchAll(/^\s*nameserver\s+(\S+)/gm)].flatMap(([, address]) =>
    address !== undefined && isIPv4(address) ? [address] : [],
  );
}

/** What programs of the partition read as `/etc/resolv.conf`. */
export function resolverFile({ resolvers }: Way): string {
  return resolvers.map((address) => `nameserver ${address}\n`).join('');
}

function isClosed(networks: readonly string[], address: string): boolean {
  const list = new BlockList();
  for (const network of networks) list.addSubnet(addressOf(network), lengthOf(network), 'ipv4');
  return !isIPv4(address) || list.check(address, 'ipv4');
}

function addressOf(network: string): string {
  return network.split('/')[0] ?? '';
}

function lengthOf(network: string): number {
  return Number(network.split('/')[1] ?? 32);
}

/** `203.0.113.7/24` is in `203.0.113.0/24`. */
function networkOf(network: string): string {
  const length = lengthOf(network);
  const bits = addressOf(network)
    .split('.')
    .reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const start = Math.floor(bits / 2 ** (32 - length)) * 2 ** (32 - length);
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256);
  return `${bytes.join('.')}/${length}`;
}

/** Folder of the holder's view through which it reaches the settings of the network it is in. */
export const NETWORK_SETTINGS = '/network';

/**
 * Makes the router beside the holder's own network: `$1` ip, `$2` unshare, `$3` nsenter, `$4` setpriv, `$5` closed networks. The router is
 * held by the only child of the holder, and both give up what they were allowed for this.
 */
export const MAKE_ROUTER = `
set -e
ip=$1 unshare=$2 nsenter=$3 setpriv=$4 closed=$5
own=$(readlink /proc/self/ns/net)
"$unshare" --net "$setpriv" --inh-caps=-all --ambient-caps=-all -- sleep infinity &
router=$!
until [ "$(readlink "/proc/$router/ns/net")" != "$own" ]; do kill -0 "$router"; done
inside() { "$nsenter" --net="/proc/$router/ns/net" -- "$@"; }
"$ip" link add name out type veth peer name in netns "$router"
"$ip" address add 192.0.0.2/30 dev out
"$ip" link set out up
inside "$ip" link set lo up
inside "$ip" address add 192.0.0.1/30 dev in
for network in $closed; do inside "$ip" route add unreachable "$network"; done
inside "$ip" link set in up
"$ip" route add default via 192.0.0.1
inside /bin/sh -c 'echo 1 >${NETWORK_SETTINGS}/ipv4/ip_forward; echo 0 >${NETWORK_SETTINGS}/ipv4/icmp_ratelimit'
set +e
`;

/** Name of pasta’s interface in the router: when a route leads there the way is open. */
export const WAY_INTERFACE = 'way';

/** pasta(1): IPv4 alone, no port in either direction, the gateway’s address is nobody, nothing is told of the host. */
export const PASTA_ARGUMENTS: readonly string[] = [
  ['--foreground', '--quiet', '--ipv4-only', '--config-net', '--no-map-gw'],
  ['--address', '192.0.0.6', '--netmask', '30', '--gateway', '192.0.0.5', '--ns-ifname', WAY_INTERFACE],
  ['--tcp-ports', 'none', '--udp-ports', 'none', '--tcp-ns', 'none', '--udp-ns', 'none'],
  ['--no-dhcp', '--no-dhcpv6', '--no-ndp', '--no-ra', '--dns', 'none', '--search', 'none'],
].flat();

/** Pid (host) of what holds the router beside a holder; null: it is not there. */
export function routerOf(holder: number): number | null {
  const [first] = kernelText(`/proc/${holder}/task/${holder}/children`).split(' ');
  return first === undefined || first === '' ? null : Number(first);
}

/** Whether a route leads from the router to pasta. */
export function isOpen(router: number): boolean {
  return kernelText(`/proc/${router}/net/route`).includes(`\n${WAY_INTERFACE}\t00000000\t`);
}

/** A process that ended has nothing to say. */
function kernelText(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
