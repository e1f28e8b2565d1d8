import type { Dispatcher } from 'undici';
import { unprocessable } from '../../domain/apiError.ts';
import type { Sampling } from '../../domain/provider.ts';
import { checkSegment } from '../modelName.ts';
import { type Lookup, publicPool } from '../publicPool.ts';
import { secretsOf } from '../secrets.ts';
import type { Family, Target } from './adapter.ts';
import type { HostProfile } from './hosts.ts';
import { callersKey } from './keys.ts';

export type AzureSettings = {
	apiKey?: string;
	/** Where calls go that name no endpoint. */
	endpoint?: string;
	/** The version of the API. Default: `defaultApiVersion`. */
	apiVersion?: string;
	/** Origins beside Azure's own that callers may name as endpoint. */
	allowedHosts?: readonly string[];
	/** Looks up the hosts that callers name. Default: the system's. */
	lookup?: Lookup;
};

/** The path of an endpoint that has no versions with a date: the newer API, in which the body names the deployment. */
const undatedPath = '/openai/v1';

/** The latest version with a date that is generally available. */
export const defaultApiVersion = '2024-10-21';

export const azureProfile: HostProfile = { origin: 'Azure OpenAI', keyVariable: 'AZURE_OPENAI_API_KEY', lacks: [] };

/** What the names of Azure's own hosts end with, in its public cloud and in those of China and the US government. */
const azureDomains = [
	'.openai.azure.com',
	'.cognitiveservices.azure.com',
	'.services.ai.azure.com',
	'.openai.azure.us',
	'.cognitiveservices.azure.us',
	'.openai.azure.cn',
	'.cognitiveservices.azure.cn',
];

const endpointField = 'openai_azure_endpoint';

function refuse(why: string) {
	return unprocessable(`The "${endpointField}" in "provider_api_keys" cannot be used: ${why}`);
}

/** The endpoint that a caller has named. Throws 422 if its keys must not go there. */
function callersEndpoint(endpoint: string, allowed: readonly string[]): URL {
	// Azure shows it as a name alone, too.
	const url = URL.parse(endpoint.includes('://') ? endpoint : `https://${endpoint}`);
	const path = url?.href.slice(url.origin.length).replace(/\/$/, '');
	if (url === null || (path !== '' && path !== undatedPath)) {
		throw refuse(
			`it must be a host alone, such as https://name.openai.azure.com, or with ${undatedPath} for the API without a date.`,
		);
	}
	if (allowed.includes(url.origin)) return url;
	const isAzure =
		url.protocol === 'https:' && url.port === '' && azureDomains.some((end) => url.hostname.endsWith(end));
	if (isAzure) return url;
	throw refuse(
		`${url.origin} is not one of Azure's own hosts. The server's operator can allow it in AZURE_OPENAI_HOSTS.`,
	);
}

/** Where a call goes and with which key. The server's key goes to the operator's endpoint only. */
function choose(sampling: Sampling, settings: AzureSettings) {
	const { allowedHosts = [] } = settings;
	const key = callersKey(sampling, 'openai_azure');
	const named = sampling.keys[endpointField];
	if (typeof named === 'string' && named.trim() !== '') {
		const own = settings.endpoint === undefined ? [] : [new URL(settings.endpoint).origin];
		const { origin, href } = callersEndpoint(named.trim(), [...own, ...allowedHosts]);
		if (own.includes(origin))
			return { endpoint: settings.endpoint as string, key: key ?? settings.apiKey, isPublic: false };
		if (key !== undefined) return { endpoint: href, key, isPublic: !allowedHosts.includes(origin) };
		throw unprocessable(
			`A call that names its own "${endpointField}" needs its own key: send one as "openai_azure" in ` +
				'"provider_api_keys". The server\'s key goes to its own endpoint only.',
		);
	}
	if (settings.endpoint === undefined) {
		throw unprocessable(
			`There is no Azure endpoint for this call: send one as "${endpointField}" in "provider_api_keys", with its key as ` +
				'"openai_azure", or set AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_API_KEY where the server runs.',
		);
	}
	return { endpoint: settings.endpoint, key: key ?? settings.apiKey, isPublic: false };
}

/** Where a call goes. A query that the endpoint has stays, for a gateway. Throws 422 for a name that is no deployment's. */
function urlOf(endpoint: string, model: string, path: string, apiVersion: string): URL {
	const url = new URL(endpoint);
	const base = url.pathname.replace(/\/$/, '');
	if (base.endsWith(undatedPath)) {
		url.pathname = `${base}${path}`;
		return url;
	}
	checkSegment(model, azureProfile.origin);
	url.pathname = `${base}/openai/deployments/${encodeURIComponent(model)}${path}`;
	if (!url.searchParams.has('api-version')) url.searchParams.set('api-version', apiVersion);
	return url;
}

/** OpenAI's models on Azure. A config's `model` is the name of a deployment. */
export function azureFamily(settings: AzureSettings): Family {
	const { apiKey, apiVersion = defaultApiVersion, lookup } = settings;
	let callersPool: Dispatcher | undefined;
	return {
		profile: azureProfile,
		secrets: secretsOf([apiKey], settings.endpoint),
		target(sampling, path): Target {
			const { endpoint, key, isPublic } = choose(sampling, settings);
			if (key === undefined) {
				throw unprocessable(
					'There is no Azure key for this call: send one as "openai_azure" in "provider_api_keys", ' +
						'or set AZURE_OPENAI_API_KEY where the server runs.',
				);
			}
			const url = urlOf(endpoint, sampling.parameters.model, path, apiVersion);
			return {
				url,
				headers: { 'api-key': key },
				host: { origin: azureProfile.origin, inSentence: url.origin },
				...(isPublic ? { dispatcher: (callersPool ??= publicPool(lookup)) } : {}),
			};
		},
	};
}
