import { lazy, Suspense } from 'react';

import { type Measure, measures } from './measures.ts';
import type { Series } from './series.ts';
import classes from './Usage.module.css';

const Plot = lazy(() => import('./Plot.tsx'));

/** How many days a plot can show. */
const maxDays = 800;

interface ByDayProps {
	days: string[];
	/** Undefined while it is loaded. */
	series: Series[] | undefined;
	measure: Measure;
}

/** The plot, or why there is none. Its place has the same height in each case. */
export function ByDay({ days, series, measure }: ByDayProps) {
	const empty = <div className={classes.nothing} />;
	if (days.length > maxDays) {
		return <p className={classes.nothing}>The chart shows at most {maxDays} days. The table counts all days.</p>;
	}
	if (series === undefined) return empty;
	if (series.length > 0) {
		return (
			<Suspense fallback={empty}>
				<Plot days={days} series={series} measure={measure} />
			</Suspense>
		);
	}
	return (
		<p className={classes.nothing}>
			{measure === measures.cost ? 'No cost is known for these days.' : 'This server ran no such calls on these days.'}
		</p>
	);
}
