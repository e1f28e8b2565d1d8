import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';

import type { EnvironmentConfigResponse } from '../../contract/environments.ts';
import type { ProjectConfigResponse } from '../../contract/modelConfigs.ts';
import { isSaved } from '../prompt/draft.ts';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { Count } from '../shared/figures.tsx';
import { comparePath, versionName, versionPath } from '../shared/names.ts';
import { Empty } from '../shared/states.tsx';
import { StatusBadge } from '../shared/StatusBadge.tsx';
import { TextLink } from '../shared/TextLink.tsx';
import { Time } from '../shared/Time.tsx';
import { usePermission } from '../shared/useRole.ts';
import classes from './Project.module.css';

interface VersionsProps {
	projectId: string;
	versions: ProjectConfigResponse[];
	deployed: EnvironmentConfigResponse[];
}

function Row({ projectId, version, deployed }: { version: ProjectConfigResponse } & Omit<VersionsProps, 'versions'>) {
	const { config, created_at: createdAt, num_datapoints: logs } = version;
	const environments = deployed.filter(({ model_config_id: id }) => id === config.id);
	const reference = deployed.find(({ model_config_id: id }) => id !== null)?.model_config_id;
	return (
		<tr>
			<th scope="row">
				<TextLink href={versionPath(projectId, config.id)}>{versionName(config)}</TextLink>{' '}
				{environments.map(({ environment_id, environment_name }) => (
					<StatusBadge key={environment_id} kind="good">
						{environment_name}
					</StatusBadge>
				))}
				{config.description !== null && config.description !== '' && (
					<div className={classes.note}>{config.description}</div>
				)}
			</th>
			<td>
				{config.model} <span className={classes.dimmed}>{config.provider}</span>
			</td>
			<td data-figure>
				<Count of={logs} />
			</td>
			<td>
				<Time at={createdAt} />
			</td>
			<td>
				{reference && reference !== config.id && (
					<TextLink href={comparePath(projectId, reference, config.id)}>Compare with the deployed version</TextLink>
				)}
			</td>
		</tr>
	);
}

const columns: Column[] = [
	{ name: 'Version' },
	{ name: 'Model' },
	{ name: 'Logs', kind: 'figure' },
	{ name: 'Created' },
	{ name: 'Compare', kind: 'buttons' },
];

/** Says how to begin. */
function NoVersion({ projectId }: { projectId: string }) {
	const { isAllowed } = usePermission('edit');
	const path = versionPath(projectId, 'new');
	return (
		<Empty title="No versions yet">
			{isAllowed && (
				<Group gap="sm" my="md">
					<Button component={Link} href={`${path}?kind=complete`}>
						New completion
					</Button>
					<Button component={Link} href={`${path}?kind=chat`}>
						New chat
					</Button>
				</Group>
			)}
			A completion is one text. A chat has messages. A program can also register the first version with the API.
		</Empty>
	);
}

/** The versions of a prompt, newest first. What was only tried is folded away. */
export function Versions({ projectId, versions, deployed }: VersionsProps) {
	const [showsTried, setShowsTried] = useState(false);
	const saved = versions.filter(({ config }) => isSaved(config));
	const tried = versions.length - saved.length;
	const shown = showsTried ? versions : saved;
	return (
		<>
			{saved.length === 0 && <NoVersion projectId={projectId} />}
			{shown.length > 0 && (
				<DataTable label="Versions" columns={columns}>
					{shown.map((version) => (
						<Row key={version.config.id} {...{ projectId, version, deployed }} />
					))}
				</DataTable>
			)}
			{tried > 0 && (
				<Text component="div" size="sm" mt="xs">
					<Button
						variant="subtle"
						size="compact-sm"
						ml={-8}
						aria-expanded={showsTried}
						onClick={() => setShowsTried(!showsTried)}
					>
						{showsTried
							? 'Hide what was only tried'
							: `Show ${tried} that ${tried === 1 ? 'was' : 'were'} tried and not saved`}
					</Button>
				</Text>
			)}
		</>
	);
}
