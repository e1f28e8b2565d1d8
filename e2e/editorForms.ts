import assert from 'node:assert/strict';
import type { IDataObject } from 'n8n-workflow';

import type { ExportedWorkflow } from '../n8n/instance.ts';
import { check } from './check.ts';
import type { EditorPage } from './editorPage.ts';
import { credentialId, type Environment } from './environment.ts';

const workflowId = 'editorForms00001';
const project = { __rl: true, mode: 'name', value: 'e2e/forms' };
const schema = {
	type: 'object',
	properties: {
		priority: { enum: ['low', 'high'], description: 'How urgent it is' },
		amount: { type: ['number', 'null'] },
	},
};

/** A node for each form, with fields filled in that are to be seen. */
function formsWorkflow(configId: string): ExportedWorkflow {
	const run = { operation: 'create', project, modelConfig: { __rl: true, mode: 'id', value: configId } };
	const image = { source: 'binary', binaryField: 'data', detail: 'low' };
	const messages = {
		values: [
			{ role: 'assistant', content: 'Hello! What can I do for you?' },
			{ role: 'user', content: 'What is broken here?', images: { values: [image] } },
		],
	};
	const forms: Record<string, IDataObject> = {
		Talk: { resource: 'chat', ...run, messages, outputFormat: 'json' },
		Complete: { resource: 'completion', ...run },
		Usage: { resource: 'project', operation: 'getUsage', project },
	};
	const node = (name: string, parameters: IDataObject, index: number) => ({
		id: name,
		name,
		type: 'n8n-nodes-humanloop.humanloop',
		typeVersion: 1,
		position: [220, 180 * index],
		credentials: { humanloopApi: { id: credentialId, name: 'Humanloop' } },
		parameters,
	});
	const trigger = { id: 'Start', name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, parameters: {} };
	return {
		id: workflowId,
		name: 'Forms',
		nodes: [
			{ ...trigger, position: [0, 0] },
			...Object.entries(forms).map(([name, parameters], index) => node(name, parameters, index)),
		],
		connections: { Start: { main: [Object.keys(forms).map((name) => ({ node: name, type: 'main', index: 0 }))] } },
	};
}

/** The forms of a chat, of a completion and of the usage, as a person sees them. Ends with the node closed. */
export async function checkForms(editor: EditorPage, { api, n8nApi }: Environment): Promise<void> {
	const { page } = editor;
	const { data } = await api.post<{ config: { id: string } }>('/model-configs', {
		...{ project: project.value, provider: 'mock', model: 'mock-1', endpoint: 'chat' },
		chat_template: [{ role: 'system', content: 'Describe it for {{customer}}.' }],
		response_format: { type: 'json_schema', json_schema: { name: 'ticket', schema } },
	});
	await n8nApi.rest.post('/workflows', { ...formsWorkflow(data.config.id), settings: {} });
	await editor.openWorkflow(workflowId);

	const form = page.locator('[data-test-id="ndv"]');
	const input = (name: string) => form.locator(`[data-test-id="parameter-input-${name}"]`);
	/** What the list that opens with a click on this shows, in one line for each entry. */
	// While a list is loaded, its field has a disabled input. After that, another input covers it: give `input:enabled`.
	const listBehind = async (opener: ReturnType<typeof input>): Promise<string[]> => {
		await opener.first().scrollIntoViewIfNeeded();
		await opener.first().click();
		const shown = page.locator('.el-select-dropdown__item:visible');
		await shown.first().waitFor();
		const entries = await shown.allInnerTexts();
		await page.keyboard.press('Escape');
		await shown.first().waitFor({ state: 'hidden' });
		// While a field has the focus, Escape leaves the field and not the node.
		await page.locator('[data-test-id="tab-params"]').click();
		return entries.map((entry) => entry.trim().replace(/\s*\n\s*/g, ': '));
	};
	const options = async () => await listBehind(form.getByPlaceholder('Add option', { exact: true }));
	/** Of the options that only one of the two has. */
	const ofOneOnly = (names: string[]) =>
		names.filter((name) => /^(Logprobs|Repair Invalid JSON|Response Format|Suffix|Tool )/.test(name));

	await check(
		"editor: a chat has messages with images, the template's variables, and the options of a chat",
		async () => {
			await editor.openNode('Talk');
			for (const text of ['Specify Messages', 'Add Message', 'Add Image', 'Input Binary Field'])
				await form.getByText(text, { exact: true }).first().waitFor();
			await input('customer').waitFor();
			const names = await options();
			await editor.closeNode();
			assert.deepEqual(ofOneOnly(names), ['Repair Invalid JSON', 'Response Format (JSON)', 'Tool Choice']);
		},
	);

	await check("editor: with JSON, the schema's properties can be chosen, and the list says what they are", async () => {
		await editor.openNode('Talk');
		const entries = await listBehind(input('outputFields').locator('input:enabled'));
		await editor.closeNode();
		assert.deepEqual(entries, ['priority: One of "low", "high". How urgent it is', 'amount: A number or null']);
	});

	await check('editor: a completion has neither messages nor the options of a chat', async () => {
		await editor.openNode('Complete');
		await form.getByText('Specify Inputs', { exact: true }).waitFor();
		const messages = await form.getByText('Specify Messages').count();
		const names = await options();
		await editor.closeNode();
		assert.equal(messages, 0);
		assert.deepEqual(ofOneOnly(names), ['Logprobs', 'Suffix']);
	});

	await check('editor: usage can be grouped by what a bill is asked for', async () => {
		await editor.openNode('Usage');
		const groups = (await listBehind(input('groupBy').locator('input:enabled'))).map((entry) => entry.split(':')[0]);
		await editor.closeNode();
		assert.equal(groups.join(), 'API Key,Day,Environment,Model,Model Config,Project,Provider,Session,Workflow');
	});
}
