import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import type { UsageQuery, UsageResponse } from '../../contract/usage.ts';
import type { Static } from 'typebox';
import { get, type Paged } from './client.ts';

export type UsageFilter = Static<typeof UsageQuery>;

/** Totals of calls, tokens and costs. At most `size` groups; `total` says how many there are. */
export const usageQuery = (filter: UsageFilter) =>
	queryOptions({
		queryKey: ['usage', filter],
		queryFn: ({ signal }) => get<Paged<UsageResponse>>('/usage', { ...filter }, signal),
		placeholderData: keepPreviousData,
	});
