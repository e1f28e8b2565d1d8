import type { Static } from 'typebox';
import { allProjects, type LogsQuery } from '../contract/logQueries.ts';
import { unprocessable } from '../domain/apiError.ts';
import type { FeedbackFilter, LogListing, LogSort } from '../domain/store.ts';
import { timesBetween } from '../domain/time.ts';

function toSort(text: string): LogSort {
	const [column, direction] = text.split('.');
	return {
		column: column === 'timestamp' ? 'createdAt' : (column as LogSort['column']),
		isDescending: direction === 'desc',
	};
}

const feedbackFilter = /^feedback-(.+)_filter$/;

/** Each takes a part of the statement, and time for each log that is looked at. */
const maxFeedbackFilters = 20;

function feedbackFiltersOf(query: object): FeedbackFilter[] {
	const filters = Object.entries(query as Record<string, string | string[]>).flatMap(([name, value]) => {
		const type = feedbackFilter.exec(name)?.[1];
		return type === undefined ? [] : [{ type, values: [value].flat() }];
	});
	if (filters.length <= maxFeedbackFilters) return filters;
	throw unprocessable(
		`A list can be filtered by at most ${maxFeedbackFilters} types of feedback, and the query has ${filters.length}.`,
	);
}

/** What a query of GET /logs asks for. Throws 422 for what is neither a date nor a time, and for too many filters. */
export function toListing(query: Static<typeof LogsQuery>): Omit<LogListing, 'page' | 'size'> {
	const feedback = feedbackFiltersOf(query);
	const sort = [query.sort ?? []].flat().map(toSort);
	// Forms send empty searches.
	const { search = '', metadata_search: metadata = '' } = query;
	const distinct = (values: string | string[]) => [...new Set([values].flat())];
	return {
		...(query.project_id === allProjects ? {} : { projectId: query.project_id }),
		...(query.session_id === undefined ? {} : { sessionId: query.session_id }),
		...(query.source_filter === undefined ? {} : { sources: distinct(query.source_filter) }),
		...(query.exclude_source === undefined ? {} : { otherSources: distinct(query.exclude_source) }),
		...(query.model_filter === undefined ? {} : { models: distinct(query.model_filter) }),
		...(query.config_filter === undefined ? {} : { configs: distinct(query.config_filter) }),
		...(query.environment_filter === undefined ? {} : { environments: distinct(query.environment_filter) }),
		...(query.failed === undefined ? {} : { failed: query.failed }),
		...(search === '' ? {} : { search }),
		...(metadata === '' ? {} : { metadata }),
		...(feedback.length === 0 ? {} : { feedback }),
		...(sort.length === 0 ? {} : { sort }),
		...timesBetween(query.start_date, query.end_date),
	};
}
