/**
 * What a call cost, of its two parts, or two calls together, in US dollars.
 *
 * @returns null if one of them is not known
 */
export function totalCost(first: unknown, second: unknown): number | null {
	if (typeof first !== 'number' || typeof second !== 'number') return null;
	// Without it, 0.1 + 0.2 is 0.30000000000000004.
	return Math.round((first + second) * 1e9) / 1e9;
}
