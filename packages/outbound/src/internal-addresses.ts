import { BlockList, isIP } from 'node:net';

/**
 * Addresses that are not of the public internet: loopback, private and shared networks, link-local (where clouds serve credentials),
 * multicast, documentation and reserved ranges (IANA special-purpose registries).
 */
// One list a family: a list that holds ::/3 would find every IPv4 address in its mapped form.
const internal = { ipv4: new BlockList(), ipv6: new BlockList() };

const ipv4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];

/** IPv6 ranges that are not public: everything but global unicast, and the parts of it that lead back into IPv4 or nowhere. */
const ipv6: readonly [string, number][] = [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

for (const [network, prefix] of ipv4) internal.ipv4.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of ipv6) internal.ipv6.addSubnet(network, prefix, 'ipv6');

/** @param address an IP address, without brackets; anything else counts as internal */
export function isInternal(address: string): boolean {
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  return isIP(address) === 0 || internal[family].check(address, family);
}
