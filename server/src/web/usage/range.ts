import { lastDays, type Days } from '../shared/days.ts';

/** What can be chosen: the number of days, today's included. */
export const presets = [7, 30, 90] as const;
const usual = 30;

const day = /^\d{4}-\d\d-\d\d$/;
const isDay = (text: string | null): text is string =>
	text !== null && day.test(text) && !Number.isNaN(Date.parse(text));

/** Reads the range from the address: `?days=7`, or `?from=2026-11-01&to=2026-11-30`. The last 30 days by default. */
export function rangeOf(parameters: URLSearchParams, now = Date.now()): Days & { days: number | undefined } {
	const [from, to] = [parameters.get('from'), parameters.get('to')];
	if (isDay(from) && isDay(to) && from <= to) return { from, to, days: undefined };
	const asked = Number(parameters.get('days'));
	const days = presets.find((preset) => preset === asked) ?? usual;
	const all = lastDays(days, now);
	return { from: all[0]!, to: all.at(-1)!, days };
}

const dayMs = 86_400_000;

/** Each day of a range, the first one first. */
export function daysIn({ from, to }: Days): string[] {
	const [first, last] = [Date.parse(from), Date.parse(to)];
	const count = Math.round((last - first) / dayMs) + 1;
	return Array.from({ length: count }, (_, index) => new Date(first + index * dayMs).toISOString().slice(0, 10));
}
