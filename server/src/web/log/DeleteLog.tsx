import { Button, Group, Modal, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import Trash from 'lucide-react/icons/trash';
import { useState } from 'react';
import { useLocation } from 'wouter';

import { deleteLog } from '../api/logs.ts';
import { PermissionButton } from '../shared/PermissionButton.tsx';
import { ErrorState } from '../shared/states.tsx';

/** Deletes a log, after a question, and goes to the list. */
export function DeleteLog({ logId, listPath }: { logId: string; listPath: string }) {
	const [isOpen, setOpen] = useState(false);
	const [, navigate] = useLocation();
	const queryClient = useQueryClient();
	const { mutate, isPending, error } = useMutation({
		mutationFn: () => deleteLog(logId),
		onSuccess: () => {
			navigate(listPath);
			queryClient.removeQueries({ queryKey: ['logRows'] });
			queryClient.removeQueries({ queryKey: ['log', logId] });
			notifications.show({ message: 'Log deleted' });
		},
	});
	return (
		<>
			<PermissionButton
				role="edit"
				variant="default"
				leftSection={<Trash size={16} aria-hidden />}
				onClick={() => setOpen(true)}
			>
				Delete…
			</PermissionButton>
			<Modal
				opened={isOpen}
				onClose={() => setOpen(false)}
				title="Delete this log?"
				closeButtonProps={{ 'aria-label': 'Close' }}
			>
				<Text>
					This deletes the log, its feedback, and the response that the server has saved for repeated calls. Logs that
					have it as their parent stay. You cannot undo this.
				</Text>
				{error && <ErrorState error={error} />}
				<Group justify="flex-end" mt="xl">
					<Button variant="default" data-autofocus onClick={() => setOpen(false)}>
						Cancel
					</Button>
					<Button color="red" loading={isPending} onClick={() => mutate()}>
						Delete
					</Button>
				</Group>
			</Modal>
		</>
	);
}
