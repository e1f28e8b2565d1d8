import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { IDataObject } from 'n8n-workflow';

import { check } from './check.ts';
import type { EditorPage } from './editorPage.ts';
import type { Environment } from './environment.ts';

/** Versions of the example's prompt, by number. The third has other variables. */
export interface Versions {
	ids: string[];
}

export async function storeVersions(api: Environment['api'], project: string): Promise<Versions> {
	const first = JSON.parse(readFileSync('examples/model-configs/reply.json', 'utf8')) as IDataObject;
	const ids: string[] = [];
	for (const changes of [
		{},
		{ temperature: 0.9, description: 'Friendlier' },
		{
			description: 'With a tone',
			prompt_template: 'Write to {{customer}} in {{language}}, in a {{tone}} tone: {{message}}',
		},
	]) {
		const { data } = await api.post<{ config: { id: string } }>('/model-configs', { ...first, ...changes, project });
		ids.push(data.config.id);
	}
	return { ids };
}

/**
 * A person who has mapped the variables of the first version tries other ones. Starts and ends with the node open.
 *
 * @param variables of the first two versions, all mapped
 */
export async function checkVersions(
	editor: EditorPage,
	{ n8nApi, proxy }: Environment,
	{ ids }: Versions,
	{ workflowId, node, variables }: { workflowId: string; node: string; variables: string[] },
): Promise<void> {
	const { page } = editor;
	const input = (name: string) => page.locator(`[data-test-id="parameter-input-${name}"]`);
	const mappedTo = (names: string[]) => Object.fromEntries(names.map((name) => [name, `={{ $json.${name} }}`]));

	/** Waits until the editor has saved this config, and compares what is mapped then: saved, and on the page. */
	async function assertMapped(configId: string, names: string[]): Promise<void> {
		const saved = await editor.savedWhere(
			workflowId,
			node,
			({ modelConfig, inputs }) =>
				(modelConfig as IDataObject).value === configId &&
				names.length === Object.keys((inputs as IDataObject).value ?? {}).length,
		);
		assert.deepEqual((saved.inputs as IDataObject).value, mappedTo(names));
		for (const name of names) await input(name).getByText(`$json.${name}`).first().waitFor();
	}

	async function reopen(): Promise<void> {
		await editor.closeNode();
		await editor.openNode(node);
		await page.locator('[data-test-id="mapping-mode-select"]').waitFor();
	}

	await check('editor: another version with the same variables keeps what is mapped', async () => {
		await editor.openList('modelConfig');
		await editor.choose('v2 ·');
		await assertMapped(ids[1]!, variables);
		await reopen();
		await assertMapped(ids[1]!, variables);
	});

	await check('editor: a mistyped ID keeps what is mapped, also when the node is opened again', async () => {
		await editor.chooseMode('modelConfig', 'id');
		await editor.typeId('modelConfig', `${ids[1]}x`);
		await assertMapped(`${ids[1]}x`, variables);
		await reopen();
		await assertMapped(`${ids[1]}x`, variables);
		await editor.typeId('modelConfig', ids[0]!);
		await assertMapped(ids[0]!, variables);
	});

	await check('editor: a look-up that fails keeps what is mapped', async () => {
		proxy.readFault = (_request, response) => {
			response.writeHead(503, { 'content-type': 'application/json' }).end('{"detail":"Closed for a moment"}');
			return true;
		};
		const before = proxy.requests.length;
		await reopen();
		while (proxy.requests.length === before) await page.waitForTimeout(50);
		await editor.typeId('modelConfig', ids[1]!);
		await assertMapped(ids[1]!, variables);
		proxy.readFault = undefined;
	});

	await check('editor: the variables of another version are named by the run, and shown when reopened', async () => {
		await editor.typeId('modelConfig', ids[2]!);
		await assertMapped(ids[2]!, variables);
		await editor.execute();
		assert.equal((await n8nApi.lastExecution(workflowId)).status, 'error');
		await page.locator('[data-test-id="output-panel"]').getByText("'Inputs' has no value for: tone").first().waitFor();
		await reopen();
		await input('tone').waitFor();
		await assertMapped(
			ids[2]!,
			variables.filter((name) => !['product', 'subject'].includes(name)),
		);
	});

	await check("editor: 'Refresh Input List' shows the variables of another version, too", async () => {
		await editor.typeId('modelConfig', ids[0]!);
		await page.locator('[data-test-id="mapping-fields-container"] [data-test-id="action-toggle"]').first().click();
		await page.getByText('Refresh Input List').last().click();
		for (const name of variables) await input(name).waitFor();
		await input('tone').waitFor({ state: 'hidden' });
		const kept = mappedTo(variables.filter((name) => !['product', 'subject'].includes(name)));
		const saved = await editor.savedWhere(
			workflowId,
			node,
			({ modelConfig, inputs }) =>
				(modelConfig as IDataObject).value === ids[0] &&
				(inputs as { schema: IDataObject[] }).schema.length === variables.length,
		);
		assert.partialDeepStrictEqual((saved.inputs as IDataObject).value, kept);
	});

	/** Waits until the fields of the first version are there and the editor has saved them empty. */
	async function assertEmpty(): Promise<void> {
		for (const name of variables) await input(name).waitFor();
		await editor.savedWhere(
			workflowId,
			node,
			({ modelConfig, inputs, specifyInputs = 'fields' }) =>
				(modelConfig as IDataObject).value === ids[0] &&
				specifyInputs === 'fields' &&
				Object.values(((inputs as IDataObject).value ?? {}) as IDataObject).every((value) => value === null),
		);
	}
	const specify = async (option: string) => {
		await input('specifyInputs').locator('input').click();
		await page.locator('.el-select-dropdown__item:visible').filter({ hasText: option }).click();
	};

	await check('editor: JSON and back empties the fields', async () => {
		await specify('Using JSON');
		await input('inputsJson').waitFor();
		await specify('Using Fields Below');
		await assertEmpty();
	});

	await check('editor: clearing the model config empties the fields', async () => {
		await input('customer').locator('input, textarea').first().fill('Zoë');
		await editor.savedWhere(workflowId, node, ({ inputs }) => JSON.stringify(inputs).includes('Zoë'));
		await editor.typeId('modelConfig', '');
		await input('customer').waitFor({ state: 'hidden' });
		await editor.typeId('modelConfig', ids[0]!);
		await assertEmpty();
	});
}
