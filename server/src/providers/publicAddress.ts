import { BlockList, isIP } from 'node:net';

/** The host of a call has an address that is not on the public internet. */
export class PrivateAddress extends Error {}

/** IPv4 addresses that are not on the public internet (IANA's special-purpose registry), and Azure's own on each machine. */
const notPublic4 = new BlockList();
for (const [network, prefix] of [
	['0.0.0.0', 8],
	['10.0.0.0', 8],
	['100.64.0.0', 10],
	['127.0.0.0', 8],
	['168.63.129.16', 32],
	['169.254.0.0', 16],
	['172.16.0.0', 12],
	['192.0.0.0', 24],
	['192.0.2.0', 24],
	['192.88.99.0', 24],
	['192.168.0.0', 16],
	['198.18.0.0', 15],
	['198.51.100.0', 24],
	['203.0.113.0', 24],
	['224.0.0.0', 4],
	['240.0.0.0', 4],
] as const)
	notPublic4.addSubnet(network, prefix, 'ipv4');

/** All public IPv6 addresses are in here: no loopback, link-local, unique local, mapped or translated ones. */
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');

/** Parts of that with another use: protocols, documentation, and tunnels that lead to an IPv4 address. */
const notPublic6 = new BlockList();
for (const [network, prefix] of [
	['2001::', 23],
	['2001:db8::', 32],
	['2002::', 16],
	['3fff::', 20],
] as const)
	notPublic6.addSubnet(network, prefix, 'ipv6');

/** Whether an IP address is on the public internet. What is no address is not. */
export function isPublicAddress(address: string): boolean {
	const family = isIP(address);
	if (family === 4) return !notPublic4.check(address, 'ipv4');
	// An address with a zone is link-local.
	if (family !== 6 || address.includes('%')) return false;
	return global6.check(address, 'ipv6') && !notPublic6.check(address, 'ipv6');
}
