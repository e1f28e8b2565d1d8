import type { BrowserContext, Page } from 'playwright-core';

import type { RunningN8n } from '../n8n/instance.ts';
import { patience } from './check.ts';
import type { Execution, N8nApi } from './n8nApi.ts';

/** n8n's editor in a browser, as far as a person uses it here. The test IDs are those of n8n 2.41.1. */
export interface EditorPage {
	page: Page;
	/** Opens a workflow, and answers when its nodes are drawn. */
	openWorkflow(id: string): Promise<void>;
	/** Opens a node's details by a double click. */
	openNode(name: string): Promise<void>;
	closeNode(): Promise<void>;
	/** Runs the open node. */
	execute(): Promise<void>;
	/** Runs the open node, and returns the execution when it has ended and the node's output is shown. */
	executeStep(workflowId: string): Promise<Execution>;
	/** Searches the node panel behind the last node's plus, and answers when the node is among what is found. */
	findNode(node: string, text: string): Promise<void>;
	chooseCredential(id: string): Promise<void>;
	/** Opens a resource locator's list, and answers what it shows: items, or why there are none. */
	openList(field: string): Promise<string[]>;
	/** Chooses an item of the list that is open. */
	choose(item: string): Promise<void>;
	/** Chooses how a resource locator is filled in. */
	chooseMode(field: string, mode: string): Promise<void>;
	/** Replaces what stands in a resource locator with the mode "By ID". */
	typeId(field: string, id: string): Promise<void>;
	/** The parameters of a node, once the editor has saved what is wanted: it does so in its own time. */
	savedWhere(
		workflowId: string,
		node: string,
		isWanted: (parameters: Record<string, unknown>) => boolean,
	): Promise<Record<string, unknown>>;
}

export async function openEditor(
	context: BrowserContext,
	main: Pick<RunningN8n, 'url'>,
	n8nApi: N8nApi,
): Promise<EditorPage> {
	const { rest, owner } = n8nApi;
	await context.request.post(`${main.url}/rest/login`, {
		data: { emailOrLdapLoginId: owner.email, password: owner.password },
		timeout: patience,
	});
	const page = await context.newPage();
	page.setDefaultTimeout(patience);
	const part = (id: string) => page.locator(`[data-test-id="${id}"]`);

	return {
		page,
		async openWorkflow(id) {
			await page.goto(`${main.url}/workflow/${id}`);
			await part('canvas-node').first().waitFor();
		},
		async openNode(name) {
			await part('canvas-node').filter({ hasText: name }).first().dblclick();
			await part('ndv').waitFor();
		},
		async closeNode() {
			await page.keyboard.press('Escape');
			await part('ndv').waitFor({ state: 'hidden' });
		},
		async execute() {
			await part('node-execute-button').last().click();
		},
		async executeStep(workflowId) {
			await part('node-execute-button').last().click();
			const execution = await n8nApi.lastExecution(workflowId);
			await part('output-panel')
				.getByText(/\d items?/)
				.first()
				.waitFor();
			return execution;
		},
		async findNode(node, text) {
			if (!(await part('node-creator').isVisible())) await part('canvas-handle-plus').last().click();
			const found = part('node-creator-item-name').filter({ hasText: node });
			await part('node-creator').locator('input').fill('');
			await found.first().waitFor({ state: 'hidden' });
			await part('node-creator').locator('input').fill(text);
			await found.first().waitFor();
		},
		async chooseCredential(id) {
			await part('node-credentials-select').click();
			await part(`node-credentials-select-item-${id}`).click();
		},
		async openList(field) {
			await part(`resource-locator-${field}`).locator('[data-test-id="rlc-input"]').click();
			const shown = page.locator('[data-test-id="rlc-item"]:visible, [data-test-id="rlc-error-container"]:visible');
			await shown.first().waitFor();
			return await shown.allInnerTexts();
		},
		async choose(item) {
			await page.locator('[data-test-id="rlc-item"]:visible').filter({ hasText: item }).first().click();
			await page.locator('[data-test-id="rlc-item"]:visible').first().waitFor({ state: 'hidden' });
		},
		async chooseMode(field, mode) {
			await part(`resource-locator-${field}`).locator('[data-test-id="rlc-mode-selector"]').click();
			await page.locator(`[data-test-id="mode-${mode}"]:visible`).click();
		},
		async typeId(field, id) {
			await part(`resource-locator-${field}`).locator('input[data-test-id="rlc-input"]').fill(id);
			// While a field has the focus, Escape leaves the field and not the node.
			await part('tab-params').click();
		},
		async savedWhere(workflowId, name, isWanted) {
			const deadline = Date.now() + patience;
			for (;;) {
				const { data } = await rest.get<{
					data: { nodes: Array<{ name: string; parameters: Record<string, unknown> }> };
				}>(`/workflows/${workflowId}`);
				const parameters = data.data.nodes.find((node) => node.name === name)?.parameters;
				if (parameters && isWanted(parameters)) return parameters;
				if (Date.now() > deadline)
					throw new Error(`The editor has saved something else: ${JSON.stringify(parameters)}`);
				await new Promise((resolve) => setTimeout(resolve, 250));
			}
		},
	};
}
