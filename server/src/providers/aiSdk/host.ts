import type { ProviderKeyField } from '../../contract/providers.ts';
import { unprocessable } from '../../domain/apiError.ts';
import type { Sampling } from '../../domain/provider.ts';
import type { Fetch } from './wire.ts';

/** How an operator sets up a provider. */
export type HostSettings = {
	/** Used when a request brings no key. */
	apiKey?: string;
	/** Another host that speaks the provider's API: a gateway. */
	baseUrl?: string;
};

/** Gateways on one's own machine need no key, but SDKs do. */
const placeholderKey = 'none';

/** The host as errors name it: without path and query, which may hold secrets. */
export function hostOf(origin: string, setting: string, baseUrl: string | undefined): string {
	return baseUrl === undefined ? origin : `the host of ${setting} (${URL.parse(baseUrl)?.origin ?? 'no address'})`;
}

/** The address of a base URL, for an SDK that adds a path to it. */
export function withoutQuery(baseUrl: string): string {
	return baseUrl.replace(/[?#].*$/s, '').replace(/\/+$/, '');
}

/** Sends the base URL's query with each request: some gateways want a key in it. */
export function withQuery(fetch: Fetch, baseUrl: string): Fetch {
	const { search } = new URL(baseUrl);
	if (search === '') return fetch;
	return (address, init) => {
		const url = new URL(address);
		url.search = url.search === '' ? search : `${search}&${url.search.slice(1)}`;
		return fetch(url.href, init);
	};
}

/**
 * The address, without a query and with the API's version at its end: some clients of the same setting want the version
 * there, others add it.
 */
export function withVersion(baseUrl: string, version: string): string {
	const address = withoutQuery(baseUrl);
	return /\/v\d\w*$/.test(address) ? address : `${address}/${version}`;
}

/** The key for a call: the request's, or the server's. A host of the operator's own needs none. Throws 422. */
export function keyOf(
	field: ProviderKeyField,
	setting: string,
	origin: string,
	{ apiKey, baseUrl }: HostSettings,
	{ keys }: Sampling,
): string {
	// A form that was not filled in sends an empty key.
	const key = keys[field] || apiKey;
	if (key && !/^[\x21-\x7e]+$/.test(key)) {
		throw unprocessable(
			`The key "${field}" in "provider_api_keys" cannot be used: a key has no white space and only ASCII characters. Copy it again.`,
		);
	}
	if (key) return key;
	if (baseUrl !== undefined) return placeholderKey;
	throw unprocessable(
		`There is no ${origin} key for this call: send one as "${field}" in "provider_api_keys", ` +
			`or set ${setting} where the server runs.`,
	);
}
