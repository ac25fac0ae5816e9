import { BlockList, isIP } from 'node:net';

/**
 * Addresses that are not of the public internet, by the registries of special purposes (IANA, RFC 6890 and what updates
 * it): a webhook must not become a way into the network that this service runs in, or to a cloud's metadata service.
 */
const specialIpv4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  // Carrier-grade NAT.
  '100.64.0.0/10',
  '127.0.0.0/8',
  // Link-local: where clouds serve their metadata.
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  // Multicast, reserved and broadcast.
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** Of the global ones (2000::/3); outside of those nothing is public. */
const specialIpv6 = [
  // For protocols: Teredo, ORCHID and others.
  '2001::/23',
  '2001:db8::/32',
  // 6to4, which holds an IPv4 address.
  '2002::/16',
  '3fff::/20',
];

const blocked = new BlockList();
for (const [subnets, family] of [
  [specialIpv4, 'ipv4'],
  [specialIpv6, 'ipv6'],
] as const) {
  for (const subnet of subnets) {
    const [address = '', prefix] = subnet.split('/');
    blocked.addSubnet(address, Number(prefix), family);
  }
}
const global = new BlockList();
global.addSubnet('2000::', 3, 'ipv6');
/** RFC 6052: how a network without IPv4 writes an IPv4 address, which is the one that counts. */
const translated = new BlockList();
translated.addSubnet('64:ff9b::', 96, 'ipv6');

/** Whether an address, in any notation of `node:net`, is anything but a public one. Text that is no address counts as such. */
export function isLocalAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return blocked.check(address, 'ipv4');
    case 6: {
      const bare = address.replace(/%.*$/, '');
      if (translated.check(bare, 'ipv6')) return blocked.check(lastOctets(bare), 'ipv4');
      return !global.check(bare, 'ipv6') || blocked.check(bare, 'ipv6');
    }
    default:
      return true;
  }
}

/** The last 32 bits as an IPv4 address. The WHATWG parser brings every notation into one form. */
function lastOctets(address: string): string {
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(':');
  const [high = 0, low = 0] = groups.slice(-2).map((group) => Number.parseInt(group || '0', 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/**
 * Whether a URL says by itself that it leads into the local network. A `false` is no promise: what its name resolves to
 * is seen when it is connected to. The WHATWG parser has made decimal, octal and hexadecimal addresses ordinary ones.
 */
export function namesLocalHost({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  if (isIP(host) !== 0) return isLocalAddress(host);
  return host === 'localhost' || host.endsWith('.localhost');
}
