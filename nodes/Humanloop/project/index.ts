import type { INodeProperties } from 'n8n-workflow';

import { getAllFields, getAllOperation } from './getAll';

/** The project resource: its operations, then the fields of each. */
export const project: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['project'] } },
		options: [getAllOperation],
		default: 'getAll',
	},
	...getAllFields,
];
