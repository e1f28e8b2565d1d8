import { Button, Group, Modal, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { createEnvironment } from '../api/environments.ts';
import { errorText } from '../shared/states.tsx';
import type { Permission } from '../shared/useRole.ts';

/** A button that makes an environment. */
export function NewEnvironment({ permission }: { permission: Permission }) {
	const [isOpen, setOpen] = useState(false);
	const [name, setName] = useState('');
	const queryClient = useQueryClient();
	const { mutate, isPending, error, reset } = useMutation({
		mutationFn: createEnvironment,
		onSuccess: async () => {
			close();
			await Promise.all([
				queryClient.invalidateQueries({ queryKey: ['environments'] }),
				queryClient.invalidateQueries({ queryKey: ['project'] }),
			]);
		},
	});
	const close = () => {
		setOpen(false);
		setName('');
		reset();
	};
	return (
		<>
			<Button
				variant="default"
				disabled={!permission.isAllowed}
				title={permission.reason}
				onClick={() => setOpen(true)}
			>
				New environment…
			</Button>
			<Modal opened={isOpen} onClose={close} title="New environment" closeButtonProps={{ 'aria-label': 'Close' }}>
				<form
					onSubmit={(event) => {
						event.preventDefault();
						mutate(name.trim());
					}}
				>
					<Text c="dimmed" size="sm" mb="md">
						All projects can deploy there. Calls name the environment that they run.
					</Text>
					<TextInput
						label="Name"
						data-autofocus
						value={name}
						error={error ? errorText(error) : undefined}
						onChange={(event) => setName(event.currentTarget.value)}
					/>
					<Group justify="flex-end" mt="xl">
						<Button variant="default" onClick={close}>
							Cancel
						</Button>
						<Button type="submit" loading={isPending} disabled={name.trim() === ''}>
							Create
						</Button>
					</Group>
				</form>
			</Modal>
		</>
	);
}
