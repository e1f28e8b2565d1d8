import { createHash, randomUUID } from 'node:crypto';
import type { IDataObject, IExecuteSingleFunctions } from 'n8n-workflow';

import type { ItemContext } from './itemContext';

/** Replaces a missing execution ID, one per run of the node. */
const runIds = new WeakMap<object, string>();

/**
 * The `Idempotency-Key` of an item's call.
 *
 * It stays the same for every retry of the item, for n8n's own Retry On Fail, and for a job that a worker of n8n 1.x
 * runs again, because they all belong to one execution. Another execution, item, path or body gives another key. n8n passes
 * the same execute data to each try of Retry On Fail (n8n-core 2.41.1).
 *
 * @param path of the endpoint: a key is of one operation, and an execution can have calls to several
 * @param body the body without provider keys
 * @param userKey what makes the call the same in every execution; replaces execution, run and item
 * @returns 64 hexadecimal digits
 */
export function idempotencyKey(
	{ context, run }: ItemContext,
	path: string,
	body: IDataObject,
	userKey?: string,
): string {
	const parts = [
		context.getInstanceId(),
		context.getWorkflow().id,
		run.node.id,
		...(userKey ? [userKey] : [context.getExecutionId() || runId(context), run.index, context.getItemIndex()]),
		path,
		body,
	];
	return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function runId(context: IExecuteSingleFunctions): string {
	const executeData = context.getExecuteData();
	const id = runIds.get(executeData) ?? randomUUID();
	runIds.set(executeData, id);
	return id;
}
