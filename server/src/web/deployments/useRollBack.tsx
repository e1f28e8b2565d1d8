import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';

import { rollBack } from '../api/deployments.ts';
import { errorText } from '../shared/states.tsx';
import { useRefresh } from './useDeployments.ts';

/** One click that deploys again what a deployment replaced. */
export function useRollBack(projectId: string) {
	const refresh = useRefresh(projectId);
	return useMutation({
		mutationFn: ({ id }: { id: string; what: string }) => rollBack(projectId, id),
		onSuccess: async (_, { what }) => {
			await refresh();
			notifications.show({ title: 'Rolled back', message: `${what} is deployed again.` });
		},
		onError: (error) => notifications.show({ color: 'red', title: 'Not rolled back', message: errorText(error) }),
	});
}
