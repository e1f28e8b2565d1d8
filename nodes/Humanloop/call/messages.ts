import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { ItemContext } from '../execution/itemContext';
import { fieldError } from '../values/fieldError';

/** The messages of Chat → Create. */
export const messageFields: INodeProperties[] = [
	{
		displayName: 'Messages (JSON)',
		name: 'messagesJson',
		type: 'json',
		default: '[]',
		description: 'Array of messages, e.g. [{ "role": "user", "content": "Hello" }]',
	},
];

/** Reads the messages of an item: those after the chat template's. */
export async function readMessages({ context }: ItemContext): Promise<IDataObject> {
	const field = 'Messages (JSON)';
	const value: unknown = context.getNodeParameter('messagesJson', '[]');
	try {
		const messages: unknown = typeof value === 'string' ? JSON.parse(value || '[]') : value;
		if (Array.isArray(messages)) return { messages };
	} catch {
		// Reported below.
	}
	throw fieldError(context, field, 'is not a JSON array', 'Enter an array of messages.');
}
