import type { IDataObject } from 'n8n-workflow';

import type { FailedCall } from './failedCall';
import { retryAfterMs } from './retryAfter';

/** Answers after which the same call may succeed: overload, time-outs, faults of the host. */
const transientStatuses = new Set([408, 429, 500, 502, 503, 504, 529]);

/**
 * Reads an error answer of a v4 API.
 *
 * The API sends `detail` in several forms (list of `{loc, msg, type}`, object with `message`,
 * `description` or `msg`, text), and what stands in front of it may send plain text or a web page.
 *
 * @param status HTTP status of the answer, or null for an error inside a stream
 * @param body the answer's body: parsed JSON or text
 * @param headers the answer's headers
 * @returns the API's own words and what the user can do
 */
export function refusedCall(status: number | null, body: unknown, headers: IDataObject): FailedCall {
	const code = status ?? statusInside(body);
	return {
		message: wordsOf(body) || `The API answered with status ${status} and no explanation`,
		description: adviceFor(code, originOf(body)),
		status: code,
		requestId: requestIdOf(headers),
		isTransient: code !== null && transientStatuses.has(code),
		retryAfterMs: retryAfterMs(headers, Date.now()),
	};
}

/** The ID under which the host's own log knows the call. */
export function requestIdOf(headers: IDataObject): string | null {
	return (headers['x-request-id'] as string | undefined) ?? null;
}

function wordsOf(body: unknown): string {
	if (typeof body === 'string') return plainText(body);
	if (!isObject(body)) return '';
	const detail = body.detail ?? body.error ?? body;
	if (typeof detail === 'string') return detail.trim();
	if (Array.isArray(detail)) return detail.map(fieldWords).join('; ');
	if (!isObject(detail)) return '';
	const words = detail.message ?? detail.description ?? detail.msg;
	return typeof words === 'string' ? words.trim() : JSON.stringify(detail);
}

/** One entry of a validation error, e.g. "num_samples: value is not a valid integer". */
function fieldWords(entry: unknown): string {
	if (!isObject(entry)) return String(entry);
	const path = Array.isArray(entry.loc) ? entry.loc.filter((part) => part !== 'body').join('.') : '';
	const words = entry.msg ?? entry.message;
	const text = typeof words === 'string' ? words : JSON.stringify(entry);
	return path ? `${path}: ${text}` : text;
}

function plainText(text: string): string {
	if (/^\s*<(!doctype|html)/i.test(text)) return 'The answer is a web page, not one of the API';
	return text.trim();
}

function adviceFor(status: number | null, origin: string | null): string {
	const provider = origin !== null && origin.toLowerCase() !== 'humanloop' ? origin : null;
	switch (status) {
		case 400:
			return 'Change what the message names and run the node again.';
		case 401:
		case 403:
			return provider
				? `${provider} refused its key. Check the provider's key in the Humanloop API credentials, or the one that the server uses.`
				: "Check the 'API Key' in the Humanloop API credentials.";
		case 404:
			return "Check the IDs in the node and the 'Base URL' in the credentials, which ends with /v4.";
		case 413:
			return 'Send less at once, for example shorter inputs.';
		case 422:
			return 'Change the field that the message names and run the node again.';
		case 429:
			return `${provider ?? 'The API'} wants fewer requests. Wait, then run the failed items again.`;
		case 408:
		case 504:
			return 'The model took too long. Try again, ask for a shorter answer, or raise the timeout in the request options.';
		case 503:
		case 529:
			return `${provider ?? 'The API'} is overloaded or cannot be reached. Wait, then run the failed items again.`;
		case null:
			return 'Try again. The log of the server says more.';
	}
	if (status >= 300 && status < 400) {
		return "The address has moved. Put the new one into 'Base URL' in the credentials; the node does not follow, because the keys would go along.";
	}
	return status >= 500
		? 'Try again later. The log of the server says more.'
		: "Check the node's fields and the 'Base URL' in the credentials.";
}

function originOf(body: unknown): string | null {
	const detail = isObject(body) && isObject(body.detail) ? body.detail : {};
	return typeof detail.origin === 'string' ? detail.origin : null;
}

function statusInside(body: unknown): number | null {
	const detail = isObject(body) && isObject(body.detail) ? body.detail : {};
	return typeof detail.code === 'number' ? detail.code : null;
}

function isObject(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
