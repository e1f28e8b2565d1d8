import type { IDataObject } from 'n8n-workflow';

/** A JSON schema, or a part of one. */
export type Schema = IDataObject;

/** More references in a row lead nowhere. */
const mostReferences = 100;

/**
 * The schema of a `response_format`.
 *
 * @returns the schema itself, also where the API has it under `schema` beside its `name`; null if there is none
 */
export function schemaOf(responseFormat: unknown): Schema | null {
	const { type, json_schema: given } = object(responseFormat) ?? {};
	const format = object(given);
	if (type !== 'json_schema' || !format) return null;
	return object(format.schema) ?? format;
}

/** The properties of an object's schema by their names, in the schema's order. */
export function propertiesOf(schema: Schema): Map<string, Schema> {
	const { properties } = resolve(schema, schema) ?? {};
	return new Map(Object.entries(object(properties) ?? {}).map(([name, value]) => [name, object(value) ?? {}]));
}

/** A property's type in words, such as `one of "low", "high"`; '' if the schema does not say. */
export function typeOf(property: Schema, root: Schema): string {
	return typeIn(resolve(property, root) ?? {}, root, new Set());
}

/** @param seen the parts that were described already: a type can contain itself */
function typeIn(schema: Schema, root: Schema, seen: Set<Schema>): string {
	const { type, enum: values, anyOf, items } = schema;
	if (Array.isArray(values)) return `one of ${values.map(shown).join(', ')}`;
	const isSeen = seen.has(schema);
	seen.add(schema);
	const inner = (part: unknown) => typeIn(resolve(object(part), root) ?? {}, root, seen);
	if (Array.isArray(anyOf)) return isSeen ? '' : [...new Set(anyOf.map(inner).filter(Boolean))].join(' or ');
	if (type === 'array' && object(items) && !isSeen) return `a list of ${inner(items) || 'any values'}`;
	return list(type ?? [])
		.concat(typeof type === 'string' ? [type] : [])
		.map((name) => typeNames[name as string] ?? String(name))
		.join(' or ');
}

/** Follows `$ref`, such as `#/$defs/ticket`. @returns null for what is no schema, and for a reference to nothing */
export function resolve(schema: Schema | null, root: Schema): Schema | null {
	let current = schema;
	// A reference that leads back to itself ends here.
	for (let steps = 0; current && typeof current.$ref === 'string'; steps++) {
		if (steps >= mostReferences || !current.$ref.startsWith('#')) return null;
		const names = current.$ref.slice(1).split('/').filter(Boolean).map(unescape);
		current = object(names.reduce<unknown>(memberOf, root));
	}
	return current;
}

/** What an object or a list has under a name. */
function memberOf(value: unknown, name: string): unknown {
	if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
	return (value as IDataObject)[name];
}

/** A name in a JSON pointer that stands in a URI (RFC 6901, section 6). */
function unescape(name: string): string {
	return decoded(name).replaceAll('~1', '/').replaceAll('~0', '~');
}

function decoded(name: string): string {
	try {
		return decodeURIComponent(name);
	} catch {
		return name;
	}
}

/** The types in words. */
export const typeNames: Record<string, string> = {
	array: 'a list',
	boolean: 'true or false',
	integer: 'a whole number',
	null: 'null',
	number: 'a number',
	object: 'an object',
	string: 'text',
};

export function isOfType(value: unknown, type: unknown): boolean {
	switch (type) {
		case 'array':
			return Array.isArray(value);
		case 'integer':
			return Number.isInteger(value);
		case 'null':
			return value === null;
		case 'object':
			return object(value) !== null;
		case 'boolean':
		case 'number':
		case 'string':
			return typeof value === type;
		default:
			return true;
	}
}

export function object(value: unknown): IDataObject | null {
	return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as IDataObject) : null;
}

export function list(value: unknown): unknown[] {
	return Array.isArray(value) ? value : [];
}

/** A value for a message: an object or a list by its kind, because it can be long. */
export function shown(value: unknown): string {
	if (Array.isArray(value)) return 'a list';
	if (object(value)) return 'an object';
	const json = JSON.stringify(typeof value === 'string' ? value.slice(0, 80) : value) ?? String(value);
	return json.length > 80 ? `${json.slice(0, 80)}…` : json;
}

/** Whether two values of JSON are the same. The order of their names does not matter. */
export function isEqual(a: unknown, b: unknown): boolean {
	if (a === b) return true;
	if (Array.isArray(a) && Array.isArray(b))
		return a.length === b.length && a.every((entry, index) => isEqual(entry, b[index]));
	const [left, right] = [object(a), object(b)];
	if (!left || !right) return false;
	const names = Object.keys(left);
	return (
		names.length === Object.keys(right).length &&
		names.every((name) => Object.hasOwn(right, name) && isEqual(left[name], right[name]))
	);
}
