import { useQuery } from '@tanstack/react-query';

import type { LogResponse } from '../../contract/logs.ts';
import { totalCost } from '../api/cost.ts';
import { recentLogsQuery } from '../api/logs.ts';
import { countedWith } from '../api/samples.ts';
import { summaryOf } from '../prompt/inputValue.ts';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { Cost, CountedWithFirst, Duration } from '../shared/figures.tsx';
import { logPath, logsPath, versionName } from '../shared/names.ts';
import { Empty, ErrorState, Loading } from '../shared/states.tsx';
import { StatusBadge } from '../shared/StatusBadge.tsx';
import { TextLink } from '../shared/TextLink.tsx';
import { Time } from '../shared/Time.tsx';
import classes from './Project.module.css';

function Row({ log, isCountedWithFirst }: { log: LogResponse; isCountedWithFirst: boolean }) {
	const { id, created_at: createdAt, config, output, error, duration } = log;
	return (
		<tr>
			<th scope="row" className={classes.time}>
				<TextLink href={logPath(id)}>
					<Time at={createdAt} />
				</TextLink>
			</th>
			<td>{versionName({ id: config.id, name: config.name })}</td>
			<td className={classes.texts}>
				<div className={classes.line}>{summaryOf(log)}</div>
				{error === null ? (
					<div className={`${classes.line} ${classes.dimmed}`}>{output ?? 'not stored'}</div>
				) : (
					<div>
						<StatusBadge kind="bad">failed</StatusBadge> {error.slice(0, 200)}
					</div>
				)}
			</td>
			<td data-figure>{isCountedWithFirst ? <CountedWithFirst /> : <Cost dollars={totalCost(log)} />}</td>
			<td data-figure>
				<Duration seconds={duration} />
			</td>
		</tr>
	);
}

const columns: Column[] = [
	{ name: 'When' },
	{ name: 'Version' },
	{ name: 'Inputs and answer' },
	{ name: 'Cost', kind: 'figure' },
	{ name: 'Duration', kind: 'figure' },
];

/** The newest logs of a project. */
export function RecentLogs({ projectId }: { projectId: string }) {
	const { data, error, refetch } = useQuery(recentLogsQuery(projectId, 10));
	if (error) return <ErrorState error={error} retry={refetch} />;
	if (!data) return <Loading rows={5} height={60} />;
	if (data.records.length === 0) return <Empty>No calls logged yet. Try a version, or run it from n8n.</Empty>;
	return (
		<>
			<DataTable label="Newest logs" columns={columns}>
				{data.records.map((log, _index, list) => (
					<Row key={log.id} log={log} isCountedWithFirst={countedWith(log, list) !== undefined} />
				))}
			</DataTable>
			<p>
				<TextLink href={logsPath({ project: projectId })}>All logs of this project</TextLink>
			</p>
		</>
	);
}
