import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { ApiError } from '../../domain/apiError.ts';

export const origin = 'OpenAI';

/** The provider's status in the contract's codes; docs/server.md has the table. */
function statusOf(status: number | undefined): number {
	if (status === undefined) return 503;
	if (status === 403) return 401;
	if (status === 408) return 504;
	if (status === 409) return 422;
	if ([400, 401, 404, 413, 422, 429, 500, 504].includes(status)) return status;
	return status < 500 ? 400 : 503;
}

/** `instanceof` alone gives the SDK's generic class, with `any` in it. */
function isApiError(error: unknown): error is APIError {
	return error instanceof APIError;
}

/** What the provider says, without the status that the SDK puts before it. */
function messageOf(error: APIError): string {
	const body: unknown = error.error;
	if (typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string') {
		return body.message;
	}
	return error.message;
}

/** Statuses of failures that pass. 504 is not one of them: a gateway gave up, but the model may still be at work. */
const transient = new Set([429, 500, 502, 503, 529]);

/** Whether the same call may succeed the next time. Never after a timeout: the provider may still be at work. */
function isRetryable(error: APIError): boolean {
	// An account without credit is a 429 too, and stays one.
	if (error.code === 'insufficient_quota') return false;
	// Without a status there was no response: a connection error. Any other error came in the middle of a response.
	return error.status === undefined ? error instanceof APIConnectionError : transient.has(error.status);
}

function decimal(text: string | null | undefined): number | undefined {
	return /^\s*\d+(\.\d+)?\s*$/.test(text ?? '') ? Number(text) : undefined;
}

/** The headers' milliseconds, seconds or date, in milliseconds; NaN if they have none. */
function waitIn(headers: Headers | undefined): number {
	const ms = decimal(headers?.get('retry-after-ms'));
	if (ms !== undefined) return ms;
	const text = headers?.get('retry-after') ?? '';
	const seconds = decimal(text);
	return seconds === undefined ? Date.parse(text) - Date.now() : seconds * 1000;
}

/** How long the provider asks to wait, in milliseconds. */
function retryAfterMs({ headers }: APIError): number | undefined {
	const wait = waitIn(headers);
	// Larger numbers could not be passed on in plain digits.
	return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), Number.MAX_SAFE_INTEGER);
}

/** The system's code for a failed connection: the first among an error's causes. */
function codeOf(error: unknown): string | undefined {
	let cause = error;
	for (let depth = 0; depth < 5 && cause instanceof Error; depth += 1) {
		if ('code' in cause && typeof cause.code === 'string') return cause.code;
		cause = cause.cause;
	}
	return undefined;
}

/** Codes of a connection that was never made. */
const unreachable = new Set([
	'ECONNREFUSED',
	'EHOSTDOWN',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'ENOTFOUND',
	'EAI_AGAIN',
	'ETIMEDOUT',
	'UND_ERR_CONNECT_TIMEOUT',
]);

function connectionMessage(error: unknown, host: string): string {
	const code = codeOf(error);
	if (code === undefined) return `The connection to ${host} failed.`;
	if (!unreachable.has(code)) return `The connection to ${host} failed: ${code}.`;
	return `${host.charAt(0).toUpperCase()}${host.slice(1)} could not be reached: ${code}.`;
}

/** A failed call in the contract's codes and the provider's words, with its Retry-After. `host` is named in the message. */
export function mapError(error: unknown, host: string): ApiError {
	if (error instanceof APIConnectionTimeoutError) {
		return new ApiError(504, 'The provider did not answer in time.', { origin });
	}
	if (error instanceof APIConnectionError) {
		return new ApiError(503, connectionMessage(error, host), { origin, isRetryable: isRetryable(error) });
	}
	if (isApiError(error)) {
		return new ApiError(statusOf(error.status), messageOf(error), {
			origin,
			retryAfterMs: retryAfterMs(error),
			isRetryable: isRetryable(error),
		});
	}
	const message = error instanceof Error ? error.message : String(error);
	return new ApiError(503, `The connection to the provider failed: ${message}`, { origin });
}
