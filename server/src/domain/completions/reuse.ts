import type { ToolCall } from '../../contract/messages.ts';
import type { PricedResponse } from '../costs/responseCost.ts';
import { memoryPerStoredByte, type MemoryShare } from '../memory.ts';
import type { ProviderResult } from '../provider.ts';
import type { ReusableSample } from '../reuse.ts';
import type { Store, Writes } from '../store.ts';
import { expectedIds, storeCall } from './execute.ts';
import { logsOf, type PricedResult, type StoredIds } from './logs.ts';
import type { PreparedCall } from './prepare.ts';
import { toResponse } from './response.ts';

/** Called in the transaction that stores the logs of a reused answer. */
export type OnReusedStored = (writes: Writes, response: PricedResponse) => Promise<void>;

/** The answer as if a provider had given it for nothing. */
function outcomeOf(samples: ReusableSample[]): ProviderResult {
	return {
		samples: samples.map(({ rawOutput, outputMessage, finishReason }, index) => ({
			index,
			text: rawOutput ?? '',
			toolCalls: (outputMessage?.['tool_calls'] ?? []) as ToolCall[],
			finishReason,
			call: 0,
		})),
		responses: [],
		usage: { promptTokens: 0, generationTokens: 0, cachedPromptTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 },
	};
}

/**
 * Responds with the answer that an earlier call got, and stores logs of its own. Nothing was sent, so they have no
 * provider request, cost nothing, and do not count in the totals of usage. Returns undefined if there is no such answer,
 * if it is deleted meanwhile, or if the caller did not ask for one. `now` is the time of day in milliseconds.
 */
export async function reuseAnswer(
	store: Store,
	call: PreparedCall,
	{ reuseMaxAge: maxAge, memory }: { reuseMaxAge: number | undefined; memory: MemoryShare | undefined },
	now: number,
	onStored: OnReusedStored,
): Promise<PricedResponse | undefined> {
	if (maxAge === undefined || call.answerHash === null) return undefined;
	const wanted = {
		hash: call.answerHash,
		numSamples: call.logIds.length,
		notBefore: new Date(Math.max(0, now - maxAge * 1000)).toISOString(),
	};
	const samples = await store.reusableSamples(wanted, (sizes) => {
		memory?.growForStored(memoryPerStoredByte * sizes.reduce((sum, size) => sum + size, 0));
	});
	if (samples === undefined) return undefined;
	const took = { providerLatency: null, duration: (performance.now() - call.startedAt) / 1000 };
	const [model] = call.models;
	const answer = { model, request: {}, outcome: outcomeOf(samples), cost: { prompt: 0, output: 0 }, failures: [] };
	const result: PricedResult = { answers: [answer], missing: undefined, abandoned: [], took };
	const toLogs = (ids: StoredIds) =>
		logsOf(call, ids, result).map((log, index) => ({
			...log,
			// A deletion that starts while this waits for its transaction must delete this log, too.
			updatedAt: log.createdAt,
			providerRequest: null,
			// Its age counts from the first answer, which was paid for.
			answerHash: null,
			reusedLogId: samples[index]?.id ?? null,
		}));
	return store.write(async (writes) => {
		// They may have been deleted since.
		if (!(await writes.keepReusable(samples.map(({ id }) => id)))) return undefined;
		const ids = await storeCall(writes, call, { toLogs });
		const response = {
			...toResponse(call, result, ids ?? expectedIds(call)),
			reused_log_id: samples[0]?.id as string,
		};
		await onStored(writes, response);
		return response;
	});
}
