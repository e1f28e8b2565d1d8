import { NodeOperationError, type IExecuteSingleFunctions } from 'n8n-workflow';

/**
 * The error for bad input in one field of one item. Nothing has been sent.
 *
 * @param field the field's name as the user sees it
 * @param problem what is wrong; completes the sentence "'Field' …"
 * @param description what the user can do
 */
export function fieldError(
	context: IExecuteSingleFunctions,
	field: string,
	problem: string,
	description: string,
): NodeOperationError {
	const itemIndex = context.getItemIndex();
	return new NodeOperationError(context.getNode(), `'${field}' ${problem} [item ${itemIndex}]`, {
		itemIndex,
		description,
	});
}
