import type { InlineModelConfig, ProjectConfigResponse } from '../../contract/modelConfigs.ts';
import { patch, post } from './client.ts';

/** Stores a version. If the project has an equal one already, returns that one, with the name that it has. */
export const createVersion = (projectId: string, config: InlineModelConfig) =>
	post<ProjectConfigResponse>('/model-configs', { project_id: projectId, ...config });

/** Changes the name and the note of a version. */
export const describeVersion = (id: string, changes: { name?: string; description?: string }) =>
	patch<ProjectConfigResponse>(`/model-configs/${encodeURIComponent(id)}`, changes);
