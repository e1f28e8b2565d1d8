import { Button } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';

import type { EnvironmentConfigResponse } from '../../contract/environments.ts';
import { deploymentsQuery } from '../api/deployments.ts';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { keyLabel } from '../shared/keyLabel.ts';
import { versionPath } from '../shared/names.ts';
import { StatusBadge } from '../shared/StatusBadge.tsx';
import { TextLink } from '../shared/TextLink.tsx';
import { Time } from '../shared/Time.tsx';
import type { Permission } from '../shared/useRole.ts';
import type { NameOf } from './useDeployments.ts';

interface EnvironmentsProps {
	projectId: string;
	environments: EnvironmentConfigResponse[];
	nameOf: NameOf;
	permission: Permission;
	/** Opens the dialog for an environment. */
	onDeploy: (environmentId: string) => void;
}

const columns: Column[] = [
	{ name: 'Environment' },
	{ name: 'Deployed' },
	{ name: 'Since' },
	{ name: 'By API key' },
	{ name: 'Change', kind: 'buttons' },
];

/** Each environment with the version that is deployed there, since when, and by which API key. */
export function Environments({ projectId, environments, nameOf, permission, onDeploy }: EnvironmentsProps) {
	const latest = useQueries({
		queries: environments.map(({ environment_id }) => deploymentsQuery(projectId, { environment_id, size: 1 })),
	});
	return (
		<DataTable label="Environments" columns={columns}>
			{environments.map(({ environment_id, environment_name, environment_tag, model_config_id }, index) => {
				const last = model_config_id === null ? undefined : latest[index]?.data?.records[0];
				return (
					<tr key={environment_id}>
						<th scope="row">
							{environment_name} {environment_tag === 'default' && <StatusBadge kind="neutral">default</StatusBadge>}
						</th>
						<td>
							{model_config_id === null ? (
								'nothing'
							) : (
								<TextLink href={versionPath(projectId, model_config_id)}>{nameOf(model_config_id)}</TextLink>
							)}
						</td>
						<td>{last && <Time at={last.created_at} />}</td>
						<td>{last && keyLabel(last.actor_name ?? '')}</td>
						<td data-figure>
							<Button
								size="compact-sm"
								variant="default"
								aria-label={`Deploy to ${environment_name}`}
								disabled={!permission.isAllowed}
								title={permission.reason}
								onClick={() => onDeploy(environment_id)}
							>
								Deploy…
							</Button>
						</td>
					</tr>
				);
			})}
		</DataTable>
	);
}
