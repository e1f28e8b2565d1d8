import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import type { ProjectResponse } from '../../contract/projects.ts';
import { deployedQuery } from '../api/projects.ts';
import { FailedShare } from '../shared/FailedShare.tsx';
import { Cost, Count, Duration } from '../shared/figures.tsx';
import { projectPath, versionName, versionPath } from '../shared/names.ts';
import { Sparkline } from '../shared/Sparkline.tsx';
import { TextLink } from '../shared/TextLink.tsx';
import classes from './Projects.module.css';
import type { ProjectUsage } from './usageByProject.ts';

/** What is deployed in each environment. With one environment, the list of projects says it already. */
function Deployed({ project, environments }: { project: ProjectResponse; environments: number }) {
	const { id, active_config: active } = project;
	const { data } = useQuery({ ...deployedQuery(id), enabled: environments > 1 });
	if (environments > 1 && data) {
		const deployed = data.filter(({ model_config_id }) => model_config_id !== null);
		if (deployed.length === 0) return <span className={classes.none}>nothing</span>;
		return (
			<ul className={classes.deployed}>
				{deployed.map(({ environment_id, environment_name, model_config_id, model_config_name }) => (
					<li key={environment_id}>
						<span className={classes.environment}>{environment_name}</span>{' '}
						<TextLink href={versionPath(id, model_config_id!)}>
							{versionName({ id: model_config_id!, name: model_config_name })}
						</TextLink>
					</li>
				))}
			</ul>
		);
	}
	if (!active) return <span className={classes.none}>nothing</span>;
	return <TextLink href={versionPath(id, active.config.id)}>{versionName(active.config)}</TextLink>;
}

/** The columns of the figures. */
const columns = [0, 1, 2, 3];

/** The calls of the last 7 days. Undefined: not loaded yet; null: there were none. */
function UsageCells({ projectId, usage }: { projectId: string; usage: ProjectUsage | undefined | null }) {
	if (usage === undefined) {
		return columns.map((column) => (
			<td key={column} data-figure>
				<Skeleton height={14} width={48} ml="auto" />
			</td>
		));
	}
	if (usage === null) {
		return columns.map((column) => <td key={column} data-figure />);
	}
	const { calls, failed_calls: failed, cost, median_latency: median } = usage.total;
	return (
		<>
			<td data-figure className={classes.calls}>
				<Sparkline values={usage.calls} label={`Calls per day, the last 7 days: ${usage.calls.join(', ')}`} />
				<Count of={calls} />
			</td>
			<td data-figure>
				<Cost dollars={cost} />
			</td>
			<td data-figure className={failed > 0 ? classes.failed : undefined}>
				<FailedShare of={usage.total} logs={{ project: projectId }} days={usage.days} />
			</td>
			<td data-figure>
				<Duration seconds={median} />
			</td>
		</>
	);
}

interface ProjectRowProps {
	project: ProjectResponse;
	environments: number;
	usage: ProjectUsage | undefined | null;
}

export function ProjectRow({ project, environments, usage }: ProjectRowProps) {
	return (
		<tr>
			<th scope="row" className={classes.name}>
				<TextLink href={projectPath(project.id)}>{project.name}</TextLink>
			</th>
			<td className={classes.wide}>
				<Deployed project={project} environments={environments} />
			</td>
			<UsageCells projectId={project.id} usage={usage} />
		</tr>
	);
}
