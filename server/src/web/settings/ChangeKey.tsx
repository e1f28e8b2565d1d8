import { Button, Group, Modal, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { type Key, type NewKey, revokeKey, rotateKey } from '../api/keys.ts';
import { ErrorState } from '../shared/states.tsx';
import { useReturnFocus } from '../shared/useReturnFocus.ts';
import { ShownKey } from './ShownKey.tsx';

const words = {
	rotate: {
		title: 'Rotate',
		text: 'A new key replaces this one. Both work for seven days, so that you can change it wherever it is used.',
		button: 'Create the new key',
	},
	revoke: {
		title: 'Revoke',
		text: 'The server refuses the key within a second, and whatever uses it stops working. You cannot undo this.',
		button: 'Revoke the key',
	},
} as const;

export type KeyChange = keyof typeof words;

interface ChangeKeyProps {
	of: Key;
	change: KeyChange;
	onClose: () => void;
}

/** Asks before a key is rotated or revoked, and shows the new one. */
export function ChangeKey({ of, change, onClose }: ChangeKeyProps) {
	useReturnFocus();
	const [made, setMade] = useState<NewKey>();
	const queryClient = useQueryClient();
	const { mutate, isPending, isSuccess, error } = useMutation({
		mutationFn: async () => (change === 'rotate' ? setMade(await rotateKey(of.id)) : void (await revokeKey(of.id))),
		onSuccess: () => queryClient.invalidateQueries({ queryKey: ['keys'] }),
	});
	const isDone = isSuccess && change === 'revoke';
	// Only once the list is drawn again: the button that opened the dialog is gone by then, so it does not get the focus.
	useEffect(() => {
		if (isDone) onClose();
	}, [isDone]);
	const { title, text, button } = words[change];
	return (
		<Modal
			opened
			onClose={onClose}
			title={made ? 'The new API key' : `${title} ${of.name}`}
			closeButtonProps={{ 'aria-label': 'Close' }}
			closeOnClickOutside={made === undefined}
			closeOnEscape={made === undefined}
		>
			{made ? (
				<ShownKey of={made} onClose={onClose} />
			) : (
				<>
					<Text>{text}</Text>
					{error && <ErrorState error={error} />}
					<Group justify="flex-end" mt="xl">
						<Button variant="default" onClick={onClose}>
							Cancel
						</Button>
						<Button {...(change === 'revoke' ? { color: 'red' } : {})} loading={isPending} onClick={() => mutate()}>
							{button}
						</Button>
					</Group>
				</>
			)}
		</Modal>
	);
}
