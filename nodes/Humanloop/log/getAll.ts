import { updateDisplayOptions, type INodeProperties, type INodePropertyOptions } from 'n8n-workflow';

import { returnAllAndLimit, simplify } from '../commonFields';
import { projectLocator } from '../lookup/locators';
import { getLogs } from '../request/getMany';

/** Log → Get Many: `GET /logs`. */
export const getAllOperation: INodePropertyOptions = {
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many logs',
	description: 'Retrieve a list of logs of a project, newest first',
	routing: {
		request: { method: 'GET', url: '/logs' },
		send: { paginate: true },
		operations: { pagination: getLogs },
	},
};

/** All fields of the operation, shown for it alone. */
export const getAllFields: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['log'], operation: ['getAll'] } },
	[
		{ ...projectLocator, description: 'Project that the calls were logged to' },
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
					displayName: 'Created After',
					name: 'createdAfter',
					type: 'dateTime',
					default: '',
					description: 'Return only logs that were created at this time or later',
					routing: { send: { type: 'query', property: 'start_date' } },
				},
				{
					displayName: 'Created Before',
					name: 'createdBefore',
					type: 'dateTime',
					default: '',
					description: 'Return only logs that were created at this time or earlier',
					routing: { send: { type: 'query', property: 'end_date' } },
				},
				{
					displayName: 'Search',
					name: 'search',
					type: 'string',
					default: '',
					placeholder: 'e.g. refund',
					description: 'Return only logs that hold this text in their inputs or output',
					routing: { send: { type: 'query', property: 'search' } },
				},
				{
					displayName: 'Session ID',
					name: 'sessionId',
					type: 'string',
					default: '',
					placeholder: 'e.g. sesh_iPzfYwXmBzkMY5ApqDRjq',
					description: 'Return only logs of this session',
					routing: { send: { type: 'query', property: 'session_id' } },
				},
				{
					displayName: 'Source',
					name: 'source',
					type: 'string',
					default: '',
					placeholder: 'e.g. n8n',
					description: 'Return only logs with exactly this source',
					routing: { send: { type: 'query', property: 'source_filter' } },
				},
			],
		},
	],
);
