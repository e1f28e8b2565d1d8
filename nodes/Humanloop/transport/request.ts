import type {
	IDataObject,
	IExecuteSingleFunctions,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	IN8nHttpFullResponse,
} from 'n8n-workflow';

import { bodyFailure, fromConnectionError } from './connectionFailure';
import { fromResponse, unexpectedResponse } from './httpFailure';
import { withDeadline, withIdleTimeout, type ByteStream } from './readTimeout';
import { Redactor } from './redact';
import { readText } from './serverSentEvents';

/** A response whose body is still to be read. The keys of the request are hidden in everything but the raw stream. */
export interface OpenResponse {
	status: number;
	headers: IDataObject;
	redactor: Redactor;
	/** The body, parsed if it is JSON, or as text. The request's timeout covers it too. */
	readBody: () => Promise<unknown>;
	/** The body as it arrives. The request's timeout is the longest silence in it. */
	readStream: () => AsyncIterable<Uint8Array>;
}

/**
 * Sends one request to the host of the credentials, with their keys.
 *
 * @param request its `timeout`, in milliseconds, is needed
 * @returns the response, with any status
 * @throws ApiFailure when the connection fails
 */
export async function sendRequest(
	context: IExecuteSingleFunctions | ILoadOptionsFunctions,
	request: IHttpRequestOptions & { timeout: number },
): Promise<OpenResponse> {
	const sentAt = Date.now();
	const sent: IHttpRequestOptions = {
		...request,
		returnFullResponse: true,
		// n8n's own timeout starts over with each byte of a body.
		encoding: 'stream',
		// Otherwise n8n drops `detail`, and sends the request again after a 401.
		ignoreHttpStatusErrors: true,
		// Otherwise the keys follow a redirect to wherever it points.
		disableFollowRedirect: true,
	};
	const response = (await context.helpers.httpRequestWithAuthentication
		.call(context, 'humanloopApi', sent)
		.catch(async (error: unknown) => {
			const { baseUrl } = await context.getCredentials('humanloopApi');
			throw fromConnectionError(error, typeof baseUrl === 'string' ? baseUrl.trim() : '');
		})) as IN8nHttpFullResponse;
	const redactor = await Redactor.for(context, sent);
	const body = response.body as unknown as ByteStream;
	return {
		status: response.statusCode,
		headers: redactor.json(response.headers),
		redactor,
		async readBody() {
			try {
				const text = await readText(withDeadline(body, sentAt + request.timeout, request.timeout));
				return redactor.json(parsed(text));
			} catch (error) {
				throw bodyFailure(error);
			}
		},
		readStream: () => withIdleTimeout(body, request.timeout),
	};
}

/**
 * Sends one request whose response is one object or a list of objects.
 *
 * @returns the response's body
 * @throws ApiFailure when the API rejects the call or responds with something else, or when the
 *   connection fails
 */
export async function requestJson<T extends IDataObject | IDataObject[] = IDataObject>(
	context: IExecuteSingleFunctions | ILoadOptionsFunctions,
	request: IHttpRequestOptions & { timeout: number },
): Promise<T> {
	const { status, headers, readBody } = await sendRequest(context, request);
	const body = await readBody();
	if (status < 200 || status > 299) throw fromResponse(status, body, headers);
	if (typeof body !== 'object' || body === null) throw unexpectedResponse('JSON', status);
	return body as T;
}

/** A proxy may respond with text or a web page. */
function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
