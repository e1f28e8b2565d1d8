import { unprocessable } from '../apiError.ts';

/**
 * The two forms that the official clients fill (prompt_utils of the Python SDK): a variable, and a tool call whose
 * whole signature is the input's name. At most one white space character at each side; anything else stays as it is.
 */
const placeholder = /\{\{\s?([a-zA-Z_\d.[\]]+|[a-zA-Z_\-\d]+\([a-zA-Z_\-\d,\s"]+\))\s?\}\}/g;

/** The names of the inputs that a template needs, in order of appearance, each once. */
export function variablesOf(template: string): string[] {
	return [...new Set([...template.matchAll(placeholder)].map((match) => match[1] as string))];
}

/** Inputs come from JSON, where numbers and booleans read the same as String() writes them. */
function textOf(value: unknown): string {
	return typeof value === 'string' ? value : JSON.stringify(value);
}

function isGiven(inputs: Record<string, unknown>, name: string): boolean {
	return Object.hasOwn(inputs, name) && inputs[name] !== null && inputs[name] !== undefined;
}

/**
 * Fills a template in one pass: an input's text is never itself read as a template. Keys are taken literally
 * (`{{a.b}}` needs an input named "a.b"); strings go in as they are, numbers and booleans as String() writes them,
 * objects and arrays as JSON. Throws a 422 that lists the missing names, sorted; null counts as missing.
 */
export function fillTemplate(template: string, inputs: Record<string, unknown>): string {
	const missing = variablesOf(template).filter((name) => !isGiven(inputs, name));
	if (missing.length > 0) {
		throw unprocessable(
			`Prompt requires inputs for the following variables: ${missing.sort().join(', ')}. ` +
				'Add each of them to "inputs" with a value that is not null.',
		);
	}
	return template.replace(placeholder, (_match, name: string) => textOf(inputs[name]));
}
