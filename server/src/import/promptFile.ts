import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { type Alias, type Document, isMap, LineCounter, parseDocument, visit } from 'yaml';
import { withoutNulls } from '../contract/fields.ts';
import { parameterFields } from '../contract/modelConfigs.ts';
import { type SchemaError, validationDetails } from '../contract/validationErrors.ts';
import { messageOf } from '../domain/apiError.ts';
import { problemOf, surrogateMessage } from '../domain/jsonValue.ts';
import type { ConfigDescription } from '../domain/prompts/configs.ts';

/** A .prompt file cannot be read. The message says in which line and why. */
export class PromptFileError extends Error {}

const { prompt_template: _prompt, chat_template: _chat, ...headFields } = parameterFields;
/** The fields between the `---` lines: those of a config except its templates, which are the body of the file. */
const Head = Type.Object(headFields, { additionalProperties: false });

function at(line: number, what: string): PromptFileError {
	return new PromptFileError(`line ${line}: ${what}`);
}

/** Splits a file into its front matter and its body. `bodyLine` is the line in which the body starts. */
function split(text: string): { head: string; body: string; bodyLine: number } {
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

function readHead(head: string): Record<string, unknown> {
	const lines = new LineCounter();
	// Positions are relative to the settings, which begin in the second line of the file.
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

const roles = 'system|user|assistant|developer';
const opening = new RegExp(`^<(${roles})(\\s[^>]*)?>`);

/** The text without the indentation that all its lines share. */
function dedent(text: string): string {
	const lines = text.replace(/^\n/, '').trimEnd().split('\n');
	const indents = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
	const shared = indents.length === 0 ? 0 : Math.min(...indents);
	return lines
		.map((line) => line.slice(shared))
		.join('\n')
		.trim();
}

function lineOf(body: string, offset: number, firstLine: number): number {
	return firstLine + body.slice(0, offset).split('\n').length - 1;
}

/**
 * The messages of a chat body: `<role>` elements that contain text. Tools and images are errors, because they cannot be
 * stored without loss yet.
 */
function parseChat(body: string, firstLine: number): Record<string, unknown>[] {
	const messages: Record<string, unknown>[] = [];
	let offset = 0;
	for (;;) {
		offset += (/^\s*/.exec(body.slice(offset)) as RegExpExecArray)[0].length;
		const rest = body.slice(offset);
		if (rest === '') return messages;
		const start = opening.exec(rest);
		if (start === null)
			throw at(
				lineOf(body, offset, firstLine),
				`expected one of the elements ${roles
					.split('|')
					.map((role) => `<${role}>`)
					.join(', ')}`,
			);
		const [tag, role] = start as unknown as [string, string];
		const end = rest.indexOf(`</${role}>`, tag.length);
		if (end < 0) throw at(lineOf(body, offset, firstLine), `<${role}> is not closed`);
		const content = rest.slice(tag.length, end);
		const nested = /<(tool|image|text)[\s>/]/.exec(content);
		if (nested !== null) {
			throw at(
				lineOf(body, offset + tag.length + nested.index, firstLine),
				`<${nested[1]}> inside a message is not supported yet`,
			);
		}
		messages.push({ role, content: dedent(content) });
		offset += end + role.length + '</>'.length;
	}
}

/** A chat body has its elements at the beginning of a line. */
function looksLikeChat(body: string): boolean {
	return /^<(system|user|assistant|tool|developer)(\s[^>]*)?>/m.test(body);
}

/**
 * Reads the text of a .prompt file. Without `endpoint`, the form of the body decides. A file has the same config ID
 * however it was saved: line ends become `\n`, and a newline before the body and white space after it are removed.
 * Throws PromptFileError.
 */
export function parsePrompt(raw: string): ConfigDescription {
	const text = raw.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
	const { head, body, bodyLine } = split(text);
	const settings = withoutNulls(readHead(head)) as Omit<ConfigDescription, 'prompt_template' | 'chat_template'>;
	const endpoint = settings.endpoint ?? (looksLikeChat(body) ? 'chat' : 'complete');
	if (endpoint === 'chat')
		return { ...settings, endpoint, chat_template: parseChat(body, bodyLine) } as ConfigDescription;
	return { ...settings, endpoint, prompt_template: body.replace(/^\n/, '').trimEnd() };
}
