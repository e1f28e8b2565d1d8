export type Token = { text: string; start: number };
/** What stands between `{{` and `}}`, or between `{%` and `%}`, in tokens. */
export type Tag = { kind: 'print' | 'block'; tokens: Token[] };

const opening = /\{\{|\{%|\{#/g;
const rawBlock = /\{%[-+]?\s*raw\s*[-+]?%\}/y;
const endOfRaw = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;
const token = /\s*("(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|[\p{L}_][\p{L}\p{N}_]*|[\d.]+|[-+]?(?:\}\}|%\})|\S)/uy;

function endOf(pattern: RegExp, text: string, from: number): number {
	pattern.lastIndex = from;
	return pattern.exec(text) === null ? text.length : pattern.lastIndex;
}

/**
 * The tokens from `from` on up to the end of the tag. `}}` inside of braces closes them, and does not end the tag. A tag
 * that does not end has no tokens: what follows may be text.
 */
function tokensFrom(template: string, from: number, end: string): { tokens: Token[]; next: number } {
	const tokens: Token[] = [];
	let depth = 0;
	token.lastIndex = from;
	for (;;) {
		const text = token.exec(template)?.[1];
		if (text === undefined) return { tokens: [], next: template.length };
		if (text.endsWith(end) && depth === 0) return { tokens, next: token.lastIndex };
		if (text === '{') depth += 1;
		if (text === '}') depth -= 1;
		if (text.endsWith('}}')) {
			// With one brace open, the second `}` is the first one of the tag's end.
			if (depth === 1) token.lastIndex -= 1;
			depth = Math.max(0, depth - 2);
		}
		tokens.push({ text, start: token.lastIndex - text.length });
	}
}

/** The tags of a template, without comments and what is inside of `{% raw %}`. */
export function tagsOf(template: string): Tag[] {
	const tags: Tag[] = [];
	for (let at = 0; ;) {
		opening.lastIndex = at;
		const found = opening.exec(template);
		if (found === null) return tags;
		rawBlock.lastIndex = found.index;
		if (found[0] === '{#') {
			const end = template.indexOf('#}', found.index + 2);
			if (end < 0) return tags;
			at = end + 2;
		} else if (rawBlock.test(template)) {
			at = endOf(endOfRaw, template, rawBlock.lastIndex);
		} else {
			const kind = found[0] === '{{' ? 'print' : 'block';
			const { tokens, next } = tokensFrom(template, found.index + 2, kind === 'print' ? '}}' : '%}');
			tags.push({ kind, tokens });
			at = next;
		}
	}
}
