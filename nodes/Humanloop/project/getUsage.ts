import { tryToParseDateTime, type IDataObject, type IExecuteSingleFunctions } from 'n8n-workflow';

import { defineOperation } from '../execution/defineOperation';
import { optionalProjectId, projectLocator } from '../shared/locators';
import { dateTime } from '../values/readers';
import { listRecords, recordItems, returnAllAndLimit, simplify } from '../shared/records';

/** Project → Get Usage: `GET /usage`, which is humanloop-server's own. */
export const getUsage = defineOperation({
	name: 'Get Usage',
	value: 'getUsage',
	action: 'Get usage of a project or of all projects',
	description: 'Retrieve what the calls of a project, or of all projects, cost in US dollars and tokens',
	request: { method: 'GET', url: '/usage' },
	fields: [
		{
			...projectLocator,
			required: false,
			description: 'Project that the calls were made in. Leave it empty for all projects.',
			modes: projectLocator.modes!.map((mode) =>
				mode.name === 'list' ? { ...mode, placeholder: 'All projects' } : mode,
			),
		},
		{
			displayName: 'Group By',
			name: 'groupBy',
			type: 'options',
			options: [
				{ name: 'API Key', value: 'api_key', description: "Your credential must have an admin's API key" },
				{ name: 'Day', value: 'day', description: 'In UTC, the latest first' },
				{ name: 'Environment', value: 'environment' },
				{ name: 'Model', value: 'model' },
				{ name: 'Model Config', value: 'config' },
				{ name: 'Project', value: 'project' },
				{ name: 'Provider', value: 'provider' },
				{ name: 'Session', value: 'session' },
				{ name: 'Workflow', value: 'workflow', description: 'The ID of the n8n workflow that made the calls' },
			],
			default: 'day',
			description: 'What the totals are grouped by. Each group is one item.',
			routing: { send: { type: 'query', property: 'group_by' } },
		},
		...returnAllAndLimit,
		simplify,
		{
			displayName: 'Filters',
			name: 'filters',
			type: 'collection',
			placeholder: 'Add filter',
			default: {},
			options: [
				{
					displayName: 'From',
					name: 'from',
					type: 'dateTime',
					default: '',
					description: 'The first day to count. Days are in UTC.',
					routing: { send: { type: 'query', property: 'from' } },
				},
				{
					displayName: 'To',
					name: 'to',
					type: 'dateTime',
					default: '',
					description: 'The last day to count. All of it is counted.',
					routing: { send: { type: 'query', property: 'to' } },
				},
			],
		},
	],
	readers: { from: day, to: day },
	async execute(item) {
		const project_id = await optionalProjectId(item);
		const filters = project_id === undefined ? {} : { project_id };
		return recordItems(item, await listRecords(item, filters), simplifiedUsage);
	},
});

/** A Reader: the day that the user sees in the field, as the API's days have no time zone. */
function day(context: IExecuteSingleFunctions, field: string, value: unknown): string {
	const time = dateTime(context, field, value);
	const written = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}/.exec(value)?.[0];
	return written || tryToParseDateTime(time).setZone(context.getTimezone()).toFormat('yyyy-MM-dd');
}

/** The API's keys of a group under the node's own names. A record has those of its own group only. */
const groupNames: Record<string, string> = {
	day: 'day',
	api_key: 'apiKey',
	api_key_id: 'apiKeyId',
	environment: 'environment',
	model: 'model',
	config: 'modelConfigName',
	config_id: 'modelConfigId',
	project: 'projectName',
	project_id: 'projectId',
	provider: 'provider',
	session_reference_id: 'sessionReferenceId',
	session_id: 'sessionId',
	workflow_id: 'workflowId',
};

function simplifiedUsage(usage: IDataObject): IDataObject {
	const group = Object.entries(groupNames).filter(([key]) => key in usage);
	return {
		...Object.fromEntries(group.map(([key, name]) => [name, usage[key]])),
		cost: usage.cost,
		calls: usage.calls,
		failedCalls: usage.failed_calls,
		unpricedCalls: usage.unpriced_calls,
		promptTokens: usage.prompt_tokens,
		generationTokens: usage.output_tokens,
	};
}
