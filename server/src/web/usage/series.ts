import type { UsageResponse } from '../../contract/usage.ts';
import type { Dimension } from './dimensions.ts';
import type { Measure } from './measures.ts';

/** The values of one group, or of all others together, for each day. */
export interface Series {
	key: string;
	name: string;
	values: number[];
}

/** How many groups have a color of their own. */
export const maxSeries = 6;

/** The key of what the rest adds up to. */
export const othersKey = '\0others';

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

/**
 * The series of a plot, the largest first. Beyond the first six, groups are one series. Groups without any value are left
 * out.
 *
 * @param daily totals of each group and day
 */
export function seriesOf(daily: UsageResponse[], days: string[], dimension: Dimension, measure: Measure): Series[] {
	const indexOf = new Map(days.map((day, index) => [day, index]));
	const byKey = new Map<string, Series>();
	for (const record of daily) {
		const index = indexOf.get(record.day ?? '');
		if (index === undefined) continue;
		const key = dimension.keyOf(record);
		const series = byKey.get(key) ?? { key, name: dimension.nameOf(record), values: days.map(() => 0) };
		series.values[index]! += measure.valueOf(record);
		byKey.set(key, series);
	}
	const sorted = [...byKey.values()]
		.map((series) => ({ series, total: sum(series.values) }))
		.filter(({ total }) => total > 0)
		.sort((a, b) => b.total - a.total)
		.map(({ series }) => series);
	if (sorted.length <= maxSeries) return sorted;
	const rest = sorted.slice(maxSeries - 1);
	return [...sorted.slice(0, maxSeries - 1), { ...sumOf(rest, `${rest.length} others`), key: othersKey }];
}

/** One series of what others add up to. */
export function sumOf(all: Series[], name: string): Series {
	const values = all[0]?.values.map((_, index) => sum(all.map((series) => series.values[index]!))) ?? [];
	return { key: '', name, values };
}
