import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { type Alias, type Document, isMap, isScalar, LineCounter, parseDocument, type Scalar, visit } from 'yaml';
import { parameterFields } from '../../contract/modelConfigs.ts';
import { type SchemaError, validationDetails } from '../../contract/validationErrors.ts';
import { messageOf } from '../apiError.ts';
import { problemOf, surrogateMessage } from '../jsonValue.ts';
import { at, PromptFileError } from './problems.ts';

/** The fields between the `---` lines: those of a config. */
const Head = Type.Object(parameterFields, { additionalProperties: false });

/** Splits a file into its front matter and its body. `bodyLine` is the line in which the body starts. */
export function split(text: string): { head: string; body: string; bodyLine: number } {
	const match = /^---[ \t]*\n(?:([\s\S]*?)\n)?---[ \t]*(?:\n|$)/.exec(text);
	if (match === null) {
		if (!/^---[ \t]*\n/.test(text)) throw at(1, 'the file must begin with a line "---" and the settings of the model');
		throw at(text.split('\n').length, 'there is no second line "---" that ends the settings');
	}
	return { head: match[1] ?? '', body: text.slice(match[0].length), bodyLine: match[0].split('\n').length };
}

/** The position of the first alias without a target. If all have one, the position of the first alias. */
function badAlias(document: Document.Parsed): number | undefined {
	const aliases: Alias[] = [];
	visit(document, { Alias: (_key, alias) => void aliases.push(alias) });
	const bad = aliases.find((alias) => alias.resolve(document) === undefined) ?? aliases[0];
	return bad?.range?.[0];
}

/** The first key that a map has twice. The library finds it too, but in a time that grows with the square of the keys. */
function repeatedKey(document: Document.Parsed): Scalar | undefined {
	let repeated: Scalar | undefined;
	visit(document, {
		Map: (_key, map) => {
			const seen = new Set<unknown>();
			repeated = map.items
				.map(({ key }) => key)
				.filter((key) => isScalar(key))
				.find((key) => seen.size === seen.add(String(key.value)).size);
			return repeated === undefined ? undefined : visit.BREAK;
		},
	});
	return repeated;
}

/** The settings of a file. Throws PromptFileError with the lines of what is wrong in them. */
export function readHead(head: string): Record<string, unknown> {
	const lines = new LineCounter();
	// Positions are relative to the settings, which begin in the second line of the file.
	const lineOf = (offset: number | undefined) => lines.linePos(offset ?? 0).line + 1;
	const document = parseDocument(head, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
	const [broken] = document.errors;
	if (broken !== undefined) throw at(lineOf(broken.pos[0]), `this is not YAML: ${broken.message}`);
	const repeated = repeatedKey(document);
	if (repeated !== undefined) throw at(lineOf(repeated.range?.[0]), `"${String(repeated.value)}" is there twice`);
	const settings = valueOf(document) ?? {};
	if (typeof settings !== 'object' || Array.isArray(settings) || settings === null) {
		throw at(2, 'the settings must be a list of "name: value"');
	}
	const problems = validationDetails([...Value.Errors(Head, settings)] as SchemaError[], 'settings', settings);
	if (problems.length > 0) {
		const told = problems.map(({ loc, msg }) => ({
			line: lineOfField(loc[1]),
			text: `${loc.slice(1).join('.')}: ${msg}`,
		}));
		told.sort((a, b) => a.line - b.line);
		throw new PromptFileError(told.map(({ line, text }) => at(line, text).message).join('; '));
	}
	const problem = problemOf(settings);
	if (problem !== undefined) {
		const what = problem.kind === 'surrogate' ? surrogateMessage : 'this is nested too deep';
		throw at(lineOfField(problem.path[0]), `${problem.path.join('.')}: ${what}`);
	}
	return { ...settings };

	/** Throws for YAML that is not JSON: aliases (`*name`) without a target, with too much in it, or in a circle. */
	function valueOf(yaml: Document.Parsed): unknown {
		try {
			const value: unknown = yaml.toJS();
			JSON.stringify(value);
			return value;
		} catch (error) {
			const [what] = messageOf(error).split('\n');
			throw at(lineOf(badAlias(yaml)), `this cannot be read: ${what}`);
		}
	}

	function lineOfField(field: string | number | undefined): number {
		if (!isMap(document.contents)) return 2;
		const pair = document.contents.items.find(({ key }) => String(key) === String(field));
		const range = (pair?.key as { range?: [number, number, number] } | undefined)?.range;
		return lineOf(range?.[0]);
	}
}
