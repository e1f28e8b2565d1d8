import { unprocessable } from './apiError.ts';

/**
 * A date, or a time with optional seconds, fractions of a second, and offset. Python's `isoformat()` leaves the offset out.
 */
const form = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(?:(Z)|([+-]\d\d):?(\d\d)?)?)?$/i;

const dayMs = 24 * 60 * 60 * 1000;

/** Text of years before 0 and after 9999 begins with a sign. It would not sort by time, and RFC 3339 does not know it. */
const earliest = Date.parse('0000-01-01T00:00:00.000Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

function toIso(ms: number): string {
	return new Date(Math.max(earliest, Math.min(ms, latest))).toISOString();
}

/** A time in milliseconds, and its duration: a day for a date, one millisecond for a time. */
type Moment = { ms: number; lastsMs: number };

/**
 * What the text says; undefined if it is neither a date nor a time. Without an offset, it is in UTC. JavaScript has no leap
 * seconds, so they count as the second before.
 */
function momentOf(text: string): Moment | undefined {
	const [, date = '', time, , hours, minutes = '00'] = form.exec(text) ?? [];
	const midnight = Date.parse(`${date}T00:00:00Z`);
	// Date.parse turns February 30 into March 1.
	if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(date)) return undefined;
	if (time === undefined) return { ms: midnight, lastsMs: dayMs };
	const offset = hours === undefined ? 'Z' : `${hours}:${minutes}`;
	const ms = Date.parse(`${date}T${time.replace(/^(\d\d:\d\d):60/, '$1:59')}${offset}`);
	return Number.isNaN(ms) ? undefined : { ms, lastsMs: 1 };
}

/** Whether the text is a time that this server can store. A date alone is none. */
export function isTime(text: string): boolean {
	return momentOf(text)?.lastsMs === 1;
}

/** A time of a request as it is stored. The schema has checked that it is one. */
export function storedTime(text: string): string {
	return timeOf('created_at', text);
}

function filterMoment(field: string, text: string): Moment {
	const moment = momentOf(text);
	if (moment !== undefined) return moment;
	throw unprocessable(
		`${field} is neither a date (2024-01-31) nor a time (2024-01-31T08:00:00Z): ${JSON.stringify(text)}.`,
	);
}

/** A time of a request, in UTC. A date means its beginning. Throws 422 for text that is neither a date nor a time. */
export function timeOf(field: string, text: string): string {
	return toIso(filterMoment(field, text).ms);
}

/**
 * The range of stored times that two filters describe. Both are inclusive; without an offset, they are in UTC. Throws
 * 422 for text that is neither a date nor a time.
 */
export function timesBetween(start: string | undefined, end: string | undefined): { from?: string; before?: string } {
	const first = start === undefined ? undefined : filterMoment('start_date', start);
	const last = end === undefined ? undefined : filterMoment('end_date', end);
	return {
		...(first === undefined ? {} : { from: toIso(first.ms) }),
		...(last === undefined ? {} : { before: toIso(last.ms + last.lastsMs) }),
	};
}
