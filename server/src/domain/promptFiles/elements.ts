import { at } from './problems.ts';

/** An element of a chat body: `<name attributes>content</name>`, or `<name attributes />`. Positions are in the body. */
export type Element = {
	name: string;
	attributes: Record<string, string>;
	/** Undefined for `<name />`. */
	content: string | undefined;
	start: number;
	contentStart: number;
	end: number;
};

/** A chat body, and the line of the file in which it starts. */
export type Body = { text: string; firstLine: number };

export const roles = ['system', 'user', 'assistant', 'developer', 'tool'] as const;
export const names = [...roles, 'text', 'image'] as const;

const attribute = /([\w:-]+)\s*=\s*"([^"]*)"/g;
/** The attribute of XML that keeps white space. With it, `&lt;` and the like are read as what they stand for. */
export const exact = { name: 'xml:space', value: 'preserve' };

const characters: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', '#10': '\n', '#13': '\r' };
const entity = /&(lt|gt|amp|quot|#10|#13);/g;

export function decode(text: string): string {
	return text.replace(entity, (_match, name: string) => characters[name] as string);
}

export function lineAt({ text, firstLine }: Body, offset: number): number {
	return firstLine + text.slice(0, offset).split('\n').length - 1;
}

/** The position of the next character that is no white space. */
export function skipSpace(text: string, from: number): number {
	const space = /\s*/y;
	space.lastIndex = from;
	space.test(text);
	return space.lastIndex;
}

/** The element that begins at this position, if its name is one of those. Throws if it is not closed. */
export function readElement(body: Body, start: number, allowed: readonly string[]): Element | undefined {
	const opening = /<([a-z]+)((?:\s(?:"[^"]*"|[^">])*)?)>/y;
	opening.lastIndex = start;
	const [tag, name, given = ''] = opening.exec(body.text) ?? [];
	if (tag === undefined || name === undefined || !allowed.includes(name)) return undefined;
	const pairs = [...given.matchAll(attribute)].map((match) => [match[1], decode(match[2] as string)] as const);
	const attributes = Object.fromEntries(pairs) as Record<string, string>;
	const contentStart = start + tag.length;
	if (given.endsWith('/')) return { name, attributes, content: undefined, start, contentStart, end: contentStart };
	const close = `</${name}>`;
	const end = body.text.indexOf(close, contentStart);
	if (end < 0) throw at(lineAt(body, start), `<${name}> is not closed`);
	const content = body.text.slice(contentStart, end);
	return { name, attributes, content, start, contentStart, end: end + close.length };
}

/** The text without the indentation that all its lines share, and without white space at its ends. */
export function dedent(text: string): string {
	const lines = text.replace(/^\n/, '').trimEnd().split('\n');
	const indents = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
	const shared = indents.length === 0 ? 0 : indents.reduce((least, indent) => Math.min(least, indent));
	return lines
		.map((line) => line.slice(shared))
		.join('\n')
		.trim();
}

/** What a text in an element with these attributes stands for. */
export function textIn(attributes: Record<string, string>, text: string): string {
	return attributes[exact.name] === exact.value ? decode(text) : dedent(text);
}
