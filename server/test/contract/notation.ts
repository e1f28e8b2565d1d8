/** A short notation for JSON schemas of responses. In a `record`, a key that is not listed is an error. */
export type Schema = Record<string, unknown>;

export const text: Schema = { type: 'string' };
export const integer: Schema = { type: 'integer' };
export const number: Schema = { type: 'number' };
export const boolean: Schema = { type: 'boolean' };
export const time: Schema = { type: 'string', format: 'date-time' };
/** Any JSON object. */
export const values: Schema = { type: 'object' };
export const anything: Schema = {};
export const empty: Schema = { type: 'array', maxItems: 0 };

export function list(items: Schema): Schema {
	return { type: 'array', items };
}

export function either(...schemas: Schema[]): Schema {
	return { anyOf: schemas };
}

export function orNull(schema: Schema): Schema {
	return either(schema, { type: 'null' });
}

export function oneOf(...members: string[]): Schema {
	return { enum: members };
}

/** An ID with one of these prefixes. */
export function id(...prefixes: string[]): Schema {
	return { type: 'string', pattern: `^(${prefixes.join('|')})_[A-Za-z0-9]+$` };
}

/** An object that has all of `keys`, may have those of `optional`, and has no other. */
export function record(keys: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema {
	return {
		type: 'object',
		properties: { ...keys, ...optional },
		required: Object.keys(keys),
		additionalProperties: false,
	};
}

/** A page of a list. */
export function page(of: Schema): Schema {
	return record({ records: list(of), page: integer, size: integer, total: integer });
}

/** An object whose schema depends on its `type`. The errors are those of the type that it has. */
export function byType(schemas: Record<string, Schema>): Schema {
	const rules = Object.entries(schemas).map(([type, schema]) => ({
		if: { type: 'object', properties: { type: { const: type } }, required: ['type'] },
		then: schema,
	}));
	const known = { type: 'object', properties: { type: oneOf(...Object.keys(schemas)) }, required: ['type'] };
	return { allOf: [known, ...rules] };
}
