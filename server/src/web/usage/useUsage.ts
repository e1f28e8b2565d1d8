import { useQuery } from '@tanstack/react-query';

import type { UsageResponse } from '../../contract/usage.ts';
import { get, type Paged } from '../api/client.ts';
import { type UsageFilter, usageQuery } from '../api/usage.ts';
import type { Days } from '../shared/days.ts';
import type { Dimension } from './dimensions.ts';

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

/** Shows what was there while the next is loaded, but not the groups of another dimension. */
function whileLoading(groups: readonly string[]) {
	return <T>(previous: T | undefined, query: { queryKey: readonly unknown[] } | undefined): T | undefined => {
		const filter = query?.queryKey.at(-1) as UsageFilter | undefined;
		return String(filter?.group_by) === String(groups) ? previous : undefined;
	};
}

/** The totals of a range: of all calls, of each group, and of each group and day. */
export function useUsage({ from, to }: Days, projectId: string | undefined, { groups }: Dimension) {
	const filter: UsageFilter = { from, to, ...(projectId === undefined ? {} : { project_id: projectId }) };
	const daily = [...new Set([...groups, 'day' as const])];
	const dailyFilter = { ...filter, group_by: daily };
	const totalOf = useQuery(usageQuery(filter));
	const ofGroups = useQuery({
		...usageQuery({ ...filter, group_by: groups, size: 100 }),
		placeholderData: whileLoading(groups),
	});
	const ofDays = useQuery({
		queryKey: ['usage', 'daily', dailyFilter],
		queryFn: ({ signal }) => allUsage(dailyFilter, signal),
		placeholderData: whileLoading(daily),
	});
	const all = [totalOf, ofGroups, ofDays];
	return {
		total: totalOf.data?.records[0],
		byGroup: ofGroups.data,
		daily: ofDays.data,
		error: all.find(({ error }) => error !== null)?.error,
		retry: () => Promise.all(all.map(({ refetch }) => refetch())),
	};
}
