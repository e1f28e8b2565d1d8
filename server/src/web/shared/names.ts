import type { ModelConfigResponse } from '../../contract/modelConfigs.ts';

type Named = Pick<ModelConfigResponse, 'id' | 'name'>;

/** What people call a version of a prompt: its name; if it has none, the end of its ID. */
export function versionName({ id, name }: Named): string {
	return name === null || name === '' ? `version ${id.slice(-6)}` : name;
}

export const projectPath = (id: string) => `/projects/${encodeURIComponent(id)}`;
export const versionPath = (projectId: string, configId: string) =>
	`${projectPath(projectId)}/versions/${encodeURIComponent(configId)}`;
export const comparePath = (projectId: string, left: string, right: string) =>
	`${projectPath(projectId)}/compare?${new URLSearchParams({ left, right }).toString()}`;
export const deploymentsPath = (projectId: string) => `${projectPath(projectId)}/deployments`;
export const logPath = (id: string) => `/logs/${encodeURIComponent(id)}`;
export const sessionPath = (id: string) => `/sessions/${encodeURIComponent(id)}`;
/** The logs of a project, and whatever else the list can be filtered by. */
export const logsPath = (filters: Record<string, string>) => `/logs?${new URLSearchParams(filters).toString()}`;
/** The usage of a project: `days` back from today. */
export const usagePath = (filters: { project: string; days: '7' | '30' | '90' }) =>
	`/usage?${new URLSearchParams(filters).toString()}`;
