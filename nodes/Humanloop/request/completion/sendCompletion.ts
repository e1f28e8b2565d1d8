import type { IDataObject, IExecuteSingleFunctions, IHttpRequestOptions } from 'n8n-workflow';

import { refusedCall } from '../apiErrors';
import type { CompletionBody } from './body';
import { sendRequest } from '../callApi';
import { checkedCompletion, type Completion } from './completion';
import { FailedCallError } from '../failedCall';
import { readText } from './eventStream';
import { withIdleTimeout, type ByteStream } from './idleTimeout';
import { readStreamedCompletion, type PieceListener } from './streamedCompletion';

export interface Answer {
	/** The same with and without `stream`. */
	completion: Completion;
	/** Whether the host has given the stored answer of an earlier request: this one is not paid for. */
	isReplayed: boolean;
}

/**
 * Sends one completion call and reads its whole answer, streamed or not.
 *
 * @param request where to and how: method, path, time-out, proxy, as n8n has prepared them
 * @param body the finished body; `stream: true` asks for the answer as events
 * @param key the call's `Idempotency-Key`: the host runs it once, however often it is sent
 * @param onPiece takes the pieces of a streamed answer as they arrive
 * @throws FailedCallError when the API refuses or the answer is not whole; whatever n8n's HTTP
 *   client throws when the connection fails
 */
export async function sendCompletion(
	context: IExecuteSingleFunctions,
	request: IHttpRequestOptions & { timeout: number },
	body: CompletionBody,
	key: string,
	onPiece: PieceListener | undefined,
): Promise<Answer> {
	const asksForStream = body.stream === true;
	const {
		statusCode,
		headers,
		body: answer,
	} = await sendRequest(context, {
		...request,
		body,
		headers: {
			...request.headers,
			'Idempotency-Key': key,
			// So that the host begins nothing that cannot end in time.
			'X-Request-Timeout-Ms': String(request.timeout),
		},
		...(asksForStream && { encoding: 'stream' }),
	});

	const isReplayed = headers['idempotent-replayed'] === 'true';
	const stream = asksForStream ? withIdleTimeout(answer as ByteStream, request.timeout) : null;
	if (statusCode === 200 && stream && isEventStream(headers)) {
		return { completion: await readStreamedCompletion(stream, body.num_samples ?? 1, headers, onPiece), isReplayed };
	}

	const json = stream ? await readJson(stream) : answer;
	if (statusCode !== 200) throw new FailedCallError(refusedCall(statusCode, json, headers));
	return { completion: checkedCompletion(json, headers), isReplayed };
}

function isEventStream(headers: IDataObject): boolean {
	const type = headers['content-type'] as string | undefined;
	return type?.startsWith('text/event-stream') ?? false;
}

/** A host may answer a call that asks for a stream with a plain body: always so for an error. */
async function readJson(stream: AsyncIterable<Uint8Array>): Promise<unknown> {
	const text = await readText(stream);
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
