import { createHash, randomUUID } from 'node:crypto';
import type { IDataObject, IExecuteSingleFunctions } from 'n8n-workflow';

import type { ItemRun } from './itemRun';

/** Stands in for a missing execution ID, one for each run of the node. */
const runIds = new WeakMap<object, string>();

/**
 * The `Idempotency-Key` of an item's call.
 *
 * It is the same for every retry of the item, for n8n's own Retry On Fail and for a job that a worker of
 * n8n 1.x runs again, because all of them share the execution; another execution, item or body has another
 * one. n8n hands the same execute data to each try of Retry On Fail (n8n-core 2.41.1).
 *
 * @param body the body without provider keys
 * @param given what the user says makes the call the same in any execution, in place of execution, run and item
 * @returns 64 hexadecimal digits
 */
export function idempotencyKey({ context, run }: ItemRun, body: IDataObject, given?: string): string {
	const parts = [
		context.getInstanceId(),
		context.getWorkflow().id,
		context.getNode().id,
		...(given ? [given] : [context.getExecutionId() || runId(context), run.index, context.getItemIndex()]),
		body,
	];
	return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function runId(context: IExecuteSingleFunctions): string {
	const run = context.getExecuteData();
	const id = runIds.get(run) ?? randomUUID();
	runIds.set(run, id);
	return id;
}
