import { useQueries } from '@tanstack/react-query';
import { useCallback } from 'react';
import { useLocation } from 'wouter';
import { useHistoryState } from 'wouter/use-browser-location';

import { pageSize, steadyPageQuery } from '../api/logRows.ts';
import { placeOf, stateOf } from '../shared/listPlace.ts';
import { logPath } from '../shared/names.ts';

export interface Neighbors {
	/** Which log of the list this one is, from 1. */
	position: number;
	hasPrevious: boolean;
	hasNext: boolean;
	/** Goes on in the list: 1 is to the log below. It takes the place of this one, so that *Back* leads to the list. */
	go: (step: 1 | -1) => void;
}

/** The logs above and below in the list that somebody came from. undefined: they came from elsewhere, or do not see it yet. */
export function useNeighbors(logId: string): Neighbors | undefined {
	const place = placeOf(useHistoryState<unknown>());
	const [, navigate] = useLocation();
	const indexes = place ? [place.index - 1, place.index, place.index + 1].filter((index) => index >= 0) : [];
	// At the edge of a page, one of the logs is in the next one.
	const pages = [...new Set(indexes.map((index) => Math.floor(index / pageSize)))];
	const results = useQueries({
		queries: pages.map((page) => steadyPageQuery(place!.query, place!.newest, page)),
	});
	const idAt = (index: number) =>
		results[pages.indexOf(Math.floor(index / pageSize))]?.data?.rows[index % pageSize]?.id;

	const index = place?.index ?? 0;
	const [previous, current, next] = [idAt(index - 1), idAt(index), idAt(index + 1)];
	const go = useCallback(
		(step: 1 | -1) => {
			const id = step === 1 ? next : previous;
			if (id === undefined || !place) return;
			navigate(logPath(id), { replace: true, state: stateOf({ ...place, index: index + step }) });
		},
		[previous, next, place, index, navigate],
	);
	// A list that is read again can have another log in this place: logs are deleted, and programs record older ones.
	if (!place || current !== logId) return undefined;
	return { position: index + 1, hasPrevious: previous !== undefined, hasNext: next !== undefined, go };
}
