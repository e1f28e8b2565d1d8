import type { PageOf } from './storeRecords.ts';

/** What calls are counted by. An empty text: none. */
export type UsageKey = {
	/** In UTC, such as 2026-11-30: when the call began. */
	day: string;
	projectId: string;
	configId: string;
	/** The name of the environment whose deployment was run. */
	environment: string;
	/** Empty for a key that is not stored. */
	apiKeyId: string;
	workflowId: string;
	provider: string;
	model: string;
};

/** What is counted. Costs are billionths of a dollar. */
export type UsageCounts = {
	calls: number;
	/** Calls without any sample. What providers charge for them is not known, and not in the costs. */
	failedCalls: number;
	/** Calls that got a response whose cost is not known. */
	unpricedCalls: number;
	promptTokens: number;
	outputTokens: number;
	cachedTokens: number;
	cacheWriteTokens: number;
	reasoningTokens: number;
	promptCostNanos: number;
	outputCostNanos: number;
};

/** One call. */
export type CallUsage = UsageKey & {
	sessionId: string | null;
	counts: UsageCounts;
	/** How long it took in seconds, as `duration` of its logs. null for a call that got no sample. */
	latency: number | null;
};

export const noCounts: UsageCounts = {
	calls: 0,
	failedCalls: 0,
	unpricedCalls: 0,
	promptTokens: 0,
	outputTokens: 0,
	cachedTokens: 0,
	cacheWriteTokens: 0,
	reasoningTokens: 0,
	promptCostNanos: 0,
	outputCostNanos: 0,
};

/** What totals can be grouped by. A group by session can have a project and a day beside it. */
export type UsageGroup =
	'project' | 'config' | 'environment' | 'session' | 'api_key' | 'workflow' | 'day' | 'provider' | 'model';

export type UsageQuery = {
	groupBy: UsageGroup[];
	/** At least one. */
	projectIds?: string[];
	/** The first day and the last one, such as 2026-11-30. */
	from?: string;
	to?: string;
	/** Pages count from 0. */
	page: number;
	size: number;
};

/** Totals of a group. `values` has what the group stands for; null: none. `names` has the names of IDs that still exist. */
export type UsageTotals = {
	values: Partial<Record<UsageGroup, string | null>>;
	names: Partial<Record<UsageGroup, string | null>>;
	counts: UsageCounts;
	/** How many calls took how long, by the buckets of `latencyLimits`. */
	latencies: number[];
};

export type UsageReads = {
	/** Totals of calls. With days, the last day comes first; else the group that cost most. Without groups, one record. */
	usageTotals(query: UsageQuery, signal?: AbortSignal): Promise<PageOf<UsageTotals>>;
};

export type UsageWrites = {
	/** Adds a call to the totals. They stay when its logs are deleted; those of a session are deleted with the session. */
	usage(usage: CallUsage): Promise<void>;
};
