import { createHash } from 'node:crypto';
import type { ChatMessage } from '../../contract/messages.ts';
import type { Sampling } from '../../domain/provider.ts';

const openings = ['You wrote:', 'You asked:', 'In answer to:', 'On this:'];
const statements = [
	'The most important point is',
	'It helps to begin with',
	'People often ask about',
	'A careful reader would notice',
	'What remains to be settled is',
	'The next step depends on',
];
const endings = [
	'and that can be answered without delay.',
	'which is why a clear reply matters.',
	'so nothing else needs to change.',
	'and the details can follow later.',
	'which most people understand at once.',
];
/** Frequent words that say nothing about a prompt. */
const dull = new Set('about after their there these those which would could should please'.split(' '));
const fallbackWords = ['the request', 'the question', 'the details'];

/** The texts of a message. Images have none. */
export function textsOf({ content }: ChatMessage): string[] {
	if (typeof content === 'string') return [content];
	return (content ?? []).flatMap((part) => (part.type === 'text' ? part.text : []));
}

/** The text of a prompt: of a chat, that of all messages. */
export function promptText(prompt: Sampling['prompt']): string {
	return typeof prompt === 'string' ? prompt : prompt.flatMap(textsOf).join('\n');
}

/** A longer text is only looked at in parts, or it would hold up all other calls. In UTF-16 units. */
const maxLength = 100_000;

/** The text, or the beginning and the end of a long one. */
export function shortened(text: string): string {
	return text.length <= maxLength ? text : text.slice(0, maxLength / 2) + text.slice(-maxLength / 2);
}

/** Numbers in [0, 1) that depend on the text alone: the same on every machine. */
function numbersFrom(text: string): () => number {
	let state = createHash('sha256').update(text).digest().readUInt32LE(0);
	return () => {
		// mulberry32: small, evenly spread, and good enough to choose words.
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** Words of the prompt, each once: long enough to mean something, short enough to be words. */
export function wordsOf(prompt: string): string[] {
	const words = [...new Set(prompt.match(/[\p{L}\p{N}][\p{L}\p{N}-]{4,40}/gu) ?? [])].filter((word) => !dull.has(word));
	return words.length > 0 ? words : fallbackWords;
}

/** How many characters of the prompt are quoted, and how many UTF-16 units are searched for them. */
const quoted = 80;
const lookedAt = 2_000;

const characters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The prompt's last words in one line, or its last characters if there are no spaces. */
function endOf(prompt: string): string {
	const line = prompt.trimEnd().slice(-lookedAt).replaceAll(/\s+/g, ' ').trim();
	const all = Array.from(characters.segment(line), ({ segment }) => segment);
	if (all.length <= quoted && prompt.length <= lookedAt) return line;
	// The first character may be incomplete if only a part of the prompt was searched.
	const end = all.slice(Math.max(1, all.length - quoted)).join('');
	const wholeWords = end.slice(end.indexOf(' '));
	return `…${wholeWords.length > end.length / 2 ? wholeWords : end}`;
}

/** Draws from a list in random order and starts over when all are drawn: no sentence comes twice in a row. */
function drawer(choices: string[], random: () => number): () => string {
	let left: string[] = [];
	return () => {
		if (left.length === 0) left = [...choices];
		return left.splice(Math.floor(random() * left.length), 1)[0] as string;
	};
}

/** Gives words of the prompt, one after the other. The same for the same prompt, sample index and seed. */
export function mockWords(
	prompt: string,
	index: number,
	seed: number | undefined,
	words = wordsOf(prompt),
): () => string {
	return drawer(words, numbersFrom(JSON.stringify([prompt, index, seed ?? null])));
}

/**
 * What the mock model says: the end of the prompt, so that a reader sees what arrived, and a few sentences in something
 * like English about words of the prompt. The same for the same prompt, sample index and seed.
 */
export function mockText(prompt: string, index: number, seed: number | undefined, words = wordsOf(prompt)): string {
	const random = numbersFrom(JSON.stringify([prompt, index, seed ?? null]));
	const word = drawer(words, random);
	const statement = drawer(statements, random);
	const ending = drawer(endings, random);
	const opening = drawer(openings, random)();
	const end = endOf(prompt);
	const sentences = end === '' ? [] : [`${opening} “${end}”${/\p{Sentence_Terminal}$/u.test(end) ? '' : '.'}`];
	const count = 2 + Math.floor(random() * 3);
	for (let i = 0; i < count; i += 1) sentences.push(`${statement()} “${word()}”, ${ending()}`);
	return sentences.join(' ');
}

/** Made-up log probabilities of a token and n - 1 alternatives. They depend on the token alone. */
export function mockLogprobs(token: string, n: number): { own: number; top: Record<string, number> } {
	const random = numbersFrom(token);
	const own = -random();
	const top: Record<string, number> = n > 0 ? { [token]: own } : {};
	for (let i = 1; i < n; i += 1) top[`${token}~${i}`] = own - i - random();
	return { own, top };
}
