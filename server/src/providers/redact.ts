/** Shorter keys are words ("ollama", "test"). Replacing them would damage honest text. */
const shortestKey = 8;

const mark = '[redacted]';

/** From the first character up to, but not including, the last. */
type Range = [from: number, to: number];

/** The key as it is, and as it stands in JSON: models write arguments of tool calls as JSON, and some hosts escape slashes. */
function formsOf(key: string): string[] {
	const escaped = JSON.stringify(key).slice(1, -1);
	return [key, escaped, escaped.replaceAll('/', '\\/')];
}

/** By the list of keys, which all values of a call are redacted with. */
const knownSecrets = new WeakMap<readonly string[], string[]>();

function secretsIn(keys: readonly string[]): string[] {
	const known = knownSecrets.get(keys);
	if (known !== undefined) return known;
	const secrets = [...new Set(keys.filter((key) => key.length >= shortestKey).flatMap(formsOf))];
	knownSecrets.set(keys, secrets);
	return secrets;
}

/**
 * Where keys are in a text. Keys that overlap share one range: one key may begin with another or contain it, and no
 * part of either may remain.
 */
function rangesOf(text: string, secrets: readonly string[]): Range[] {
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

function withMarks(text: string, ranges: readonly Range[]): string {
	let clean = '';
	let done = 0;
	for (const [from, to] of ranges) {
		clean += text.slice(done, from) + mark;
		done = to;
	}
	return clean + text.slice(done);
}

function redactText(text: string, secrets: readonly string[]): string {
	return withMarks(text, rangesOf(text, secrets));
}

/** Whether there is a secret in a string or in a key of an object, at any depth. Most values have none, and need no copy. */
function holdsAny(value: unknown, secrets: readonly string[]): boolean {
	if (typeof value === 'string') {
		return value.length >= shortestKey && secrets.some((secret) => value.includes(secret));
	}
	if (typeof value !== 'object' || value === null) return false;
	if (Array.isArray(value)) return value.some((inner) => holdsAny(inner, secrets));
	for (const key in value) {
		if (holdsAny(key, secrets) || holdsAny((value as Record<string, unknown>)[key], secrets)) return true;
	}
	return false;
}

function redactDeep(value: unknown, secrets: readonly string[]): unknown {
	if (typeof value === 'string') return redactText(value, secrets);
	if (Array.isArray(value)) return value.map((inner) => redactDeep(inner, secrets));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, inner]) => [redactText(key, secrets), redactDeep(inner, secrets)]),
	);
}

/** The value with every key replaced: in strings and in the keys of objects, at any depth. */
export function redact<T>(value: T, keys: readonly string[]): T {
	const secrets = secretsIn(keys);
	return secrets.length > 0 && holdsAny(value, secrets) ? (redactDeep(value, secrets) as T) : value;
}

/** The value with null for all log probabilities, at any depth. */
export function withoutLogprobs<T>(value: T): T {
	if (Array.isArray(value)) return value.map(withoutLogprobs) as T;
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, inner]) => [key, /logprobs/i.test(key) ? null : withoutLogprobs<unknown>(inner)]),
	) as T;
}

/** The first position from which a text may be the beginning of a key; the text's end if there is none. */
function openFrom(text: string, secrets: readonly string[]): number {
	const longest = Math.max(...secrets.map(({ length }) => length));
	for (let at = Math.max(0, text.length - longest + 1); at < text.length; at += 1) {
		const rest = text.slice(at);
		if (secrets.some((secret) => secret.length > rest.length && secret.startsWith(rest))) return at;
	}
	return text.length;
}

/** `add` takes a piece and returns what can go out now; `end` returns the rest. */
export type Redactor = { add: (piece: string) => string; end: () => string };

/**
 * Redacts a text that arrives in pieces. Joined, what it returns equals the whole text redacted at once. It holds back
 * only what may be the beginning of a key.
 */
export function redactor(keys: readonly string[]): Redactor {
	const secrets = secretsIn(keys);
	let held = '';
	const give = (text: string, upTo: number, ranges: Range[]) => {
		held = text.slice(upTo);
		return withMarks(
			text.slice(0, upTo),
			ranges.filter(([from]) => from < upTo),
		);
	};
	return {
		add(piece) {
			if (secrets.length === 0) return piece;
			const text = held + piece;
			const ranges = rangesOf(text, secrets);
			const open = openFrom(text, secrets);
			// A key that overlaps what is still open goes out together with it.
			const overlapped = ranges.find(([, to]) => to > open);
			return give(text, Math.min(open, overlapped?.[0] ?? open), ranges);
		},
		end: () => give(held, held.length, rangesOf(held, secrets)),
	};
}

/** One redactor for each sample of a stream: their pieces take turns. */
export function redactors(keys: readonly string[]): (index: number) => Redactor {
	const byIndex = new Map<number, Redactor>();
	return (index) => {
		const known = byIndex.get(index) ?? redactor(keys);
		byIndex.set(index, known);
		return known;
	};
}
