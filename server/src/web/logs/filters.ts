import type { Query } from '../api/client.ts';
import { sources } from '../api/sources.ts';

/** The parameters of the address that filter the list. Those of `lists` can be repeated. */
const texts = ['session', 'status', 'calls', 'search', 'metadata', 'last', 'from', 'to'] as const;
const lists = ['version', 'environment', 'source', 'feedback'] as const;
export const filterNames = [...texts, ...lists];

export type Filters = Partial<Record<(typeof texts)[number], string>> & Record<(typeof lists)[number], string[]>;

interface Period {
	/** As the filter says it. */
	label: string;
	/** When it begins and ends, in milliseconds. No end: now. */
	start: (now: number) => number;
	end?: (now: number) => number;
}

/** The midnight, in the browser's zone, with which a day begins: today's, or that of days before. */
function midnight(now: number, daysBefore: number): number {
	const day = new Date(now);
	day.setHours(0, 0, 0, 0);
	return day.setDate(day.getDate() - daysBefore);
}

const hours = (count: number) => (now: number) => now - count * 3_600_000;

export const periods = {
	'1h': { label: 'in the last hour', start: hours(1) },
	today: { label: 'today', start: (now) => midnight(now, 0) },
	yesterday: { label: 'yesterday', start: (now) => midnight(now, 1), end: (now) => midnight(now, 0) - 1 },
	'24h': { label: 'in the last 24 hours', start: hours(24) },
	'7d': { label: 'in the last 7 days', start: hours(7 * 24) },
	'30d': { label: 'in the last 30 days', start: hours(30 * 24) },
} satisfies Record<string, Period>;
export const isPeriod = (text: string | undefined): text is keyof typeof periods =>
	text !== undefined && Object.hasOwn(periods, text);

/** Reads the filters from the address. A source says already who has called, so *Called by* does not count beside one. */
export function filtersOf(parameters: URLSearchParams): Filters {
	const filters: Filters = { version: [], environment: [], source: [], feedback: [] };
	for (const name of texts) {
		const text = parameters.get(name);
		if (text !== null && text !== '') filters[name] = text;
	}
	for (const name of lists) filters[name] = parameters.getAll(name);
	if (filters.source.length > 0) delete filters.calls;
	return filters;
}

/** Feedback in the address: `rating:good`. The type has no colon. */
export function feedbackOf(text: string): { type: string; value: string } {
	const at = text.indexOf(':');
	return { type: text.slice(0, at), value: text.slice(at + 1) };
}

function feedbackQuery(feedback: string[]): Query {
	const values = Map.groupBy(feedback.map(feedbackOf), ({ type }) => type);
	return Object.fromEntries(
		[...values].map(([type, some]) => [`feedback-${type}_filter`, some.map((one) => one.value)]),
	);
}

/**
 * The filters as GET /logs has them.
 *
 * @param projectId of which project. undefined: of all
 * @param now the time, in milliseconds, from which `last` counts back
 */
export function toQuery(projectId: string | undefined, filters: Filters, now: number): Query {
	const { session, status, calls, search, metadata, last, from, to, version, environment, source, feedback } = filters;
	const period: Period | undefined = isPeriod(last) ? periods[last] : undefined;
	return {
		project_id: projectId ?? '*',
		session_id: session,
		failed: status === 'failed' ? true : status === 'succeeded' ? false : undefined,
		search,
		metadata_search: metadata,
		start_date: period ? new Date(period.start(now)).toISOString() : from,
		end_date: period?.end ? new Date(period.end(now)).toISOString() : to,
		config_filter: version,
		environment_filter: environment,
		source_filter: source.length > 0 ? source : calls === 'compare' || calls === 'editor' ? [calls] : undefined,
		exclude_source: calls === 'programs' ? Object.values(sources) : undefined,
		...feedbackQuery(feedback),
	};
}

/** Whether the server looks at logs one by one to find these, so that it should not be asked without need. */
export function isSlow({ search, metadata, calls, environment, feedback }: Filters): boolean {
	const isText = search !== undefined || metadata !== undefined;
	return isText || calls === 'programs' || environment.length > 0 || feedback.length > 0;
}

export function isFiltered(filters: Filters): boolean {
	return filterNames.some((name) => (filters[name]?.length ?? 0) > 0);
}
