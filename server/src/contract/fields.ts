import { Type, type Static, type TObject, type TProperties, type TSchema } from 'typebox';

type Shape = { type?: string; enum?: unknown[] };

/**
 * The schema that also takes null. JSON Schema's list of types instead of `anyOf`: one error per field instead of
 * one per branch, and a serializer that need not validate.
 */
export function Nullable<T extends TSchema>(schema: T) {
	const { type, enum: members } = schema as Shape;
	return Type.Unsafe<Static<T> | null>({
		...schema,
		...(type === undefined ? {} : { type: [type, 'null'] }),
		...(members === undefined ? {} : { enum: [...members, null] }),
	});
}

/** An integer of a request. Those beyond these bounds cannot be read back exactly, and from the database not at all. */
export function Int(limits: { minimum?: number; maximum?: number; description?: string } = {}) {
	return Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER, ...limits });
}

/** An optional field of a request: null means absent, as the contract's pydantic models read it. */
export function Opt<T extends TSchema>(schema: T) {
	return Type.Optional(Nullable(schema));
}

/** The schema with another description, for the OpenAPI document. */
export function Described<T extends TSchema>(schema: T, description: string) {
	return Type.Unsafe<Static<T>>({ ...schema, description });
}

/** A string out of a closed list; one `enum` instead of TypeBox's union of literals, for one error instead of many. */
export function OneOf<const T extends readonly string[]>(members: T, description: string) {
	return Type.Unsafe<T[number]>({ type: 'string', enum: [...members], description });
}

/** Any JSON object; of a request's, the number of keys may be limited. */
export function JsonObject(description: string, limits: { maxProperties?: number } = {}) {
	return Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true, description, ...limits });
}

/** A string or a list of strings (stop sequences). */
export function StringOrStrings(description: string) {
	return Type.Unsafe<string | string[] | null>({
		type: ['string', 'array', 'null'],
		items: { type: 'string' },
		description,
	});
}

/** A documented field that this server cannot honour yet: anything but null is refused by name, never dropped. */
export function NotSupported(description: string) {
	return Type.Optional(Type.Unsafe<null>({ 'x-not-supported': true, description }));
}

/** A request body: no other keys than these; `atMostOneOf` and `exactlyOneOf` name fields that exclude each other. */
export function Body<T extends TProperties>(
	properties: T,
	rules: { title: string; description: string; atMostOneOf?: string[][]; exactlyOneOf?: string[][] },
): TObject<T> {
	return Type.Object(properties, {
		additionalProperties: false,
		title: rules.title,
		description: rules.description,
		...(rules.atMostOneOf ? { 'x-at-most-one-of': rules.atMostOneOf } : {}),
		...(rules.exactlyOneOf ? { 'x-exactly-one-of': rules.exactlyOneOf } : {}),
	});
}

/** What is left of a request body's type once null has been read as absent. */
export type Given<T> = { [K in keyof T]: Exclude<T[K], null> };

/** Drops the top level's nulls. Nulls inside inputs, metadata and the like are values and stay. */
export function withoutNulls<T extends object>(body: T): Given<T> {
	return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)) as Given<T>;
}
