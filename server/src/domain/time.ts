import { unprocessable } from './apiError.ts';

/**
 * A time of a request as it is stored. JavaScript has no leap seconds, so they count as the second before. Throws 422 for
 * a time that does not exist.
 */
export function storedTime(text: string): string {
	const time = Date.parse(text.replace(/:60/, ':59'));
	if (Number.isNaN(time))
		throw unprocessable(`created_at is not a time that this server can store: ${JSON.stringify(text)}.`);
	return toIso(time);
}

/** What GET /logs accepts: a date, or a time with optional seconds, fractions of a second, and offset. */
const form = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(?:(Z)|([+-]\d\d):?(\d\d)?)?)?$/i;

const dayMs = 24 * 60 * 60 * 1000;

/** Text of the year 10000 and later begins with a sign, and would sort before all other years. */
const latest = Date.parse('9999-12-31T23:59:59.999Z');

function toIso(ms: number): string {
	return new Date(Math.min(ms, latest)).toISOString();
}

/** The time of a filter in milliseconds, and its duration: a day for a date, one millisecond for a time. */
function momentOf(field: string, text: string): { ms: number; lastsMs: number } {
	const [, date = '', time, , hours, minutes = '00'] = form.exec(text) ?? [];
	const midnight = Date.parse(`${date}T00:00:00Z`);
	// Date.parse turns February 30 into March 1.
	const isDate = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(date);
	const ms =
		time === undefined ? midnight : Date.parse(`${date}T${time}${hours === undefined ? 'Z' : `${hours}:${minutes}`}`);
	if (date === '' || !isDate || Number.isNaN(ms)) {
		throw unprocessable(
			`${field} is neither a date (2024-01-31) nor a time (2024-01-31T08:00:00Z): ${JSON.stringify(text)}.`,
		);
	}
	return { ms, lastsMs: time === undefined ? dayMs : 1 };
}

/** A time of a request, in UTC. A date means its beginning. Throws 422 for text that is neither a date nor a time. */
export function timeOf(field: string, text: string): string {
	return toIso(momentOf(field, text).ms);
}

/**
 * The range of stored times that two filters describe. Both are inclusive; without an offset, they are in UTC. Throws
 * 422 for text that is neither a date nor a time.
 */
export function timesBetween(start: string | undefined, end: string | undefined): { from?: string; before?: string } {
	const first = start === undefined ? undefined : momentOf('start_date', start);
	const last = end === undefined ? undefined : momentOf('end_date', end);
	return {
		...(first === undefined ? {} : { from: toIso(first.ms) }),
		...(last === undefined ? {} : { before: toIso(last.ms + last.lastsMs) }),
	};
}
