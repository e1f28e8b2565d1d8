import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import type { EnvironmentConfigResponse } from '../../contract/environments.ts';
import type { ProjectConfigResponse } from '../../contract/modelConfigs.ts';
import type { ProjectResponse } from '../../contract/projects.ts';
import { get, post, type Paged } from './client.ts';

export interface ProjectsFilter {
	/** Part of the name, in any case. */
	filter?: string;
	page?: number;
	size?: number;
	sort_by?: 'created_at' | 'updated_at' | 'name';
	order?: 'asc' | 'desc';
}

export const projectsQuery = (filter: ProjectsFilter) =>
	queryOptions({
		queryKey: ['projects', filter],
		queryFn: ({ signal }) => get<Paged<ProjectResponse>>('/projects', { ...filter }, signal),
		placeholderData: keepPreviousData,
	});

export const projectQuery = (id: string) =>
	queryOptions({
		queryKey: ['project', id],
		queryFn: ({ signal }) => get<ProjectResponse>(`/projects/${encodeURIComponent(id)}`, undefined, signal),
	});

/** All versions of a project's prompt, newest first. */
export const versionsQuery = (projectId: string) =>
	queryOptions({
		queryKey: ['project', projectId, 'versions'],
		queryFn: async ({ signal }) => {
			const path = `/projects/${encodeURIComponent(projectId)}/configs`;
			const versions = await get<ProjectConfigResponse[]>(path, undefined, signal);
			return versions.toSorted((a, b) => b.created_at.localeCompare(a.created_at));
		},
	});

/** Every environment, and the version that is deployed there, if any. */
export const deployedQuery = (projectId: string) =>
	queryOptions({
		queryKey: ['project', projectId, 'deployed'],
		queryFn: ({ signal }) =>
			get<EnvironmentConfigResponse[]>(
				`/projects/${encodeURIComponent(projectId)}/deployed-configs`,
				undefined,
				signal,
			),
	});

export const createProject = (name: string) => post<ProjectResponse>('/projects', { name });
