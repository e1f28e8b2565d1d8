/**
 * What a call cost, of its two parts in US dollars.
 *
 * @returns null if one of them is not known
 */
export function totalCost(prompt: unknown, output: unknown): number | null {
	if (typeof prompt !== 'number' || typeof output !== 'number') return null;
	// Without it, 0.1 + 0.2 is 0.30000000000000004.
	return Math.round((prompt + output) * 1e9) / 1e9;
}
