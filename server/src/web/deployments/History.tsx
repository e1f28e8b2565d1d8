import { Button, Group, Modal, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { DeploymentResponse, EnvironmentConfigResponse } from '../../contract/environments.ts';
import { deploymentsQuery } from '../api/deployments.ts';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { keyLabel } from '../shared/keyLabel.ts';
import { Empty, ErrorState, Loading } from '../shared/states.tsx';
import { Time } from '../shared/Time.tsx';
import type { Permission } from '../shared/useRole.ts';
import type { NameOf } from './useDeployments.ts';
import { useRollBack } from './useRollBack.tsx';

interface HistoryProps {
	projectId: string;
	environments: EnvironmentConfigResponse[];
	nameOf: NameOf;
	permission: Permission;
	/** How many deployments are shown. */
	size: number;
	onMore: () => void;
}

function whatHappened({ config_id, replaced_config_id, rollback_of }: DeploymentResponse, nameOf: NameOf): string {
	if (config_id === null) return `${nameOf(replaced_config_id)} was removed`;
	const text =
		replaced_config_id === null
			? `${nameOf(config_id)} was deployed`
			: `${nameOf(config_id)} replaced ${nameOf(replaced_config_id)}`;
	return rollback_of === null ? text : `${text} (rolled back)`;
}

const columns: Column[] = [
	{ name: 'When' },
	{ name: 'Environment' },
	{ name: 'What' },
	{ name: 'By API key' },
	{ name: 'Change', kind: 'buttons' },
];

interface RemoveDialogProps {
	isOpen: boolean;
	/** What is removed from where. */
	what: string;
	environment: string;
	onRemove: () => void;
	onClose: () => void;
}

/** Nothing takes the place of what is removed, so this is asked first. */
function RemoveDialog({ isOpen, what, environment, onRemove, onClose }: RemoveDialogProps) {
	return (
		<Modal
			opened={isOpen}
			onClose={onClose}
			title={`Remove ${what} from ${environment}?`}
			closeButtonProps={{ 'aria-label': 'Close' }}
		>
			<Text>After that, nothing is deployed to {environment}, and calls that run what is deployed there fail.</Text>
			<Group justify="flex-end" mt="lg">
				<Button variant="default" onClick={onClose} data-autofocus>
					Cancel
				</Button>
				<Button color="red" onClick={onRemove}>
					Remove
				</Button>
			</Group>
		</Modal>
	);
}

/** What was deployed, newest first, each with a button that takes it back. */
export function History({ projectId, environments, nameOf, permission, size, onMore }: HistoryProps) {
	const { data, error, refetch } = useQuery(deploymentsQuery(projectId, { size }));
	const { mutate, isPending } = useRollBack(projectId);
	const [isOpen, setOpen] = useState(false);
	const [removing, setRemoving] = useState<DeploymentResponse>();
	if (error) return <ErrorState error={error} retry={refetch} />;
	if (!data) return <Loading rows={4} />;
	if (data.records.length === 0) return <Empty>Nothing has been deployed in this project.</Empty>;
	const latest = Map.groupBy(data.records, ({ environment_id }) => environment_id);
	const deployed = new Map(
		environments.map(({ environment_id, model_config_id }) => [environment_id, model_config_id]),
	);
	return (
		<>
			<DataTable label="History" columns={columns}>
				{data.records.map((deployment) => {
					const { id, environment_id, environment_name, config_id, replaced_config_id, actor_name, created_at } =
						deployment;
					const what = nameOf(replaced_config_id ?? config_id);
					// What is deployed already cannot be deployed again, and an environment can have been deleted.
					const canRollBack =
						replaced_config_id !== null &&
						deployed.has(environment_id) &&
						deployed.get(environment_id) !== replaced_config_id;
					// Without what is deployed by default, most calls of a program fail. The API can remove it.
					const canRemove =
						replaced_config_id === null &&
						config_id !== null &&
						latest.get(environment_id)?.[0]?.id === id &&
						environments.some((one) => one.environment_id === environment_id && one.environment_tag !== 'default');
					return (
						<tr key={id}>
							<td>
								<Time at={created_at} />
							</td>
							<td>{environment_name}</td>
							<td>{whatHappened(deployment, nameOf)}</td>
							<td>{keyLabel(actor_name ?? '')}</td>
							<td data-figure>
								{(canRollBack || canRemove) && (
									<Button
										size="compact-sm"
										variant="default"
										disabled={!permission.isAllowed || isPending}
										title={
											permission.reason ??
											(canRemove
												? `Nothing is deployed to ${environment_name} then`
												: `Deploys ${what} to ${environment_name} again`)
										}
										aria-label={
											canRemove
												? `Remove ${what} from ${environment_name}`
												: `Roll back to ${what} in ${environment_name}`
										}
										onClick={() => {
											if (!canRemove) return mutate({ deployment, what });
											setRemoving(deployment);
											return setOpen(true);
										}}
									>
										{canRemove ? 'Remove' : 'Roll back'}
									</Button>
								)}
							</td>
						</tr>
					);
				})}
			</DataTable>
			{/* It is there before it opens: so it knows where the focus was, and returns it. */}
			<RemoveDialog
				isOpen={isOpen}
				what={nameOf(removing?.config_id ?? null)}
				environment={removing?.environment_name ?? ''}
				onClose={() => setOpen(false)}
				onRemove={() => {
					if (removing) mutate({ deployment: removing, what: nameOf(removing.config_id) });
					setOpen(false);
				}}
			/>
			{data.total > data.records.length && (
				<Button variant="default" mt="md" onClick={onMore}>
					Show more
				</Button>
			)}
		</>
	);
}
