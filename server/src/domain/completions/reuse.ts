import type { CallResponse } from '../../contract/calls.ts';
import type { ToolCall } from '../../contract/messages.ts';
import { memoryPerStoredByte, type MemoryShare } from '../memory.ts';
import type { ProviderResult } from '../provider.ts';
import type { ReusableSample, Store, Writes } from '../store.ts';
import { expectedIds, storeLogs } from './execute.ts';
import { logsOf } from './logs.ts';
import type { PreparedCall } from './prepare.ts';
import { toResponse } from './response.ts';

/** How a call may get the answer of an earlier one. */
export type Reuse = {
	/** How old the answer may be, in seconds. */
	maxAge: number;
	/** The time of day in milliseconds. */
	now: number;
	memory: MemoryShare | undefined;
	/** Called in the transaction that stores the logs. */
	onStored: (writes: Writes, response: CallResponse) => Promise<void>;
};

/** The answer as if a provider had given it for nothing. */
function outcomeOf(samples: ReusableSample[]): ProviderResult {
	return {
		samples: samples.map(({ rawOutput, outputMessage, finishReason }) => ({
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
 * provider request, and cost nothing. Returns undefined if there is no such answer.
 */
export async function reuseAnswer(
	store: Store,
	call: PreparedCall,
	{ maxAge, now, memory, onStored }: Reuse,
): Promise<CallResponse | undefined> {
	if (call.answerHash === null) return undefined;
	const wanted = {
		hash: call.answerHash,
		numSamples: call.logIds.length,
		notBefore: new Date(Math.max(0, now - maxAge * 1000)).toISOString(),
	};
	const samples = await store.reusableSamples(wanted, (sizes) => {
		memory?.growForStored(memoryPerStoredByte * sizes.reduce((sum, size) => sum + size, 0));
	});
	if (samples === undefined) return undefined;
	const outcome = outcomeOf(samples);
	const duration = (performance.now() - call.startedAt) / 1000;
	return store.write(async (writes) => {
		const ids = await storeLogs(writes, call, (made) =>
			logsOf(call, made, outcome, { providerLatency: null, duration }).map((log, index) => ({
				...log,
				promptCost: index === 0 ? 0 : null,
				outputCost: index === 0 ? 0 : null,
				providerRequest: null,
				// Its age counts from the first answer, which was paid for.
				answerHash: null,
				reusedLogId: samples[index]?.id ?? null,
			})),
		);
		const response = {
			...toResponse(call, outcome, ids ?? expectedIds(call)),
			provider_request: {},
			reused_log_id: samples[0]?.id as string,
		};
		await onStored(writes, response);
		return response;
	});
}
