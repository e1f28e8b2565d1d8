import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'wouter';

import type { ProjectConfigResponse } from '../../contract/modelConfigs.ts';
import { logQuery } from '../api/logs.ts';
import { deployedQuery, projectQuery, versionsQuery } from '../api/projects.ts';
import { DeployButton } from '../shared/DeployButton.tsx';
import { comparePath, deploymentsPath, projectPath, versionName } from '../shared/names.ts';
import { PageHeader } from '../shared/PageHeader.tsx';
import { Empty, ErrorState, Loading } from '../shared/states.tsx';
import { StatusBadge } from '../shared/StatusBadge.tsx';
import { TextLink } from '../shared/TextLink.tsx';
import { Time } from '../shared/Time.tsx';
import { usePermission } from '../shared/useRole.ts';
import { useUrlState } from '../shared/useUrlState.ts';
import { emptyDraft, isSaved, toDraft, type Draft } from './draft.ts';
import { Editor } from './Editor.tsx';

/** Where the version runs, when it was created, and its note. */
function About({ projectId, version }: { projectId: string; version: ProjectConfigResponse }) {
	const { data: deployed = [] } = useQuery(deployedQuery(projectId));
	const { id, description } = version.config;
	const environments = deployed.filter(({ model_config_id }) => model_config_id === id);
	return (
		<>
			<Group gap="xs">
				{environments.map(({ environment_id, environment_name }) => (
					<StatusBadge key={environment_id} kind="good">
						deployed in {environment_name}
					</StatusBadge>
				))}
				<span>
					Created <Time at={version.created_at} />
				</span>
				<TextLink href={deploymentsPath(projectId)}>Deployments</TextLink>
			</Group>
			{description !== null && description !== '' && <div>{description}</div>}
		</>
	);
}

/** What people do with a version that they have tried. */
function NextSteps({ projectId, version: { config } }: { projectId: string; version: ProjectConfigResponse }) {
	const { data: deployed = [] } = useQuery(deployedQuery(projectId));
	const { isAllowed: mayDeploy } = usePermission('deploy');
	const [reference] = deployed.filter(({ model_config_id: id }) => id !== null);
	const other = reference?.model_config_id;
	return (
		<>
			{reference && other && other !== config.id && (
				<Button component={Link} variant="default" href={comparePath(projectId, other, config.id)}>
					Compare with {versionName({ id: other, name: reference.model_config_name })}
				</Button>
			)}
			{mayDeploy && <DeployButton projectId={projectId} version={config} variant="default" />}
		</>
	);
}

/** The draft that a new prompt begins with, on the model of the version before, or on the mock. */
function newDraft(kind: string | null, versions: ProjectConfigResponse[]): Draft {
	const last = versions[0]?.config;
	return emptyDraft(kind === 'chat' ? 'chat' : 'complete', last?.provider ?? 'mock', last?.model ?? 'mock-1');
}

/** A version of a prompt: read it, edit it, try it, save it as the next one. */
export default function Prompt() {
	const { id: projectId, configId } = useParams<'/projects/:id/versions/:configId'>();
	const [parameters] = useUrlState();
	const project = useQuery(projectQuery(projectId));
	const versions = useQuery(versionsQuery(projectId));
	const logId = parameters.get('log');
	const log = useQuery({ ...logQuery(logId ?? ''), enabled: logId !== null });
	const error = project.error ?? versions.error ?? log.error;
	const isNew = configId === 'new';
	const version = versions.data?.find(({ config }) => config.id === configId);
	const crumbs = [
		{ label: 'Projects', href: '/projects' },
		{ label: project.data?.name ?? 'Project', href: projectPath(projectId) },
	];
	const title = version ? versionName(version.config) : isNew ? 'New prompt' : 'Version';
	return (
		<>
			<PageHeader
				title={title}
				crumbs={crumbs}
				actions={version && isSaved(version.config) && <NextSteps projectId={projectId} version={version} />}
			>
				{version && <About projectId={projectId} version={version} />}
			</PageHeader>
			{error ? (
				<ErrorState error={error} retry={() => Promise.all([project.refetch(), versions.refetch()])} />
			) : !versions.data || (logId !== null && !log.data) ? (
				<Loading rows={10} />
			) : !version && !isNew ? (
				<Empty title="This project has no such version">
					See the <TextLink href={projectPath(projectId)}>versions of the project</TextLink>.
				</Empty>
			) : (
				<Editor
					key={`${configId} ${parameters.get('kind')} ${logId}`}
					projectId={projectId}
					base={version ?? null}
					start={version ? toDraft(version.config) : newDraft(parameters.get('kind'), versions.data)}
					versions={versions.data.filter(({ config }) => isSaved(config))}
					log={log.data}
				/>
			)}
		</>
	);
}
