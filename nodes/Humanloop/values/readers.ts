import { tryToParseDateTime, type IDataObject, type IExecuteSingleFunctions } from 'n8n-workflow';

import { fieldError } from './fieldError';

/**
 * Returns a field's value in the type of the contract, which converts nothing: an expression may have given another
 * type.
 *
 * @param field the field's name as the user sees it
 * @returns undefined to leave the field's key out
 * @throws NodeOperationError that names the field and the item
 */
export type Reader = (context: IExecuteSingleFunctions, field: string, value: unknown) => unknown;

/** Whether the user left a field empty. `0` and `false` are not empty. */
export function isEmpty(value: unknown): boolean {
	return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

/** A Reader of text, white space included. A number or a Boolean becomes text. */
export function text(context: IExecuteSingleFunctions, field: string, value: unknown): string {
	if (typeof value === 'object') {
		throw fieldError(
			context,
			field,
			`is not text: ${shown(value)}`,
			'Enter text, or let the expression return one value instead of an object.',
		);
	}
	return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A Reader of text that white space around it does not belong to. */
export function trimmedText(context: IExecuteSingleFunctions, field: string, value: unknown): string {
	return text(context, field, value).trim();
}

/** A Reader of whole numbers and their text, with bounds that are part of the range. */
export function wholeNumber(
	context: IExecuteSingleFunctions,
	field: string,
	value: unknown,
	smallest = Number.MIN_SAFE_INTEGER,
	largest = Number.MAX_SAFE_INTEGER,
): number {
	const number = typeof value === 'string' ? Number(value) : value;
	if (!Number.isSafeInteger(number)) {
		throw fieldError(
			context,
			field,
			`is not a whole number: ${shown(value)}`,
			'Enter a number without decimals, e.g. 2.',
		);
	}
	if ((number as number) < smallest) {
		throw fieldError(context, field, `is below ${smallest}: ${shown(value)}`, `Enter ${smallest} or more.`);
	}
	if ((number as number) > largest) {
		throw fieldError(context, field, `is above ${largest}: ${shown(value)}`, `Enter ${largest} or less.`);
	}
	return number as number;
}

/** A Reader of numbers and their text. */
export function decimal(context: IExecuteSingleFunctions, field: string, value: unknown): number {
	const number = typeof value === 'string' ? Number(value) : value;
	if (typeof number === 'number' && Number.isFinite(number)) return number;
	throw fieldError(context, field, `is not a number: ${JSON.stringify(value)}`, 'Enter a number, e.g. 0.5.');
}

/** A Reader of Booleans and their text. */
export function boolean(context: IExecuteSingleFunctions, field: string, value: unknown): boolean {
	if (value === true || value === 'true') return true;
	if (value === false || value === 'false') return false;
	throw fieldError(
		context,
		field,
		`is neither true nor false: ${shown(value)}`,
		'Switch it on or off, or let the expression return true or false.',
	);
}

/**
 * A Reader of dates in every form that n8n's own nodes accept. A date without an offset, as the editor's date picker
 * gives it, is in the workflow's time zone.
 *
 * @returns ISO 8601 in UTC
 */
export function dateTime(context: IExecuteSingleFunctions, field: string, value: unknown): string {
	let iso: string | null = null;
	try {
		iso = tryToParseDateTime(value, context.getTimezone()).toUTC().toISO();
	} catch {
		// Reported below, with the field's name.
	}
	if (iso !== null) return iso;
	throw fieldError(
		context,
		field,
		`is not a date: ${JSON.stringify(value)}`,
		'Enter a date with or without time, e.g. 2026-01-31 or 2026-01-31T09:30:00Z.',
	);
}

/** A Reader of JSON objects. n8n passes the text that the user typed, or an object that an expression returned. */
export function jsonObject(context: IExecuteSingleFunctions, field: string, value: unknown): IDataObject | undefined {
	if (isEmpty(value)) return undefined;
	const parsed = parseJson(context, field, value);
	if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
		const problem = `is ${kindOf(parsed)}, not an object`;
		throw fieldError(context, field, problem, 'Enter an object, e.g. { "name": "Zoë" }.');
	}
	return parsed as IDataObject;
}

/** A Reader of JSON arrays, see jsonObject. */
export function jsonArray(context: IExecuteSingleFunctions, field: string, value: unknown): unknown[] | undefined {
	if (isEmpty(value)) return undefined;
	const parsed = parseJson(context, field, value);
	if (Array.isArray(parsed)) return parsed as unknown[];
	throw fieldError(context, field, `is ${kindOf(parsed)}, not a list`, 'Enter a list in square brackets.');
}

function kindOf(json: unknown): string {
	if (json === null) return 'null';
	if (Array.isArray(json)) return 'a list';
	return typeof json === 'object' ? 'an object' : `a ${typeof json}`;
}

function parseJson(context: IExecuteSingleFunctions, field: string, value: unknown): unknown {
	if (typeof value !== 'string') return value;
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

function shown(value: unknown): string {
	const json = JSON.stringify(value) ?? String(value);
	return json.length > 80 ? `${json.slice(0, 80)}…` : json;
}
