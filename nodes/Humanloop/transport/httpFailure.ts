import type { IDataObject } from 'n8n-workflow';

import { ApiFailure } from './apiFailure';
import { providerKeys } from './providerKeys';

/** The same call may succeed after these: overload, timeouts, faults of the host. */
const retryableStatuses = new Set([408, 429, 500, 502, 503, 504, 529]);

/**
 * Turns an error response into a failure.
 *
 * A v4 API sends `detail` in several forms: a list of `{loc, msg, type}`, an object with `message`, `description`
 * or `msg`, or text. A proxy in front of it may send plain text or a web page.
 *
 * @param status HTTP status, or null for an error inside a stream
 * @param body the response's body: parsed JSON or text
 * @param headers the response's headers, with names in lower case
 * @returns a failure with the API's own words and what the user can do
 */
export function fromResponse(status: number | null, body: unknown, headers: IDataObject): ApiFailure {
	const code = status ?? codeIn(body);
	const message = messageIn(body) || `The API responded with status ${status} and no explanation`;
	// The convention of OpenAI's clients. humanloop-server says so when the retries of an Idempotency-Key are used up.
	const isFinal = headers['x-should-retry'] === 'false';
	return new ApiFailure({
		message,
		description: adviceOn(message, code) ?? adviceFor(code, originIn(body)),
		status: code,
		requestId: requestIdIn(headers),
		link: logLinkIn(headers),
		isRetryable: code !== null && retryableStatuses.has(code) && !isFinal,
		retryAfterMs: retryAfterMs(headers, Date.now()),
	});
}

/**
 * The failure for a response that succeeded but has the wrong form.
 *
 * @param expected what the response should have been
 */
export function unexpectedResponse(
	expected: 'JSON' | 'a list' | "a model's answer",
	status = 200,
	requestId: string | null = null,
): ApiFailure {
	return new ApiFailure({
		message: `Expected ${expected} from the v4 API, but the response is something else`,
		description: "Check the 'Base URL' in the Humanloop API credentials. It must end with /v4.",
		status,
		requestId,
	});
}

/** The ID under which the host's own log lists the call, or null. */
export function requestIdIn(headers: IDataObject): string | null {
	return (headers['x-request-id'] as string | undefined) ?? null;
}

/** The page of the call's log: the `Link` with the relation `describedby` (RFC 8288), if it is a web address, or null. */
export function logLinkIn(headers: IDataObject): string | null {
	const links = (headers.link as string | undefined) ?? '';
	return /<(https?:\/\/[^>]*)>\s*;\s*rel="?describedby"?\s*(?:[,;]|$)/i.exec(links)?.[1] ?? null;
}

/**
 * How long a host asks you to wait before the next attempt.
 *
 * `retry-after-ms` (milliseconds, as OpenAI sends it) wins over `Retry-After` (seconds or a date, RFC 9110, 10.2.3).
 *
 * @param now milliseconds since 1970, for a date
 * @returns milliseconds, or null if the host does not say
 */
export function retryAfterMs(headers: IDataObject, now: number): number | null {
	const milliseconds = numberIn(headers['retry-after-ms']);
	if (milliseconds !== null) return milliseconds;
	const seconds = numberIn(headers['retry-after']);
	if (seconds !== null) return seconds * 1000;
	const date = Date.parse((headers['retry-after'] as string | undefined) ?? '');
	return Number.isNaN(date) ? null : Math.max(0, date - now);
}

function numberIn(header: unknown): number | null {
	return typeof header === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) : null;
}

function messageIn(body: unknown): string {
	if (typeof body === 'string') return plainText(body);
	if (!isObject(body)) return '';
	const detail = body.detail ?? body.error ?? body;
	if (typeof detail === 'string') return detail.trim();
	if (Array.isArray(detail)) return detail.map(validationMessage).join('; ');
	if (!isObject(detail)) return '';
	const message = detail.message ?? detail.description ?? detail.msg;
	return typeof message === 'string' ? message.trim() : JSON.stringify(detail);
}

