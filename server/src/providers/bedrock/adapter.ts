import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock';
import type { CacheControl } from '../../contract/caching.ts';
import { unprocessable } from '../../domain/apiError.ts';
import type { Sampling } from '../../domain/provider.ts';
import { aiSdkAdapter } from '../aiSdk/adapter.ts';
import { withBreakpoints } from '../aiSdk/caching.ts';
import { hostOf, keyOf, withoutQuery, withQuery } from '../aiSdk/host.ts';
import { claudeSampling } from '../aiSdk/options.ts';
import { promptOf } from '../aiSdk/prompt.ts';
import { checkSegment } from '../modelName.ts';
import { secretsOf } from '../secrets.ts';
import type { Adapter } from '../shell.ts';
import { ConverseAccumulator } from './response.ts';
import { type AccessKey, signingFetch } from './signature.ts';

const origin = 'Bedrock';

/** How an operator sets up Bedrock. Calls without a key use the API key, or else the access key. */
export type BedrockSettings = {
	region?: string;
	/** A Bedrock API key. */
	apiKey?: string;
	accessKey?: AccessKey;
	/** Another address than that of the region: a gateway, or an endpoint of one's own network. */
	baseUrl?: string;
};

const cacheMark = ({ ttl }: CacheControl) => ({
	amazonBedrock: { cachePoint: { type: 'default', ...(ttl ? { ttl } : {}) } },
});

function isClaude({ parameters: { model } }: Sampling): boolean {
	return /anthropic|claude/.test(model);
}

/** The access key that signs a call, if no API key is for it. */
function accessKeyOf({ apiKey, accessKey }: BedrockSettings, { keys }: Sampling): AccessKey | undefined {
	return keys.bedrock || apiKey ? undefined : accessKey;
}

function regionOf({ region, baseUrl }: BedrockSettings, isSigned: boolean): string {
	if (region !== undefined) return region;
	// Only signatures have a region, and it is not a part of an address of the operator's own.
	if (baseUrl !== undefined && !isSigned) return 'us-east-1';
	throw unprocessable('Bedrock needs a region: set AWS_REGION where the server runs, for example to us-east-1.');
}

/** All models of Amazon Bedrock over its Converse API. */
export function bedrockAdapter(settings: BedrockSettings): Adapter {
	const { apiKey, accessKey, baseUrl } = settings;
	const keys = [apiKey, accessKey?.accessKeyId, accessKey?.secretAccessKey, accessKey?.sessionToken];
	return aiSdkAdapter({
		origin,
		inSentence: hostOf(origin, 'BEDROCK_BASE_URL', baseUrl),
		secrets: secretsOf(keys, baseUrl),
		hasJsonObject: false,
		hasLogprobs: false,
		reasoningBudget: (budgetTokens) => ({ amazonBedrock: { reasoningConfig: { type: 'enabled', budgetTokens } } }),
		reserved: ({ tools }) => ['messages', 'system', ...(tools.length > 0 ? ['toolConfig'] : [])],
		connect(sampling) {
			const { model } = sampling.parameters;
			checkSegment(model, origin);
			const signing = accessKeyOf(settings, sampling);
			const key =
				signing === undefined
					? keyOf('bedrock', 'AWS_BEARER_TOKEN_BEDROCK', origin, settings, sampling)
					: 'the signature takes its place';
			const region = regionOf(settings, signing !== undefined);
			const address = baseUrl ?? endpointOf(region);
			const host = { region, baseURL: withoutQuery(address), apiKey: key };
			return (fetch) => createAmazonBedrock({ ...host, fetch: withQuery(fetch, address) })(model);
		},
		options(sampling) {
			const { prompt, parameters } = sampling;
			const own = { prompt: promptOf(prompt, { origin, imageTypeAt: () => undefined }) };
			if (isClaude(sampling)) return withBreakpoints(sampling, cacheMark, { ...own, ...claudeSampling(sampling) });
			return { ...own, temperature: parameters.temperature, topP: parameters.top_p };
		},
		transport(sampling) {
			const signing = accessKeyOf(settings, sampling);
			return signing === undefined ? undefined : signingFetch(signing, regionOf(settings, true));
		},
		nothing: {
			output: { message: { role: 'assistant', content: [] } },
			stopReason: 'end_turn',
			usage: { inputTokens: 0, outputTokens: 0, totalTokens: 0 },
		},
		accumulator: () => new ConverseAccumulator(),
	});
}

/** AWS has other domains for the regions of some countries. */
function endpointOf(region: string): string {
	const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
	return `https://bedrock-runtime.${region}.${domain}`;
}
