import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import type { ProjectResponse } from '../../contract/projects.ts';
import { environmentsQuery } from '../api/environments.ts';
import { projectsQuery } from '../api/projects.ts';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { PageHeader } from '../shared/PageHeader.tsx';
import { pageOf, Pager } from '../shared/Pager.tsx';
import { SearchInput } from '../shared/SearchInput.tsx';
import { Empty, ErrorState, Loading } from '../shared/states.tsx';
import { useUrlState } from '../shared/useUrlState.ts';
import { NewProject } from './NewProject.tsx';
import { ProjectRow } from './ProjectRow.tsx';
import { useUsageByProject } from './usageByProject.ts';

const size = 50;

const orders = {
	changed: { label: 'Last changed', sort_by: 'updated_at', order: 'desc' },
	name: { label: 'By name', sort_by: 'name', order: 'asc' },
	created: { label: 'Newest', sort_by: 'created_at', order: 'desc' },
} as const;
type Order = keyof typeof orders;

const orderOf = (text: string | null): Order => (text !== null && text in orders ? (text as Order) : 'changed');

const columns: Column[] = [
	{ name: 'Project' },
	{ name: 'Deployed' },
	{ name: 'Calls, 7 days', title: 'In the last 7 days, in UTC', kind: 'figure' },
	{ name: 'Cost', kind: 'figure' },
	{ name: 'Failed', kind: 'figure' },
	{ name: 'Median time', kind: 'figure' },
];

function ProjectTable({ projects }: { projects: ProjectResponse[] }) {
	const { data: environments } = useQuery(environmentsQuery);
	const usage = useUsageByProject(projects.map(({ id }) => id));
	return (
		<DataTable label="Projects" columns={columns}>
			{projects.map((project) => (
				<ProjectRow
					key={project.id}
					project={project}
					environments={environments?.length ?? 1}
					usage={usage && (usage.get(project.id) ?? null)}
				/>
			))}
		</DataTable>
	);
}

function NoProjects({ search }: { search: string }) {
	if (search !== '') return <Empty title="No projects match">Try another part of the name.</Empty>;
	return (
		<Empty title="No projects yet">
			A project holds the versions of one prompt. Create one here, or call the API with the name of a new one.
		</Empty>
	);
}

/** All projects, with what is deployed and what it cost. */
export default function Projects() {
	const [parameters, change] = useUrlState();
	const search = parameters.get('search') ?? '';
	const page = pageOf(parameters);
	const order = orderOf(parameters.get('sort'));
	const { label: _label, ...sorting } = orders[order];
	const { data, error, refetch } = useQuery(projectsQuery({ filter: search, page, size, ...sorting }));
	return (
		<>
			<PageHeader
				title="Projects"
				actions={
					<>
						<SearchInput
							label="Search projects"
							value={search}
							onChange={(value) => change({ search: value, page: undefined }, { replace: true })}
						/>
						<NativeSelect
							aria-label="Order"
							data={Object.entries(orders).map(([value, { label }]) => ({ value, label }))}
							value={order}
							onChange={(event) => change({ sort: event.currentTarget.value, page: undefined })}
						/>
						<NewProject />
					</>
				}
			/>
			{error ? (
				<ErrorState error={error} retry={refetch} />
			) : !data ? (
				<Loading rows={8} />
			) : data.records.length === 0 ? (
				<NoProjects search={search} />
			) : (
				<>
					<ProjectTable projects={data.records} />
					<Pager page={page} size={size} total={data.total} of="projects" />
				</>
			)}
		</>
	);
}
