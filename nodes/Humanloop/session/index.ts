import type { INodeProperties } from 'n8n-workflow';

import { getAllFields, getAllOperation } from './getAll';

/** The session resource: its operations, then the fields of each. */
export const session: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['session'] } },
		options: [getAllOperation],
		default: 'getAll',
	},
	...getAllFields,
];
