import type { INodeProperties } from 'n8n-workflow';

import { getFields, getOperation } from './get';
import { getAllFields, getAllOperation } from './getAll';

/** The log resource: its operations, then the fields of each. */
export const log: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['log'] } },
		options: [getOperation, getAllOperation],
		default: 'getAll',
	},
	...getFields,
	...getAllFields,
];
