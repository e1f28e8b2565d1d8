import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';

import type { Query } from '../api/client.ts';
import { newestLogQuery, type LogRows } from '../api/logRows.ts';
import { formatCount } from '../shared/figures.tsx';
import { PageHeader } from '../shared/PageHeader.tsx';
import { ProjectSelect } from '../shared/ProjectSelect.tsx';
import { Empty, ErrorState, Loading } from '../shared/states.tsx';
import { useUrlState } from '../shared/useUrlState.ts';
import { FilterBar } from './FilterBar.tsx';
import { filtersOf, isFiltered, isSlow, toQuery, type Filters } from './filters.ts';
import { rememberList } from '../shared/lastList.ts';
import { LogTable } from './LogTable.tsx';
import classes from './LogTable.module.css';
import { useFirstPage } from './useLogList.ts';

/** Says that there are newer logs than those of the list. */
function NewLogs({ query, first, onShow }: { query: Query; first: LogRows; onShow: () => void }) {
	const { data: newest } = useQuery({ ...newestLogQuery(query), initialData: first.rows[0]?.id ?? null });
	if (newest === null || newest === (first.rows[0]?.id ?? null)) return null;
	return (
		<Button variant="light" size="compact-sm" mb="sm" onClick={onShow}>
			Show new logs
		</Button>
	);
}

function NoLogs({ filters, ofAll }: { filters: Filters; ofAll: boolean }) {
	if (isFiltered(filters)) return <Empty title="No logs match">Remove a filter, or shorten the search.</Empty>;
	return (
		<Empty title="No logs yet">
			{ofAll ? 'Every call' : 'Every call of this project'} leaves a log. Try a version on its page, or call it from n8n
			or from your own program.
		</Empty>
	);
}

interface ListProps {
	/** Whether the list has the logs of all projects. */
	ofAll: boolean;
	query: Query;
	filters: Filters;
	onChange: (change: Record<string, string>) => void;
}

function List({ ofAll, query, filters, onChange }: ListProps) {
	const queryClient = useQueryClient();
	const { data: first, error, refetch, dataUpdatedAt } = useFirstPage(query);
	if (error) return <ErrorState error={error} retry={refetch} />;
	if (!first) return <Loading rows={16} height={40} />;
	const show = async () => {
		window.scrollTo(0, 0);
		queryClient.removeQueries({ queryKey: ['logRows', query], type: 'inactive' });
		await refetch();
	};
	const isWatched = query.end_date === undefined && !isSlow(filters);
	return (
		<>
			{isWatched && <NewLogs query={query} first={first} onShow={() => void show()} />}
			{first.rows.length === 0 ? (
				<NoLogs filters={filters} ofAll={ofAll} />
			) : (
				<>
					{(!isFiltered(filters) || first.total <= first.rows.length) && (
						<p className={classes.summary}>
							{formatCount(first.total)} {first.total === 1 ? 'log' : 'logs'}
						</p>
					)}
					<LogTable key={dataUpdatedAt} {...{ ofAll, query, first }} onContinue={(to) => onChange({ to })} />
				</>
			)}
		</>
	);
}

/** The logs of a project (`?project=<id>`) or of all, newest first. All filters are in the address. */
export default function Logs() {
	const [parameters, change] = useUrlState();
	const projectId = parameters.get('project') ?? undefined;
	const address = parameters.toString();
	const filters = useMemo(() => filtersOf(new URLSearchParams(address)), [address]);
	const query = useMemo(() => toQuery(projectId, filters, Date.now()), [projectId, filters]);
	useEffect(() => rememberList(address), [address]);
	// Versions and sessions are of a project. The other filters mean the same in each.
	const choose = (project: string | undefined) => change({ project, version: undefined, session: undefined });
	return (
		<>
			<PageHeader title="Logs" actions={<ProjectSelect value={projectId} onChange={choose} hasAll />} />
			<FilterBar projectId={projectId} filters={filters} onChange={change} />
			<List key={address} ofAll={projectId === undefined} query={query} filters={filters} onChange={change} />
		</>
	);
}
