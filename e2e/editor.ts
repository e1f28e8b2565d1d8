import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import type { IDataObject } from 'n8n-workflow';
import type { Page } from 'playwright-core';

import type { ExportedWorkflow } from '../n8n/instance.ts';
import { openBrowser } from './browser.ts';
import { check, patience } from './check.ts';
import { openEditor, type EditorPage } from './editorPage.ts';
import { dragField } from './editorDrag.ts';
import { credentialId, refusedCredentialId, type Environment } from './environment.ts';
import { checkDeployForm, deployFormWorkflow } from './editorDeploy.ts';
import { checkDeployedForm, deployedFormWorkflow } from './editorDeployed.ts';
import { checkForms } from './editorForms.ts';
import { checkReuse } from './editorReuse.ts';
import { checkVersions, storeVersions, type Versions } from './editorVersions.ts';
import type { Execution } from './n8nApi.ts';
import { pictures, screenshots } from './pictures.ts';

const workflowId = 'editorWorkflow01';
// The examples deploy other versions in their own projects.
const project = 'support/replies';
/** The operation's action: n8n names a node that is added after it. */
const action = 'Create completion from stored prompt';
const variables = ['language', 'customer', 'product', 'subject', 'message'];

/** Two rows of the example's spreadsheet, for the editor to map. */
export function editorWorkflows(): ExportedWorkflow[] {
	const tickets: IDataObject[] = parse(readFileSync('examples/tickets.csv'), { columns: true, to: 2 });
	return [
		{
			id: workflowId,
			name: 'Answer tickets',
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
					id: 'tickets',
					name: 'Tickets',
					type: 'n8n-nodes-base.code',
					typeVersion: 2,
					position: [220, 0],
					parameters: { jsCode: `return ${JSON.stringify(tickets)}.map((json) => ({ json }));` },
				},
			],
			connections: { Start: { main: [[{ node: 'Tickets', type: 'main', index: 0 }]] } },
		},
		deployedFormWorkflow(),
		deployFormWorkflow(),
	];
}

/** A person adds the node from the panel, picks project and config, maps the variables and runs it. */
export async function checkEditor(environment: Environment): Promise<void> {
	const { main, n8nApi, api, server } = environment;
	await storeProjects(api);
	const versions = await storeVersions(api, project);
	const browser = await openBrowser();
	try {
		const context = await browser.newContext({ viewport: { width: 1440, height: 1360 } });
		const editor = await openEditor(context, main, n8nApi);
		await walk(editor, environment, versions);
		await editor.closeNode();
		await checkDeployedForm(editor, environment);
		await checkForms(editor, environment);
		await checkDeployForm(editor, environment);
		await checkReuse(editor, environment);
		await check('editor: no key is on the page or in the saved workflow', async () => {
			const saved = await n8nApi.rest.get<unknown>(`/workflows/${workflowId}`);
			for (const text of [await editor.page.content(), JSON.stringify(saved.data)])
				assert.ok(!text.includes(server.apiKey));
		});
	} finally {
		await browser.close();
	}
}

/** More projects than a list shows at once. */
async function storeProjects(api: Environment['api']): Promise<void> {
	for (let number = 1; number <= 120; number++) {
		await api.post('/model-configs', {
			project: `archive/${String(number).padStart(3, '0')}`,
			name: 'Greeting',
			provider: 'mock',
			model: 'mock-1',
			prompt_template: 'Greet {{name}}.',
		});
	}
}

