import { updateDisplayOptions, type INodeProperties, type INodePropertyOptions } from 'n8n-workflow';

import { returnAllAndLimit } from '../commonFields';
import { projectLocator } from '../lookup/locators';
import { getSessions } from '../request/getMany';

/** Session → Get Many: `GET /sessions`, whose records are small enough as they are. */
export const getAllOperation: INodePropertyOptions = {
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many sessions',
	description: 'Retrieve a list of sessions with logs of a project, newest first',
	routing: {
		request: { method: 'GET', url: '/sessions' },
		send: { paginate: true },
		operations: { pagination: getSessions },
	},
};

/** All fields of the operation, shown for it alone. */
export const getAllFields: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['session'], operation: ['getAll'] } },
	[{ ...projectLocator, description: 'Project that has logs in the sessions' }, ...returnAllAndLimit],
);
