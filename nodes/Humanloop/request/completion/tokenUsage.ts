import * as n8nWorkflow from 'n8n-workflow';
import type { IDataObject, IExecuteSingleFunctions } from 'n8n-workflow';

import type { Answer } from './sendCompletion';

/**
 * Reports the tokens of an answer to n8n's insights, where the running n8n has them (n8n-workflow 2.41 does).
 * An answer that was paid for by an earlier request has been reported by that one.
 */
export function reportTokenUsage(context: IExecuteSingleFunctions, { completion, isReplayed }: Answer): void {
	const usage = completion.usage as IDataObject | null | undefined;
	if (!usage || isReplayed || typeof n8nWorkflow.accumulateTokenUsage !== 'function') return;
	n8nWorkflow.accumulateTokenUsage(
		// It asks for getExecuteData and setMetadata, which are there at run time (n8n-core 2.41.1).
		context as unknown as Parameters<typeof n8nWorkflow.accumulateTokenUsage>[0],
		Number(usage.prompt_tokens ?? 0),
		Number(usage.generation_tokens ?? 0),
	);
}
