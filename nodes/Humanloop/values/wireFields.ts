import type { IDataObject, IExecuteSingleFunctions, INodeProperties, INodePropertyCollection } from 'n8n-workflow';

import {
	boolean,
	dateTime,
	decimal,
	isEmpty,
	jsonObject,
	text,
	trimmedText,
	wholeNumber,
	type Reader,
} from './readers';

/** A field of the form that fills one key of the request by its own `routing.send`. */
interface WireField {
	/** The field's name as the user sees it. */
	field: string;
	read: Reader;
}

/** By key of the API. */
export type WireFields = Map<string, WireField>;

/**
 * Derives from a form which keys its fields fill, and in which type.
 *
 * @param fields the form; collections are searched too
 * @param target where the operation sends its fields
 * @param overrides by key of the API: readers for fields whose value has more forms than their type says
 * @throws Error for a field whose value would be lost: no key, a key that is taken, another target, or no reader for its type
 */
export function wireFieldsOf(
	fields: INodeProperties[],
	target: 'body' | 'query',
	overrides: Record<string, Reader> = {},
): WireFields {
	const wireFields: WireFields = new Map();
	for (const property of withNested(fields)) {
		if (!property.routing) continue;
		const { property: key, type } = property.routing.send ?? {};
		// A dot in a key would make n8n build an object.
		if (!key || key.includes('.')) throw new Error(`The routing of '${property.displayName}' names no plain key`);
		// Without a type, n8n sends a value in the query.
		if (type !== target) throw new Error(`The routing of '${property.displayName}' does not say type: '${target}'`);
		if (wireFields.has(key)) throw new Error(`'${property.displayName}' fills ${key}, as another field does`);
		wireFields.set(key, {
			field: property.displayName,
			read: overrides[key] ?? readerFor(property),
		});
	}
	const unknown = Object.keys(overrides).filter((key) => !wireFields.has(key));
	if (unknown.length > 0) throw new Error(`No field fills ${unknown.join(', ')}`);
	return wireFields;
}

/**
 * Reads what the routing put into a request's body or query.
 *
 * The contract rejects unknown keys and converts no types, so an empty field is left out, and every value gets the
 * type of its key.
 *
 * @returns the keys that have a value
 * @throws NodeOperationError that names the field and the item
 */
export function readWireFields(
	context: IExecuteSingleFunctions,
	routed: IDataObject | undefined,
	wireFields: WireFields,
): IDataObject {
	const values: IDataObject = {};
	for (const [key, { field, read }] of wireFields) {
		const value = routed?.[key];
		// White space alone is a value of a field that keeps its white space.
		const isUnset = read === text ? (value ?? '') === '' : isEmpty(value);
		if (!isUnset) values[key] = read(context, field, value) as IDataObject;
	}
	return values;
}

function withNested(fields: INodeProperties[]): INodeProperties[] {
	return fields.flatMap((property) => {
		const { type, options } = property;
		if (type === 'collection') return [property, ...withNested(options as INodeProperties[])];
		if (type !== 'fixedCollection') return [property];
		return [property, ...(options as INodePropertyCollection[]).flatMap(({ values }) => withNested(values))];
	});
}

function readerFor({ displayName, type, typeOptions }: INodeProperties): Reader {
	if (!typeOptions?.multipleValues) {
		switch (type) {
			case 'boolean':
				return boolean;
			case 'dateTime':
				return dateTime;
			case 'json':
				return jsonObject;
			case 'number':
				return typeOptions?.numberPrecision ? decimal : wholeNumber;
			case 'options':
			case 'resourceLocator':
				return trimmedText;
			case 'string':
				// In a field of several lines, white space is text to a model.
				return typeOptions?.rows ? text : trimmedText;
		}
	}
	throw new Error(`'${displayName}' has routing, but no reader knows its type: ${type}`);
}
