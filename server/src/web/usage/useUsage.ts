import { keepPreviousData, useQuery } from '@tanstack/react-query';

import type { UsageResponse } from '../../contract/usage.ts';
import { get, type Paged } from '../api/client.ts';
import { type UsageFilter, usageQuery } from '../api/usage.ts';
import type { Dimension } from './dimensions.ts';
import type { Range } from './range.ts';

const size = 1_000;
const maxPages = 5;

/** All records, or the first 5,000: the latest days come first. */
async function allUsage(filter: UsageFilter, signal: AbortSignal): Promise<UsageResponse[]> {
	const records: UsageResponse[] = [];
	for (let page = 0; page < maxPages; page += 1) {
		const part = await get<Paged<UsageResponse>>('/usage', { ...filter, page, size }, signal);
		records.push(...part.records);
		if (records.length >= part.total) break;
	}
	return records;
}

/** The totals of a range: of all calls, of each group, and of each group and day. */
export function useUsage({ from, to }: Range, projectId: string | undefined, dimension: Dimension) {
	const filter: UsageFilter = { from, to, ...(projectId === undefined ? {} : { project_id: projectId }) };
	const groups = dimension.groups;
	const total = useQuery(usageQuery(filter));
	const byGroup = useQuery(usageQuery({ ...filter, group_by: groups, size: 100 }));
	const dailyFilter = { ...filter, group_by: [...new Set([...groups, 'day' as const])] };
	const daily = useQuery({
		queryKey: ['usage', 'daily', dailyFilter],
		queryFn: ({ signal }) => allUsage(dailyFilter, signal),
		placeholderData: keepPreviousData,
	});
	const all = [total, byGroup, daily];
	return {
		total: total.data?.records[0],
		byGroup: byGroup.data,
		daily: daily.data,
		error: all.find(({ error }) => error !== null)?.error,
		retry: () => Promise.all(all.map(({ refetch }) => refetch())),
	};
}
