import { useQuery } from '@tanstack/react-query';

import { projectsQuery } from '../api/projects.ts';
import { DataTable } from '../shared/DataTable.tsx';
import { Count } from '../shared/figures.tsx';
import { projectPath, versionName } from '../shared/names.ts';
import { PageHeader } from '../shared/PageHeader.tsx';
import { SearchInput } from '../shared/SearchInput.tsx';
import { Empty, ErrorState, Loading } from '../shared/states.tsx';
import { TextLink } from '../shared/TextLink.tsx';
import { Time } from '../shared/Time.tsx';
import { useUrlState } from '../shared/useUrlState.ts';

export default function Projects() {
	const [parameters, change] = useUrlState();
	const search = parameters.get('search') ?? '';
	const { data, error, refetch } = useQuery(projectsQuery({ filter: search, size: 50, sort_by: 'updated_at' }));
	return (
		<>
			<PageHeader
				title="Projects"
				actions={
					<SearchInput
						label="Search projects"
						value={search}
						onChange={(value) => change({ search: value }, { replace: true })}
					/>
				}
			/>
			{error ? (
				<ErrorState error={error} retry={refetch} />
			) : !data ? (
				<Loading rows={8} />
			) : data.records.length === 0 ? (
				<Empty title={search === '' ? 'No projects yet' : 'No project has this in its name'}>
					{search === '' ? 'A project is made when a call or a log names a new one.' : 'Try another part of the name.'}
				</Empty>
			) : (
				<DataTable label="Projects">
					<thead>
						<tr>
							<th scope="col">Project</th>
							<th scope="col">Deployed</th>
							<th scope="col" data-figure>
								Logs
							</th>
							<th scope="col" data-wide>
								Changed
							</th>
						</tr>
					</thead>
					<tbody>
						{data.records.map(({ id, name, active_config, data_count, updated_at }) => (
							<tr key={id}>
								<th scope="row">
									<TextLink href={projectPath(id)}>{name}</TextLink>
								</th>
								<td>{active_config ? versionName(active_config.config) : 'nothing'}</td>
								<td data-figure>
									<Count of={data_count} />
								</td>
								<td data-wide>
									<Time at={updated_at} />
								</td>
							</tr>
						))}
					</tbody>
				</DataTable>
			)}
		</>
	);
}
