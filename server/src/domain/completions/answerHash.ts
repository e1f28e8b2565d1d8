import { hash } from 'node:crypto';
import type { CallRequest } from '../../contract/calls.ts';
import { canonicalJson } from '../ids.ts';
import type { Sampling } from '../provider.ts';
import type { CallConfig } from './callConfig.ts';
import type { ReadyModels } from './readyModels.ts';

/**
 * Identifies a call by all that its answer depends on: the config, the filled prompt or messages, and the parameters that
 * a request can have. Calls of other API keys have other hashes: nobody gets the answers of somebody else.
 */
export function answerHashOf(
	scope: string,
	config: CallConfig,
	request: CallRequest,
	[{ baseUrl }, ...fallbacks]: ReadyModels,
	{ prompt, inputs, mockReplies, toolChoice, seed, suffix, user }: Omit<Sampling, 'numSamples'>,
): string {
	const call = {
		scope,
		configId: config.id,
		prompt,
		numSamples: request.num_samples ?? 1,
		responseFormat: request.response_format,
		// Where the operator sends the calls of this provider, if not to its own host.
		baseUrl,
		// The config says which models these are.
		fallbackUrls: fallbacks.length === 0 ? undefined : fallbacks.map((model) => model.baseUrl ?? null),
		// Another endpoint is another deployment of another model.
		endpoint: request.provider_api_keys?.openai_azure_endpoint,
		// The mock looks at all inputs. The others see what is in the prompt.
		inputs: mockReplies === undefined ? undefined : inputs,
		toolChoice,
		seed,
		suffix,
		user,
	};
	// 132 bits: the index has an entry for each call, and no two calls of one API key meet by accident.
	return hash('sha256', canonicalJson(call), 'base64url').slice(0, 22);
}
