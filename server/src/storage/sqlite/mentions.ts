type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

function hasValueWith(json: Json, text: string): boolean {
	if (json === null) return false;
	if (typeof json === 'object') return Object.values(json).some((inner) => hasValueWith(inner, text));
	return String(json).toLowerCase().includes(text);
}

/**
 * The SQL function `mentions`: 1 if `text` contains `part`, or if a value of the JSON in `inputs` does, otherwise 0. Names
 * and punctuation of the JSON do not count. `part` is in lower case. SQLite's own lower() only knows A to Z.
 */
export function mentions(inputs: unknown, text: unknown, part: unknown): number {
	const sought = String(part);
	if (typeof text === 'string' && text.toLowerCase().includes(sought)) return 1;
	if (typeof inputs !== 'string') return 0;
	// Parsing JSON takes much longer than searching its text, which rules out most logs.
	const asJson = JSON.stringify(sought).slice(1, -1);
	return inputs.toLowerCase().includes(asJson) && hasValueWith(JSON.parse(inputs) as Json, sought) ? 1 : 0;
}
