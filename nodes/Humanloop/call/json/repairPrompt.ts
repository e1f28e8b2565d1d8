import type { IDataObject } from 'n8n-workflow';

import { repairDescription, repairName } from '../../shared/repairConfigs';
import type { BadSample } from './parse';

const request = 'Answer again with the corrected JSON object and nothing else. Keep everything in it that is right.';

/** The messages that ask for the correction, after those of the chat. */
export function repairMessages({ text, problem, schema }: BadSample): IDataObject[] {
	const content = [
		`This answer cannot be used. ${problem.message}.`,
		...(schema ? [`The JSON must fit this JSON schema: ${JSON.stringify(schema)}`] : []),
		request,
	].join('\n\n');
	return [
		{ role: 'assistant', content: text },
		{ role: 'user', content },
	];
}

/** The inputs of the repair's template, under names that the prompt's own inputs leave free. */
export function repairInputs(inputs: IDataObject, { text, problem, schema }: BadSample): IDataObject {
	const names = inputNames(inputs);
	return {
		[names.output]: text,
		[names.problem]: problem.message,
		...(schema && { [names.schema]: JSON.stringify(schema) }),
	};
}

/** The keys of a config that a request may have, and that are the same for the repair. */
const keptKeys = [
	'endpoint',
	'frequency_penalty',
	'max_tokens',
	'model',
	'other',
	'presence_penalty',
	'provider',
	'reasoning_effort',
	'response_format',
	'seed',
	'stop',
	'temperature',
	'template_language',
	'top_p',
];

/**
 * The config that asks for the correction: the prompt's own, with more at the end of the template.
 *
 * @param config the API's `ModelConfigResponse`
 * @param inputs of the call
 * @returns the API's `ModelConfigCompletionRequest`, the same for each text
 */
export function repairConfig(config: IDataObject, inputs: IDataObject, { schema }: BadSample): IDataObject {
	const names = inputNames(inputs);
	const kept: IDataObject = Object.fromEntries(
		keptKeys.filter((key) => (config[key] ?? null) !== null).map((key) => [key, config[key]]),
	);
	return {
		...kept,
		name: repairName,
		description: `${repairDescription} ${config.id as string}`,
		prompt_template: [
			config.prompt_template as string,
			`This was your answer:\n{{${names.output}}}`,
			`It cannot be used. {{${names.problem}}}.`,
			...(schema ? [`The JSON must fit this JSON schema: {{${names.schema}}}`] : []),
			request,
		].join('\n\n'),
	};
}

function inputNames(inputs: IDataObject): Record<'output' | 'problem' | 'schema', string> {
	const free = (name: string): string => (Object.hasOwn(inputs, name) ? free(`${name}_`) : name);
	return { output: free('repair_output'), problem: free('repair_problem'), schema: free('repair_schema') };
}
