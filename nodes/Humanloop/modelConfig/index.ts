import type { INodeProperties } from 'n8n-workflow';

import { createFields, createOperation } from './create';
import { getFields, getOperation } from './get';

/** The model config resource: its operations, then the fields of each. */
export const modelConfig: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['modelConfig'] } },
		options: [createOperation, getOperation],
		default: 'get',
	},
	...createFields,
	...getFields,
];
