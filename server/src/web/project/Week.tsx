import { Skeleton } from '@mantine/core';

import { FailedShare } from '../shared/FailedShare.tsx';
import { Cost, Count, Duration } from '../shared/figures.tsx';
import { Sparkline } from '../shared/Sparkline.tsx';
import { useUsageByProject } from '../projects/usageByProject.ts';
import classes from './Project.module.css';

/** What the calls of the last 7 days were. */
export function Week({ projectId }: { projectId: string }) {
	const usage = useUsageByProject([projectId]);
	if (!usage) return <Skeleton height={52} />;
	const week = usage.get(projectId);
	if (!week) return <p className={classes.dimmed}>This server has run no calls in the last 7 days.</p>;
	const { calls, cost, median_latency: median, p95_latency: slow } = week.total;
	return (
		<dl className={classes.figures}>
			<div>
				<dt>Calls</dt>
				<dd>
					<Count of={calls} />{' '}
					<Sparkline values={week.calls} label={`Calls per day, the last 7 days: ${week.calls.join(', ')}`} />
				</dd>
			</div>
			<div>
				<dt>Cost</dt>
				<dd>
					<Cost dollars={cost} />
				</dd>
			</div>
			<div>
				<dt>Failed</dt>
				<dd>
					<FailedShare of={week.total} logs={{ project: projectId }} days={week.days} />
				</dd>
			</div>
			<div>
				<dt>Median time</dt>
				<dd>
					<Duration seconds={median} />
				</dd>
			</div>
			<div>
				<dt>95% within</dt>
				<dd>
					<Duration seconds={slow} />
				</dd>
			</div>
		</dl>
	);
}
