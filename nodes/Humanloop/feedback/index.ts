import type { INodeProperties } from 'n8n-workflow';

import { createFields, createOperation } from './create';

/** The feedback resource: its operations, then the fields of each. */
export const feedback: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['feedback'] } },
		options: [createOperation],
		default: 'create',
	},
	...createFields,
];
