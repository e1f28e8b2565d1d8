import type { IExecuteSingleFunctions } from 'n8n-workflow';

import { fieldError } from './errors';

/**
 * A whole number; text that is one counts.
 *
 * @throws NodeOperationError naming field and item
 */
export function wholeNumber(
	context: IExecuteSingleFunctions,
	field: string,
	value: unknown,
	smallest = Number.MIN_SAFE_INTEGER,
	largest = Number.MAX_SAFE_INTEGER,
): number {
	const number = typeof value === 'string' ? Number(value) : value;
	if (!Number.isSafeInteger(number)) {
		throw fieldError(context, field, `is no whole number: ${shown(value)}`, 'Enter a number without decimals, e.g. 2.');
	}
	if ((number as number) < smallest) {
		throw fieldError(context, field, `is below ${smallest}: ${shown(value)}`, `Enter ${smallest} or more.`);
	}
	if ((number as number) > largest) {
		throw fieldError(context, field, `is above ${largest}: ${shown(value)}`, `Enter ${largest} or less.`);
	}
	return number as number;
}

/** True or false; their text counts. Throws as wholeNumber does. */
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

/** Text; a number or a switch is turned into its text. Throws as wholeNumber does. */
export function text(context: IExecuteSingleFunctions, field: string, value: unknown): string {
	if (typeof value === 'object') {
		throw fieldError(
			context,
			field,
			`is no text: ${shown(value)}`,
			'Enter text, or let the expression return one value instead of an object.',
		);
	}
	return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Whether the user left a field empty; `0` and `false` are not empty. */
export function isEmpty(value: unknown): boolean {
	return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

function shown(value: unknown): string {
	const json = JSON.stringify(value) ?? String(value);
	return json.length > 80 ? `${json.slice(0, 80)}…` : json;
}
