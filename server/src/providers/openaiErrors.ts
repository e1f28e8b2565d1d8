import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { ApiError } from '../domain/apiError.ts';
import { redact } from './redact.ts';

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

/** `instanceof` alone gives the SDK's generic class with `any` in it. */
function isApiError(error: unknown): error is APIError {
	return error instanceof APIError;
}

/** What the provider says, without the status that the SDK puts before it. */
function wordsOf(error: APIError): string {
	const body: unknown = error.error;
	if (typeof body === 'object' && body !== null && 'message' in body && typeof body.message === 'string') {
		return body.message;
	}
	return error.message;
}

/** An answer that is no answer: cut off, empty, not in OpenAI's form. */
export function unusableAnswer(what: string): ApiError {
	return new ApiError(503, `The provider's answer cannot be used: ${what}`, { origin });
}

/** Statuses of a trouble that passes. 504 is none of them: a gateway gave up waiting, the model may be at work. */
const transient = new Set([429, 500, 502, 503, 529]);

/** Whether it can go better the next time: never after a time-out, as the provider may be at work still. */
function isTransient(error: APIError): boolean {
	// An account without credit answers 429 as well, and does so for good.
	if (error.code === 'insufficient_quota') return false;
	// Without a status, nothing was answered: a connection error; anything else came in the middle of an answer.
	return error.status === undefined ? error instanceof APIConnectionError : transient.has(error.status);
}

function decimal(text: string | null | undefined): number | undefined {
	return /^\s*\d+(\.\d+)?\s*$/.test(text ?? '') ? Number(text) : undefined;
}

/** What the headers say: milliseconds, seconds, or a date; NaN where they say nothing. */
function waitIn(headers: Headers | undefined): number {
	const ms = decimal(headers?.get('retry-after-ms'));
	if (ms !== undefined) return ms;
	const text = headers?.get('retry-after') ?? '';
	const seconds = decimal(text);
	return seconds === undefined ? Date.parse(text) - Date.now() : seconds * 1000;
}

/** The wait that the provider asks for, in milliseconds. */
function retryAfterMs({ headers }: APIError): number | undefined {
	const wait = waitIn(headers);
	// What is beyond these bounds could not be passed on in plain digits.
	return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), Number.MAX_SAFE_INTEGER);
}

/** What the system says of the connection: the first code among an error's causes. */
function codeOf(error: unknown): string | undefined {
	let cause = error;
	for (let depth = 0; depth < 5 && cause instanceof Error; depth += 1) {
		if ('code' in cause && typeof cause.code === 'string') return cause.code;
		cause = cause.cause;
	}
	return undefined;
}

/** Codes of a connection that has not come about. */
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

function connectionWords(error: unknown, host: string): string {
	const code = codeOf(error);
	if (code === undefined) return `The connection to ${host} failed.`;
	if (!unreachable.has(code)) return `The connection to ${host} failed: ${code}.`;
	return `${host.charAt(0).toUpperCase()}${host.slice(1)} could not be reached: ${code}.`;
}

/** What errors may name, and what they must not. */
export type Told = { host: string; keys: readonly string[] };

/**
 * The error of a provider call as the caller is told it: the contract's code, the provider's words without any key,
 * Retry-After passed on. Aborting wins over what the SDK makes of it.
 */
export function providerError(error: unknown, { host, keys }: Told, signal: AbortSignal): unknown {
	if (signal.aborted) return signal.reason;
	if (error instanceof ApiError) return error;
	if (error instanceof APIConnectionTimeoutError) {
		return new ApiError(504, 'The provider did not answer in time.', { origin });
	}
	if (error instanceof APIConnectionError) {
		return new ApiError(503, connectionWords(error, host), { origin, isRetryable: isTransient(error) });
	}
	if (isApiError(error)) {
		return new ApiError(statusOf(error.status), redact(wordsOf(error), keys), {
			origin,
			retryAfterMs: retryAfterMs(error),
			isRetryable: isTransient(error),
		});
	}
	const words = error instanceof Error ? error.message : String(error);
	return new ApiError(503, `The connection to the provider failed: ${redact(words, keys)}`, { origin });
}
