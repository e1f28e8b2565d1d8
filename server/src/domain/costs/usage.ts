import type { Usage } from '../provider.ts';
import { noCounts, type UsageCounts } from '../usage.ts';
import { type Cost, toNanos } from './cost.ts';

/** What a call counts that got a response. */
export function countsOf(usage: Usage | null, cost: Cost | null): UsageCounts {
	return {
		calls: 1,
		failedCalls: 0,
		unpricedCalls: cost === null ? 1 : 0,
		promptTokens: usage?.promptTokens ?? 0,
		outputTokens: usage?.generationTokens ?? 0,
		cachedTokens: usage?.cachedPromptTokens ?? 0,
		cacheWriteTokens: usage?.cacheWriteTokens ?? 0,
		reasoningTokens: usage?.reasoningTokens ?? 0,
		promptCostNanos: toNanos(cost?.prompt ?? 0),
		outputCostNanos: toNanos(cost?.output ?? 0),
	};
}

/** What a call counts that got none. */
export const failedCounts: UsageCounts = { ...noCounts, calls: 1, failedCalls: 1 };
