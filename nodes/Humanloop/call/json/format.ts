import type { IDataObject, IExecuteSingleFunctions, INodeProperties } from 'n8n-workflow';

import type { ItemContext } from '../../execution/itemContext';
import { fieldError } from '../../values/fieldError';
import { boolean } from '../../values/readers';
import type { Run } from '../run';
import { readConfig, type ConfigRead } from '../template';
import { propertiesOf, schemaOf, type Schema } from './schema';

/** 'Output Format', and what goes with JSON. */
export const outputFormatFields: INodeProperties[] = [
	{
		displayName: 'Output Format',
		name: 'outputFormat',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'JSON',
				value: 'json',
				description: "The fields of the model's JSON object become fields of the item",
			},
			{
				name: 'Text',
				value: 'text',
				description: "The model's text is in the field 'output'",
			},
		],
		default: 'text',
		description: 'What to make of the text that the model returns',
	},
	{
		displayName: 'Output Field Names or IDs',
		name: 'outputFields',
		type: 'multiOptions',
		typeOptions: {
			loadOptionsMethod: 'getOutputFields',
			loadOptionsDependsOn: ['run', 'modelConfig.value', 'project.value', 'environment.value'],
		},
		default: [],
		displayOptions: { show: { outputFormat: ['json'] } },
		description:
			'Which fields of the JSON to keep. If you choose none, all are kept. The list shows the properties of the JSON schema in the model config. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
];

/** How the texts of a call are read as JSON. */
export interface JsonFormat {
	/** The fields to keep; empty for all. */
	chosen: string[];
	/** Whether a text that is wrong is sent to the model once more. */
	repairs: boolean;
	/**
	 * The schema that a sample must fit, or null if there is none.
	 *
	 * @param configId the config that the sample names
	 * @throws ApiFailure if that config cannot be read
	 */
	schemaFor(configId: unknown): Promise<Schema | null>;
}

/**
 * Reads 'Output Format' and what goes with it, before anything is paid for.
 *
 * @param body the finished body: a `response_format` in it has the schema, otherwise the config does
 * @returns null for text
 * @throws NodeOperationError that names the field and the item; ApiFailure if the config cannot be read
 */
export async function jsonFormatOf(item: ItemContext, run: Run, body: IDataObject): Promise<JsonFormat | null> {
	const { context, options } = item;
	if (item.parameter('outputFormat', 'text') !== 'json') return null;
	const chosen = chosenNames(item);
	const repairs = boolean(context, 'Repair Invalid JSON', options.repairJson ?? false);
	if (body.response_format) {
		const schema = schemaOf(body.response_format);
		checkChosen(context, chosen, schema);
		return { chosen, repairs, schemaFor: async () => schema };
	}
	const config = await requiredConfig(item, run);
	checkChosen(context, chosen, schemaIn(config));
	return {
		chosen,
		repairs,
		async schemaFor(configId) {
			// Another version may have been deployed since.
			const isOther = config !== null && typeof configId === 'string' && configId !== config.id;
			return schemaIn(isOther ? await requiredConfig(item, { kind: 'version', configId }) : config);
		},
	};
}

/** @returns null if the host does not have the endpoint, which says nothing about the config */
async function requiredConfig(item: ItemContext, run: Run): Promise<IDataObject | null> {
	const { config, failure }: ConfigRead = await item.send(() => readConfig(item, run));
	if (failure && failure.status !== 405) throw failure;
	return config;
}

function schemaIn(config: IDataObject | null): Schema | null {
	return schemaOf(config?.response_format);
}

function chosenNames(item: ItemContext): string[] {
	const { context } = item;
	const field = 'Output Field Names or IDs';
	const value: unknown = item.parameter('outputFields', []);
	const names = typeof value === 'string' ? value.split(',') : (value ?? []);
	if (!Array.isArray(names) || !names.every((name) => typeof name === 'string'))
		throw fieldError(context, field, 'is not a list of names', 'Choose from the list, or enter ["name"].');
	return names.map((name: string) => name.trim()).filter(Boolean);
}

function checkChosen(context: IExecuteSingleFunctions, chosen: string[], schema: Schema | null): void {
	if (schema?.additionalProperties !== false) return;
	const known = propertiesOf(schema);
	const unknown = chosen.filter((name) => !known.has(name));
	if (unknown.length === 0) return;
	throw fieldError(
		context,
		'Output Field Names or IDs',
		`has names that are not in the schema: ${unknown.join(', ')}`,
		`Remove them. The schema has: ${[...known.keys()].join(', ')}.`,
	);
}
