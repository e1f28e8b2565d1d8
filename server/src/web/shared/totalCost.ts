import type { LogResponse } from '../../contract/logs.ts';

/** What the call of a log cost, in US dollars. null: not known. */
export function totalCost({
	prompt_cost: prompt,
	output_cost: output,
}: Pick<LogResponse, 'prompt_cost' | 'output_cost'>) {
	return prompt === null && output === null ? null : (prompt ?? 0) + (output ?? 0);
}
