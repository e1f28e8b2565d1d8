import { useQuery } from '@tanstack/react-query';

import { projectsQuery } from '../api/projects.ts';
import { sessionsQuery } from '../api/sessions.ts';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { Count } from '../shared/figures.tsx';
import { sessionPath } from '../shared/names.ts';
import { PageHeader } from '../shared/PageHeader.tsx';
import { pageOf, Pager } from '../shared/Pager.tsx';
import { ProjectSelect } from '../shared/ProjectSelect.tsx';
import { Empty, ErrorState, Loading } from '../shared/states.tsx';
import { TextLink } from '../shared/TextLink.tsx';
import { Time } from '../shared/Time.tsx';
import { useUrlState } from '../shared/useUrlState.ts';
import { sessionName } from './sessionName.ts';
import classes from './Sessions.module.css';

const size = 25;

const columns: Column[] = [
	{ name: 'Session' },
	{ name: 'First input' },
	{ name: 'Last output' },
	{ name: 'Logs', kind: 'figure' },
	{ name: 'Last log' },
];

function SessionTable({ projectId, page }: { projectId: string; page: number }) {
	const { data, error, refetch } = useQuery(sessionsQuery(projectId, { page, size }));
	if (error) return <ErrorState error={error} retry={refetch} />;
	if (!data) return <Loading rows={8} />;
	if (data.records.length === 0) {
		return (
			<Empty title="No sessions yet">
				A session groups the logs of one conversation or one run. Calls name it in <code>session_reference_id</code>.
			</Empty>
		);
	}
	return (
		<>
			<DataTable label="Sessions" columns={columns}>
				{data.records.map((session) => (
					<tr key={session.id}>
						<th scope="row">
							<TextLink href={sessionPath(session.id)}>{sessionName(session)}</TextLink>
						</th>
						<td>
							<div className={classes.line}>{firstInput(session.first_inputs)}</div>
						</td>
						<td>
							<div className={classes.line}>{session.last_output}</div>
						</td>
						<td data-figure>
							<Count of={session.datapoints_count} />
						</td>
						<td>
							<Time at={session.updated_at} />
						</td>
					</tr>
				))}
			</DataTable>
			<Pager page={page} size={size} total={data.total} of="sessions" />
		</>
	);
}

function firstInput(inputs: Record<string, unknown> | null): string {
	const [first] = Object.values(inputs ?? {});
	if (first === undefined) return '';
	return typeof first === 'string' ? first : JSON.stringify(first);
}

/** The sessions of a project (`?project=<id>`). By default, of the one that changed last. */
export default function Sessions() {
	const [parameters, change] = useUrlState();
	const { data, error, refetch } = useQuery(projectsQuery({ size: 50, sort_by: 'updated_at' }));
	const projectId = parameters.get('project') ?? data?.records[0]?.id;
	return (
		<>
			<PageHeader
				title="Sessions"
				actions={<ProjectSelect value={projectId} onChange={(project) => change({ project, page: undefined })} />}
			/>
			{error ? (
				<ErrorState error={error} retry={refetch} />
			) : projectId !== undefined ? (
				<SessionTable projectId={projectId} page={pageOf(parameters)} />
			) : data ? (
				<Empty title="No projects yet">A session groups logs of a project.</Empty>
			) : (
				<Loading rows={8} />
			)}
		</>
	);
}
