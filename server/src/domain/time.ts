import { unprocessable } from './apiError.ts';

/** A time as it is stored. Leap seconds, which JavaScript does not know, count as the second before. Throws 422. */
export function storedTime(text: string): string {
	const time = Date.parse(text.replace(/:60/, ':59'));
	if (Number.isNaN(time))
		throw unprocessable(`created_at is no time that this server can keep: ${JSON.stringify(text)}.`);
	return written(time);
}

/** The forms of GET /logs: a date, or a time with or without seconds, their parts, and an offset. */
const form = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(?:(Z)|([+-]\d\d):?(\d\d)?)?)?$/i;

const dayMs = 24 * 60 * 60 * 1000;

/** The year 10000 and later are written with a sign, and would come before all others. */
const latest = Date.parse('9999-12-31T23:59:59.999Z');

function written(ms: number): string {
	return new Date(Math.min(ms, latest)).toISOString();
}

/** Milliseconds of what a filter says, and how long it lasts: a date for its day, a time for its moment. */
function momentOf(field: string, text: string): { ms: number; lastsMs: number } {
	const [, date = '', time, , hours, minutes = '00'] = form.exec(text) ?? [];
	const midnight = Date.parse(`${date}T00:00:00Z`);
	// Date.parse makes the first of March of the thirtieth of February.
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

/**
 * The stored times between two filters, both included: from the first on, and before the second. Without an offset
 * they are of UTC. Throws 422 for what is no date.
 */
export function timesBetween(start: string | undefined, end: string | undefined): { from?: string; before?: string } {
	const first = start === undefined ? undefined : momentOf('start_date', start);
	const last = end === undefined ? undefined : momentOf('end_date', end);
	return {
		...(first === undefined ? {} : { from: written(first.ms) }),
		...(last === undefined ? {} : { before: written(last.ms + last.lastsMs) }),
	};
}
