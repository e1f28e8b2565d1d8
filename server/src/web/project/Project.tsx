import { Button, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'wouter';

import type { EnvironmentConfigResponse } from '../../contract/environments.ts';
import { deployedQuery, projectQuery, versionsQuery } from '../api/projects.ts';
import { isSaved } from '../prompt/draft.ts';
import { deploymentsPath, usagePath, versionName, versionPath } from '../shared/names.ts';
import { PageHeader } from '../shared/PageHeader.tsx';
import { ErrorState, Loading } from '../shared/states.tsx';
import { TextLink } from '../shared/TextLink.tsx';
import classes from './Project.module.css';
import { RecentLogs } from './RecentLogs.tsx';
import { Versions } from './Versions.tsx';
import { Week } from './Week.tsx';

/** What runs where. */
function Deployed({ projectId, deployed }: { projectId: string; deployed: EnvironmentConfigResponse[] }) {
	return (
		<dl className={classes.figures}>
			{deployed.map(({ environment_id, environment_name, model_config_id: id, model_config_name: name }) => (
				<div key={environment_id}>
					<dt>{environment_name}</dt>
					<dd>
						{id === null ? (
							<span className={classes.dimmed}>nothing</span>
						) : (
							<TextLink href={versionPath(projectId, id)}>{versionName({ id, name })}</TextLink>
						)}
					</dd>
				</div>
			))}
		</dl>
	);
}

/** A project: what is deployed, its versions, its newest logs, and what its calls cost. */
export default function Project() {
	const { id: projectId } = useParams<'/projects/:id'>();
	const project = useQuery(projectQuery(projectId));
	const versions = useQuery(versionsQuery(projectId));
	const deployed = useQuery(deployedQuery(projectId));
	const error = project.error ?? versions.error ?? deployed.error;
	const newest = versions.data?.find(({ config }) => isSaved(config));
	return (
		<>
			<PageHeader
				title={project.data?.name ?? 'Project'}
				crumbs={[{ label: 'Projects', href: '/projects' }]}
				actions={
					newest && (
						<>
							<Button component={Link} href={deploymentsPath(projectId)} variant="default">
								Deployments
							</Button>
							<Button component={Link} href={versionPath(projectId, newest.config.id)}>
								Edit the newest version
							</Button>
						</>
					)
				}
			/>
			{error ? (
				<ErrorState
					error={error}
					retry={() => Promise.all([project.refetch(), versions.refetch(), deployed.refetch()])}
				/>
			) : !versions.data || !deployed.data ? (
				<Loading rows={10} />
			) : (
				<>
					{versions.data.length > 0 && (
						<div className={classes.summary}>
							<section aria-labelledby="deployed-heading">
								<Title order={2} id="deployed-heading">
									Deployed
								</Title>
								<Deployed projectId={projectId} deployed={deployed.data} />
							</section>
							<section aria-labelledby="week-heading">
								<Title order={2} id="week-heading">
									Last 7 days
								</Title>
								<Week projectId={projectId} />
								<p className={classes.more}>
									<TextLink href={usagePath({ project: projectId, days: '7' })}>Usage by day and model</TextLink>
								</p>
							</section>
						</div>
					)}
					<section aria-labelledby="versions-heading" className={classes.section}>
						<Title order={2} id="versions-heading">
							Versions
						</Title>
						<Versions projectId={projectId} versions={versions.data} deployed={deployed.data} />
					</section>
					<section aria-labelledby="logs-heading" className={classes.section}>
						<Title order={2} id="logs-heading">
							Newest logs
						</Title>
						<RecentLogs projectId={projectId} />
					</section>
				</>
			)}
		</>
	);
}
