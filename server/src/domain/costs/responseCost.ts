import type { CallResponse } from '../../contract/calls.ts';
import type { Usage } from '../provider.ts';
import { type Cost, fromNanos, toNanos, totalOf } from './cost.ts';

/** What a response cost, with the samples that an earlier request with the same key got. null: not known. */
export type ResponseCost = {
	/** US dollars. */
	prompt: number | null;
	output: number | null;
	/** US dollars that the request paid which got the response. The rest was paid by earlier ones. */
	charged: number | null;
	cachedTokens: number | null;
	cacheWriteTokens: number | null;
	reasoningTokens: number | null;
};

/**
 * A response, what it cost, and the first log of the call whose answer it is, if that was not its own. The contract has no
 * fields for these, so they are saved with the response and never sent in it.
 */
export type PricedResponse = CallResponse & { cost?: ResponseCost; reused_log_id?: string };

function sum(one: number | null, other: number | null): number | null {
	return one === null || other === null ? null : fromNanos(toNanos(one) + toNanos(other));
}

function add(one: number | null | undefined, other: number | null): number | null {
	return one === null || one === undefined || other === null ? null : one + other;
}

/** The cost of a response that completes an earlier one. One that was saved by an earlier version says nothing of its cost. */
function withPrior(added: ResponseCost, prior: ResponseCost | undefined): ResponseCost {
	return {
		prompt: sum(added.prompt, prior?.prompt ?? null),
		output: sum(added.output, prior?.output ?? null),
		charged: added.charged,
		cachedTokens: add(prior?.cachedTokens, added.cachedTokens),
		cacheWriteTokens: add(prior?.cacheWriteTokens, added.cacheWriteTokens),
		reasoningTokens: add(prior?.reasoningTokens, added.reasoningTokens),
	};
}

/** What a response cost whose call got these tokens at this cost. `prior` is the earlier response that it completes. */
export function responseCost(usage: Usage | null, cost: Cost | null, prior: PricedResponse | undefined): ResponseCost {
	const added = {
		prompt: cost?.prompt ?? null,
		output: cost?.output ?? null,
		charged: cost && totalOf(cost),
		cachedTokens: usage?.cachedPromptTokens ?? null,
		cacheWriteTokens: usage?.cacheWriteTokens ?? null,
		reasoningTokens: usage?.reasoningTokens ?? null,
	};
	return prior === undefined ? added : withPrior(added, prior.cost);
}

/** A copy of an earlier response, for a request that got nothing more. What providers charge for that is not known. */
export function chargedNothing(response: PricedResponse): PricedResponse {
	const { cost } = response;
	return { ...response, ...(cost === undefined ? {} : { cost: { ...cost, charged: 0 } }) };
}
