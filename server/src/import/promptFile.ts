import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { type Alias, type Document, isMap, LineCounter, parseDocument, visit } from 'yaml';
import { withoutNulls } from '../contract/fields.ts';
import { parameterFields } from '../contract/modelConfigs.ts';
import { type SchemaError, validationDetails } from '../http/validationErrors.ts';
import type { ConfigDescription } from '../domain/prompts/configs.ts';
import { messageOf } from '../domain/apiError.ts';
import { parseChat } from './promptChat.ts';

/** A .prompt file that cannot be read; the message says in which line and why. */
export class PromptFileError extends Error {}

const { prompt_template: _prompt, chat_template: _chat, ...headFields } = parameterFields;
/** What may stand between the `---` lines: the config's fields but its templates, which are the file's body. */
const Head = Type.Object(headFields, { additionalProperties: false });

function at(line: number, what: string): PromptFileError {
	return new PromptFileError(`line ${line}: ${what}`);
}

/** Front matter and body. `bodyLine` is the line that the body starts in. */
function split(text: string): { head: string; body: string; bodyLine: number } {
	const match = /^---[ \t]*\n(?:([\s\S]*?)\n)?---[ \t]*(?:\n|$)/.exec(text);
	if (match === null) {
		if (!/^---[ \t]*\n/.test(text)) throw at(1, 'the file must begin with a line "---" and the settings of the model');
		throw at(text.split('\n').length, 'there is no second line "---" that ends the settings');
	}
	return { head: match[1] ?? '', body: text.slice(match[0].length), bodyLine: match[0].split('\n').length };
}

/** Where the first alias stands that leads nowhere; where all lead somewhere, the first of all. */
function badAlias(document: Document.Parsed): number | undefined {
	const aliases: Alias[] = [];
	visit(document, { Alias: (_key, alias) => void aliases.push(alias) });
	const bad = aliases.find((alias) => alias.resolve(document) === undefined) ?? aliases[0];
	return bad?.range?.[0];
}

function readHead(head: string): Record<string, unknown> {
	const lines = new LineCounter();
	// Positions count within the settings, which begin in the file's second line.
	const lineOf = (offset: number | undefined) => lines.linePos(offset ?? 0).line + 1;
	const document = parseDocument(head, { lineCounter: lines, prettyErrors: false });
	const [broken] = document.errors;
	if (broken !== undefined) throw at(lineOf(broken.pos[0]), `this is not YAML: ${broken.message}`);
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
	return { ...settings };

	/** Throws for what is YAML and yet no JSON: aliases (`*name`) that lead nowhere, to too much, or round in a circle. */
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

/** Chat bodies are made of elements at the beginning of a line. */
function looksLikeChat(body: string): boolean {
	return /^<(system|user|assistant|tool|developer)(\s[^>]*)?>/m.test(body);
}

/**
 * Reads the text of a .prompt file. Line ends are made `\n` and of the body one leading newline and the white space at
 * its end are cut, so that a file has the same config ID however it was saved. Without `endpoint`, the body decides.
 * Throws PromptFileError.
 */
export function parsePrompt(raw: string): ConfigDescription {
	const text = raw.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
	const { head, body, bodyLine } = split(text);
	const settings = withoutNulls(readHead(head)) as Omit<ConfigDescription, 'prompt_template' | 'chat_template'>;
	const endpoint = settings.endpoint ?? (looksLikeChat(body) ? 'chat' : 'complete');
	if (endpoint === 'chat')
		return { ...settings, endpoint, chat_template: parseChat(body, bodyLine, at) } as ConfigDescription;
	return { ...settings, endpoint, prompt_template: body.replace(/^\n/, '').trimEnd() };
}
