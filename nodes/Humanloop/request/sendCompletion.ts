import type {
	IDataObject,
	IExecuteSingleFunctions,
	IHttpRequestOptions,
	IN8nHttpFullResponse,
} from 'n8n-workflow';

import { refusedCall } from './apiErrors';
import { checkedCompletion, type Completion } from './completion';
import { FailedCallError } from './failedCall';
import { readText } from './eventStream';
import { withIdleTimeout, type ByteStream } from './idleTimeout';
import { readStreamedCompletion } from './streamedCompletion';

/**
 * Sends one completion call and reads its whole answer, streamed or not.
 *
 * @param request where to and how: method, path, time-out, proxy, as n8n has prepared them
 * @param body the finished body; `stream: true` asks for the answer as events
 * @param key the call's `Idempotency-Key`: the host runs it once, however often it is sent
 * @returns the answer, the same with and without `stream`
 * @throws FailedCallError when the API refuses or the answer is not whole; whatever n8n's HTTP
 *   client throws when the connection fails
 */
export async function sendCompletion(
	context: IExecuteSingleFunctions,
	request: IHttpRequestOptions & { timeout: number },
	body: IDataObject,
	key: string,
): Promise<Completion> {
	const asksForStream = body.stream === true;
	const response = (await context.helpers.httpRequestWithAuthentication.call(context, 'humanloopApi', {
		...request,
		body,
		headers: {
			...request.headers,
			'Idempotency-Key': key,
			// So that the host begins nothing that cannot end in time.
			'X-Request-Timeout-Ms': String(request.timeout),
		},
		returnFullResponse: true,
		// The status is looked at below: n8n would drop `detail`, and send again after a 401.
		ignoreHttpStatusErrors: true,
		// The keys would follow a redirect to wherever it points.
		disableFollowRedirect: true,
		...(asksForStream && { encoding: 'stream' }),
	})) as IN8nHttpFullResponse;

	const { statusCode, headers } = response;
	const stream = asksForStream ? withIdleTimeout(response.body as ByteStream, request.timeout) : null;
	if (statusCode === 200 && stream && isEventStream(headers)) {
		return await readStreamedCompletion(stream, (body.num_samples as number | undefined) ?? 1, headers);
	}

	const answer = stream ? await readJson(stream) : response.body;
	if (statusCode !== 200) throw new FailedCallError(refusedCall(statusCode, answer, headers));
	return checkedCompletion(answer, headers);
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
