import { defineOperation } from '../execution/defineOperation';
import { projectLocator, requiredProjectId } from '../shared/locators';
import { listRecords, recordItems, returnAllAndLimit, simplify } from '../shared/records';
import { simplifiedLog } from './get';

/** Log → Get Many: `GET /logs`. */
export const getAll = defineOperation({
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many logs',
	description: "Retrieve a list of a project's logs, newest first",
	request: { method: 'GET', url: '/logs' },
	fields: [
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
					description: 'Return only logs whose inputs or output contain this text',
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
	async execute(item) {
		const project_id = await requiredProjectId(item);
		return recordItems(item, await listRecords(item, { project_id }), simplifiedLog);
	},
});
