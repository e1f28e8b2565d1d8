import { useDebouncedValue } from '@mantine/hooks';
import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import type { Query } from '../api/client.ts';
import { logRowsQuery, pageSize, steadyPageQuery, type LogRow, type LogRows } from '../api/logRows.ts';

/** What the pages that were read say about the number of logs. */
interface Counted {
	atLeast: number;
	/** The number of logs, once a page was read that is not full. */
	end: number | undefined;
}

function count({ atLeast, end }: Counted, page: number, { rows, total }: LogRows): Counted {
	const isLast = rows.length < pageSize;
	return {
		atLeast: Math.max(atLeast, total),
		end: isLast ? Math.min(end ?? Infinity, page * pageSize + rows.length) : end,
	};
}

/** The first page of a list of logs. */
export const useFirstPage = (query: Query) => useQuery(logRowsQuery(query, 0));

export interface LogList {
	/** The number of logs as far as it is known: `isEnd` says whether there are no more. */
	total: number;
	isEnd: boolean;
	/** undefined: not read yet. */
	rowAt: (index: number) => LogRow | undefined;
	/** What went wrong while a page was read. */
	failure: { error: unknown; retry: () => unknown } | undefined;
}

/**
 * A list of logs, of which only the pages around `indexes` are read and kept for long.
 *
 * @param indexes of the rows that are on the screen
 */
export function useLogList(query: Query, first: LogRows, indexes: number[]): LogList {
	const queryClient = useQueryClient();
	const pageQuery = (page: number) => steadyPageQuery(query, first.rows[0]?.createdAt, page);
	const visible = [...new Set(indexes.map((index) => Math.floor(index / pageSize)))].join(' ');
	// While somebody drags the scroll bar, the pages that fly by are not read.
	const [wanted] = useDebouncedValue(visible, 60);
	// The first page was read before its newest log was known. As a steady page too, it is there when a log is opened.
	const pages = [...new Set([0, ...(wanted === '' ? [] : wanted.split(' ').map(Number))])];
	const queries = pages.map((page) => ({ ...pageQuery(page), ...(page === 0 ? { initialData: first } : {}) }));
	const results = useQueries({ queries });

	const [counted, setCounted] = useState<Counted>(() => count({ atLeast: 0, end: undefined }, 0, first));
	const seen = results.reduce((all, { data }, at) => (data ? count(all, pages[at]!, data) : all), counted);
	useEffect(() => {
		if (seen.atLeast !== counted.atLeast || seen.end !== counted.end) setCounted(seen);
	});

	const failed = results.find(({ error }) => error !== null);
	return {
		total: seen.end ?? seen.atLeast,
		isEnd: seen.end !== undefined,
		rowAt: (index) => {
			const page = Math.floor(index / pageSize);
			const read = page === 0 ? first : queryClient.getQueryData(pageQuery(page).queryKey);
			return read?.rows[index % pageSize];
		},
		failure: failed && { error: failed.error, retry: failed.refetch },
	};
}
