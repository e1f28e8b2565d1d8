import type { Usage } from '../provider.ts';

/** What a call cost, in US dollars: whole billionths of one, so that sums are exact. */
export type Cost = { prompt: number; output: number };

const nanosPerDollar = 1e9;

/** Billionths of a dollar, the nearest whole number. */
export function toNanos(dollars: number): number {
	return Math.round(dollars * nanosPerDollar);
}

/** Dollars. The result is the number that is written with at most nine decimals. */
export function fromNanos(nanos: number): number {
	return nanos / nanosPerDollar;
}

/** A cost from amounts in dollars, rounded to billionths. Undefined for what is no amount, or too large for a sum. */
export function newCost(prompt: number, output: number): Cost | undefined {
	const cost = { prompt: fromNanos(toNanos(prompt)), output: fromNanos(toNanos(output)) };
	return Number.isSafeInteger(toNanos(cost.prompt) + toNanos(cost.output)) ? cost : undefined;
}

/** Both parts together, in dollars. */
export function totalOf({ prompt, output }: Cost): number {
	return fromNanos(toNanos(prompt) + toNanos(output));
}

/** Two costs together. */
export function sumOfCosts(one: Cost, other: Cost): Cost {
	return {
		prompt: fromNanos(toNanos(one.prompt) + toNanos(other.prompt)),
		output: fromNanos(toNanos(one.output) + toNanos(other.output)),
	};
}

/** US dollars for a million tokens. */
export type TokenPrices = { prompt: number; output: number; cachedPrompt: number; cacheWrite: number };

/** What tokens cost at these prices. Cached tokens and those that are written to a cache are part of the prompt's. */
export function costOfTokens(usage: Usage, prices: TokenPrices): Cost | undefined {
	const cached = Math.min(usage.cachedPromptTokens, usage.promptTokens);
	const written = Math.min(usage.cacheWriteTokens, usage.promptTokens - cached);
	const plain = usage.promptTokens - cached - written;
	const prompt = plain * prices.prompt + cached * prices.cachedPrompt + written * prices.cacheWrite;
	return newCost(prompt / 1e6, (usage.generationTokens * prices.output) / 1e6);
}
