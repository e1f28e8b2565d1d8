import { Button, Group, Modal, NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import type { Role } from '../../contract/keys.ts';
import { createKey, type NewKey as Made } from '../api/keys.ts';
import { NumberField } from '../shared/NumberField.tsx';
import { ErrorState } from '../shared/states.tsx';
import { ShownKey } from './ShownKey.tsx';

const roles: Record<Role, string> = {
	read: 'read: sees everything except keys and budgets',
	run: 'run: also runs prompts and rates logs (for n8n)',
	edit: 'edit: also saves versions and creates projects',
	deploy: 'deploy: also deploys versions',
	admin: 'admin: everything, including keys',
};

function Form({ onMade, onClose }: { onMade: (key: Made) => void; onClose: () => void }) {
	const [name, setName] = useState('');
	const [role, setRole] = useState<Role>('run');
	const [limit, setLimit] = useState<number>();
	const [expires, setExpires] = useState('');
	const queryClient = useQueryClient();
	const { mutate, isPending, error } = useMutation({
		mutationFn: createKey,
		onSuccess: async (key) => {
			onMade(key);
			await queryClient.invalidateQueries({ queryKey: ['keys'] });
		},
	});
	return (
		<form
			onSubmit={(event) => {
				event.preventDefault();
				mutate({
					name: name.trim(),
					role,
					...(limit === undefined ? {} : { requests_per_minute: limit }),
					...(expires === '' ? {} : { expires_at: expires }),
				});
			}}
		>
			<TextInput
				label="Name"
				description="Who or what uses the key, such as Ada or n8n production."
				data-autofocus
				required
				value={name}
				onChange={(event) => setName(event.currentTarget.value)}
			/>
			<NativeSelect
				label="Role"
				mt="md"
				value={role}
				data={Object.entries(roles).map(([value, label]) => ({ value, label }))}
				onChange={(event) => setRole(event.currentTarget.value as Role)}
			/>
			<Group grow mt="md" align="flex-end">
				<NumberField
					label="Requests per minute"
					placeholder="no limit"
					min={1}
					max={1_000_000}
					step={1}
					value={limit}
					onChange={setLimit}
				/>
				<TextInput
					type="date"
					label="Expires"
					value={expires}
					onChange={(event) => setExpires(event.currentTarget.value)}
				/>
			</Group>
			{error && <ErrorState error={error} />}
			<Group justify="flex-end" mt="xl">
				<Button variant="default" onClick={onClose}>
					Cancel
				</Button>
				<Button type="submit" loading={isPending} disabled={name.trim() === ''}>
					Create the key
				</Button>
			</Group>
		</form>
	);
}

/** The button that makes an API key, its dialog, and the new key. */
export function NewKey() {
	const [isOpen, setOpen] = useState(false);
	const [made, setMade] = useState<Made>();
	const close = () => setOpen(false);
	return (
		<>
			<Button
				variant="default"
				onClick={() => {
					setMade(undefined);
					setOpen(true);
				}}
			>
				New key…
			</Button>
			<Modal
				opened={isOpen}
				onClose={close}
				title={made ? 'The new API key' : 'New API key'}
				closeButtonProps={{ 'aria-label': 'Close' }}
				// Neither a click beside the dialog nor Escape must lose the key.
				closeOnClickOutside={made === undefined}
				closeOnEscape={made === undefined}
			>
				{made ? <ShownKey of={made} onClose={close} /> : <Form onMade={setMade} onClose={close} />}
			</Modal>
		</>
	);
}
