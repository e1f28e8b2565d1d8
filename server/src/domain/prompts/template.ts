import { type ApiError, unprocessable } from '../apiError.ts';

/**
 * The two forms that the official clients fill (prompt_utils of the Python SDK): a variable, and a tool call whose whole
 * signature is the name of the input. Each side can have one white space character. Anything else stays as it is.
 */
const placeholder = /\{\{\s?([a-zA-Z_\d.[\]]+|[a-zA-Z_\-\d]+\([a-zA-Z_\-\d,\s"]+\))\s?\}\}/g;

/** The names of the inputs that a template needs, each once, in the order of the template. */
export function variablesOf(template: string): string[] {
	return [...new Set([...template.matchAll(placeholder)].map((match) => match[1] as string))];
}

/** An input as a template shows it. Inputs come from JSON, which writes numbers and booleans as String() does. */
export function textOf(value: unknown): string {
	return typeof value === 'string' ? value : JSON.stringify(value);
}

function isPresent(inputs: Record<string, unknown>, name: string): boolean {
	return Object.hasOwn(inputs, name) && inputs[name] !== null && inputs[name] !== undefined;
}

/** 422 for inputs that templates need and the call did not send. `advice` says what to do about it. */
export function missingInputs(
	names: Iterable<string>,
	advice = 'Add each of them to "inputs" with a value that is not null.',
): ApiError {
	const sorted = [...new Set(names)].sort();
	return unprocessable(`Prompt requires inputs for the following variables: ${sorted.join(', ')}. ${advice}`);
}

/**
 * Fills templates in one pass: the text of an input is never read as a template. `{{a.b}}` needs an input named "a.b".
 * Strings are inserted as they are, numbers and booleans as String() writes them, objects and arrays as JSON. Throws a
 * 422 that lists the names that are missing in all templates, in alphabetical order. null counts as missing.
 * `checkLength` gets the length of all texts together while they grow: a template can repeat an input many times.
 */
export function fillTemplates(
	templates: readonly string[],
	inputs: Record<string, unknown>,
	checkLength: (length: number) => void = () => undefined,
): string[] {
	const missing = templates.flatMap(variablesOf).filter((name) => !isPresent(inputs, name));
	if (missing.length > 0) throw missingInputs(missing);
	let length = templates.reduce((sum, template) => sum + template.length, 0);
	return templates.map((template) =>
		template.replace(placeholder, (_match, name: string) => {
			const text = textOf(inputs[name]);
			length += text.length;
			checkLength(length);
			return text;
		}),
	);
}

/** The text with the inputs in place of their variables, in one pass. A variable without an input stays as it is. */
export function insertInputs(text: string, inputs: Record<string, unknown>): string {
	return text.replace(placeholder, (match, name: string) => (isPresent(inputs, name) ? textOf(inputs[name]) : match));
}
