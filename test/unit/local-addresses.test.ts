import { describe, expect, it } from 'vitest';
import { isLocalAddress, namesLocalHost } from '../../src/local-addresses.ts';

const local = [
  ['this host', '0.0.0.0'],
  ['this network', '0.1.2.3'],
  ['private', '10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
  ['carrier-grade NAT', '100.64.0.1', '100.127.255.255'],
  ['loopback', '127.0.0.1', '127.255.255.254'],
  ['link-local, and the metadata of clouds', '169.254.169.254', '169.254.0.1'],
  ['protocol assignments and tests', '192.0.0.1', '192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.9'],
  ['multicast', '224.0.0.1', '239.255.255.255'],
  ['reserved and broadcast', '240.0.0.1', '255.255.255.255'],
  ['nothing and loopback, IPv6', '::', '::1', '0:0:0:0:0:0:0:1'],
  ['unique-local', 'fc00::1', 'fd12:3456:789a::1', 'fd00:ec2::254'],
  ['link-local and site-local, IPv6', 'fe80::1', 'fe80::1%eth0', 'febf::1', 'fec0::1'],
  ['multicast, IPv6', 'ff02::1'],
  ['IPv4-mapped', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:8.8.8.8'],
  ['IPv4-compatible', '::127.0.0.1', '::8.8.8.8'],
  ['translated by NAT64', '64:ff9b::127.0.0.1', '64:ff9b::a00:1', '64:ff9b::', '64:ff9b:1::1'],
  ['6to4 and Teredo', '2002:7f00:1::', '2001::1', '2001:0:7f00:1::'],
  ['documentation', '2001:db8::1', '3fff::1'],
  ['discarded', '100::1'],
  ['no address', '', 'example.com', '127.1', '0x7f000001', '2130706433', '1.2.3', '::g'],
].flatMap(([what, ...addresses]) => addresses.map((address) => [what!, address] as const));

const open = [
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.1',
  '100.63.255.255',
  '100.128.0.1',
  '126.255.255.255',
  '128.0.0.1',
  '169.253.255.255',
  '172.15.255.255',
  '172.32.0.1',
  '192.167.255.255',
  '198.17.255.255',
  '198.20.0.1',
  '223.255.255.255',
  '2606:4700::1111',
  '2a00:1450:4001::200e',
  '2001:4860:4860::8888',
  '64:ff9b::8.8.8.8',
  '64:ff9b::101:101',
];

describe('an address', () => {
  it.each(local)('that is %s counts as local: %s', (_, address) => {
    expect(isLocalAddress(address)).toBe(true);
  });

  it.each(open)('of the public internet does not: %s', (address) => {
    expect(isLocalAddress(address)).toBe(false);
  });
});

describe('a URL', () => {
  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://0/',
    'http://①②⑦.0.0.1/',
    'http://169.254.169.254/latest/meta-data',
    'http://[::1]:4000/',
    'http://[::ffff:169.254.169.254]/',
    'http://[0:0:0:0:0:ffff:7f00:1]/',
    'http://localhost:3000/hook',
    'http://LOCALHOST/',
    'http://localhost./',
    'http://app.localhost/',
    'http://127.0.0.1./',
  ])('shows that it leads into the local network: %s', (url) => {
    expect(namesLocalHost(new URL(url))).toBe(true);
  });

  it.each([
    'https://app.example.com/',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
    'https://localhost.example.com/',
  ])('shows no such thing: %s', (url) => {
    expect(namesLocalHost(new URL(url))).toBe(false);
  });
});
