import { updateDisplayOptions, type INodeProperties, type INodePropertyOptions } from 'n8n-workflow';

import { simplify } from '../commonFields';
import { getLog } from '../request/getOne';

/** Log → Get: `GET /logs/{id}`. */
export const getOperation: INodePropertyOptions = {
	name: 'Get',
	value: 'get',
	action: 'Get log',
	description: 'Retrieve a log: inputs, output and feedback of one call',
	routing: {
		request: { method: 'GET', url: '/logs' },
		send: { paginate: true },
		operations: { pagination: getLog },
	},
};

/** All fields of the operation, shown for it alone. */
export const getFields: INodeProperties[] = updateDisplayOptions({ show: { resource: ['log'], operation: ['get'] } }, [
	{
		displayName: 'Log ID',
		name: 'logId',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. data_jbtxJpcSGzYbO2x1Ybnyf',
		description: "Log to retrieve: the ID in a completion's item or in a log",
	},
	simplify,
]);
