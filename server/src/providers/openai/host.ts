import { unprocessable } from '../../domain/apiError.ts';
import { secretsOf } from '../secrets.ts';
import type { Family } from './adapter.ts';
import { profileOf, variableOf } from './hosts.ts';
import { callersKey } from './keys.ts';

/** What the operator sets for a host that speaks OpenAI's API. */
export type HostSettings = {
	/** Used when a request brings no key. */
	apiKey?: string;
	/** In place of the host's own. */
	baseUrl?: string;
};

/** The base URL with a path of the API added. A query stays: some gateways want a key in it. */
export function urlOf(baseUrl: string, path: string): URL {
	const url = new URL(baseUrl);
	url.pathname = `${url.pathname.replace(/\/$/, '')}${path}`;
	return url;
}

/** The host of one provider. Its address is its own or the operator's, never the caller's. `name` is the provider's name in a config. */
export function hostFamily(name: string, { apiKey, baseUrl }: HostSettings): Family {
	const profile = profileOf(name);
	const { origin, baseUrlVariable = variableOf(name, 'BASE_URL'), keyVariable = variableOf(name, 'API_KEY') } = profile;
	const address = baseUrl ?? profile.baseUrl;
	const urls = new Map<string, URL>();
	const urlFor = (path: string) => {
		const url = urls.get(path) ?? urlOf(address as string, path);
		urls.set(path, url);
		return url;
	};
	const inSentence =
		baseUrl === undefined ? origin : `the host of ${baseUrlVariable} (${URL.parse(baseUrl)?.origin ?? 'no address'})`;
	return {
		profile,
		secrets: secretsOf([apiKey], baseUrl),
		target(sampling, path) {
			const key = callersKey(sampling, name) ?? apiKey;
			// Hosts on one's own machine need no key.
			if (key === undefined && baseUrl === undefined) {
				throw unprocessable(
					`There is no ${origin} key for this call: send one as "${name}" in "provider_api_keys", ` +
						`or set ${keyVariable} where the server runs.`,
				);
			}
			if (address === undefined) throw unprocessable(`Set ${baseUrlVariable} where the server runs.`);
			return {
				url: urlFor(path),
				headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
				host: { origin, inSentence },
			};
		},
	};
}
