import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { completionBody } from './body';
import { chunksOf } from './chunks';
import { idempotencyKey } from '../idempotencyKey';
import { inputsFor } from './inputs';
import { eachItem, type ItemRun } from '../itemRun';
import { boolean, text } from '../values';
import { sampleItems } from './items';
import { sendCompletion } from './sendCompletion';
import { reportTokenUsage } from './tokenUsage';

/**
 * Takes one input item through Completion → Create: finishes and checks the body, sends it until it is
 * answered, and returns one item per sample.
 */
export const createCompletion = eachItem(async (item: ItemRun): Promise<INodeExecutionData[]> => {
	const { context, request, options, send } = item;
	const body = completionBody(context, request.body as IDataObject, options);
	const inputs = await inputsFor(item, body.model_config_id);
	if (inputs) body.inputs = inputs;

	const simplify = boolean(context, 'Simplify', context.getNodeParameter('simplify', true));
	const key = idempotencyKey(item, body, text(context, 'Idempotency Key', options.idempotencyKey ?? '').trim());
	await item.allChecked();
	const chunks = body.stream ? chunksOf(context, body.num_samples ?? 1) : null;
	try {
		const answer = await send(() => sendCompletion(context, request, body, key, chunks?.attempt()));
		reportTokenUsage(context, answer);
		await chunks?.end(answer.completion);
		return sampleItems(answer.completion, simplify, context.getItemIndex());
	} finally {
		await chunks?.abandon();
	}
});
