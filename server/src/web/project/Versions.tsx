import { Button, Text } from '@mantine/core';
import { useState } from 'react';

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
			<td data-wide>
				<Time at={createdAt} />
			</td>
			<td>
				{reference && reference !== config.id && (
					<TextLink href={comparePath(projectId, reference, config.id)}>Compare with what is deployed</TextLink>
				)}
			</td>
		</tr>
	);
}

const columns: Column[] = [
	{ name: 'Version' },
	{ name: 'Model' },
	{ name: 'Logs', kind: 'figure' },
	{ name: 'Made', isWide: true },
	{ name: 'Compare', kind: 'buttons' },
];

/** The versions of a prompt, newest first. What was only tried is folded away. */
export function Versions({ projectId, versions, deployed }: VersionsProps) {
	const [showsTried, setShowsTried] = useState(false);
	const saved = versions.filter(({ config }) => isSaved(config));
	const tried = versions.length - saved.length;
	if (versions.length === 0) {
		const path = versionPath(projectId, 'new');
		return (
			<Empty title="No version yet">
				Write the first one here: a <TextLink href={`${path}?kind=complete`}>completion</TextLink>, which is one text,
				or a <TextLink href={`${path}?kind=chat`}>chat</TextLink>, which has messages. A program can also register it
				with the API.
			</Empty>
		);
	}
	return (
		<>
			<DataTable label="Versions" columns={columns}>
				{(showsTried ? versions : saved).map((version) => (
					<Row key={version.config.id} {...{ projectId, version, deployed }} />
				))}
			</DataTable>
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
