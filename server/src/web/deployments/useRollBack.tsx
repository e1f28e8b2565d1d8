import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';

import type { DeploymentResponse } from '../../contract/environments.ts';
import { deploymentsQuery, removeDeployed, rollBack } from '../api/deployments.ts';
import { errorText } from '../shared/states.tsx';
import { showDeployed } from './notice.ts';
import { useRefresh } from './useDeployments.ts';

interface Undoing {
	deployment: DeploymentResponse;
	/** The name of the version that is deployed again. If the deployment replaced nothing: of the one that is removed. */
	what: string;
}

/** One click that takes a deployment back: it deploys again what was replaced, or removes what was deployed first. */
export function useRollBack(projectId: string) {
	const refresh = useRefresh(projectId);
	const queryClient = useQueryClient();
	/** Removes what was deployed, and nothing that was deployed after it. */
	const removeIfLatest = async ({ id, environment_id, environment_name }: DeploymentResponse) => {
		const latest = deploymentsQuery(projectId, { environment_id, size: 1 });
		const { records } = await queryClient.fetchQuery({ ...latest, staleTime: 0 });
		if (records[0]?.id !== id) throw new Error(`Somebody has deployed to ${environment_name} meanwhile.`);
		await removeDeployed(projectId, environment_id);
	};
	return useMutation({
		mutationFn: async ({ deployment }: Undoing) => {
			if (deployment.replaced_config_id === null) await removeIfLatest(deployment);
			else await rollBack(projectId, deployment.id);
		},
		onSuccess: async (_, { deployment: { environment_id, environment_name, replaced_config_id }, what }) => {
			await refresh();
			showDeployed(
				projectId,
				environment_id,
				replaced_config_id === null
					? { title: 'Removed', message: `${what} is no longer deployed to ${environment_name}.` }
					: { title: 'Rolled back', message: `${what} is deployed again.` },
			);
		},
		onError: (error) => notifications.show({ color: 'red', title: 'Not rolled back', message: errorText(error) }),
	});
}