async function walk(editor: EditorPage, environment: Environment, versions: Versions): Promise<void> {
	const { page } = editor;
	await editor.openWorkflow(workflowId);
	await editor.openNode('Tickets');
	await editor.executeStep(workflowId);
	await editor.closeNode();

	await check('editor: the panel finds the node by what it is for', async () => {
		for (const text of ['prompt', 'LLM', 'AI', 'humanloop']) await editor.findNode('Humanloop', text);
	});

	await check('editor: the panel lists the operations', async () => {
		await page.getByText('Humanloop', { exact: true }).first().click();
		const actions = page
			.locator('[data-test-id="node-creator-item-name"]')
			.filter({ hasText: /^(Create|Deploy|Get) / });
		await page.getByText(action, { exact: true }).waitFor();
		assert.deepEqual(await actions.allInnerTexts(), [
			'Create chat message from stored prompt',
			action,
			'Create feedback on log',
			'Get log',
			'Get many logs',
			'Create model config',
			'Deploy model config',
			'Get model config',
			'Get many model configs',
			'Get many projects',
			'Get usage of a project or of all projects',
			'Get many sessions',
		]);
		await page.getByText(action, { exact: true }).click();
		await page.locator('[data-test-id="ndv"]').waitFor();
	});

	await check('editor: a list that cannot be loaded says why', async () => {
		await editor.chooseCredential(refusedCredentialId);
		assert.match((await editor.openList('project'))[0]!, /Nothing listens at the 'Base URL' \(ECONNREFUSED\)/);
		await editor.chooseCredential(credentialId);
	});

	await check('editor: without a project the list of configs says what to do', async () => {
		const [message] = await editor.openList('modelConfig');
		assert.match(message!, /Choose a 'Project' first/);
	});

	await check('editor: the list of projects goes on to its end while it is scrolled, and can be searched', async () => {
		await editor.openList('project');
		const items = page.locator('[data-test-id="rlc-item"]:visible');
		while ((await items.filter({ hasText: project }).count()) === 0) {
			const before = await items.count();
			await items.last().scrollIntoViewIfNeeded();
			await items.nth(before).waitFor();
		}
		await page.locator('[data-test-id="rlc-search"]:visible').fill('PORT/REPLI');
		await items.filter({ hasText: 'archive' }).first().waitFor({ state: 'hidden' });
		await items.first().waitFor();
		assert.deepEqual(await items.allInnerTexts(), [project]);
		await editor.choose(project);
	});

	await check('editor: the list of configs follows the project, with description, model and date', async () => {
		const shown = await editor.openList('modelConfig');
		const names = shown.map((text) => text.replace(/\d+ \w+ \d\d:\d\d/, 'TIME'));
		const notes = ['Answers a support ticket in the customer…', 'Friendlier', 'With a tone'];
		assert.deepEqual(
			names,
			versions.ids
				.map(
					(id, index) =>
						`v${index + 1}${index === 0 ? ' [production]' : ''} · ${notes[index]} · mock mock-1 · TIME · …${id.slice(-5)}`,
				)
				.toReversed(),
		);
		await editor.choose('v1 [production] ·');
	});

	await check("editor: the template's variables are the node's fields, to be filled by dragging", async () => {
		for (const name of variables) await page.locator(`[data-test-id="parameter-input-${name}"]`).waitFor();
		for (const name of variables) await dragField(page, name);
		// The last field has the focus, and n8n congratulates for a while.
		await page.locator('[data-test-id="tab-params"]').click();
		await page.locator('.el-notification').first().waitFor({ state: 'hidden' });
		await shoot(page, 'node.png', panel);
	});

	await check('editor: a run of two rows shows an answer for each', async () => {
		await page.locator('[data-test-id="parameter-input-numSamples"] input').fill('2');
		assertAnswered(await editor.executeStep(workflowId));
		await page.locator('[data-test-id="output-panel"]').getByText('4 items').waitFor();
		await page.locator('[data-test-id="output-panel"] [data-test-id="radio-button-json"]').click();
		await shoot(page, 'run.png', panel);
	});

	await checkVersions(editor, environment, versions, { workflowId, node: action, variables });

	await check('editor: mapped automatically, the columns fill the prompt with no typing', async () => {
		await page.locator('[data-test-id="mapping-mode-select"]').click();
		await page.getByText('Map Automatically').last().click();
		await page.locator('[data-test-id="parameter-input-customer"]').waitFor({ state: 'hidden' });
		assertAnswered(await editor.executeStep(workflowId));
		await page.locator('[data-test-id="output-panel"]').getByText('4 items').waitFor();
		await editor.closeNode();
		await shoot(page, 'canvas.png', undefined, screenshots);
	});

	await check('editor: what was picked and mapped is what is saved', async () => {
		await page.keyboard.press('Control+s');
		const parameters = await editor.savedWhere(
			workflowId,
			action,
			({ inputs }) => (inputs as IDataObject).mappingMode === 'autoMapInputData',
		);
		assert.equal((parameters.project as IDataObject).cachedResultName, project);
		assert.match(String((parameters.modelConfig as IDataObject).value), /^config_/);
		assert.deepEqual(
			(parameters.inputs as { schema: Array<{ id: string }> }).schema.map(({ id }) => id),
			variables,
		);
		assert.equal(parameters.numSamples, 2);
	});
}

/** Two samples for each of the two rows. */
function assertAnswered({ status, data }: Execution): void {
	assert.equal(status, 'success', data.resultData.error?.message);
	const items = data.resultData.runData[action]![0]!.data!.main![0]!;
	assert.deepEqual(
		items.map(({ json, pairedItem }) => [typeof json.output, pairedItem]),
		[0, 0, 1, 1].map((item) => ['string', { item }]),
	);
}

/** The node's details: all of the window but n8n's own frame. */
const panel = { x: 25, y: 25, width: 1390, height: 1310 };

async function shoot(page: Page, name: string, clip?: typeof panel, folder = pictures): Promise<void> {
	// Nothing is pointed at.
	await page.mouse.move(2, 600);
	// n8n's congratulations come and go in their own time.
	const style = '.el-notification { visibility: hidden; }';
	await page.screenshot({ path: path.join(folder, name), style, timeout: patience, ...(clip && { clip }) });
}
