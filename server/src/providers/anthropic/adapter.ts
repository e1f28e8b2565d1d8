import { createAnthropic } from '@ai-sdk/anthropic';
import type { CacheControl } from '../../contract/caching.ts';
import { aiSdkAdapter } from '../aiSdk/adapter.ts';
import { withBreakpoints } from '../aiSdk/caching.ts';
import { claudeSampling } from '../aiSdk/options.ts';
import { hostOf, type HostSettings, keyOf, withQuery, withVersion } from '../aiSdk/host.ts';
import { promptOf } from '../aiSdk/prompt.ts';
import { secretsOf } from '../secrets.ts';
import type { Adapter } from '../shell.ts';
import { MessageAccumulator } from './response.ts';

const origin = 'Anthropic';

const cacheMark = ({ type, ttl }: CacheControl) => ({ anthropic: { cacheControl: { type, ...(ttl ? { ttl } : {}) } } });

/** Claude over Anthropic's own API. */
export function anthropicAdapter(settings: HostSettings): Adapter {
	return aiSdkAdapter({
		origin,
		inSentence: hostOf(origin, 'ANTHROPIC_BASE_URL', settings.baseUrl),
		secrets: secretsOf([settings.apiKey], settings.baseUrl),
		hasJsonObject: false,
		hasLogprobs: false,
		reasoningBudget: (budgetTokens) => ({ anthropic: { thinking: { type: 'enabled', budgetTokens } } }),
		reserved: ({ tools, toolChoice }) => [
			...['model', 'messages', 'system', 'stream'],
			...(tools.length > 0 ? ['tools'] : []),
			...(toolChoice === undefined ? [] : ['tool_choice']),
		],
		connect(sampling) {
			const apiKey = keyOf('anthropic', 'ANTHROPIC_API_KEY', origin, settings, sampling);
			const address = settings.baseUrl ?? 'https://api.anthropic.com';
			const baseURL = withVersion(address, 'v1');
			return (fetch) =>
				createAnthropic({ apiKey, baseURL, fetch: withQuery(fetch, address) })(sampling.parameters.model);
		},
		options(sampling) {
			const { user, prompt } = sampling;
			const metadata = user === undefined ? {} : { metadata: { userId: user } };
			return withBreakpoints(sampling, cacheMark, {
				...claudeSampling(sampling),
				prompt: promptOf(prompt, {
					origin,
					imageTypeAt: ({ protocol }) => (protocol === 'https:' ? 'image/*' : undefined),
				}),
				// Tool calls are returned whole, so their arguments need not come early, where they may be no JSON yet.
				providerOptions: { anthropic: { toolStreaming: false, ...metadata } },
			});
		},
		nothing: { type: 'message', content: [], usage: { input_tokens: 0, output_tokens: 0 } },
		accumulator: () => new MessageAccumulator(),
	});
}
