import type { ReactNode } from 'react';

import type { UsageResponse } from '../../contract/usage.ts';
import type { Days } from '../shared/days.ts';
import { FailedShare } from '../shared/FailedShare.tsx';
import { Cost, Count, Duration, formatCount } from '../shared/figures.tsx';
import classes from './Usage.module.css';

function Total({ label, children }: { label: string; children: ReactNode }) {
	return (
		<div>
			<dt>{label}</dt>
			<dd>{children}</dd>
		</div>
	);
}

/** The figures of the whole range, and what they do not know. */
export function Totals({ of, projectId, days }: { of: UsageResponse; projectId: string | undefined; days: Days }) {
	const { calls, failed_calls: failed, unpriced_calls: unpriced } = of;
	return (
		<>
			<dl className={classes.totals}>
				<Total label="Cost">
					<Cost dollars={of.cost} />
				</Total>
				<Total label="Calls">
					<Count of={calls} />
				</Total>
				<Total label="Failed">
					<FailedShare of={of} logs={projectId === undefined ? {} : { project: projectId }} days={days} />
				</Total>
				<Total label="Tokens">
					<Count of={of.prompt_tokens + of.output_tokens} />
				</Total>
				<Total label="Median time">
					<Duration seconds={of.median_latency} />
				</Total>
			</dl>
			<p className={classes.note}>
				This counts the calls that this server ran. Calls that programs only recorded here are in the logs.
			</p>
			{unpriced > 0 && (
				<p className={classes.note}>
					The cost of {formatCount(unpriced)} of {formatCount(calls)} calls is unknown, because their models have no
					published price. An operator can add prices with PRICES_FILE.
				</p>
			)}
			{failed > 0 && (
				<p className={classes.note}>Providers may also charge for failed calls. The cost does not include that.</p>
			)}
		</>
	);
}
