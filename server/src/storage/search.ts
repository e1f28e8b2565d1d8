type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

function isIn(value: Json, part: string): boolean {
	if (value === null) return false;
	if (typeof value === 'object') return Object.values(value).some((inner) => isIn(inner, part));
	return String(value).toLowerCase().includes(part);
}

/**
 * Whether a log says something, or a text without inputs: 1 or 0, as SQLite asks for. `part` is in lower case; `inputs`
 * is JSON, of which values count, and names and punctuation do not. SQLite's own lower() knows A to Z only.
 */
export function mentions(inputs: unknown, text: unknown, part: unknown): number {
	const sought = String(part);
	if (typeof text === 'string' && text.toLowerCase().includes(sought)) return 1;
	if (typeof inputs !== 'string') return 0;
	// Most logs are ruled out as they are: reading JSON takes much longer than looking through it.
	const asJson = JSON.stringify(sought).slice(1, -1);
	return inputs.toLowerCase().includes(asJson) && isIn(JSON.parse(inputs) as Json, sought) ? 1 : 0;
}
