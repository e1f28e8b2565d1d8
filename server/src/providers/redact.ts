/** Shorter keys are words ("ollama", "test") that redacting would tear out of honest text. */
const shortestKey = 8;

const mark = '[redacted]';

/** From the first character on, up to but not including the last. */
export type Range = [from: number, to: number];

export function secretsIn(keys: readonly string[]): string[] {
	return [...new Set(keys)].filter((key) => key.length >= shortestKey);
}

/**
 * Where keys are in a text. One range for keys that overlap: one may begin with another or lie in it, and no part of
 * either may be left.
 */
export function rangesOf(text: string, secrets: readonly string[]): Range[] {
	const found: Range[] = [];
	for (const secret of secrets) {
		for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1))
			found.push([at, at + secret.length]);
	}
	found.sort(([a], [b]) => a - b);
	const apart: Range[] = [];
	for (const [from, to] of found) {
		const last = apart.at(-1);
		if (last !== undefined && from < last[1]) last[1] = Math.max(last[1], to);
		else apart.push([from, to]);
	}
	return apart;
}

export function withMarks(text: string, ranges: readonly Range[]): string {
	let clean = '';
	let done = 0;
	for (const [from, to] of ranges) {
		clean += text.slice(done, from) + mark;
		done = to;
	}
	return clean + text.slice(done);
}

/**
 * The value with every key replaced, in strings, keys of objects and however deep. Providers and proxies echo keys in
 * what they answer; what leaves the provider layer passes through here.
 */
export function redact<T>(value: T, keys: readonly string[]): T {
	const secrets = secretsIn(keys);
	return secrets.length === 0 ? value : (redactDeep(value, secrets) as T);
}

function redactText(text: string, secrets: readonly string[]): string {
	return withMarks(text, rangesOf(text, secrets));
}

function redactDeep(value: unknown, secrets: readonly string[]): unknown {
	if (typeof value === 'string') return redactText(value, secrets);
	if (Array.isArray(value)) return value.map((inner) => redactDeep(inner, secrets));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, inner]) => [redactText(key, secrets), redactDeep(inner, secrets)]),
	);
}
