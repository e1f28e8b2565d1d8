import { tryToParseDateTime, type IDataObject, type IExecuteSingleFunctions } from 'n8n-workflow';

import { fieldError } from './errors';
import { isEmpty, text } from './values';

/** Gives a field's value in the type of the contract, or throws NodeOperationError naming field and item. */
type Reader = (context: IExecuteSingleFunctions, field: string, value: unknown) => unknown;

/** By key of the API: the field's name as the user sees it, and how to read it. */
export type WireFields = Record<string, [field: string, read: Reader]>;

/**
 * Finishes what the routing of the plain fields has put into a body or a query.
 *
 * The contract types every key without coercion, so what is empty is left out (`0` and `false` are not
 * empty), and what an expression gave in another type is turned into the key's own.
 *
 * @returns the keys of `fields` that have a value
 * @throws NodeOperationError naming field and item
 */
export function wireValues(
	context: IExecuteSingleFunctions,
	routed: IDataObject | undefined,
	fields: WireFields,
): IDataObject {
	const values: IDataObject = {};
	for (const [key, [field, read]] of Object.entries(fields)) {
		const value = routed?.[key];
		if (!isEmpty(value)) values[key] = read(context, field, value) as IDataObject;
	}
	return values;
}

/** Text around which white space means nothing. */
export function trimmedText(context: IExecuteSingleFunctions, field: string, value: unknown): string {
	return text(context, field, value).trim();
}

/** A number; text that is one counts. */
export function decimal(context: IExecuteSingleFunctions, field: string, value: unknown): number {
	const number = typeof value === 'string' ? Number(value) : value;
	if (typeof number === 'number' && Number.isFinite(number)) return number;
	throw fieldError(context, field, `is no number: ${JSON.stringify(value)}`, 'Enter a number, e.g. 0.5.');
}

/**
 * A point in time, in any form that n8n's own nodes take. One without an offset, as the editor's date
 * picker gives it, is of the workflow's time zone.
 *
 * @returns ISO 8601 in UTC
 */
export function dateTime(context: IExecuteSingleFunctions, field: string, value: unknown): string {
	let iso: string | null = null;
	try {
		iso = tryToParseDateTime(value, context.getTimezone()).toUTC().toISO();
	} catch {
		// Said below, with the field's name.
	}
	if (iso !== null) return iso;
	throw fieldError(
		context,
		field,
		`is no date: ${JSON.stringify(value)}`,
		'Enter a date with or without time, e.g. 2026-01-31 or 2026-01-31T09:30:00Z.',
	);
}
