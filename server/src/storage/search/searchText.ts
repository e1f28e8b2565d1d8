/*
 * What a search compares. Texts and what is sought are folded in the same way, here and nowhere else: databases know the
 * case of other alphabets than JavaScript does.
 */

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** Stands between two values of a log's text, and for what an index cannot hold. */
export const separator = '\u0001';

/** The longest text that the index is asked for, in UTF-16 code units. Of a longer one, it is asked for a part. */
const maxSought = 64;

/** Text without its case, in any alphabet. NUL characters are U+FFFD, as they are stored. */
export function fold(text: string): string {
	// The Greek sigma has two lower-case forms, and only the end of a word has the second one.
	return text.toLowerCase().replaceAll('ς', 'σ').replaceAll('\0', '\ufffd');
}

function hasValueWith(json: Json, folded: string): boolean {
	if (json === null) return false;
	if (typeof json === 'object') return Object.values(json).some((inner) => hasValueWith(inner, folded));
	return fold(String(json)).includes(folded);
}

/**
 * Whether `output` contains the folded text, or a value of the JSON in `inputs` does. Names and punctuation of the JSON do
 * not count.
 */
export function mentions(inputs: string | null, output: string | null, folded: string): boolean {
	if (output !== null && fold(output).includes(folded)) return true;
	if (inputs === null) return false;
	// Parsing JSON takes much longer than searching its text, which rules out most logs.
	const asJson = JSON.stringify(folded).slice(1, -1);
	return (
		fold(inputs.replaceAll('\\u0000', '\ufffd')).includes(asJson) && hasValueWith(JSON.parse(inputs) as Json, folded)
	);
}

function* valuesOf(json: Json): Generator<string> {
	if (json === null) return;
	if (typeof json !== 'object') yield String(json);
	else for (const inner of Object.values(json)) yield* valuesOf(inner);
}

/** The values of the inputs, as the index has them: folded, each with two separators after it. */
export function inputsText(inputs: string | null): string {
	let text = '';
	if (inputs !== null) for (const value of valuesOf(JSON.parse(inputs) as Json)) text += outputText(value);
	return text;
}

/**
 * An output, as the index has it. The two separators after it are for texts of one or two characters, which the index finds
 * as the beginning of three.
 */
export function outputText(output: string | null): string {
	return output ? `${fold(output).replaceAll('\ufffd', separator)}${separator}${separator}` : '';
}

/** What an index can be asked for. If it is not exact, what the index finds must be checked. */
export type Sought = { folded: string; part: string; isExact: boolean };

/** The longest part of the text that an index can hold, of at most `maxSought` code units. */
export function soughtIn(search: string): Sought {
	const folded = fold(search);
	// SQLite's tokenizer takes U+FFFE and U+FFFF for U+FFFD.
	// eslint-disable-next-line no-control-regex
	const parts = folded.split(/[\u0001\ufffd-\uffff]/);
	const [longest = ''] = parts.toSorted((a, b) => b.length - a.length);
	// Without half a character at the end.
	const part = longest.slice(0, maxSought).replace(/[\ud800-\udbff]$/, '');
	return { folded, part, isExact: part === folded };
}

/** The longest piece of a text in the index, in UTF-16 code units. Pieces overlap by as much as the index is asked for. */
const pieceLength = 8_192;

/** The text in pieces. Each part of it that is no longer than `maxSought` is in one of them as a whole. */
export function piecesOf(text: string): string[] {
	const pieces: string[] = [];
	for (let from = 0; from === 0 || from + maxSought < text.length; from += pieceLength - maxSought) {
		// Half a character at an end cannot be stored. It is whole in the piece before or after.
		pieces.push(text.slice(from, from + pieceLength).toWellFormed());
	}
	return pieces;
}
