import assert from 'node:assert/strict';
import type { IDataObject } from 'n8n-workflow';

import type { ExportedWorkflow } from '../n8n/instance.ts';
import { check } from './check.ts';
import type { EditorPage } from './editorPage.ts';
import { credentialId, type Environment } from './environment.ts';

const workflowId = 'editorDeployed01';
const node = 'Answer';
const project = 'e2e/deployed form';

/** A trigger and a new node. */
export function deployedFormWorkflow(): ExportedWorkflow {
	return {
		id: workflowId,
		name: 'Run what is deployed',
		nodes: [
			{
				id: 'trigger',
				name: 'Start',
				type: 'n8n-nodes-base.manualTrigger',
				typeVersion: 1,
				position: [0, 0],
				parameters: {},
			},
			{
				id: 'answer',
				name: node,
				type: 'n8n-nodes-humanloop.humanloop',
				typeVersion: 1,
				position: [220, 0],
				parameters: { resource: 'completion', operation: 'create' },
				credentials: { humanloopApi: { id: credentialId, name: 'Humanloop' } },
			},
		],
		connections: { Start: { main: [[{ node, type: 'main', index: 0 }]] } },
	};
}

/** A person sets up a node that runs what is deployed. Ends with the node closed. */
export async function checkDeployedForm(editor: EditorPage, { api }: Environment): Promise<void> {
	const { page } = editor;
	const store = async (prompt_template: string) =>
		(
			await api.post<{ project_id: string; config: { id: string } }>('/model-configs', {
				...{ project, provider: 'mock', model: 'mock-1', prompt_template },
			})
		).data;
	const { project_id: projectId } = await store('Write to {{name}}.');
	const second = await store('Write to {{name}} in a {{tone}} tone.');
	const { data: staging } = await api.post<{ id: string }>('/environments', { name: 'e2e staging' });

	const input = (name: string) => page.locator(`[data-test-id="parameter-input-${name}"]`);
	const notice = (text: string) => page.locator('[data-test-id="ndv"]').getByText(text).first();
	const choose = async (field: string, option: RegExp) => {
		await input(field).locator('input').click();
		await page.locator('.el-select-dropdown__item:visible').filter({ hasText: option }).first().click();
	};
	const mappedValue = (parameters: Record<string, unknown>) =>
		(parameters.inputs as { value?: IDataObject } | undefined)?.value;

	await editor.openWorkflow(workflowId);
	await editor.openNode(node);

	await check('editor: without a model config, the inputs say what to do', async () => {
		await notice('Choose what to run to see the variables').waitFor();
		// The editor's own error, which stands at the mapping mode.
		assert.equal(
			await page
				.locator('[data-test-id="mapping-mode-select"]')
				.getByText(/^No inputs/)
				.count(),
			0,
		);
	});

	await check('editor: a deployed version needs a project, and the inputs say so', async () => {
		await choose('run', /Deployed Version/);
		await page.locator('[data-test-id="resource-locator-modelConfig"]').waitFor({ state: 'hidden' });
		await notice('Choose what to run to see the variables').waitFor();
		assert.match((await editor.openList('environment'))[0]!, /Choose a 'Project' first/);
	});

	await check('editor: the project that is chosen shows the variables of what it has deployed', async () => {
		await editor.openList('project');
		await page.locator('[data-test-id="rlc-search"]:visible').fill(project);
		await editor.choose(project);
		await input('name').waitFor();
		assert.equal(await input('tone').count(), 0);
		await input('name').locator('input, textarea').first().fill('Zoë');
		await editor.savedWhere(workflowId, node, (parameters) => mappedValue(parameters)?.name === 'Zoë');
	});

	await check(
		'editor: the list of environments has their names, which stay true after the next deployment',
		async () => {
			const entries = await editor.openList('environment');
			for (const name of ['production', 'e2e staging']) assert.ok(entries.includes(name), entries.join('; '));
			await editor.choose('e2e staging');
		},
	);

	await check('editor: another environment keeps what is mapped, and shows its variables when reopened', async () => {
		const environments = [{ id: staging.id }];
		await api.patch(`/projects/${projectId}/deploy-config`, { config_id: second.config.id, environments });
		const saved = await editor.savedWhere(workflowId, node, ({ environment }) =>
			JSON.stringify(environment ?? '').includes('e2e staging'),
		);
		assert.equal(mappedValue(saved)?.name, 'Zoë');
		await editor.closeNode();
		await editor.openNode(node);
		await input('tone').waitFor();
		await input('tone').locator('input, textarea').first().fill('kind');
		const complete = await editor.savedWhere(
			workflowId,
			node,
			(parameters) => mappedValue(parameters)?.tone === 'kind',
		);
		assert.equal(mappedValue(complete)?.name, 'Zoë');
	});

	await check('editor: the node answers with the version of the environment', async () => {
		const { status, data } = await editor.executeStep(workflowId);
		assert.equal(status, 'success', data.resultData.error?.message);
		const [item] = data.resultData.runData[node]![0]!.data!.main![0]!;
		const log = (await api.get<IDataObject>(`/logs/${String(item!.json.id)}`)).data;
		assert.deepEqual(
			[log.config_id, log.environment, log.inputs],
			[second.config.id, 'e2e staging', { name: 'Zoë', tone: 'kind' }],
		);
	});

	await check('editor: the other kind of Run shows its own variables, with empty fields', async () => {
		await choose('run', /^\W*Version/);
		await editor.openList('modelConfig');
		await editor.choose('v1 [production]');
		await input('tone').waitFor({ state: 'hidden' });
		await input('name').locator('input, textarea').first().fill('Jürgen');
		await editor.savedWhere(workflowId, node, (parameters) => mappedValue(parameters)?.name === 'Jürgen');
		await choose('run', /Deployed Version/);
		// The environment is gone, too: the default one has the first version.
		await editor.savedWhere(
			workflowId,
			node,
			(parameters) => parameters.run === 'deployed' && (mappedValue(parameters)?.name ?? null) === null,
		);
		await input('name').waitFor();
	});
	// While a field has the focus, Escape leaves the field and not the node.
	await page.locator('[data-test-id="tab-params"]').click();
	await editor.closeNode();
}
