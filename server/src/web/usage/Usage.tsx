import { NativeSelect, SegmentedControl } from '@mantine/core';
import { lazy, Suspense, useMemo } from 'react';

import { PageHeader } from '../shared/PageHeader.tsx';
import { Empty, ErrorState, Loading } from '../shared/states.tsx';
import { usePermission } from '../shared/useRole.ts';
import { useUrlState } from '../shared/useUrlState.ts';
import { dimensionOf, dimensions, type DimensionName } from './dimensions.ts';
import { Filters } from './Filters.tsx';
import { measureOf, measures } from './measures.ts';
import { daysIn, rangeOf } from './range.ts';
import { othersKey, seriesOf } from './series.ts';
import { Totals } from './Totals.tsx';
import classes from './Usage.module.css';
import { UsageTable } from './UsageTable.tsx';
import { useUsage } from './useUsage.ts';

const Plot = lazy(() => import('./Plot.tsx'));

/** How many days a plot can show. */
const maxDays = 800;

/** What calls cost, by day and by what they ran. */
export default function Usage() {
	const [parameters, change] = useUrlState();
	const isAdmin = usePermission('admin').isAllowed;
	const range = rangeOf(parameters);
	const projectId = parameters.get('project') ?? undefined;
	const asked = dimensionOf(parameters.get('by'));
	const name: DimensionName = asked === 'key' && !isAdmin ? 'model' : asked;
	const dimension = dimensions[name];
	const measure = measures[measureOf(parameters.get('show'))];
	const { total, byGroup, daily, error, retry } = useUsage(range, projectId, dimension);
	const days = useMemo(() => daysIn(range), [range.from, range.to]);
	const series = useMemo(() => seriesOf(daily ?? [], days, dimension, measure), [daily, days, dimension, measure]);
	// By day, all bars are one series.
	const shown = useMemo(
		() =>
			name === 'day'
				? [
						{
							key: '',
							name: measure.label,
							values: days.map((_, at) => series.reduce((sum, { values }) => sum + values[at]!, 0)),
						},
					]
				: series,
		[name, series, days, measure],
	);
	const colors = new Map(name === 'day' ? [] : series.map(({ key }, index) => [key, index + 1]));
	const others = colors.get(othersKey);

	return (
		<>
			<PageHeader
				title="Usage"
				actions={<Filters range={range} projectId={projectId} onChange={(values) => change(values)} />}
			/>
			{error ? (
				<ErrorState error={error} retry={retry} />
			) : !total || !byGroup || !daily ? (
				<Loading rows={10} />
			) : total.calls === 0 ? (
				<Empty title="No calls in these days">
					Choose other days, or run a prompt: in the page of one of its versions, with the API, or in n8n.
				</Empty>
			) : (
				<>
					<Totals of={total} />
					<div className={classes.controls}>
						<SegmentedControl
							aria-label="What is plotted"
							value={measureOf(parameters.get('show'))}
							data={Object.entries(measures).map(([value, { label }]) => ({ value, label }))}
							onChange={(show) => change({ show })}
						/>
						<NativeSelect
							label="By"
							classNames={{ root: classes.by }}
							value={name}
							data={Object.entries(dimensions)
								.filter(([value]) => value !== 'key' || isAdmin)
								.map(([value, { label }]) => ({ value, label }))}
							onChange={(event) => change({ by: event.currentTarget.value })}
						/>
					</div>
					{days.length > maxDays ? (
						<p className={classes.note}>A plot shows at most {maxDays} days. The table counts all of them.</p>
					) : series.length === 0 ? (
						<p className={classes.nothing}>
							{measure === measures.cost ? 'No cost is known for these days.' : `${measure.label}: none in these days.`}
						</p>
					) : (
						<Suspense fallback={<div className={classes.nothing} />}>
							<Plot days={days} series={shown} measure={measure} />
						</Suspense>
					)}
					<UsageTable records={byGroup.records} dimension={dimension} colorOf={(key) => colors.get(key) ?? others} />
					{byGroup.total > byGroup.records.length && (
						<p className={classes.note}>
							These are the {byGroup.records.length} {name === 'day' ? 'latest days' : 'that cost most'} of{' '}
							{byGroup.total}.
						</p>
					)}
				</>
			)}
		</>
	);
}
