import type { IExecuteSingleFunctions } from 'n8n-workflow';

import { defineOperation } from '../execution/defineOperation';
import { projectKeys, projectLocator, readLocator } from '../shared/locators';
import { recordItems, simplify } from '../shared/records';
import { variablesOf } from '../shared/template';
import { requestJson } from '../transport/request';
import { fieldError } from '../values/fieldError';
import { isEmpty, text } from '../values/readers';
import { additionalFields } from './additionalFields';
import { simplifiedModelConfig } from './get';

const required = [
	['model', 'Model', "Enter the provider's name for the model, e.g. gpt-6-luna."],
	['prompt_template', 'Prompt Template', 'Enter the prompt, e.g. Write to {{name}} about {{topic}}.'],
] as const;

/**
 * Model Config → Create: `POST /model-configs`. Sending it again stores nothing new, because equal configs of a project
 * are one.
 */
export const create = defineOperation({
	name: 'Create',
	value: 'create',
	action: 'Create model config',
	description:
		'Store a prompt template with its model and parameters. If the project has an identical one, it is returned instead.',
	request: { method: 'POST', url: '/model-configs' },
	fields: [
		{
			...projectLocator,
			description: 'Project that the model config belongs to. A new name creates the project.',
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
				{ name: 'Mistral', value: 'mistral' },
				{ name: 'Mock', value: 'mock', description: 'Responses made up by the server, for tests' },
				{ name: 'Ollama', value: 'ollama' },
				{ name: 'OpenAI', value: 'openai' },
				{ name: 'Replicate', value: 'replicate' },
			],
			default: 'openai',
			description:
				'Who serves the model. Which providers you can use depends on the server. If the server has a name for another host, enter that name as an expression.',
			routing: { send: { type: 'body', property: 'provider' } },
		},
		{
			displayName: 'Model',
			name: 'model',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. gpt-6-luna',
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
			hint: "Keep this field on 'Fixed'. An expression would replace {{name}} before the template is stored.",
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
	readers: { stop: stopSequences },
	async execute(item) {
		const { context, request } = item;
		refuseTemplateExpression(context);
		const project = readLocator(context, 'Project', context.getNodeParameter('project', ''), projectKeys);
		const body = { ...project, ...item.wireValues() };
		if (body.project === undefined && body.project_id === undefined) {
			throw fieldError(
				context,
				'Project',
				'is empty',
				'Choose a project from the list, or enter its name or ID. A new name creates the project.',
			);
		}
		for (const [key, field, advice] of required) {
			if (isEmpty(body[key])) throw fieldError(context, field, 'is empty', advice);
		}
		await item.run.waitForChecks();
		const record = await item.send(() => requestJson(context, { ...request, body }));
		return recordItems(item, [record], simplifiedModelConfig);
	},
});

/**
 * When text with braces is pasted into an empty field, n8n's editor turns it into an expression. An expression replaces
 * `{{name}}` with nothing, so the template would be stored without its variables.
 */
function refuseTemplateExpression(context: IExecuteSingleFunctions): void {
	const raw = context.getNode().parameters.promptTemplate;
	if (typeof raw !== 'string' || !raw.startsWith('=')) return;
	const [variable] = variablesOf({ prompt_template: raw }) ?? [];
	if (variable === undefined) return;
	throw fieldError(
		context,
		'Prompt Template',
		`is an expression, which would replace {{${variable}}} with nothing`,
		"Switch the field from 'Expression' to 'Fixed'.",
	);
}

/** A Reader: a list without its empty entries, or one text from an expression. */
function stopSequences(context: IExecuteSingleFunctions, field: string, value: unknown): string | string[] | undefined {
	if (!Array.isArray(value)) return text(context, field, value);
	const sequences = value
		.filter((sequence) => sequence !== '' && sequence !== null)
		.map((sequence) => text(context, field, sequence));
	return sequences.length > 0 ? sequences : undefined;
}
