import { Button, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';

import type { ModelConfigResponse } from '../../contract/modelConfigs.ts';
import { deployedQuery } from '../api/projects.ts';
import { deploymentsPath, versionName } from './names.ts';

interface DeployButtonProps {
	projectId: string;
	version: ModelConfigResponse;
	variant?: 'default' | 'filled';
}

/** Leads to the dialog that deploys a version, in an environment where it is not deployed already. */
export function DeployButton({ projectId, version, variant = 'filled' }: DeployButtonProps) {
	const { data: environments = [] } = useQuery(deployedQuery(projectId));
	const others = environments.filter(({ model_config_id: id }) => id !== version.id);
	const pathIn = (environment: string) =>
		`${deploymentsPath(projectId)}?${new URLSearchParams({ deploy: environment, version: version.id }).toString()}`;
	const label = `Deploy ${versionName(version)}…`;
	if (environments.length === 0) return null;
	if (others.length === 0) {
		return (
			<Button variant={variant} disabled>
				Deployed
			</Button>
		);
	}
	if (environments.length === 1) {
		return (
			<Button component={Link} variant={variant} href={pathIn(others[0]!.environment_id)}>
				{label}
			</Button>
		);
	}
	return (
		<Menu position="bottom-start">
			<Menu.Target>
				<Button variant={variant}>{label}</Button>
			</Menu.Target>
			<Menu.Dropdown>
				{environments.map((one) =>
					others.includes(one) ? (
						<Menu.Item key={one.environment_id} component={Link} href={pathIn(one.environment_id)}>
							To {one.environment_name}
						</Menu.Item>
					) : (
						<Menu.Item key={one.environment_id} disabled>
							Deployed to {one.environment_name}
						</Menu.Item>
					),
				)}
			</Menu.Dropdown>
		</Menu>
	);
}
