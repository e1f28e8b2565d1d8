import { defineOperation } from '../execution/defineOperation';
import { PartialOutputError } from '../execution/errors';
import { idempotencyKey } from '../execution/idempotencyKey';
import { modelConfigLocator, projectLocator } from '../shared/locators';
import { isSimplified, simplify } from '../shared/records';
import { modelRunPaths } from '../transport/paths';
import { text } from '../values/readers';
import { completionBody } from './body';
import { ChunkSender } from './chunkSender';
import { inputsFor } from './inputs';
import { inputFieldsOf, sampleItems } from './items';
import { options } from './options';
import { reportTokenUsage, sendCompletion, sendUntilWhole } from './send';

/**
 * Completion → Create: `POST /completion-model-config`.
 *
 * A plain field names its key in `routing.send`. The fields without routing need code: body.ts reads project, session,
 * parent and metadata, and inputs.ts reads the inputs.
 */
export const create = defineOperation({
	name: 'Create',
	value: 'create',
	action: 'Create completion from stored prompt',
	description: 'Run a model config and return one item per sample',
	request: { method: 'POST', url: modelRunPaths.completionModelConfig },
	fields: [
		{
			...projectLocator,
			required: false,
			description:
				'Project to log the calls to. The list below shows its model configs. A new name creates the project. Leave the field empty to log to no project.',
		},
		{
			...modelConfigLocator,
			description: 'Stored prompt to run: its template, model and parameters',
			routing: { send: { type: 'body', property: 'model_config_id' } },
		},
		{
			displayName: 'Specify Inputs',
			name: 'specifyInputs',
			type: 'options',
			options: [
				{ name: 'Using Fields Below', value: 'fields' },
				{ name: 'Using JSON', value: 'json' },
			],
			default: 'fields',
			description: "How to provide the values of the template's variables",
		},
		{
			displayName: 'Inputs',
			name: 'inputs',
			type: 'resourceMapper',
			noDataExpression: true,
			default: { mappingMode: 'defineBelow', value: null },
			typeOptions: {
				// No loadOptionsDependsOn: when its value changes, the editor empties what is mapped (n8n 2.41.1).
				resourceMapper: {
					resourceMapperMethod: 'getInputFields',
					mode: 'add',
					valuesLabel: 'Inputs',
					fieldWords: { singular: 'input', plural: 'inputs' },
					noFieldsError: 'No inputs to show. If the template has variables, check the model config and the credential.',
					addAllFields: true,
					supportAutoMap: true,
					refreshStaleSchemaOnOpen: true,
				},
			},
			// Without a model config there is nothing to draw.
			displayOptions: { show: { specifyInputs: ['fields'] }, hide: { modelConfig: [''] } },
			description:
				"One value for each variable of the template. 'Map Automatically' uses the incoming item's fields with the same names.",
		},
		{
			displayName: 'Inputs (JSON)',
			name: 'inputsJson',
			type: 'json',
			default: '{}',
			displayOptions: { show: { specifyInputs: ['json'] } },
			description: 'Object with one key for each variable of the template, e.g. { "customer": "Zoë" }',
		},
		{
			displayName: 'Number of Samples',
			name: 'numSamples',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 1,
			description: 'How many samples to generate for each input item. Each sample becomes an item.',
			routing: { send: { type: 'body', property: 'num_samples' } },
		},
		simplify,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options,
		},
	],
	optionsCollection: 'options',
	fieldNames: {
		project: 'Project',
		project_id: 'Project',
		session_id: 'Session',
		session_reference_id: 'Session',
		parent_id: 'Parent',
		parent_reference_id: 'Parent',
	},
	async execute(item) {
		const { context } = item;
		const body = completionBody(item);
		const inputs = await inputsFor(item, body.model_config_id);
		if (inputs) body.inputs = inputs;

		const simplified = isSimplified(context);
		const userKey = text(context, 'Idempotency Key', item.options.idempotencyKey ?? '').trim();
		const addInput = inputFieldsOf(context, item.options);
		const key = idempotencyKey(item, body, userKey);
		await item.run.waitForChecks();
		const chunks = body.stream ? ChunkSender.for(context, body.num_samples ?? 1) : null;
		try {
			const result = await sendUntilWhole(
				item,
				async () => {
					const result = await sendCompletion(item, body, key, chunks?.startAttempt());
					reportTokenUsage(context, result);
					return result;
				},
				body.save !== false,
			);
			await chunks?.end(result.completion);
			const output = sampleItems(result.completion, simplified, context.getItemIndex()).map(addInput);
			if (result.missing) throw new PartialOutputError(output, result.missing);
			return output;
		} finally {
			await chunks?.abandon();
		}
	},
});
