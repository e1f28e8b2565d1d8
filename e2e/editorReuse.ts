import assert from 'node:assert/strict';
import type { AxiosInstance } from 'axios';
import type { IDataObject } from 'n8n-workflow';

import type { ExportedWorkflow } from '../n8n/instance.ts';
import { check } from './check.ts';
import type { EditorPage } from './editorPage.ts';
import { credentialId, type Environment } from './environment.ts';
import { automatic } from './workflows.ts';

const workflowId = 'editorReuse00001';
const webhookId = 'reuse-by-webhook';
const node = 'Answer';
const topics = ['a late parcel', 'a refund'];

const nodeOf = (configId: string): IDataObject => ({
	id: 'answer',
	name: node,
	type: 'n8n-nodes-humanloop.humanloop',
	typeVersion: 1,
	position: [440, 0],
	parameters: {
		resource: 'completion',
		operation: 'create',
		modelConfig: { __rl: true, mode: 'id', value: configId },
		inputs: automatic,
		options: { reuseAnswers: 'manual' },
	},
	credentials: { humanloopApi: { id: credentialId, name: 'Humanloop' } },
});

/** Two items and a node that reuses answers in manual runs: behind a manual trigger, and behind a webhook. */
export async function reuseWorkflows(api: AxiosInstance): Promise<ExportedWorkflow[]> {
	const { data } = await api.post<{ config: { id: string } }>('/model-configs', {
		...{ project: 'e2e/reuse', provider: 'openai', model: 'gpt-6-luna', prompt_template: 'Once: {{topic}}' },
	});
	const items = {
		id: 'items',
		name: 'Items',
		type: 'n8n-nodes-base.code',
		typeVersion: 2,
		position: [220, 0],
		parameters: { jsCode: `return ${JSON.stringify(topics)}.map((topic) => ({ json: { topic } }));` },
	};
	const workflow = (id: string, trigger: IDataObject): ExportedWorkflow =>
		({
			id,
			name: id,
			nodes: [{ id: 'start', name: 'Start', position: [0, 0], ...trigger }, items, nodeOf(data.config.id)],
			connections: {
				Start: { main: [[{ node: 'Items', type: 'main', index: 0 }]] },
				Items: { main: [[{ node, type: 'main', index: 0 }]] },
			},
			settings: { executionOrder: 'v1' },
		}) as unknown as ExportedWorkflow;
	return [
		workflow(workflowId, { type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, parameters: {} }),
		workflow(webhookId, {
			type: 'n8n-nodes-base.webhook',
			typeVersion: 2.1,
			webhookId,
			parameters: { httpMethod: 'POST', path: webhookId, responseMode: 'lastNode', responseData: 'allEntries' },
		}),
	];
}

/** Clicks *Execute step* twice, and lets a webhook start the same calls. Ends with the node closed. */
export async function checkReuse(editor: EditorPage, environment: Environment): Promise<void> {
	const { main, model, modelHost, n8nApi } = environment;
	let answers = 0;
	model.onMessage(/^Once: /, async () => ({ content: `Answer number ${(answers += 1)}` }));
	const paid = () => modelHost.requests.filter(({ text }) => text.includes('Once: ')).length;
	const click = async () => {
		const { status, data } = await editor.executeStep(workflowId);
		assert.equal(status, 'success', data.resultData.error?.message);
		return data.resultData.runData[node]![0]!.data!.main![0]!.map(({ json }) => json);
	};

	await check('editor: Execute step clicked twice: the provider was called once per item', async () => {
		await editor.openWorkflow(workflowId);
		await editor.openNode(node);
		const first = await click();
		assert.deepEqual([first.map(({ reused }) => reused), paid()], [[false, false], 2]);
		const second = await click();
		assert.deepEqual([second.map(({ reused }) => reused), paid()], [[true, true], 2]);
		assert.deepEqual(
			second.map(({ output }) => output),
			first.map(({ output }) => output),
		);
		await editor.closeNode();
	});

	await check("a webhook that starts the same calls pays: the option says 'In Manual Runs'", async () => {
		await n8nApi.activate(webhookId, webhookId);
		const response = await fetch(`${main.url}/webhook/${webhookId}`, { method: 'POST' });
		const items = (await response.json()) as { reused: boolean }[];
		assert.deepEqual([items.map(({ reused }) => reused), paid()], [[false, false], 4]);
	});
}
