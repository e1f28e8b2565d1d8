import { useQueryClient } from '@tanstack/react-query';

import type { ProjectConfigResponse } from '../../contract/modelConfigs.ts';
import { versionName } from '../shared/names.ts';

/** What a version is called, from its ID. A version that was deleted has no name. */
export type NameOf = (configId: string | null) => string;

export function namesOf(versions: ProjectConfigResponse[]): NameOf {
	const names = new Map(versions.map(({ config }) => [config.id, versionName(config)]));
	return (configId) => {
		if (configId === null) return 'nothing';
		return names.get(configId) ?? versionName({ id: configId, name: null });
	};
}

/** Reads again what a deployment changes. */
export function useRefresh(projectId: string): () => Promise<void> {
	const queryClient = useQueryClient();
	return async () => {
		await Promise.all([
			queryClient.invalidateQueries({ queryKey: ['project', projectId] }),
			queryClient.invalidateQueries({ queryKey: ['projects'] }),
		]);
	};
}
