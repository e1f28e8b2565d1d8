import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { statusQuery } from '../api/status.ts';
import { formatCount } from '../shared/figures.tsx';
import { ErrorState, Loading } from '../shared/states.tsx';
import classes from './Settings.module.css';

function Fact({ label, children }: { label: string; children: ReactNode }) {
	return (
		<div>
			<dt>{label}</dt>
			<dd>{children}</dd>
		</div>
	);
}

const databases: Record<string, string> = { sqlite: 'SQLite', postgres: 'PostgreSQL' };

/** The version of the server, and how the operator has set it up. */
export function Status() {
	const { data, error, refetch } = useQuery(statusQuery);
	if (error) return <ErrorState error={error} retry={refetch} />;
	if (!data) return <Loading rows={5} height={30} />;
	const { log_retention_days: days, public_url: address } = data;
	return (
		<dl className={classes.facts}>
			<Fact label="Version">{data.version}</Fact>
			<Fact label="Database">{databases[data.database] ?? data.database}</Fact>
			<Fact label="Logs">{formatCount(data.logs)}</Fact>
			<Fact label="Logs are kept">
				{days === null ? 'forever' : `for ${formatCount(days)} ${days === 1 ? 'day' : 'days'}`}
				<span className={classes.hint}>LOG_RETENTION_DAYS</span>
			</Fact>
			<Fact label="Public address">
				{address ?? 'none, so responses do not link to logs'}
				<span className={classes.hint}>PUBLIC_URL</span>
			</Fact>
		</dl>
	);
}
