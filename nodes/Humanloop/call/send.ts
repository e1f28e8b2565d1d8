import * as n8nWorkflow from 'n8n-workflow';
import type { IDataObject, IExecuteSingleFunctions } from 'n8n-workflow';

import type { ItemContext } from '../execution/itemContext';
import type { ApiFailure } from '../transport/apiFailure';
import { RunEndedError } from '../execution/nodeRun';
import { callOrigin, callOriginHeader } from '../transport/callOrigin';
import { fromResponse, logLinkIn, requestIdIn } from '../transport/httpFailure';
import { sendRequest } from '../transport/request';
import type { CallBody } from './body';
import { costHeader, costIn } from './cost';
import { reuseHeader, reusedLogHeader, reuseOf } from './reuse';
import { missingSamples, toCallResponse, type CallResponse } from './response';
import { readStreamedCall, withoutKeys, type TextListener } from './stream';

export interface CallResult {
	/** The same with and without `stream`. */
	response: CallResponse;
	/** What to report beside the samples if the response lacks some. */
	missing: ApiFailure | null;
	/** Whether the host returned the saved response of an earlier request, which costs nothing. */
	isReplayed: boolean;
	/** The tokens in `response.usage` that an earlier request with the same key paid for and reported. */
	priorTokens: Tokens;
	/** Whether the answer is that of an earlier call, which was paid for. */
	isReused: boolean;
	/** The response's `X-Request-Id`, or null. */
	requestId: string | null;
	/** The page of the call's log, or null. */
	link: string | null;
}

interface Tokens {
	prompt: number;
	generation: number;
}

/** Reads the header of a response that completes an earlier one: `prompt_tokens=10, generation_tokens=18`. */
function priorTokensIn(headers: IDataObject): Tokens {
	const header = (headers['idempotent-prior-usage'] as string | undefined) ?? '';
	const count = (name: string) => Number(new RegExp(`\\b${name}=(\\d{1,15})\\b`).exec(header)?.[1] ?? 0);
	return { prompt: count('prompt_tokens'), generation: count('generation_tokens') };
}

/**
 * Sends one call and reads its whole response, streamed or not.
 *
 * @param path of the endpoint, relative to the base URL
 * @param body the finished body; `stream: true` asks for events
 * @param key the call's `Idempotency-Key`: the host runs the call once, however often it is sent
 * @param onText receives the text of a streamed response as it arrives
 * @throws ApiFailure when the API rejects the call or the response is incomplete, or when the connection
 *   fails
 */
export async function sendCall(
	item: ItemContext,
	path: string,
	body: CallBody,
	key: string,
	onText: TextListener | undefined,
): Promise<CallResult> {
	const { context, request, run, maxRetries } = item;
	const { maxAge } = reuseOf(item);
	const asksForStream = body.stream === true;
	const samples = body.num_samples ?? 1;
	const { status, headers, redactor, readBody, readStream } = await sendRequest(context, {
		...request,
		url: path,
		body,
		headers: {
			...request.headers,
			'Idempotency-Key': key,
			// So that the host starts nothing that it cannot finish in time.
			'X-Request-Timeout-Ms': String(request.timeout),
			// So that the host's own retries and the node's share one limit.
			'X-Max-Retries': String(maxRetries),
			...(maxAge !== undefined && { [reuseHeader]: String(maxAge) }),
			[callOriginHeader]: await run.memoize('origin', async () => callOrigin(context, run.node.name)),
		},
	});

	const facts = {
		isReplayed: headers['idempotent-replayed'] === 'true',
		priorTokens: priorTokensIn(headers),
		isReused: headers[reusedLogHeader] !== undefined,
		requestId: requestIdIn(headers),
		link: logLinkIn(headers),
	};
	if (status === 200 && asksForStream && isEventStream(headers)) {
		const listener = onText && withoutKeys(redactor, onText);
		const streamed = await readStreamedCall(readStream(), samples, headers, listener);
		const response = redactor.json(streamed);
		return { response, missing: missingSamples(response, samples, headers), ...facts };
	}

	// A host may respond with a plain body although the call asks for a stream; errors always come like that.
	const json = await readBody();
	if (status !== 200) throw fromResponse(status, json, headers);
	const response = { ...toCallResponse(json, headers), ...costIn(headers[costHeader]) };
	return { response, missing: missingSamples(response, samples, headers), ...facts };
}

/**
 * Sends a call within the item's retries until no sample is missing.
 *
 * @param isKept whether the host keeps the samples of an incomplete response. If not, a repeat would pay for them again
 * @returns the last response if no retry gets the missing samples; its `missing` has the number of attempts
 */
export async function sendUntilWhole(
	item: ItemContext,
	send: () => Promise<CallResult>,
	isKept: boolean,
): Promise<CallResult> {
	let partial: CallResult | null = null;
	let attempts = 0;
	const sent = item.send(async () => {
		attempts++;
		const result = await send();
		const before = partial;
		if (!result.missing) return result;
		partial = result;
		// A host that keeps samples returns them again. Another host would be paid for all of them each time.
		const areKept = isKept && (before === null || hasSamplesOf(result, before));
		throw areKept ? result.missing : result.missing.with({ isRetryable: false });
	});
	return await sent.catch((error: unknown) => {
		const last = partial;
		// Nobody wants the samples once the run has ended.
		if (!last?.missing || error instanceof RunEndedError) return sent;
		return { ...last, missing: last.missing.after(attempts) };
	});
}

function hasSamplesOf({ response }: CallResult, before: CallResult): boolean {
	const ids = new Set(response.data.map(({ id }) => id));
	return before.response.data.every(({ id }) => ids.has(id));
}

/**
 * Reports the tokens of a call to n8n's insights, if the running n8n has them (n8n-workflow 2.41 does). For a replayed
 * response, for a reused answer, and for the samples that an earlier response had, the earlier request did so.
 */
export function reportTokenUsage(
	context: IExecuteSingleFunctions,
	{ response, isReplayed, isReused, priorTokens }: CallResult,
): void {
	const usage = response.usage as IDataObject | null | undefined;
	if (!usage || isReplayed || isReused || typeof n8nWorkflow.accumulateTokenUsage !== 'function') return;
	n8nWorkflow.accumulateTokenUsage(
		// It needs getExecuteData and setMetadata, which are there at run time (n8n-core 2.41.1).
		context as unknown as Parameters<typeof n8nWorkflow.accumulateTokenUsage>[0],
		Math.max(0, Number(usage.prompt_tokens ?? 0) - priorTokens.prompt),
		Math.max(0, Number(usage.generation_tokens ?? 0) - priorTokens.generation),
	);
}

function isEventStream(headers: IDataObject): boolean {
	const type = headers['content-type'] as string | undefined;
	return type?.startsWith('text/event-stream') ?? false;
}
