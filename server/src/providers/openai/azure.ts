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

/** The origin of the endpoint that a caller has named. Throws 422 if its keys must not go there. */
function callersOrigin(endpoint: string, allowed: readonly string[]): string {
	// Azure shows it as a name alone, too.
	const url = URL.parse(endpoint.includes('://') ? endpoint : `https://${endpoint}`);
	const isOriginOnly = url !== null && url.href === `${url.origin}/`;
	if (!isOriginOnly) throw refuse('it must be a host alone, such as https://name.openai.azure.com.');
	if (allowed.includes(url.origin)) return url.origin;
	const isAzure =
		url.protocol === 'https:' && url.port === '' && azureDomains.some((end) => url.hostname.endsWith(end));
	if (isAzure) return url.origin;
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
		const origin = callersOrigin(named.trim(), [...own, ...allowedHosts]);
		if (own.includes(origin))
			return { origin: settings.endpoint as string, key: key ?? settings.apiKey, isPublic: false };
		if (key !== undefined) return { origin, key, isPublic: !allowedHosts.includes(origin) };
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
	return { origin: settings.endpoint, key: key ?? settings.apiKey, isPublic: false };
}

/** OpenAI's models on Azure. A config's `model` is the name of a deployment. */
export function azureFamily(settings: AzureSettings): Family {
	const { apiKey, apiVersion = defaultApiVersion, lookup } = settings;
	let callersPool: Dispatcher | undefined;
	return {
		profile: azureProfile,
		secrets: secretsOf([apiKey], settings.endpoint),
		target(sampling, path): Target {
			const { origin, key, isPublic } = choose(sampling, settings);
			if (key === undefined) {
				throw unprocessable(
					'There is no Azure key for this call: send one as "openai_azure" in "provider_api_keys", ' +
						'or set AZURE_OPENAI_API_KEY where the server runs.',
				);
			}
			const url = new URL(origin);
			checkSegment(sampling.parameters.model, azureProfile.origin);
			const deployment = encodeURIComponent(sampling.parameters.model);
			url.pathname = `${url.pathname.replace(/\/$/, '')}/openai/deployments/${deployment}${path}`;
			url.search = `?api-version=${encodeURIComponent(apiVersion)}`;
			return {
				url,
				headers: { 'api-key': key },
				host: { origin: azureProfile.origin, inSentence: url.origin },
				...(isPublic ? { dispatcher: (callersPool ??= publicPool(lookup)) } : {}),
			};
		},
	};
}
