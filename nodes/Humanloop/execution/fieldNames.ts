import { ApiFailure } from '../transport/apiFailure';

/**
 * Names the fields that an API's message speaks of by their keys.
 *
 * @param names by key of the API: the field's name as the user sees it
 * @returns the failure; if its message names a key, with the field's name before it or in the advice
 */
export function withFieldNames(failure: ApiFailure, names: ReadonlyMap<string, string>): ApiFailure {
	// The names in it are the model's own.
	if (failure.output !== null) return failure;
	const named = [...names].filter(([key]) => speaksOf(failure.message, key));
	if (named.length === 0) return failure;
	let { message } = failure;
	// A list of validation errors begins each one with its key.
	for (const [key, field] of named) {
		message = message.replace(new RegExp(`(^|; )${key}(?=[.:])`, 'g'), (_, before) => `${before}'${field}' (${key})`);
	}
	const unnamed = named.filter(([, field]) => !message.includes(`'${field}'`));
	if (unnamed.length === 0) return failure.with({ message });
	const list = unnamed.map(([key, field]) => `'${field}' (${key})`).join(' and ');
	const description = failure.description
		.replace(/^Change (what|the field that) the message names/, `Change ${list}`)
		.replace(/^Check the IDs in the node/, `Check ${list}`);
	return failure.with({ message, description });
}

/** A word such as "user" is a key only where the message says so: before a colon, or in quotes. */
function speaksOf(message: string, key: string): boolean {
	const pattern = key.includes('_') ? `\\b${key}\\b` : `(^|; )${key}[.:]|["'\`]${key}["'\`]`;
	return new RegExp(pattern).test(message);
}