/** One entry of a validation error, e.g. "num_samples: value is not a valid integer". */
function validationMessage(entry: unknown): string {
	if (!isObject(entry)) return String(entry);
	const path = Array.isArray(entry.loc) ? entry.loc.filter((part) => part !== 'body').join('.') : '';
	const message = entry.msg ?? entry.message;
	const text = typeof message === 'string' ? message : JSON.stringify(entry);
	return path ? `${path}: ${text}` : text;
}

function plainText(text: string): string {
	if (/^\s*<(!doctype|html)/i.test(text)) return 'The response is a web page, not from the API';
	return text.trim();
}

/** A connection between the server and a model's host that was never made. */
const unreachableHost = /could not be reached|\b(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)\b/;

/** What to do where the message says more than the status. */
function adviceOn(message: string, status: number | null): string | null {
	// humanloop-server tells a path that it does not have from an ID that it does not know.
	if (status === 404 && message.startsWith('No such project: ')) return "Check the 'Project'.";
	if (status === 404 && message.startsWith('No such environment: ')) return "Check the 'Environment'.";
	if (status === 404 && message.startsWith('No such ')) return 'Check the IDs in the node.';
	if (status === 404 && message.startsWith('Nothing is deployed in the environment ')) {
		return "Deploy one with Model Config → Deploy, or choose another 'Environment'.";
	}
	if (status === 404 && /^There is no [A-Z]+ \S+ here/.test(message)) {
		return "Check the 'Base URL' in the Humanloop API credentials. It must end with /v4.";
	}
	if (status === 403 && /needs the role "\w+"/.test(message)) {
		return 'Choose credentials whose API key has the role that the message names.';
	}
	if (unreachableHost.test(message)) {
		return "Start the model's host, or correct its address where the server runs, then run the failed items again.";
	}
	const [, key] = /"(\w+)" in "provider_api_keys"/.exec(message) ?? [];
	const provider = providerKeys.find((candidate) => candidate.key === key);
	return provider
		? `Enter it in '${provider.displayName}' of the Humanloop API credentials, or set it where the server runs.`
		: null;
}

function adviceFor(status: number | null, origin: string | null): string {
	const provider = origin !== null && origin.toLowerCase() !== 'humanloop' ? origin : null;
	switch (status) {
		case 400:
			return 'Change what the message names and run the node again.';
		case 401:
		case 403:
			return provider
				? `${provider} rejected its key. Check the provider's key in the Humanloop API credentials, or the server's own key.`
				: "Check the 'API Key' in the Humanloop API credentials.";
		case 402:
			return provider
				? `${provider} asks for payment. Check the balance of your account there, then run the failed items again.`
				: 'Wait until the budget renews, or ask an admin of the server to raise it. Then run the failed items again.';
		case 404:
			if (provider) {
				return `${provider} does not have this model, or its address is wrong. Check the model of the config, and the address where the server runs.`;
			}
			return "Check the IDs in the node and the 'Base URL' in the credentials, which must end with /v4.";
		case 413:
			return 'Send less at once, for example shorter inputs or smaller images.';
		case 422:
			return 'Change the field that the message names and run the node again.';
		case 429:
			return `${provider ?? 'The API'} asks for fewer requests. Wait, then run the failed items again.`;
		case 408:
		case 504:
			return 'The model took too long. Try again, ask for a shorter output, or raise the timeout in the request options.';
		case 503:
		case 529:
			return `${provider ?? 'The API'} is overloaded or cannot be reached. Wait, then run the failed items again.`;
		case null:
			return "Try again. The server's log may say more.";
	}
	if (status >= 300 && status < 400) {
		return (
			"The address has moved. Enter the new one as 'Base URL' in the credentials. " +
			'The node does not follow redirects, because your keys would be sent along.'
		);
	}
	return status >= 500
		? "Try again later. The server's log may say more."
		: "Check the node's fields and the 'Base URL' in the credentials.";
}

function originIn(body: unknown): string | null {
	const detail = isObject(body) && isObject(body.detail) ? body.detail : {};
	return typeof detail.origin === 'string' ? detail.origin : null;
}

function codeIn(body: unknown): number | null {
	const detail = isObject(body) && isObject(body.detail) ? body.detail : {};
	return typeof detail.code === 'number' ? detail.code : null;
}

function isObject(value: unknown): value is IDataObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
