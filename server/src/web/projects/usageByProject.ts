import { useQuery } from '@tanstack/react-query';

import type { UsageResponse } from '../../contract/usage.ts';
import { usageQuery } from '../api/usage.ts';
import { lastDays, type Days } from '../shared/days.ts';

export interface ProjectUsage {
	days: Days;
	total: UsageResponse;
	/** Calls per day, today's last. */
	calls: number[];
}

/**
 * What the calls of the last 7 days were, by project ID. A project without calls is not in it. Undefined while it is loaded.
 *
 * @param ids at most 100
 */
export function useUsageByProject(ids: string[]): Map<string, ProjectUsage> | undefined {
	const days = lastDays(7);
	const range: Days = { from: days[0]!, to: days.at(-1)! };
	const filter = { project_id: ids, ...range, size: 1000 };
	const enabled = ids.length > 0;
	const totals = useQuery({ ...usageQuery({ ...filter, group_by: 'project' }), enabled });
	const daily = useQuery({ ...usageQuery({ ...filter, group_by: ['project', 'day'] }), enabled });
	if (!totals.data || !daily.data) return undefined;
	const callsOn = new Map(daily.data.records.map((record) => [`${record.project_id} ${record.day}`, record.calls]));
	return new Map(
		totals.data.records.map((total) => {
			const id = total.project_id ?? '';
			return [id, { days: range, total, calls: days.map((day) => callsOn.get(`${id} ${day}`) ?? 0) }];
		}),
	);
}
