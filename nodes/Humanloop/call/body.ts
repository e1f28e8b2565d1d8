import { isObjectEmpty, type IDataObject, type IExecuteSingleFunctions } from 'n8n-workflow';

import type { ItemContext } from '../execution/itemContext';
import { projectKeys, readLocator } from '../shared/locators';
import { fieldError } from '../values/fieldError';
import { jsonObject } from '../values/readers';
import { parentKeys, sessionKeys } from './options';

/** The body of a request that runs a model, under the API's own names. */
export interface CallBody extends IDataObject {
	num_samples?: number;
	stream?: boolean;
}

/**
 * Reads and checks the body of a call.
 *
 * @returns the body without inputs and messages, and without provider keys, which the credentials add
 * @throws NodeOperationError that names the field and the item
 */
export function callBody(item: ItemContext): CallBody {
	const { context, options } = item;
	const body: IDataObject = {
		...readLocator(context, 'Project', item.parameter('project', ''), projectKeys),
		...readLocator(context, 'Session', options.session, sessionKeys),
		...readLocator(context, 'Parent', options.parent, parentKeys),
		...item.wireValues(),
	};
	const metadata = readMetadata(context, options);
	if (metadata) body.metadata = metadata;
	return body;
}

function readMetadata(context: IExecuteSingleFunctions, options: IDataObject): IDataObject | undefined {
	const [metadata, second] = [
		namedValues(context, 'Metadata', (options.metadata as IDataObject | undefined)?.fields),
		jsonObject(context, 'Metadata (JSON)', options.metadataJson) ?? {},
	].filter((values) => !isObjectEmpty(values));
	if (second)
		throw fieldError(context, 'Metadata', "is set twice, here and in 'Metadata (JSON)'", 'Remove one of the two.');
	return metadata;
}

/**
 * Reads a list of name/value entries.
 *
 * Empty text is a value. An entry without any value, as after an expression that found nothing, is left out.
 *
 * @returns the values by name
 * @throws NodeOperationError that names the field and the item, when a name is missing or used twice
 */
function namedValues(context: IExecuteSingleFunctions, field: string, entries: unknown): IDataObject {
	const values: IDataObject = {};
	const names = new Set<string>();
	for (const entry of (entries ?? []) as Array<{ name?: string | number; value?: unknown }>) {
		const name = String(entry.name ?? '').trim();
		if (name === '') {
			throw fieldError(context, field, 'has an entry without a name', 'Name each entry, or remove it.');
		}
		if (names.has(name)) {
			throw fieldError(context, field, `has more than one entry named '${name}'`, 'Remove all but one.');
		}
		names.add(name);
		// Assigning to "__proto__" would set the object's prototype and lose the value.
		if (entry.value !== undefined && entry.value !== null) {
			Object.defineProperty(values, name, { value: entry.value, enumerable: true });
		}
	}
	return values;
}
