import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

import { messageFields } from './messageFields';
import { projectLocator } from '../shared/locators';
import { simplify } from '../shared/records';
import { outputFormatFields } from './json/format';
import { options } from './options';
import { onlyIn } from './resource';
import { deployedEnvironment, runField, versionLocator } from './run';

/**
 * The form of Completion → Create and of Chat → Create. It is one form, because n8n resolves a parameter once for every
 * property with its name (n8n-core 2.41.1, routing-node.js). A plain field names its key in `routing.send`. The fields
 * without routing need code: body.ts reads project, session, parent and metadata, and inputs.ts reads the inputs.
 */
export const form: INodeProperties[] = [
	runField,
	{
		...projectLocator,
		required: false,
		description:
			"Project to log the calls to. The next field shows its environments or model configs. With 'Version', a new name creates the project, and an empty field logs to no project.",
	},
	deployedEnvironment,
	versionLocator,
	...onlyIn('chat', messageFields),
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
			// When one of these changes, the editor empties what is mapped and loads the fields (n8n 2.41.1). The first model
			// config that is chosen must do that, and another version must not: the IDs of both begin with the same letter.
			loadOptionsDependsOn: ['project.value', 'modelConfig.value[0]'],
			resourceMapper: {
				resourceMapperMethod: 'getInputFields',
				mode: 'add',
				valuesLabel: 'Inputs',
				fieldWords: { singular: 'input', plural: 'inputs' },
				// Without fields, getInputFields says why. The editor's own error beside that would be wrong.
				hideNoDataError: true,
				addAllFields: true,
				supportAutoMap: true,
				refreshStaleSchemaOnOpen: true,
			},
		},
		displayOptions: { show: { specifyInputs: ['fields'] } },
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
	...outputFormatFields,
	simplify,
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options,
	},
];

/** The form as the node lists it: shown for both operations, but for the fields that only one of them has. */
export const shownForm = form.flatMap((field) => {
	const resource = field.displayOptions?.show?.resource ?? ['chat', 'completion'];
	return updateDisplayOptions({ show: { resource, operation: ['create'] } }, [field]);
});
