import { setTimeout as sleep } from 'node:timers/promises';
import axios, { type AxiosInstance } from 'axios';
import type { IRun } from 'n8n-workflow';

import { patience } from './check.ts';

/** What n8n's public API says of one execution. */
export interface Execution extends Pick<IRun, 'data'> {
	id: string;
	status: string;
	workflowId: string;
}

/** A running n8n, asked as its owner. */
export interface N8nApi {
	/** The API of the editor. */
	rest: AxiosInstance;
	/** The owner's mail and password, for a browser. */
	owner: { email: string; password: string };
	/** Publishes a workflow and waits until its webhooks answer. */
	activate(id: string, ...webhookPaths: string[]): Promise<void>;
	/** The newest execution of a workflow, with its data, once it has ended; one that was not returned before. */
	lastExecution(workflowId: string): Promise<Execution>;
	/** Cancels the execution of a workflow that is running, as the editor's button does. */
	stopRunning(workflowId: string): Promise<void>;
}

const owner = { email: 'owner@n8n.example', password: 'Only-4-tests' };

/**
 * Sets up the owner of a new n8n.
 *
 * @param url n8n's address
 */
export async function openN8nApi(url: string): Promise<N8nApi> {
	return await apiOf(url, '/rest/owner/setup', { ...owner, firstName: 'First', lastName: 'Owner' });
}

/** Signs in as the owner that openN8nApi() has set up in an earlier run. */
export async function signIn(url: string): Promise<N8nApi> {
	return await apiOf(url, '/rest/login', { emailOrLdapLoginId: owner.email, password: owner.password });
}

async function apiOf(url: string, path: string, body: object): Promise<N8nApi> {
	const anonymous = axios.create({ baseURL: url, timeout: patience });
	const entered = await anonymous.post(path, body);
	const cookie = (entered.headers['set-cookie'] ?? []).map((text) => text.split(';')[0]).join('; ');
	const rest = axios.create({ baseURL: `${url}/rest`, headers: { cookie }, timeout: patience });

	const { data: created } = await rest.post<{ data: { rawApiKey: string } }>('/api-keys', {
		label: `e2e ${Date.now()}`,
		expiresAt: null,
		scopes: ['workflow:activate', 'execution:list', 'execution:read'],
	});
	const api = axios.create({
		baseURL: `${url}/api/v1`,
		headers: { 'X-N8N-API-KEY': created.data.rawApiKey },
		timeout: patience,
	});

	/** n8n knows a path when it complains about the method alone. */
	async function isRegistered(path: string): Promise<boolean> {
		const { data } = await anonymous.delete<{ message?: string }>(`/webhook/${path}`, { validateStatus: () => true });
		return /not registered for DELETE requests/.test(data.message ?? '');
	}

	const returned = new Set<string>();

	return {
		rest,
		owner,
		async activate(id, ...webhookPaths) {
			const { status, data } = await api.post<unknown>(`/workflows/${id}/activate`, {}, { validateStatus: () => true });
			if (status !== 200) throw new Error(`n8n does not activate the workflow ${id}: ${JSON.stringify(data)}`);
			const deadline = Date.now() + patience;
			for (const path of webhookPaths) {
				while (!(await isRegistered(path))) {
					if (Date.now() > deadline)
						throw new Error(`n8n has not registered the webhook ${path} of the workflow ${id}`);
					await sleep(100);
				}
			}
		},
		async lastExecution(workflowId) {
			const deadline = Date.now() + patience;
			for (;;) {
				const { data } = await api.get<{ data: Execution[] }>('/executions', {
					params: { workflowId, includeData: true, limit: 1 },
				});
				const [execution] = data.data;
				// n8n answers the webhook's caller before the execution is stored.
				if (execution && !['new', 'running', 'waiting'].includes(execution.status) && !returned.has(execution.id)) {
					returned.add(execution.id);
					return execution;
				}
				if (Date.now() > deadline)
					throw new Error(`n8n has stored no new execution that has ended of the workflow ${workflowId}`);
				await sleep(100);
			}
		},
		async stopRunning(workflowId) {
			const { data } = await api.get<{ data: Execution[] }>('/executions', {
				params: { workflowId, status: 'running' },
			});
			if (data.data.length !== 1)
				throw new Error(`${data.data.length} executions of the workflow ${workflowId} are running`);
			await rest.post(`/executions/${data.data[0]!.id}/stop`);
		},
	};
}
