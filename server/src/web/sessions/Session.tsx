import { useQuery } from '@tanstack/react-query';
import { useParams } from 'wouter';

import type { SessionResponse } from '../../contract/sessions.ts';
import { logSessionQuery, maxSessionLogs, sessionLogsQuery } from '../api/sessions.ts';
import { formatCount } from '../shared/figures.tsx';
import { PageHeader } from '../shared/PageHeader.tsx';
import { Empty, ErrorState, Loading } from '../shared/states.tsx';
import { Time } from '../shared/Time.tsx';
import { useUrlState } from '../shared/useUrlState.ts';
import { LogSummary } from './LogSummary.tsx';
import classes from './Session.module.css';
import { sessionName } from './sessionName.ts';
import { branchesOf } from './tree.ts';
import { Waterfall } from './Waterfall.tsx';

function SessionLogs({ session }: { session: SessionResponse }) {
	const [parameters, change] = useUrlState();
	const { data: logs, error, refetch } = useQuery(sessionLogsQuery(session));
	if (error) return <ErrorState error={error} retry={refetch} />;
	if (!logs) return <Loading rows={6} height={36} />;
	if (logs.length === 0) return <Empty>This session has no logs.</Empty>;
	const branches = branchesOf(logs);
	const selected = parameters.get('log') ?? branches[0]?.log.id;
	const log = logs.find(({ id }) => id === selected);
	return (
		<>
			<div className={classes.split}>
				<Waterfall branches={branches} selected={selected} onSelect={(id) => change({ log: id }, { replace: true })} />
				{log && <LogSummary key={log.id} log={log} />}
			</div>
			{logs.length < session.datapoints_count && (
				<p className={classes.note}>
					This shows {formatCount(logs.length)} of {formatCount(session.datapoints_count)} logs: the first{' '}
					{formatCount(maxSessionLogs)} of each project.
				</p>
			)}
		</>
	);
}

/** One session: its logs as a tree on a time axis, and the chosen log beside it (`?log=<id>`). */
export default function Session() {
	const { id } = useParams<'/sessions/:id'>();
	const { data: session, error, refetch } = useQuery(logSessionQuery(id));
	const crumbs = [{ label: 'Sessions', href: '/sessions' }];
	if (error) {
		return (
			<>
				<PageHeader title="Session" crumbs={crumbs} />
				<ErrorState error={error} retry={refetch} />
			</>
		);
	}
	if (!session) {
		return (
			<>
				<PageHeader title="Session" crumbs={crumbs} />
				<Loading rows={6} height={36} />
			</>
		);
	}
	const count = session.datapoints_count;
	return (
		<>
			<PageHeader title={sessionName(session)} crumbs={crumbs}>
				{formatCount(count)} {count === 1 ? 'log' : 'logs'} of {session.projects.map(({ name }) => name).join(', ')},
				the latest <Time at={session.updated_at} />
			</PageHeader>
			<SessionLogs session={session} />
		</>
	);
}
