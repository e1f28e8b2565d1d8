import type { LogResponse } from '../../contract/logs.ts';
import { totalCost } from './cost.ts';

/*
 * A call can have several answers, each with a log of its own. Providers count them together: the first log has the tokens
 * and the cost of all, and the others have none. GET /logs does not say which logs are of one call. What they have in
 * common does: they began at the same time, and the provider took the same time.
 */

/** What the logs of a call have in common. A log that another program has recorded stands for itself. */
function callKey({ id, created_at: createdAt, config_id: configId, provider_latency: latency }: LogResponse): string {
	return latency === null ? id : [createdAt, configId, latency].join(' ');
}

/**
 * The log among others that has the tokens and the cost of this answer's call. Undefined: the answer has them itself, or they
 * are not known.
 */
export function countedWith(log: LogResponse, others: LogResponse[]): LogResponse | undefined {
	if (log.tokens !== null || totalCost(log) !== null || log.error !== null) return undefined;
	const key = callKey(log);
	return others.find((other) => other.tokens !== null && callKey(other) === key);
}

/** The logs of a call, one for each answer. */
export type LoggedCall = [first: LogResponse, ...later: LogResponse[]];

/** The calls of logs that are in the order of a list. */
export const callsOf = (logs: LogResponse[]) => [...Map.groupBy(logs, callKey).values()] as LoggedCall[];

/** What a call would have needed for one answer. null: not known. */
export interface Share {
	promptTokens: number | null;
	outputTokens: number | null;
	/** US dollars. */
	cost: number | null;
}

/**
 * The share of one answer in a call. Some hosts bring several answers in one response, for which the prompt is paid once. So
 * it is shared by the responses, and not by the answers.
 */
export function shareOf(call: LoggedCall): Share {
	const [log] = call;
	const answers = call.length;
	const { choices } = log.provider_response ?? {};
	const responses = Array.isArray(choices) && choices.length > 1 ? Math.ceil(answers / choices.length) : answers;
	const ofPrompt = (amount: number | null) => (amount === null ? null : amount / responses);
	const ofOutput = (amount: number | null) => (amount === null ? null : amount / answers);
	return {
		promptTokens: ofPrompt(log.prompt_tokens),
		outputTokens: ofOutput(log.output_tokens),
		cost: totalCost({ prompt_cost: ofPrompt(log.prompt_cost), output_cost: ofOutput(log.output_cost) }),
	};
}
