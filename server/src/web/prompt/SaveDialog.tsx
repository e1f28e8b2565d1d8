import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';

import type { EnvironmentConfigResponse } from '../../contract/environments.ts';
import type { ProjectConfigResponse } from '../../contract/modelConfigs.ts';
import { deployedQuery, versionsQuery } from '../api/projects.ts';
import { createVersion } from '../api/versions.ts';
import { comparePath, versionName, versionPath } from '../shared/names.ts';
import { ErrorState } from '../shared/states.tsx';
import { TextLink } from '../shared/TextLink.tsx';
import { Time } from '../shared/Time.tsx';
import { useReturnFocus } from '../shared/useReturnFocus.ts';
import { isSaved, versionStem, type Draft } from './draft.ts';
import { nextName } from './nextName.ts';

interface SaveDialogProps {
	projectId: string;
	/** The version that the draft is based on. null: a new prompt. */
	base: ProjectConfigResponse | null;
	draft: Draft;
	/** The newest version when somebody began to edit. */
	newest: string | null;
	/** All saved versions, newest first. */
	versions: ProjectConfigResponse[];
	onClose: () => void;
	/** Is told which version it has become. */
	onSaved: (configId: string) => void;
}

/** Somebody else's version that is newer than the draft. */
function Newer({
	version,
	projectId,
	base,
}: {
	version: ProjectConfigResponse;
	projectId: string;
	base: SaveDialogProps['base'];
}) {
	return (
		<div role="alert">
			<Text fw={600} c="var(--warn)">
				There is a newer version
			</Text>
			<Text>
				{versionName(version.config)} was saved <Time at={version.created_at} />, after you began to edit. Your version
				does not have its changes. Both are kept.{' '}
				{base && (
					<TextLink href={comparePath(projectId, base.config.id, version.config.id)}>See what it changes</TextLink>
				)}
			</Text>
		</div>
	);
}

/** Where a version runs that was just saved. The server deploys the first version of a project. */
function whereItRuns(id: string, deployed: EnvironmentConfigResponse[] | undefined): string {
	// It is saved, but the server did not say where it runs.
	if (deployed === undefined) return '';
	const names = deployed.filter(({ model_config_id }) => model_config_id === id).map((one) => one.environment_name);
	if (names.length === 0) return 'It runs nowhere until you deploy it.';
	return `The first version of a project is deployed at once. This one runs in ${names.join(', ')}.`;
}

/** Saves a draft as a new version. Asks first if somebody else has saved one meanwhile. */
export function SaveDialog({ projectId, base, draft, newest, versions, onClose, onSaved }: SaveDialogProps) {
	useReturnFocus();
	const [name, setName] = useState(() =>
		nextName(
			base ? versionStem(base.config.name) : null,
			versions.map(({ config }) => config.name),
		),
	);
	const [note, setNote] = useState('');
	const [newer, setNewer] = useState<ProjectConfigResponse>();
	const [, navigate] = useLocation();
	const queryClient = useQueryClient();
	const save = useMutation({
		mutationFn: async () => {
			const current = await queryClient.fetchQuery({ ...versionsQuery(projectId), staleTime: 0 });
			const latest = current.find(({ config }) => isSaved(config));
			if (latest && latest.config.id !== newest && newer?.config.id !== latest.config.id) {
				setNewer(latest);
				return undefined;
			}
			const given = { name: name.trim(), description: note.trim() };
			return createVersion(projectId, { ...draft, ...given });
		},
		onSuccess: async (stored) => {
			if (stored === undefined) return;
			onSaved(stored.config.id);
			await queryClient.invalidateQueries({ queryKey: ['project', projectId] });
			const isNew = stored.config.name === name.trim();
			const deployed = await queryClient
				.fetchQuery({ ...deployedQuery(projectId), staleTime: 0 })
				.catch(() => undefined);
			notifications.show({
				title: isNew ? `Saved as ${stored.config.name}` : `This is ${versionName(stored.config)} already`,
				message: isNew
					? whereItRuns(stored.config.id, deployed)
					: 'A version with the same text and parameters was there.',
			});
			navigate(versionPath(projectId, stored.config.id));
		},
	});
	return (
		<Modal
			opened
			onClose={onClose}
			title="Save as a new version"
			size="lg"
			closeButtonProps={{ 'aria-label': 'Close' }}
		>
			<form
				onSubmit={(event) => {
					event.preventDefault();
					save.mutate();
				}}
			>
				<Stack gap="md">
					<TextInput
						label="Name"
						required
						data-autofocus
						value={name}
						onChange={(event) => setName(event.currentTarget.value)}
					/>
					<Textarea
						label="Note"
						description="What has changed, and why."
						autosize
						minRows={2}
						maxRows={8}
						value={note}
						onChange={(event) => setNote(event.currentTarget.value)}
					/>
					{newer && <Newer version={newer} projectId={projectId} base={base} />}
					{save.error && <ErrorState error={save.error} />}
					<Group justify="flex-end">
						<Button variant="default" onClick={onClose}>
							Cancel
						</Button>
						<Button type="submit" loading={save.isPending} disabled={name.trim() === ''}>
							{newer ? 'Save nevertheless' : 'Save'}
						</Button>
					</Group>
				</Stack>
			</form>
		</Modal>
	);
}
