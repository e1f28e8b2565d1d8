import { calcPrice, type ModelPrice, type Provider } from '@pydantic/genai-prices';
import { type Cost, costOfTokens, newCost, type TokenPrices } from '../domain/costs/cost.ts';
import type { ModelHost, PublishedPrices } from '../domain/costs/prices.ts';
import type { PriceBound } from '../domain/costs/worstCase.ts';
import type { Usage } from '../domain/provider.ts';

const hourMs = 60 * 60 * 1000;

/** What the package calls providers that a config names differently. */
const providerIds: Readonly<Record<string, string>> = { openai_azure: 'azure', bedrock: 'aws' };

/** How many models are remembered. Callers choose their names, so there can be any number. */
const maxModels = 1_000;

/** How long, in milliseconds: some prices depend on the time of day. */
const maxAgeMs = 60_000;

/** A model's price: for each token the same, or one that the package has to calculate for each call. */
type Price = TokenPrices | { provider: Provider; model: string };

type Found = { price: Price | undefined; until: number };

/** The prices of a model that do not depend on the length of the prompt. Tokens without a price of their own have the prompt's. */
function fixedPrices(price: ModelPrice): TokenPrices | undefined {
	const { input_mtok: prompt, output_mtok: output } = price;
	const { cache_read_mtok: cachedPrompt = prompt, cache_write_mtok: cacheWrite = prompt } = price;
	const prices = { prompt, output, cachedPrompt, cacheWrite };
	return Object.values(prices).every((value) => typeof value === 'number') ? (prices as TokenPrices) : undefined;
}

/** Another host has other prices, even if its operator calls it by a known name. */
function optionsOf({ provider, baseUrl }: ModelHost) {
	return baseUrl === undefined ? { providerId: providerIds[provider] ?? provider } : { providerApiUrl: baseUrl };
}

function priceOf(modelHost: ModelHost, model: string): Price | undefined {
	const host = optionsOf(modelHost);
	const found = calcPrice({ input_tokens: 1, output_tokens: 1 }, model, host);
	// A model that has no price for text would cost nothing.
	if (found?.model_price['input_mtok'] === undefined || found.model_price['output_mtok'] === undefined)
		return undefined;
	return fixedPrices(found.model_price) ?? { provider: { ...found.provider, models: [found.model] }, model };
}

/**
 * What the tokens cost. All requests of a call have the same prompt, so the price of long prompts applies if one request is
 * long, not if all are together.
 */
function calculate(price: Price, usage: Usage, requests: number): Cost | undefined {
	if ('prompt' in price) return costOfTokens(usage, price);
	const cached = Math.min(usage.cachedPromptTokens, usage.promptTokens);
	const ofOne = calcPrice(
		{
			input_tokens: usage.promptTokens / requests,
			output_tokens: usage.generationTokens / requests,
			cache_read_tokens: cached / requests,
			cache_write_tokens: Math.min(usage.cacheWriteTokens, usage.promptTokens - cached) / requests,
		},
		price.model,
		{ provider: price.provider },
	);
	return ofOne === null ? undefined : newCost(ofOne.input_price * requests, ofOne.output_price * requests);
}

/** The highest of the prices that depend on the length of the prompt. */
function highest(price: ModelPrice[keyof ModelPrice]): number {
	if (price === undefined) return 0;
	return typeof price === 'number' ? price : Math.max(price.base, ...price.tiers.map((tier) => tier.price));
}

/** Some prices depend on the time of day, and a call may end hours after it has begun. */
function boundOf(host: ModelHost, model: string): PriceBound | undefined {
	const prices = { prompt: 0, output: 0, cachedPrompt: 0, cacheWrite: 0 };
	let contextWindow: number | undefined;
	for (let hour = 0; hour <= 24; hour += 1) {
		const timestamp = new Date(Date.now() + hour * hourMs);
		const found = calcPrice({ input_tokens: 1, output_tokens: 1 }, model, { ...optionsOf(host), timestamp });
		if (found?.model_price['input_mtok'] === undefined || found.model_price['output_mtok'] === undefined)
			return undefined;
		const {
			input_mtok: prompt,
			output_mtok: output,
			cache_read_mtok: read,
			cache_write_mtok: write,
		} = found.model_price;
		prices.prompt = Math.max(prices.prompt, highest(prompt));
		prices.output = Math.max(prices.output, highest(output));
		prices.cachedPrompt = Math.max(prices.cachedPrompt, highest(read));
		prices.cacheWrite = Math.max(prices.cacheWrite, highest(write));
		contextWindow = found.model.context_window ?? undefined;
	}
	return { prices, contextWindow };
}

/** The prices in @pydantic/genai-prices, as of its version: nothing is fetched. */
export function publishedPrices(): PublishedPrices {
	const known = new Map<string, Found>();
	const find = (host: ModelHost, model: string): Price | undefined => {
		const key = `${host.provider}\n${host.baseUrl ?? ''}\n${model}`;
		const now = performance.now();
		const earlier = known.get(key);
		if (earlier !== undefined && now < earlier.until) return earlier.price;
		if (known.size >= maxModels) known.clear();
		const price = priceOf(host, model);
		known.set(key, { price, until: now + maxAgeMs });
		return price;
	};
	return {
		costOf(host, model, usage, requests) {
			try {
				const price = find(host, model);
				return price && calculate(price, usage, requests);
			} catch {
				// The package throws for what it cannot price. A paid response must not be lost for that.
				return undefined;
			}
		},
		boundOf(host, model) {
			try {
				return boundOf(host, model);
			} catch {
				return undefined;
			}
		},
	};
}
