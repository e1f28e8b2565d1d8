import { updateDisplayOptions, type INodeProperties, type INodePropertyOptions } from 'n8n-workflow';

import { returnAllAndLimit, simplify } from '../commonFields';
import { getProjects } from '../request/getMany';

/** Project → Get Many: `GET /projects`. */
export const getAllOperation: INodePropertyOptions = {
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many projects',
	description: 'Retrieve a list of projects, each with its active model config',
	routing: {
		request: { method: 'GET', url: '/projects' },
		send: { paginate: true },
		operations: { pagination: getProjects },
	},
};

/** All fields of the operation, shown for it alone. */
export const getAllFields: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['project'], operation: ['getAll'] } },
	[
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
					description: 'Return only projects whose name contains this text, in upper or lower case',
					routing: { send: { type: 'query', property: 'filter' } },
				},
			],
		},
		{
			displayName: 'Options',
			// n8n resolves a collection once for every property of its name: 'options' is Completion's.
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
					description: 'Order of the projects; newest first without it',
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
									description: 'Which end comes first',
									routing: { send: { type: 'query', property: 'order' } },
								},
							],
						},
					],
				},
			],
		},
	],
);
