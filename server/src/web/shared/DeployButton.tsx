import { Button, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';

import type { ModelConfigResponse } from '../../contract/modelConfigs.ts';
import { environmentsQuery } from '../api/environments.ts';
import { deploymentsPath, versionName } from './names.ts';

interface DeployButtonProps {
	projectId: string;
	version: ModelConfigResponse;
	variant?: 'default' | 'filled';
}

/** Leads to the dialog that deploys a version. */
export function DeployButton({ projectId, version, variant = 'filled' }: DeployButtonProps) {
	const { data: environments = [] } = useQuery(environmentsQuery);
	const pathIn = (environment: string) =>
		`${deploymentsPath(projectId)}?${new URLSearchParams({ deploy: environment, version: version.id }).toString()}`;
	const label = `Deploy ${versionName(version)}…`;
	if (environments.length <= 1) {
		const [only] = environments;
		return only ? (
			<Button component={Link} variant={variant} href={pathIn(only.id)}>
				{label}
			</Button>
		) : null;
	}
	return (
		<Menu position="bottom-start">
			<Menu.Target>
				<Button variant={variant}>{label}</Button>
			</Menu.Target>
			<Menu.Dropdown>
				{environments.map(({ id, name }) => (
					<Menu.Item key={id} component={Link} href={pathIn(id)}>
						To {name}
					</Menu.Item>
				))}
			</Menu.Dropdown>
		</Menu>
	);
}
