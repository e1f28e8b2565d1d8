import { type Range, rangesOf, secretsIn, withMarks } from './redact.ts';

/** The first place from which on a text may be the beginning of a key; the text's end where there is none. */
function openFrom(text: string, secrets: readonly string[]): number {
	const longest = Math.max(...secrets.map(({ length }) => length));
	for (let at = Math.max(0, text.length - longest + 1); at < text.length; at += 1) {
		const rest = text.slice(at);
		if (secrets.some((secret) => secret.length > rest.length && secret.startsWith(rest))) return at;
	}
	return text.length;
}

/** What can go out of a text after another piece, and at its end. */
export type Redactor = { add: (piece: string) => string; end: () => string };

/**
 * Redacts a text that arrives in pieces: together, what it gives is the same as the whole text redacted at once.
 * It holds back only what may turn out to be part of a key.
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
			// A key that what is still open may overlap goes out together with it.
			const overlapped = ranges.find(([, to]) => to > open);
			return give(text, Math.min(open, overlapped?.[0] ?? open), ranges);
		},
		end: () => give(held, held.length, rangesOf(held, secrets)),
	};
}

/** One for each sample of a stream, as their pieces come in turns. */
export function redactors(keys: readonly string[]): (index: number) => Redactor {
	const byIndex = new Map<number, Redactor>();
	return (index) => {
		const known = byIndex.get(index) ?? redactor(keys);
		byIndex.set(index, known);
		return known;
	};
}
