import { updateDisplayOptions, type INodeProperties, type INodePropertyOptions } from 'n8n-workflow';

import { simplify } from '../commonFields';
import { projectLocator } from '../lookup/locators';
import { createModelConfig } from '../request/createModelConfig';
import { additionalFields } from './additionalFields';

/** Model Config → Create: `POST /model-configs`. */
export const createOperation: INodePropertyOptions = {
	name: 'Create',
	value: 'create',
	action: 'Create model config',
	description:
		'Store a prompt template with its model and parameters. An equal one of the same project is returned instead.',
	routing: {
		request: { method: 'POST', url: '/model-configs' },
		send: { paginate: true },
		operations: { pagination: createModelConfig },
	},
};

/** All fields of the operation, shown for it alone. 'Project' fills one of two keys, in request/createModelConfig.ts. */
export const createFields: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['modelConfig'], operation: ['create'] } },
	[
		{
			...projectLocator,
			description: 'Project that the model config belongs to. By name, it is created if there is none.',
		},
		{
			displayName: 'Provider',
			name: 'provider',
			type: 'options',
			options: [
				{ name: 'AI21', value: 'ai21' },
				{ name: 'Anthropic', value: 'anthropic' },
				{ name: 'AWS Bedrock', value: 'bedrock' },
				{ name: 'Azure OpenAI', value: 'openai_azure' },
				{ name: 'Cohere', value: 'cohere' },
				{ name: 'DeepSeek', value: 'deepseek' },
				{ name: 'Google', value: 'google' },
				{ name: 'Groq', value: 'groq' },
				{ name: 'LangChain', value: 'langchain' },
				{ name: 'Mock', value: 'mock', description: 'Answers made up by the server, for tests' },
				{ name: 'OpenAI', value: 'openai' },
				{ name: 'Replicate', value: 'replicate' },
			],
			default: 'openai',
			description: 'Who serves the model. The server decides which of them it can run.',
			routing: { send: { type: 'body', property: 'provider' } },
		},
		{
			displayName: 'Model',
			name: 'model',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. gpt-4o',
			description: 'Name of the model, as the provider calls it',
			routing: { send: { type: 'body', property: 'model' } },
		},
		{
			displayName: 'Prompt Template',
			name: 'promptTemplate',
			type: 'string',
			typeOptions: { rows: 6 },
			required: true,
			default: '',
			placeholder: 'e.g. Write to {{name}} about {{topic}}.',
			hint: "Keep this field on 'Fixed': an expression would fill {{name}} before the template is stored",
			description: 'Text of the prompt, with the name of each variable in double braces',
			routing: { send: { type: 'body', property: 'prompt_template' } },
		},
		simplify,
		{
			displayName: 'Additional Fields',
			name: 'additionalFields',
			type: 'collection',
			placeholder: 'Add field',
			default: {},
			options: additionalFields,
		},
	],
);
