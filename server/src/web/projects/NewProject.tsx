import { Button, Group, Modal, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';

import { createProject } from '../api/projects.ts';
import { projectPath } from '../shared/names.ts';
import { PermissionButton } from '../shared/PermissionButton.tsx';

/** The button that makes a project, and its dialog. */
export function NewProject() {
	const [isOpen, { open, close }] = useDisclosure();
	const [name, setName] = useState('');
	const [, navigate] = useLocation();
	const queryClient = useQueryClient();
	const { mutate, isPending, error, reset } = useMutation({
		mutationFn: createProject,
		onSuccess: async ({ id }) => {
			await queryClient.invalidateQueries({ queryKey: ['projects'] });
			navigate(projectPath(id));
		},
	});
	return (
		<>
			<PermissionButton role="edit" variant="default" onClick={open}>
				New project
			</PermissionButton>
			<Modal opened={isOpen} onClose={close} onExitTransitionEnd={reset} title="New project">
				<form
					onSubmit={(event) => {
						event.preventDefault();
						mutate(name.trim());
					}}
				>
					<TextInput
						label="Name"
						description="A project holds the versions of one prompt. Use slashes to group projects, as in support/triage."
						data-autofocus
						required
						value={name}
						error={error?.message}
						onChange={(event) => setName(event.currentTarget.value)}
					/>
					<Group justify="flex-end" mt="lg">
						<Button variant="default" onClick={close}>
							Cancel
						</Button>
						<Button type="submit" loading={isPending} disabled={name.trim() === ''}>
							Create the project
						</Button>
					</Group>
				</form>
			</Modal>
		</>
	);
}
