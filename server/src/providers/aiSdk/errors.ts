import { APICallError } from '@ai-sdk/provider';
import { ApiError } from '../../domain/apiError.ts';
import { bodyIn, isBody, textIn } from '../body.ts';

/** Whom an error is about. `host` is named where the provider could not be reached. */
type Subject = { origin: string; host: string };

/** The connection failed in the middle of a response. Without `code` and `cause`, SDKs would take it for a failed request. */
export class CutResponse extends Error {
	readonly systemCode: string | undefined;

	constructor(error: unknown) {
		super('the response was cut off');
		this.systemCode = codeOf(error);
	}
}

/** The provider's status in the contract's codes; docs/server.md has the table. */
function statusOf(status: number): number {
	if (status === 403) return 401;
	if (status === 408) return 504;
	if (status === 409) return 422;
	// Bedrock's word for a model that failed.
	if (status === 424) return 503;
	if ([400, 401, 404, 413, 422, 429, 500, 504].includes(status)) return status;
	return status < 500 ? 400 : 503;
}

/** Statuses of failures that pass. 504 is not one of them: a gateway gave up, but the model may still be at work. */
const transient = new Set([424, 429, 500, 502, 503, 529]);

function decimal(text: string | undefined): number | undefined {
	return /^\s*\d+(\.\d+)?\s*$/.test(text ?? '') ? Number(text) : undefined;
}

/** Google says in the body of an error how long to wait, in seconds: {"retryDelay": "12s"}. */
function retryDelayIn(body: unknown): number | undefined {
	const details = bodyIn(bodyIn(body)['error'])['details'];
	if (!Array.isArray(details)) return undefined;
	const delays = details.filter(isBody).map(({ retryDelay }) => decimal(textIn(retryDelay).replace(/s$/, '')));
	return delays.find((delay) => delay !== undefined);
}

/** How long the provider asks to wait, in milliseconds. */
function retryAfterMs(headers: Record<string, string> = {}, body: unknown): number | undefined {
	const text = headers['retry-after'] ?? '';
	const seconds = decimal(text) ?? retryDelayIn(body);
	const wait =
		decimal(headers['retry-after-ms']) ?? (seconds === undefined ? Date.parse(text) - Date.now() : seconds * 1000);
	// Larger numbers could not be passed on in plain digits.
	return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), Number.MAX_SAFE_INTEGER);
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** What the provider says: the message in its body, wherever it puts it, or else its body, or the status. */
function messageOf(body: unknown, text: string, status: number): string {
	const { error, message, Message } = bodyIn(body);
	const said = [textIn(bodyIn(error)['message']), textIn(error), textIn(message), textIn(Message)];
	const plain = isBody(body) || text.trimStart().startsWith('<') ? '' : text.trim().slice(0, 1000);
	return [...said, plain].find((one) => one !== '') ?? `The provider answered with the status ${status}.`;
}

/** The system's code for a failed connection: the first among an error's causes. */
function codeOf(error: unknown): string | undefined {
	let cause = error;
	for (let depth = 0; depth < 6 && cause instanceof Error; depth += 1) {
		if ('code' in cause && typeof cause.code === 'string' && cause.code !== '') return cause.code;
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

function connectionMessage(code: string | undefined, host: string): string {
	if (code === undefined) return `The connection to ${host} failed.`;
	if (!unreachable.has(code)) return `The connection to ${host} failed: ${code}.`;
	return `${host.charAt(0).toUpperCase()}${host.slice(1)} could not be reached: ${code}.`;
}

/** An error that came as a part of a stream. */
function isStreamError(error: unknown): error is { message: string; statusCode: number } {
	return isBody(error) && typeof error['message'] === 'string' && typeof error['statusCode'] === 'number';
}

/** A failed call in the contract's codes and the provider's words, with its Retry-After. */
export function mapError(error: unknown, { origin, host }: Subject): ApiError {
	if (APICallError.isInstance(error)) {
		const { statusCode, responseBody = '', responseHeaders } = error;
		if (statusCode === undefined) {
			return new ApiError(503, connectionMessage(codeOf(error), host), { origin, isRetryable: true });
		}
		if (statusCode >= 300) {
			const body = parsed(responseBody);
			return new ApiError(statusOf(statusCode), messageOf(body, responseBody, statusCode), {
				origin,
				retryAfterMs: retryAfterMs(responseHeaders, body),
				isRetryable: transient.has(statusCode),
			});
		}
	}
	if (isStreamError(error)) {
		const { message, statusCode } = error;
		return new ApiError(statusOf(statusCode), message, { origin, isRetryable: transient.has(statusCode) });
	}
	// What comes here failed in the middle of a response, which may be paid for: it is not asked for again.
	const code = error instanceof CutResponse ? error.systemCode : codeOf(error);
	const isCut = error instanceof CutResponse || code !== undefined;
	const message = isCut
		? connectionMessage(code, host)
		: `The provider's response cannot be used: it is not in the form of ${origin}'s API.`;
	return new ApiError(503, message, { origin });
}
