import { Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useParams } from 'wouter';

import { deployedQuery, projectQuery, versionsQuery } from '../api/projects.ts';
import { projectPath } from '../shared/names.ts';
import { PageHeader } from '../shared/PageHeader.tsx';
import { ErrorState, Loading } from '../shared/states.tsx';
import { usePermission } from '../shared/useRole.ts';
import { useUrlState } from '../shared/useUrlState.ts';
import { DeployDialog } from './DeployDialog.tsx';
import classes from './Deployments.module.css';
import { Environments } from './Environments.tsx';
import { History } from './History.tsx';
import { NewEnvironment } from './NewEnvironment.tsx';
import { namesOf } from './useDeployments.ts';

const step = 20;

/** What a project has deployed where. `?deploy=<environment>&version=<version>` opens the dialog. */
export default function Deployments() {
	const { id } = useParams<'/projects/:id/deployments'>();
	const [parameters, change] = useUrlState();
	const [size, setSize] = useState(step);
	const permission = usePermission('deploy');
	const project = useQuery(projectQuery(id));
	const versions = useQuery(versionsQuery(id));
	const deployed = useQuery(deployedQuery(id));

	const error = project.error ?? versions.error ?? deployed.error;
	const crumbs = [
		{ label: 'Projects', href: '/projects' },
		{ label: project.data?.name ?? '…', href: projectPath(id) },
	];
	const header = (
		<PageHeader title="Deployments" crumbs={crumbs} actions={<NewEnvironment permission={permission} />} />
	);
	if (error) {
		const retry = () => Promise.all([project.refetch(), versions.refetch(), deployed.refetch()]);
		return (
			<>
				{header}
				<ErrorState error={error} retry={retry} />
			</>
		);
	}
	if (!project.data || !versions.data || !deployed.data) {
		return (
			<>
				{header}
				<Loading rows={6} />
			</>
		);
	}
	const nameOf = namesOf(versions.data);
	const environment = deployed.data.find(({ environment_id }) => environment_id === parameters.get('deploy'));
	const shared = { projectId: id, environments: deployed.data, nameOf, permission };
	return (
		<>
			{header}
			<Title order={2} className={classes.section}>
				Environments
			</Title>
			<Environments {...shared} onDeploy={(deploy) => change({ deploy })} />
			<Title order={2} className={classes.section}>
				History
			</Title>
			<History {...shared} size={size} onMore={() => setSize(size + step)} />
			{environment && permission.isAllowed && (
				<DeployDialog
					key={environment.environment_id}
					projectId={id}
					environment={environment}
					versions={versions.data}
					versionId={parameters.get('version') ?? undefined}
					nameOf={nameOf}
					onChoose={(version) => change({ version }, { replace: true })}
					onClose={() => change({ deploy: undefined, version: undefined }, { replace: true })}
				/>
			)}
		</>
	);
}
