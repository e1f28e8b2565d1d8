import { Alert, Button, Group, Modal, Select, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import type { EnvironmentConfigResponse } from '../../contract/environments.ts';
import type { ProjectConfigResponse } from '../../contract/modelConfigs.ts';
import { deploy, deploymentsQuery } from '../api/deployments.ts';
import { deployedQuery } from '../api/projects.ts';
import { isSaved } from '../prompt/draft.ts';
import { ErrorState } from '../shared/states.tsx';
import { useReturnFocus } from '../shared/useReturnFocus.ts';
import { VersionChanges } from '../shared/VersionChanges.tsx';
import classes from './Deployments.module.css';
import { showDeployed } from './notice.ts';
import { type NameOf, useRefresh } from './useDeployments.ts';
import { useRollBack } from './useRollBack.tsx';
import { WhoUses } from './WhoUses.tsx';

interface DeployDialogProps {
	projectId: string;
	environment: EnvironmentConfigResponse;
	/** Newest first. */
	versions: ProjectConfigResponse[];
	/** The version that is chosen. */
	versionId: string | undefined;
	nameOf: NameOf;
	onChoose: (versionId: string | undefined) => void;
	onClose: () => void;
}

/** Asks which version to deploy, and shows what that changes and for whom. */
export function DeployDialog(props: DeployDialogProps) {
	useReturnFocus();
	const { projectId, environment, versions, versionId, nameOf, onChoose, onClose } = props;
	const { environment_id: environmentId, environment_name: name, model_config_id: current } = environment;
	// What the dialog has shown as deployed. If another person deploys meanwhile, that is said before anything happens.
	const [seen, setSeen] = useState(current);
	const queryClient = useQueryClient();
	const refresh = useRefresh(projectId);
	const { mutate: undo } = useRollBack(projectId);
	const configOf = (id: string | null | undefined) => versions.find(({ config }) => config.id === id)?.config;
	// What was only tried can be deployed once it is saved. A program may have deployed it all the same.
	const offered = versions.filter(({ config }) => isSaved(config) || config.id === current);
	const chosen = offered.find(({ config }) => config.id === versionId)?.config;

	const { mutate, isPending, error } = useMutation({
		mutationFn: async (id: string) => {
			const now = await queryClient.fetchQuery({ ...deployedQuery(projectId), staleTime: 0 });
			const deployed = now.find((one) => one.environment_id === environmentId)?.model_config_id ?? null;
			if (deployed !== seen) return undefined;
			await deploy(projectId, id, environmentId);
			const latest = deploymentsQuery(projectId, { environment_id: environmentId, size: 1 });
			return (await queryClient.fetchQuery({ ...latest, staleTime: 0 })).records[0];
		},
		onSuccess: async (deployment) => {
			if (deployment === undefined) return;
			onClose();
			await refresh();
			const { config_id, replaced_config_id: replaced } = deployment;
			const undoing = { deployment, what: nameOf(replaced ?? config_id) };
			showDeployed(projectId, environmentId, {
				title: `${nameOf(config_id)} is deployed to ${name}`,
				autoClose: 15_000,
				message: (
					<Group gap="xs">
						{replaced === null ? 'Nothing was deployed there before.' : `It replaced ${nameOf(replaced)}.`}
						<Button size="compact-sm" variant="default" onClick={() => undo(undoing)}>
							Undo
						</Button>
					</Group>
				),
			});
		},
	});

	const hasChanged = current !== seen;
	return (
		<Modal opened onClose={onClose} title={`Deploy to ${name}`} size="xl" closeButtonProps={{ 'aria-label': 'Close' }}>
			<Select
				label="Version"
				placeholder="Choose a version"
				searchable
				nothingFoundMessage="No versions match"
				value={chosen?.id ?? null}
				onChange={(id) => onChoose(id ?? undefined)}
				data={offered.map(({ config }) => ({
					value: config.id,
					label: config.id === current ? `${nameOf(config.id)} (deployed)` : nameOf(config.id),
					disabled: config.id === current,
				}))}
			/>
			{hasChanged && (
				<Alert color="yellow" mt="md" title="Somebody has deployed meanwhile" role="alert">
					{nameOf(current)} is deployed to {name} now. Look at what changes, and decide again.
				</Alert>
			)}
			{chosen && (
				<>
					<Title order={3} className={classes.dialogHeading}>
						{current === null ? 'What is deployed' : `What changes from ${nameOf(current)}`}
					</Title>
					<VersionChanges before={configOf(current)} after={chosen} />
					<Title order={3} className={classes.dialogHeading}>
						Who uses {name}
					</Title>
					<WhoUses projectId={projectId} environment={name} />
				</>
			)}
			{error && <ErrorState error={error} />}
			<Group justify="flex-end" className={classes.dialogButtons}>
				<Button variant="default" onClick={onClose}>
					Cancel
				</Button>
				<Button
					disabled={!chosen || chosen.id === current}
					loading={isPending}
					onClick={() => (hasChanged ? setSeen(current) : chosen && mutate(chosen.id))}
				>
					{hasChanged ? 'I have looked at it' : 'Deploy'}
				</Button>
			</Group>
		</Modal>
	);
}
