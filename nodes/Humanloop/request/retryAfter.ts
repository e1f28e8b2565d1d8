import type { IDataObject } from 'n8n-workflow';

/**
 * How long a host asks to wait before the next try.
 *
 * Reads `retry-after-ms` (milliseconds, as OpenAI sends it) before `Retry-After` (seconds or a date,
 * RFC 9110, 10.2.3).
 *
 * @param headers the answer's headers, with names in lower case
 * @param now milliseconds since 1970, for a date
 * @returns milliseconds, or null when the host does not say
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
