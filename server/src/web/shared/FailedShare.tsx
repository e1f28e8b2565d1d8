import { VisuallyHidden } from '@mantine/core';

import type { UsageResponse } from '../../contract/usage.ts';
import { lastDays, type Days } from './days.ts';
import { formatCount, formatPercent } from './figures.tsx';
import { logsPath } from './names.ts';
import { TextLink } from './TextLink.tsx';

interface FailedShareProps {
	of: Pick<UsageResponse, 'calls' | 'failed_calls'>;
	/** What filters the list of logs so that it has them: what these calls have in common. Undefined: nothing can. */
	logs: Record<string, string> | undefined;
	days: Days;
}

/** The times of the days, in UTC. Today has no end yet. */
function timesOf({ from, to }: Days): Record<string, string> {
	const times = { from: `${from}T00:00:00.000Z` };
	return to < lastDays(1)[0]! ? { ...times, to: `${to}T23:59:59.999Z` } : times;
}

/** The share of the calls that failed. It leads to their logs. */
export function FailedShare({ of: { calls, failed_calls: failed }, logs, days }: FailedShareProps) {
	const share = (
		<span title={`${formatCount(failed)} of ${formatCount(calls)} calls failed`}>
			{formatPercent(calls === 0 ? 0 : failed / calls)}
		</span>
	);
	if (failed === 0 || logs === undefined) return share;
	return (
		<TextLink c="inherit" href={logsPath({ ...logs, status: 'failed', ...timesOf(days) })}>
			{share}
			<VisuallyHidden> failed: show the logs</VisuallyHidden>
		</TextLink>
	);
}
