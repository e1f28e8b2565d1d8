import type { INodeProperties } from 'n8n-workflow';

import { createFields, createOperation } from './create';

/** The completion resource: its operations, then the fields of each. */
export const completion: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['completion'] } },
		options: [createOperation],
		default: 'create',
	},
	...createFields,
];
