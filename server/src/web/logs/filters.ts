import type { Query } from '../api/client.ts';

/** The parameters of the address that filter the list. Those of `lists` can be repeated. */
const texts = ['session', 'status', 'search', 'metadata', 'last', 'from', 'to'] as const;
const lists = ['version', 'environment', 'source', 'feedback'] as const;
export const filterNames = [...texts, ...lists];

export type Filters = Partial<Record<(typeof texts)[number], string>> & Record<(typeof lists)[number], string[]>;

export const periods = {
	'1h': { label: 'the last hour', hours: 1 },
	'24h': { label: 'the last 24 hours', hours: 24 },
	'7d': { label: 'the last 7 days', hours: 7 * 24 },
	'30d': { label: 'the last 30 days', hours: 30 * 24 },
} as const;
export type Period = keyof typeof periods;
export const isPeriod = (text: string | undefined): text is Period => text !== undefined && text in periods;

/** Reads the filters from the address. */
export function filtersOf(parameters: URLSearchParams): Filters {
	const filters: Filters = { version: [], environment: [], source: [], feedback: [] };
	for (const name of texts) {
		const text = parameters.get(name);
		if (text !== null && text !== '') filters[name] = text;
	}
	for (const name of lists) filters[name] = parameters.getAll(name);
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
 * @param now the time, in milliseconds, from which `last` counts back
 */
export function toQuery(projectId: string, filters: Filters, now: number): Query {
	const { session, status, search, metadata, last, from, to, version, environment, source, feedback } = filters;
	return {
		project_id: projectId,
		session_id: session,
		failed: status === 'failed' ? true : status === 'succeeded' ? false : undefined,
		search,
		metadata_search: metadata,
		start_date: isPeriod(last) ? new Date(now - periods[last].hours * 3_600_000).toISOString() : from,
		end_date: to,
		config_filter: version,
		environment_filter: environment,
		source_filter: source,
		...feedbackQuery(feedback),
	};
}

/** Whether the server looks at logs one by one to find these, so that it should not be asked without need. */
export function isSlow({ search, metadata, environment, feedback }: Filters): boolean {
	return search !== undefined || metadata !== undefined || environment.length > 0 || feedback.length > 0;
}

export function isFiltered(filters: Filters): boolean {
	return filterNames.some((name) => (filters[name]?.length ?? 0) > 0);
}
