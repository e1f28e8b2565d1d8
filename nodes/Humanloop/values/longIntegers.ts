/** A text in JSON, or a number. */
const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/**
 * Keeps the digits of integers that JavaScript would round, such as long order numbers: they become text.
 *
 * @param value what JSON.parse makes of the JSON
 * @param json valid JSON
 * @returns the value itself if it has no such integer
 */
export function withLongIntegers<T>(value: T, json: string): T {
	if (!/\d{16}/.test(json)) return value;
	let hasAny = false;
	const quoted = json.replace(stringOrNumber, (token) => {
		if (!/^-?\d+$/.test(token) || Number.isSafeInteger(Number(token))) return token;
		hasAny = true;
		return `"${token}"`;
	});
	return hasAny ? (JSON.parse(quoted) as T) : value;
}
