import { isObjectEmpty, type IDataObject, type IExecuteSingleFunctions } from 'n8n-workflow';

import { fieldError } from './errors';
import { isEmpty } from './values';

/**
 * Reads a field of type JSON.
 *
 * n8n hands over the text as the user typed it, or an object when an expression returned one.
 *
 * @returns the object, or undefined when the field is empty
 * @throws NodeOperationError naming field and item when the text is no JSON or the JSON no object
 */
export function jsonObject(context: IExecuteSingleFunctions, field: string, value: unknown): IDataObject | undefined {
	if (isEmpty(value)) return undefined;
	const parsed = typeof value === 'string' ? parseJson(context, field, value) : value;
	if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
		const kind = parsed === null ? 'null' : Array.isArray(parsed) ? 'a list' : `a ${typeof parsed}`;
		throw fieldError(context, field, `is ${kind}, not an object`, 'Enter an object, e.g. { "name": "Zoë" }.');
	}
	return parsed as IDataObject;
}

/**
 * Reads a list of name/value entries.
 *
 * An empty text is a value: a template variable may be filled with nothing. An expression that
 * returned nothing at all, such as a misspelt field, leaves its entry out, so that it is missed.
 *
 * @returns the values by name, or undefined when there is no entry
 * @throws NodeOperationError naming field and item when a name is missing or used twice
 */
export function namedValues(
	context: IExecuteSingleFunctions,
	field: string,
	entries: unknown,
): IDataObject | undefined {
	const values: IDataObject = {};
	const names = new Set<string>();
	for (const entry of (entries ?? []) as Array<{ name?: string | number; value?: unknown }>) {
		const name = String(entry.name ?? '').trim();
		if (name === '') {
			throw fieldError(context, field, 'has an entry without a name', 'Name each entry, or remove it.');
		}
		if (names.has(name)) {
			throw fieldError(context, field, `has more than one entry named '${name}'`, 'Remove all but one.');
		}
		names.add(name);
		// A plain assignment to "__proto__" would set the object's prototype and lose the value.
		if (entry.value !== undefined && entry.value !== null) {
			Object.defineProperty(values, name, { value: entry.value, enumerable: true });
		}
	}
	return isObjectEmpty(values) ? undefined : values;
}

function parseJson(context: IExecuteSingleFunctions, field: string, value: string): unknown {
	try {
		return JSON.parse(value);
	} catch (error) {
		const reason = (error as Error).message;
		throw fieldError(
			context,
			field,
			'is not valid JSON',
			`${reason}. Text inside JSON needs double quotes, and quotes and line breaks in it need a backslash; an expression can do that with JSON.stringify().`,
		);
	}
}
