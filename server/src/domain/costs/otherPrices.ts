import type { ProviderResult } from '../provider.ts';

type Body = Record<string, unknown>;

function bodyIn(body: unknown, key: string): unknown {
	return typeof body === 'object' && body !== null ? (body as Body)[key] : undefined;
}

/** The tiers that do not have a model's standard prices, in the words of OpenAI, Anthropic, Groq and Bedrock. */
const otherTiers: readonly unknown[] = ['priority', 'flex', 'batch', 'scale', 'performance', 'reserved'];

function isOtherTier(response: Body): boolean {
	const tiers = [
		response['service_tier'],
		bodyIn(response['usage'], 'service_tier'),
		bodyIn(response['serviceTier'], 'type'),
	];
	return tiers.some((tier) => otherTiers.includes(tier));
}

/** Anthropic charges more for what is cached for an hour than for what is cached for five minutes. */
function isCachedForAnHour({ usage }: Body): boolean {
	const tokens = bodyIn(bodyIn(usage, 'cache_creation'), 'ephemeral_1h_input_tokens');
	if (typeof tokens === 'number' && tokens > 0) return true;
	const details = bodyIn(usage, 'cacheDetails');
	return Array.isArray(details) && details.some((detail) => bodyIn(detail, 'ttl') === '1h');
}

/** Whether responses say that they have another price than the model's: of another service tier, or of a longer cache. */
export function haveOtherPrices(responses: ProviderResult['responses']): boolean {
	return responses.some((response) => isOtherTier(response) || isCachedForAnHour(response));
}
