import assert from 'node:assert/strict';
import path from 'node:path';

import type { ExportedWorkflow } from '../n8n/instance.ts';
import { check, patience } from './check.ts';
import type { EditorPage } from './editorPage.ts';
import { credentialId, type Environment } from './environment.ts';
import { screenshots } from './pictures.ts';

const workflowId = 'editorDeploy0001';
const project = 'e2e/deploy form';

/** A trigger, Model Config → Get Many and Model Config → Deploy. */
export function deployFormWorkflow(): ExportedWorkflow {
	const humanloop = (name: string, operation: string, x: number) => ({
		id: operation,
		name,
		type: 'n8n-nodes-humanloop.humanloop',
		typeVersion: 1,
		position: [x, 0],
		parameters: { resource: 'modelConfig', operation },
		credentials: { humanloopApi: { id: credentialId, name: 'Humanloop' } },
	});
	const trigger = { name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, position: [0, 0] };
	return {
		id: workflowId,
		name: 'Deploy in the editor',
		nodes: [
			{ ...trigger, id: 'trigger', parameters: {} },
			humanloop('Versions', 'getAll', 220),
			humanloop('Deploy', 'deploy', 440),
		],
		connections: {
			Start: { main: [[{ node: 'Versions', type: 'main', index: 0 }]] },
			Versions: { main: [[{ node: 'Deploy', type: 'main', index: 0 }]] },
		},
	};
}

/** A person lists the versions of a project, and deploys one. Ends with the node closed. */
export async function checkDeployForm(editor: EditorPage, { api }: Environment): Promise<void> {
	const { page } = editor;
	const ids: string[] = [];
	let projectId = '';
	for (const tone of ['kind', 'short']) {
		const { data } = await api.post<{ project_id: string; config: { id: string } }>('/model-configs', {
			...{ project, name: tone, provider: 'mock', model: 'mock-1', prompt_template: `Be ${tone} to {{name}}.` },
		});
		ids.push(data.config.id);
		projectId = data.project_id;
	}
	const chooseProject = async () => {
		await editor.openList('project');
		await page.locator('[data-test-id="rlc-search"]:visible').fill(project);
		await editor.choose(project);
	};

	await editor.openWorkflow(workflowId);
	await check('editor: the versions of a project are listed, newest first, with where they are deployed', async () => {
		await editor.openNode('Versions');
		await chooseProject();
		const { status, data } = await editor.executeStep(workflowId);
		assert.equal(status, 'success', data.resultData.error?.message);
		assert.deepEqual(
			data.resultData.runData.Versions![0]!.data!.main![0]!.map(({ json }) => [json.id, json.environments]),
			[
				[ids[1], []],
				[ids[0], ['production']],
			],
		);
		await shootBoth(editor, 'get-many-configs');
		await editor.closeNode();
	});

	await check('editor: a version is chosen from the list and deployed', async () => {
		await editor.openNode('Deploy');
		await chooseProject();
		await editor.openList('modelConfig');
		await editor.choose('short');
		assert.deepEqual(await editor.openList('environment'), ['production', 'e2e staging']);
		await editor.choose('production');
		// The node before it gives two items, and each is deployed: the second one changes nothing.
		const { status, data } = await editor.executeStep(workflowId);
		assert.equal(status, 'success', data.resultData.error?.message);
		assert.deepEqual(
			data.resultData.runData.Deploy![0]!.data!.main![0]!.map(({ json }) => [json.modelConfigId, json.changed]),
			[
				[ids[1], true],
				[ids[1], false],
			],
		);
		await shootBoth(editor, 'deploy');
		const { data: active } = await api.get<{ config: { id: string } }>(`/projects/${projectId}/active-config`);
		assert.equal(active.config.id, ids[1]);
		await editor.closeNode();
	});
}

/** Takes a picture in n8n's light theme and in its dark one. */
async function shootBoth({ page }: EditorPage, name: string): Promise<void> {
	await page.mouse.move(2, 600);
	for (const colorScheme of ['dark', 'light'] as const) {
		await page.emulateMedia({ colorScheme });
		const style = '.el-notification { visibility: hidden; }';
		await page.screenshot({ path: path.join(screenshots, `${name}-${colorScheme}.png`), style, timeout: patience });
	}
}
