import { useQuery } from '@tanstack/react-query';
import { useParams } from 'wouter';

import type { ModelConfigResponse, ProjectConfigResponse } from '../../contract/modelConfigs.ts';
import { deployedQuery, projectQuery, versionsQuery } from '../api/projects.ts';
import { isSaved } from '../prompt/draft.ts';
import { projectPath } from '../shared/names.ts';
import { PageHeader } from '../shared/PageHeader.tsx';
import { Empty, ErrorState, Loading } from '../shared/states.tsx';
import { useUrlState } from '../shared/useUrlState.ts';
import { Comparison } from './Comparison.tsx';
import type { Side } from './pairs.ts';

type Versions = Record<Side, ModelConfigResponse>;

/** The versions of the address; where it names none, what is deployed, and the newest of the others. */
function versionsOf(
	parameters: URLSearchParams,
	versions: ProjectConfigResponse[],
	deployed: string | null,
): Versions | undefined {
	const find = (id: string | null, other?: ModelConfigResponse) =>
		versions.find(({ config }) => config.id === id && id !== other?.id)?.config;
	const saved = versions.filter(({ config }) => isSaved(config));
	const right = find(parameters.get('right'));
	const first = find(parameters.get('left'), right) ?? find(deployed, right);
	const left = first ?? saved.filter(({ config }) => config.id !== right?.id).at(right ? 0 : 1)?.config;
	const newest = right ?? saved.find(({ config }) => config.id !== left?.id)?.config;
	return left === undefined || newest === undefined ? undefined : { left, right: newest };
}

/** Two versions of a prompt side by side: what differs, and what both answer to the same inputs. */
export default function Compare() {
	const { id } = useParams<'/projects/:id/compare'>();
	const [parameters] = useUrlState();
	const project = useQuery(projectQuery(id));
	const versions = useQuery(versionsQuery(id));
	const deployed = useQuery(deployedQuery(id));

	const content = () => {
		const error = project.error ?? versions.error ?? deployed.error;
		if (error) {
			const retry = () => Promise.all([project.refetch(), versions.refetch(), deployed.refetch()]);
			return <ErrorState error={error} retry={retry} />;
		}
		if (!project.data || !versions.data || !deployed.data) return <Loading rows={8} />;
		const deployedId = deployed.data.find(({ model_config_id }) => model_config_id !== null)?.model_config_id ?? null;
		const chosen = versionsOf(parameters, versions.data, deployedId);
		if (!chosen) {
			return (
				<Empty title="There is nothing to compare yet">
					The project needs two versions. Change the prompt and save it as a new version.
				</Empty>
			);
		}
		return <Comparison projectId={id} all={versions.data} versions={chosen} />;
	};
	const crumbs = [
		{ label: 'Projects', href: '/projects' },
		{ label: project.data?.name ?? '…', href: projectPath(id) },
	];
	return (
		<>
			<PageHeader title="Compare" crumbs={crumbs} />
			{content()}
		</>
	);
}
