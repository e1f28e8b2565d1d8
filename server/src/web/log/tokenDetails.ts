import type { LogResponse } from '../../contract/logs.ts';

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const objectIn = (value: unknown, key: string): Json => {
	const member = isObject(value) ? value[key] : undefined;
	return isObject(member) ? member : {};
};
const numberOf = (...values: unknown[]) => values.find((value) => typeof value === 'number');

export interface TokenDetails {
	/** Tokens of the prompt that came from the provider's cache. */
	cached: number | undefined;
	/** Tokens of the output that are not in the text. */
	reasoning: number | undefined;
}

/** What a provider says about the tokens beyond their number, in the forms of OpenAI, Anthropic and Google. */
export function tokenDetails({ provider_response: response }: Pick<LogResponse, 'provider_response'>): TokenDetails {
	const usage = objectIn(response, 'usage');
	const google = objectIn(response, 'usageMetadata');
	return {
		cached: numberOf(
			objectIn(usage, 'prompt_tokens_details').cached_tokens,
			usage.prompt_cache_hit_tokens,
			usage.cache_read_input_tokens,
			usage.cacheReadInputTokens,
			google.cachedContentTokenCount,
		),
		reasoning: numberOf(objectIn(usage, 'completion_tokens_details').reasoning_tokens, google.thoughtsTokenCount),
	};
}
