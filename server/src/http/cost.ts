import type { ResponseCost } from '../domain/costs/responseCost.ts';

/** The name of the header, and of the comment at the end of a stream. */
export const costHeader = 'X-Cost';

/** An amount as a string of RFC 9651, whose decimals have three places only. */
function amount(dollars: number | null): string {
	if (dollars === null) return 'unknown';
	return `"${dollars.toFixed(9).replace(/\.?0+$/, '')}"`;
}

function tokens(count: number | null): string {
	return count === null ? 'unknown' : String(count);
}

/**
 * What a response cost, as a dictionary of RFC 9651. A replay has the same costs, and charges nothing. `cost` is undefined for
 * a response that an earlier version saved.
 */
export function costValue(cost: ResponseCost | undefined, isReplay: boolean): string {
	const known = (name: keyof ResponseCost) => cost?.[name] ?? null;
	return [
		`prompt_cost=${amount(known('prompt'))}`,
		`output_cost=${amount(known('output'))}`,
		`charged=${amount(isReplay ? 0 : known('charged'))}`,
		'currency=USD',
		`cached_tokens=${tokens(known('cachedTokens'))}`,
		`cache_write_tokens=${tokens(known('cacheWriteTokens'))}`,
		`reasoning_tokens=${tokens(known('reasoningTokens'))}`,
	].join(', ');
}
