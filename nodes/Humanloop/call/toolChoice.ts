import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { ItemContext } from '../execution/itemContext';
import { fieldError } from '../values/fieldError';
import { isEmpty, trimmedText } from '../values/readers';

/** Options of a chat. readToolChoice reads them. */
export const toolChoiceFields: INodeProperties[] = [
	{
		displayName: 'Tool Choice',
		name: 'toolChoice',
		type: 'options',
		options: [
			{ name: 'Auto', value: 'auto', description: 'The model decides whether to call tools' },
			{ name: 'None', value: 'none', description: 'The model calls no tool' },
			{ name: 'Required', value: 'required', description: 'The model calls at least one tool' },
			{ name: 'Specific Tool', value: 'tool', description: "The model calls the tool that 'Tool Name' names" },
		],
		default: 'auto',
		description: 'Which tools of the model config the model may call',
	},
	{
		displayName: 'Tool Name',
		name: 'toolName',
		type: 'string',
		default: '',
		placeholder: 'e.g. get_order',
		displayOptions: { show: { toolChoice: ['tool'] } },
		description: 'Name of the tool that the model must call. The model config must have it.',
	},
];

/**
 * Reads 'Tool Choice' and 'Tool Name'.
 *
 * @returns the key that they fill in the request, if the user has set them
 * @throws NodeOperationError that names the field and the item
 */
export function readToolChoice({ context, options }: ItemContext): IDataObject {
	if (isEmpty(options.toolChoice)) return {};
	const choice = trimmedText(context, 'Tool Choice', options.toolChoice);
	if (choice !== 'tool') return { tool_choice: choice };
	const name = isEmpty(options.toolName) ? '' : trimmedText(context, 'Tool Name', options.toolName);
	if (name === '')
		throw fieldError(context, 'Tool Name', 'is empty', "Enter the tool's name, or change 'Tool Choice'.");
	return { tool_choice: { type: 'function', function: { name } } };
}
