import { Type, type Static, type TObject, type TProperties, type TSchema } from 'typebox';
import { providerNamePattern } from './providers.ts';

type Shape = { type?: string | string[]; enum?: unknown[] };

/**
 * The schema, or null. It uses JSON Schema's list of types instead of `anyOf`: the caller gets one error per field
 * instead of one per branch, and the serializer does not have to validate.
 */
export function Nullable<T extends TSchema>(schema: T) {
	const { type, enum: members } = schema as Shape;
	return Type.Unsafe<Static<T> | null>({
		...schema,
		...(type === undefined ? {} : { type: [type, 'null'].flat() }),
		...(members === undefined ? {} : { enum: [...members, null] }),
	});
}

/** An integer of a request. JavaScript and the database cannot hold integers outside these bounds exactly. */
export function Int(limits: { minimum?: number; maximum?: number; default?: number; description?: string } = {}) {
	return Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER, ...limits });
}

/**
 * How many characters a name, a reference or an ID may have. Databases index these, and PostgreSQL does not index
 * values of more than 2,704 bytes.
 */
export const maxNameLength = 512;

/** A name, a reference or an ID in a request. */
export function Name(more: { minLength?: number; description?: string } = {}) {
	return Type.String({ maxLength: maxNameLength, ...more });
}

/** An optional field of a request. null means absent, as in the contract's pydantic models. */
export function Opt<T extends TSchema>(schema: T) {
	return Type.Optional(Nullable(schema));
}

/** A time of a response: ISO 8601 in UTC. */
export const Time = Type.String({ format: 'date-time' });

/** The schema with another description, for the OpenAPI document. */
export function Described<T extends TSchema>(schema: T, description: string) {
	return Type.Unsafe<Static<T>>({ ...schema, description });
}

/** A string from a closed list. It is one `enum` instead of a union of literals, for one error instead of many. */
export function OneOf<const T extends readonly string[]>(
	members: T,
	description: string,
	more: { default?: T[number] } = {},
) {
	return Type.Unsafe<T[number]>({ type: 'string', enum: [...members], description, ...more });
}

/**
 * The name of a provider. A request can name those of the contract and those that the operator has added, which the keyword
 * checks; an export or a file can have any.
 */
export function ProviderName(description: string, more: { default?: string } = {}) {
	return Type.String({ pattern: providerNamePattern, 'x-provider-name': true, description, ...more });
}

/** Any JSON object. A request can limit the number of its keys. */
export function JsonObject(description: string, limits: { maxProperties?: number } = {}) {
	return Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true, description, ...limits });
}

/** A string or a list of strings, for stop sequences. */
export function StringOrStrings(description: string) {
	return Type.Unsafe<string | string[] | null>({
		type: ['string', 'array', 'null'],
		items: { type: 'string' },
		description,
	});
}

/** A documented field that this server does not support yet. Any value but null and an empty text is an error that names the field. */
export function NotSupported(description: string) {
	return Type.Optional(Type.Unsafe<null>({ 'x-not-supported': true, description }));
}

/**
 * A request body without unknown keys. `atMostOneOf` and `exactlyOneOf` list groups of fields that exclude each other,
 * `atLeastOneOf` groups of fields of which one must be there.
 */
export function Body<T extends TProperties>(
	properties: T,
	rules: {
		title: string;
		description: string;
		atMostOneOf?: string[][];
		atLeastOneOf?: string[][];
		exactlyOneOf?: string[][];
	},
): TObject<T> {
	return Type.Object(properties, {
		additionalProperties: false,
		title: rules.title,
		description: rules.description,
		...(rules.atMostOneOf ? { 'x-at-most-one-of': rules.atMostOneOf } : {}),
		...(rules.atLeastOneOf ? { 'x-at-least-one-of': rules.atLeastOneOf } : {}),
		...(rules.exactlyOneOf ? { 'x-exactly-one-of': rules.exactlyOneOf } : {}),
	});
}

/**
 * A request body without unknown keys, except for parameters of the path or the query under the names of the official SDK,
 * which repeats them in a body. They are ignored.
 */
export function BodyWithParameters<T extends TProperties>(
	parameters: readonly ('id' | 'projectId' | 'referenceId')[],
	properties: T,
	rules: { title: string; description: string },
): TObject<T> {
	const patternProperties = { [`^(${parameters.join('|')})$`]: {} };
	return Type.Object(properties, { patternProperties, additionalProperties: false, ...rules });
}

/** The type of a request body in which null was read as absent. */
export type WithoutNulls<T> = { [K in keyof T]: Exclude<T[K], null> };

/** Removes the nulls at the top level. Nulls inside inputs, metadata and the like are values and stay. */
export function withoutNulls<T extends object>(body: T): WithoutNulls<T> {
	return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)) as WithoutNulls<T>;
}

type SnakeCase<S extends string> = S extends `${infer First}${infer Rest}`
	? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${SnakeCase<Rest>}`
	: S;

const snakeCaseNames = new Map<string, string>();

function snakeCase(name: string): string {
	const known = snakeCaseNames.get(name);
	if (known !== undefined) return known;
	const converted = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
	snakeCaseNames.set(name, converted);
	return converted;
}

/** The object with its own keys in the contract's snake case. Objects inside it stay as they are. */
export function inSnakeCase<T extends object>(entity: T) {
	const converted: Record<string, unknown> = {};
	for (const name in entity) converted[snakeCase(name)] = entity[name];
	return converted as { [K in keyof T & string as SnakeCase<K>]: T[K] };
}
