import { type Tag, tagsOf, type Token } from './tokens.ts';

const nameForm = /^[\p{L}_][\p{L}\p{N}_]*$/u;
/** Names that are no inputs: keywords, and what Jinja defines. */
const known = new Set(
	(
		'and or not in is if else elif for recursive true false none True False None ' +
		'loop self super caller varargs kwargs range dict lipsum cycler joiner namespace'
	).split(' '),
);

/** The names that a tag defines itself. */
function boundBy({ kind, tokens }: Tag): string[] {
	const words = tokens.map(({ text }) => text);
	const [tag] = words[0] === '-' || words[0] === '+' ? words.slice(1) : words;
	if (kind === 'print') return [];
	if (tag === 'for') return words.slice(0, words.indexOf('in'));
	if (tag === 'set') return words.slice(0, words.includes('=') ? words.indexOf('=') : undefined);
	if (tag === 'with') return words.filter((_word, place) => words[place + 1] === '=');
	return ['macro', 'call', 'import', 'from'].includes(tag ?? '') ? words : [];
}

/** Whether the engine would read the name at this place as an empty text if it were not defined. */
function isSilent(tokens: readonly Token[], place: number): boolean {
	const at = (distance: number) => tokens[place + distance]?.text;
	if (at(-1) === '.' || at(-1) === '|' || at(-1) === 'is') return false;
	if (at(1) === '|') return at(2) !== 'default' && at(2) !== 'd';
	return at(1) === '~' || (at(-1) === '~' && at(1) !== '.' && at(1) !== '[' && at(1) !== '(');
}

/**
 * The template, changed so that a missing input is an error wherever its value is used. The engine itself reads it as
 * an empty text where it is filtered or joined: in `{{ name | trim }}` it would be lost silently. `isMissing` says
 * whether a name is that of an input that is missing, and not defined by Jinja or the template.
 */
export function guardMissing(
	template: string,
	inputs: Record<string, unknown>,
): { guarded: string; isMissing: (name: string) => boolean } {
	const tags = tagsOf(template);
	const bound = new Set(tags.flatMap(boundBy));
	const isMissing = (name: string) =>
		nameForm.test(name) && !known.has(name) && !bound.has(name) && !Object.hasOwn(inputs, name);
	const places = tags.flatMap(({ tokens }) =>
		tokens.filter(({ text }, place) => isMissing(text) && isSilent(tokens, place)),
	);
	let guarded = '';
	let end = 0;
	for (const { text, start } of places) {
		// An attribute of what is not defined is an error.
		guarded += `${template.slice(end, start)}(${text} if ${text} is defined else ${text}.missing)`;
		end = start + text.length;
	}
	return { guarded: guarded + template.slice(end), isMissing };
}
