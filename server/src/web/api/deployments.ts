import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import type { DeploymentResponse, EnvironmentConfigResponse } from '../../contract/environments.ts';
import { get, type Paged, patch, post, remove } from './client.ts';

const pathOf = (projectId: string) => `/projects/${encodeURIComponent(projectId)}`;

/** What was deployed in a project, newest first. With an environment's ID, only there. */
export const deploymentsQuery = (projectId: string, filter: { environment_id?: string; page?: number; size: number }) =>
	queryOptions({
		queryKey: ['project', projectId, 'deployments', filter],
		queryFn: ({ signal }) => get<Paged<DeploymentResponse>>(`${pathOf(projectId)}/deployments`, { ...filter }, signal),
		placeholderData: keepPreviousData,
	});

/** Deploys a version in an environment. */
export const deploy = (projectId: string, configId: string, environmentId: string) =>
	patch<EnvironmentConfigResponse[]>(`${pathOf(projectId)}/deploy-config`, {
		config_id: configId,
		environments: [{ id: environmentId }],
	});

/** Deploys again what a deployment replaced. */
export const rollBack = (projectId: string, deploymentId: string) =>
	post<EnvironmentConfigResponse[]>(`${pathOf(projectId)}/deployments/${encodeURIComponent(deploymentId)}/rollback`);

/** Removes what is deployed in an environment. */
export const removeDeployed = (projectId: string, environmentId: string) =>
	remove<EnvironmentConfigResponse[]>(`${pathOf(projectId)}/deployed-config/${encodeURIComponent(environmentId)}`);
