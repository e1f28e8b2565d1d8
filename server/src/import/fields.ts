import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { Int, JsonObject, Opt } from '../contract/fields.ts';
import { type SchemaError, validationDetails } from '../contract/validationErrors.ts';
import { ImportProblem } from './importProblem.ts';

type JsonObject = Record<string, unknown>;

/** An ID of an export. It is opaque, and becomes the name of a file when it is exported. */
export const idForm = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
export const Id = Type.String({ pattern: idForm.source });
/** A time. Without an offset, it is in UTC. */
export const Time = Opt(Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d' }));
export const Text = Opt(Type.String());
export const Decimal = Opt(Type.Number());
export const Whole = Opt(Int());
export const AnyObject = Opt(JsonObject('Anything.'));

/** The object, if it fits the schema. Throws ImportProblem with the first things that are wrong. */
export function checked<T extends TSchema>(schema: T, value: JsonObject): Static<T> {
	const errors = [...Value.Errors(schema, value)] as SchemaError[];
	const details = validationDetails(errors, '', value);
	if (details.length === 0) return value as Static<T>;
	const words = details.slice(0, 3).map(({ loc, msg }) => `${loc.slice(1).join('.')}: ${msg}`);
	throw new ImportProblem(words.join('; '));
}

/** The time as it is stored: in UTC, with milliseconds. Undefined if there is none. Throws ImportProblem for no time. */
export function timeIn(field: string, text: string | null | undefined): string | undefined {
	if (text === null || text === undefined) return undefined;
	const hasOffset = /(?:Z|[+-]\d\d:?\d\d)$/i.test(text) || !text.includes(':');
	const time = new Date(hasOffset ? text : `${text}Z`);
	if (Number.isNaN(time.getTime()) || time.getUTCFullYear() > 9999)
		throw new ImportProblem(`${field}: this is not a time`);
	return time.toISOString();
}

/** The names of those keys that have a value. An empty list and an empty object are none. */
export function filledKeys(value: JsonObject, keys: readonly string[]): string[] {
	return keys.filter((key) => {
		const inner = value[key];
		if (inner === null || inner === undefined || inner === '') return false;
		return typeof inner !== 'object' || Object.keys(inner).length > 0;
	});
}
