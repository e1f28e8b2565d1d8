import assert from 'node:assert/strict';
import axios, { type AxiosInstance } from 'axios';
import type { IDataObject } from 'n8n-workflow';

import type { ExportedWorkflow } from '../n8n/instance.ts';
import { check } from './check.ts';
import type { Environment } from './environment.ts';
import { automatic, webhookWorkflow } from './workflows.ts';

const project = 'e2e/deployments';
const workflowIds = { completion: 'e2eDeployedText1', chat: 'e2eDeployedChat1' } as const;

/** A prompt of each resource, in a project of its own. */
const projectOf = (resource: string) => `${project}/${resource}`;

/** Webhooks that answer with what is deployed: a completion, and a chat. */
export async function deploymentWorkflows(api: AxiosInstance): Promise<ExportedWorkflow[]> {
	await storeVersion(api, 'completion', 'First: {{name}}');
	await storeVersion(api, 'chat', 'First: {{name}}');
	return Object.entries(workflowIds).map(([resource, id]) =>
		webhookWorkflow({
			id,
			parameters: {
				resource,
				run: 'deployed',
				project: { __rl: true, mode: 'name', value: projectOf(resource) },
				inputs: automatic,
			},
		}),
	);
}

interface Version {
	projectId: string;
	configId: string;
}

export async function storeVersion(api: AxiosInstance, resource: string, template: string): Promise<Version> {
	const { data } = await api.post<{ project_id: string; config: { id: string } }>('/model-configs', {
		...{ project: projectOf(resource), provider: 'mock', model: 'mock-1' },
		...(resource === 'chat'
			? { endpoint: 'chat', chat_template: [{ role: 'user', content: template }] }
			: { prompt_template: template }),
	});
	return { projectId: data.project_id, configId: data.config.id };
}

export async function checkDeployments({ main, n8nApi, api }: Environment): Promise<void> {
	for (const [resource, id] of Object.entries(workflowIds)) {
		await check(`deployments: a webhook answers with what is deployed when it is called (${resource})`, async () => {
			await n8nApi.activate(id, id);
			const workflow = async () => (await n8nApi.rest.get<{ data: IDataObject }>(`/workflows/${id}`)).data.data;
			const before = await workflow();
			/** Which version answers an item, and with which inputs. */
			const answer = async (item: IDataObject) => {
				const { data } = await axios.post<[{ id: string }]>(`${main.url}/webhook/${id}`, { items: [item] });
				const { data: log } = await api.get<IDataObject>(`/logs/${data[0].id}`);
				return [log.config_id, log.inputs];
			};
			const item = { name: 'Zoë', tone: 'kind' };
			const first = await storeVersion(api, resource, 'First: {{name}}');
			assert.deepEqual(await answer(item), [first.configId, { name: 'Zoë' }]);

			const second = await storeVersion(api, resource, 'Second, in a {{tone}} tone: {{name}}');
			assert.deepEqual(await answer(item), [first.configId, { name: 'Zoë' }]);
			await api.patch(`/projects/${second.projectId}/deploy-config`, { config_id: second.configId });
			assert.deepEqual(await answer(item), [second.configId, item]);
			assert.deepEqual(await workflow(), before);
		});
	}
}
