import { NativeSelect, SegmentedControl } from '@mantine/core';
import { useMemo } from 'react';

import { formatCount } from '../shared/figures.tsx';
import { PageHeader } from '../shared/PageHeader.tsx';
import { Empty, ErrorState, Loading } from '../shared/states.tsx';
import { usePermission } from '../shared/useRole.ts';
import { type UrlChange, useUrlState } from '../shared/useUrlState.ts';
import { ByDay } from './ByDay.tsx';
import { dimensionOf, dimensions, type DimensionName } from './dimensions.ts';
import { Filters } from './Filters.tsx';
import { measureOf, measures, type MeasureName } from './measures.ts';
import { daysIn, rangeOf } from './range.ts';
import { othersKey, seriesOf, sumOf } from './series.ts';
import { Totals } from './Totals.tsx';
import classes from './Usage.module.css';
import { UsageTable } from './UsageTable.tsx';
import { useUsage } from './useUsage.ts';

interface ControlsProps {
	measure: MeasureName;
	dimension: DimensionName;
	isAdmin: boolean;
	onChange: (change: UrlChange) => void;
}

/** What is plotted, and what it is divided by. */
function Controls({ measure, dimension, isAdmin, onChange }: ControlsProps) {
	return (
		<div className={classes.controls}>
			<SegmentedControl
				aria-label="What is plotted"
				value={measure}
				data={Object.entries(measures).map(([value, { label }]) => ({ value, label }))}
				onChange={(show) => onChange({ show })}
			/>
			<NativeSelect
				label="By"
				classNames={{ root: classes.by }}
				value={dimension}
				data={Object.entries(dimensions)
					.filter(([value]) => value !== 'key' || isAdmin)
					.map(([value, { label }]) => ({ value, label }))}
				onChange={(event) => onChange({ by: event.currentTarget.value })}
			/>
		</div>
	);
}

/** What calls cost, by day and by what they ran. */
export default function Usage() {
	const [parameters, change] = useUrlState();
	const isAdmin = usePermission('admin').isAllowed;
	const range = rangeOf(parameters);
	const projectId = parameters.get('project') ?? undefined;
	const asked = dimensionOf(parameters.get('by'));
	const name: DimensionName = asked === 'key' && !isAdmin ? 'model' : asked;
	const dimension = dimensions[name];
	const measureName = measureOf(parameters.get('show'));
	const measure = measures[measureName];
	const { total, byGroup, daily, error, retry } = useUsage(range, projectId, dimension);
	const days = useMemo(() => daysIn(range), [range.from, range.to]);
	const series = useMemo(() => {
		const all = daily && seriesOf(daily, days, dimension, measure);
		// By day, all bars are one series.
		return name === 'day' && all && all.length > 0 ? [sumOf(all, measure.label)] : all;
	}, [daily, days, name, dimension, measure]);
	const colors = new Map(name === 'day' ? [] : series?.map(({ key }, index) => [key, index + 1]));
	const colorOf = (key: string) => colors.get(key) ?? colors.get(othersKey);

	return (
		<>
			<PageHeader title="Usage" actions={<Filters range={range} projectId={projectId} onChange={change} />} />
			{error ? (
				<ErrorState error={error} retry={retry} />
			) : !total ? (
				<Loading rows={10} />
			) : total.calls === 0 ? (
				<Empty title="No calls on these days">
					Choose other days, or run a prompt: on its page, with the API, or from n8n.
				</Empty>
			) : (
				<>
					<Totals of={total} projectId={projectId} days={range} />
					<Controls measure={measureName} dimension={name} isAdmin={isAdmin} onChange={change} />
					<ByDay days={days} series={series} measure={measure} />
					{byGroup ? (
						<UsageTable records={byGroup.records} {...{ dimension, colorOf, projectId }} days={range} />
					) : (
						<Loading rows={4} />
					)}
					{byGroup && byGroup.total > byGroup.records.length && (
						<p className={classes.note}>
							These are the {byGroup.records.length} {name === 'day' ? 'latest days' : 'most expensive'} of{' '}
							{formatCount(byGroup.total)}.
						</p>
					)}
				</>
			)}
		</>
	);
}
