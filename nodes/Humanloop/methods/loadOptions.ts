import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';

import { propertiesOf, schemaOf, typeOf } from '../call/json/schema';
import { isNotice, shownConfig } from './resourceMapping';

/** The lists of plain options; `loadOptionsMethod` in call/json/format.ts names the method. */
export const loadOptions = { getOutputFields };

/**
 * The properties of the JSON schema that the node's config has, in the schema's order.
 *
 * @returns nothing if no config is chosen, or it has no schema
 * @throws NodeApiError if the config cannot be read
 */
async function getOutputFields(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const config = await shownConfig(this);
	const schema = isNotice(config) ? null : schemaOf(config.response_format);
	if (!schema) return [];
	return [...propertiesOf(schema)].map(([name, property]) => ({
		name,
		value: name,
		description: [sentenceCase(typeOf(property, schema)), property.description as string | undefined]
			.filter(Boolean)
			.join('. '),
	}));
}

/** Error messages have these words in the middle of a sentence. */
function sentenceCase(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
