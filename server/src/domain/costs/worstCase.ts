import type { ChatMessage } from '../../contract/messages.ts';
import { type TokenPrices, toNanos } from './cost.ts';

/** The highest prices that a model can have within a day, and how many tokens prompt and output can have together. */
export type PriceBound = { prices: TokenPrices; contextWindow: number | undefined };

/** What one sample can cost at most, with its prompt, in billionths of a dollar; or why nobody knows, and what to do. */
export type WorstCase = { nanosPerSample: number } | { unknown: string };

/** What providers add to a prompt that nobody sends: a few tokens for each message, and some hundred for tools. */
const hiddenTokens = 1_000;

type Body = Record<string, unknown>;

function countIn(body: unknown, key: string): number[] {
	const value = typeof body === 'object' && body !== null ? (body as Body)[key] : undefined;
	return typeof value === 'number' && value > 0 ? [value] : [];
}

/** How many tokens a sample may have by the body that is sent, in the words of each API. Undefined: it does not say. */
function maxOutputTokens(body: Body): number | undefined {
	const limits = [
		...countIn(body, 'max_completion_tokens'),
		...countIn(body, 'max_tokens'),
		...countIn(body, 'max_output_tokens'),
		...countIn(body['generationConfig'], 'maxOutputTokens'),
		...countIn(body['inferenceConfig'], 'maxTokens'),
	];
	return limits.length === 0 ? undefined : Math.max(...limits);
}

function hasImage(prompt: string | ChatMessage[]): boolean {
	if (typeof prompt === 'string') return false;
	return prompt.some(({ content }) => Array.isArray(content) && content.some(({ type }) => type !== 'text'));
}

/** What providers charge more for than the price of the model, by the key of the body that asks for it. */
const dearer: Readonly<Record<string, readonly unknown[]>> = {
	/** OpenAI, Google. Of the others that a host may have, the price can only be lower. */
	service_tier: ['priority', 'fast', 'performance', 'scale', 'reserved'],
	serviceTier: ['priority', 'reserved'],
	/** Anthropic's fast mode. */
	speed: ['fast'],
};

/** Anthropic charges twice the price of the prompt for what it keeps for an hour. */
const hourCacheFactor = 2;

/** What in the body has a price that nobody knows here. Undefined: nothing. */
function dearerIn(body: Body): string | undefined {
	const asked = Object.entries(dearer).find(([key, values]) => {
		const value = body[key];
		// Bedrock: {"serviceTier": {"type": "priority"}}.
		const chosen = typeof value === 'object' && value !== null ? (value as Body)['type'] : value;
		return values.includes(typeof chosen === 'string' ? chosen.toLowerCase() : chosen);
	});
	return asked && `${JSON.stringify(asked[0])}: ${JSON.stringify(body[asked[0]])}`;
}

/** The body that is sent for a call, and what it asks for. */
export type BoundedCall = { model: string; body: Body; prompt: string | ChatMessage[] };

/**
 * What one sample of a call can cost at most. A token is at least one byte of what is sent, but nobody can tell the tokens of
 * an image from its bytes.
 */
export function worstCaseOf(bound: PriceBound | undefined, { model, body, prompt }: BoundedCall): WorstCase {
	const name = JSON.stringify(model);
	if (bound === undefined) return { unknown: `The price of the model ${name} is not known. Set it in PRICES_FILE.` };
	const priority = dearerIn(body);
	if (priority !== undefined) {
		return {
			unknown: `The price of ${priority} in the "other" of the model config is not known. Remove that parameter.`,
		};
	}
	const { prices, contextWindow } = bound;
	const setWindow = `Set "context_window" of ${name} in PRICES_FILE`;
	const output = prices.output === 0 ? 0 : (maxOutputTokens(body) ?? contextWindow);
	if (output === undefined) {
		return {
			unknown: `Set max_tokens of the model config: the limit of ${name} itself is not known. Or: ${setWindow}.`,
		};
	}
	const text = JSON.stringify(body);
	const bytes = Buffer.byteLength(text) + hiddenTokens;
	const input = hasImage(prompt) ? contextWindow : bytes;
	if (input === undefined)
		return { unknown: `The prompt has images, and nobody knows how long it can be. ${setWindow}.` };
	const samples = Math.max(1, ...countIn(body, 'best_of'));
	const hourPrice = text.includes('"ttl":"1h"') ? hourCacheFactor * prices.prompt : 0;
	const promptPrice = Math.max(prices.prompt, prices.cachedPrompt, prices.cacheWrite, hourPrice);
	const dollars = (input * promptPrice + samples * output * prices.output) / 1e6;
	// Costs are rounded to billionths, the prompt's and the output's.
	return { nanosPerSample: toNanos(dollars) + 2 };
}
