import type { IDataObject } from 'n8n-workflow';

import { defineOperation } from '../execution/defineOperation';
import { listRecords, recordItems, returnAllAndLimit, simplify } from '../shared/records';

/** Project → Get Many: `GET /projects`. */
export const getAll = defineOperation({
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many projects',
	description: 'Retrieve a list of projects, each with its active model config',
	request: { method: 'GET', url: '/projects' },
	fields: [
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
					displayName: 'Name',
					name: 'name',
					type: 'string',
					default: '',
					placeholder: 'e.g. support',
					description: 'Return only projects whose name contains this text. Upper and lower case count as the same.',
					routing: { send: { type: 'query', property: 'filter' } },
				},
			],
		},
		{
			displayName: 'Options',
			// Not 'options', as Completion has it: n8n resolves a collection once for every property with its name.
			name: 'listOptions',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				{
					displayName: 'Sort',
					name: 'sort',
					type: 'fixedCollection',
					placeholder: 'Add Sort',
					default: {},
					description: 'Order of the projects. By default, the newest come first.',
					options: [
						{
							displayName: 'Sort',
							name: 'sort',
							values: [
								{
									displayName: 'Field',
									name: 'field',
									type: 'options',
									options: [
										{ name: 'Created At', value: 'created_at' },
										{ name: 'Name', value: 'name' },
										{ name: 'Updated At', value: 'updated_at' },
									],
									default: 'name',
									description: 'What to sort by',
									routing: { send: { type: 'query', property: 'sort_by' } },
								},
								{
									displayName: 'Direction',
									name: 'direction',
									type: 'options',
									options: [
										{ name: 'Ascending', value: 'asc' },
										{ name: 'Descending', value: 'desc' },
									],
									default: 'asc',
									description: 'Whether the lowest or the highest value comes first',
									routing: { send: { type: 'query', property: 'order' } },
								},
							],
						},
					],
				},
			],
		},
	],
	async execute(item) {
		return recordItems(item, await listRecords(item, {}), simplifiedProject);
	},
});

function simplifiedProject(project: IDataObject): IDataObject {
	const active = (project.active_config as { config?: IDataObject } | null | undefined)?.config;
	return {
		name: project.name,
		logCount: project.data_count,
		activeModelConfigName: active?.name ?? null,
		provider: active?.provider ?? null,
		model: active?.model ?? null,
		createdAt: project.created_at,
		updatedAt: project.updated_at,
		id: project.id,
		activeModelConfigId: active?.id ?? null,
	};
}
