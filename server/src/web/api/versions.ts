import type { InlineModelConfig, ProjectConfigResponse } from '../../contract/modelConfigs.ts';
import { post } from './client.ts';

/**
 * Stores a version. If the project has an equal one already, returns that one, with the name that it has. A draft gets the
 * name and the description that are given.
 */
export const createVersion = (projectId: string, config: InlineModelConfig) =>
	post<ProjectConfigResponse>('/model-configs', { project_id: projectId, ...config });
