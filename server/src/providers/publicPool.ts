import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { poolOptions } from './pool.ts';
import { isPublicAddress, PrivateAddress } from './publicAddress.ts';

/** The addresses of a name, in the form that `net.connect` asks for. */
export type Lookup = LookupFunction;

/** Looks a name up, and refuses it if any of its addresses is not public. */
function publicOnly(lookup: Lookup, isPublic: (address: string) => boolean): Lookup {
	return (hostname, options, callback) => {
		lookup(hostname, options, (error, address, family) => {
			if (error !== null) return callback(error, address, family);
			const all = Array.isArray(address) ? address.map((one) => one.address) : [address];
			if (all.length > 0 && all.every(isPublic)) return callback(null, address, family);
			return callback(new PrivateAddress(), [] as never);
		});
	};
}

/**
 * Connections to hosts that callers have chosen. Each goes to the address that was looked up and checked for it: a name
 * that has another address a moment later changes nothing. Loopback, private and link-local addresses are refused.
 */
export function publicPool(lookup: Lookup = systemLookup, isPublic = isPublicAddress): Agent {
	const connect = buildConnector({ lookup: publicOnly(lookup, isPublic) });
	return new Agent({
		...poolOptions,
		connect(options, callback) {
			// Nobody looks up what is an address already.
			const host = options.hostname.replace(/^\[|\]$/g, '');
			if (/^[\d.]+$|:/.test(host) && !isPublic(host)) return callback(new PrivateAddress(), null);
			connect(options, callback);
		},
	});
}
