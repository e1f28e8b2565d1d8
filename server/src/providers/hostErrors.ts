/*
 * What all providers' errors have in common: statuses, waits and failed connections. docs/calls.md has the table.
 */

/** The provider's status in the contract's codes. Undefined: there was no response. */
export function statusOf(status: number | undefined): number {
	if (status === undefined) return 503;
	if (status === 403) return 401;
	if (status === 408) return 504;
	if (status === 409) return 422;
	if ([400, 401, 404, 413, 422, 429, 500, 504].includes(status)) return status;
	return status < 500 ? 400 : 503;
}

/** Statuses of failures that pass. 504 is not one of them: a gateway gave up, but the model may still be at work. */
export function isTemporary(status: number): boolean {
	return [429, 500, 502, 503, 529].includes(status);
}

function decimal(text: string | null | undefined): number | undefined {
	return /^\s*\d+(\.\d+)?\s*$/.test(text ?? '') ? Number(text) : undefined;
}

/** The headers' milliseconds, seconds or date, in milliseconds; NaN if they have none. */
function waitIn(headers: Headers): number {
	const ms = decimal(headers.get('retry-after-ms'));
	if (ms !== undefined) return ms;
	const text = headers.get('retry-after') ?? '';
	const seconds = decimal(text);
	return seconds === undefined ? Date.parse(text) - Date.now() : seconds * 1000;
}

/** How long the provider asks to wait, in milliseconds. */
export function retryAfterMs(headers: Headers): number | undefined {
	const wait = waitIn(headers);
	// Larger numbers could not be passed on in plain digits.
	return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), Number.MAX_SAFE_INTEGER);
}

/** The error and its causes, the outermost first. */
export function causesOf(error: unknown): Error[] {
	const causes: Error[] = [];
	for (let cause = error; causes.length < 6 && cause instanceof Error; cause = cause.cause) causes.push(cause);
	return causes;
}

/** The system's code for a failed connection: the first among an error's causes. */
function codeOf(error: unknown): string | undefined {
	const codes = causesOf(error).map((cause) => (cause as { code?: unknown }).code);
	return codes.find((code) => typeof code === 'string');
}

/** undici's code for a connection that the host closed. It says nothing more. */
const closed = 'UND_ERR_SOCKET';

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

/** Whether a connection that failed was never made, so that nothing was sent. */
export function isUnreachable(error: unknown): boolean {
	return unreachable.has(codeOf(error) ?? '');
}

/** What a failed connection to a host is called. `host` stands in a sentence: "OpenAI", "the host of OPENAI_BASE_URL". */
export function connectionMessage(error: unknown, host: string): string {
	const code = codeOf(error);
	if (code === undefined) return `The connection to ${host} failed.`;
	if (code === closed) return `The connection to ${host} failed: it was closed before a response came.`;
	if (!unreachable.has(code)) return `The connection to ${host} failed: ${code}.`;
	return `${host.charAt(0).toUpperCase()}${host.slice(1)} could not be reached: ${code}.`;
}

/** The same for a response that broke off in the middle. */
export function brokenMessage(error: unknown, host: string): string {
	const code = codeOf(error);
	const reason = code === undefined || code === closed ? '' : `: ${code}`;
	return `The connection to ${host} broke before the response was whole${reason}.`;
}
