import assert from 'node:assert/strict';

import { check } from '../check.ts';
import { checkLook, visit, type PageEnvironment } from './harness.ts';
import { checkLogChanges } from './logChanges.ts';
import { checkNeighbors } from './neighbors.ts';

/** An image of one pixel. */
const pixel =
	'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** What the page of a log shows. */
async function checkContent(environment: PageEnvironment): Promise<void> {
	const { api, data } = environment;
	const rated = data.triageLogs[0]!;

	await check('page: a log says what went in and out, and where it belongs', async () => {
		await visit(environment, { path: `/logs/${rated}` }, async (page) => {
			const facts = page.getByRole('region', { name: 'About this call' });
			await facts.getByRole('link', { name: 'support/triage' }).waitFor();
			await page.getByText('technical', { exact: true }).waitFor();
			await page.getByRole('link', { name: 'Try this input' }).waitFor();
			await page.getByText('Request to the provider').click();
			await page.getByRole('button', { name: 'Copy as JSON' }).waitFor();
		});
	});

	await check('page: a log that failed shows the words of the API', async () => {
		await visit(environment, { path: `/logs/${data.failedLog}` }, async (page) => {
			await page.getByText('This request is against the rules of the stand-in.').first().waitFor();
			await page.getByText('Refuse this.').waitFor();
		});
	});

	await check('page: a log says which requests to its model failed and were sent again', async () => {
		let calls = 0;
		environment.model.prependFixture({
			match: { userMessage: /^Twice/ },
			response: () => {
				calls += 1;
				return calls === 1
					? { error: { message: 'Too busy.', type: 'server_error' }, status: 503 }
					: { content: 'Yes.' };
			},
		});
		const { data: answer } = await api.post<{ data: { id: string; output: string }[] }>('/completion', {
			project: 'retried',
			model_config: { provider: 'openai', model: 'gpt-4o-mini', prompt_template: 'Twice: {{what}}' },
			inputs: { what: 'this' },
		});
		assert.deepEqual([answer.data[0]!.output, calls], ['Yes.', 2]);
		await visit(environment, { path: `/logs/${answer.data[0]!.id}` }, async (page) => {
			await page.getByRole('heading', { name: 'Retries and fallbacks' }).waitFor();
			await page.getByText(/^"gpt-4o-mini" of openai failed and was asked again: .*Too busy/).waitFor();
		});
	});

	await check('page: a link to a log leads there after signing in', async () => {
		await visit(environment, { path: `/logs/${rated}`, apiKey: null }, async (page) => {
			await page.getByLabel('API key', { exact: true }).fill(environment.server.apiKey);
			await page.keyboard.press('Enter');
			await page.getByRole('heading', { level: 1, name: 'Log of support/triage' }).waitFor();
		});
	});

	await check(
		'page: a call from n8n links to its execution; markup of a model is text; an answer in JSON is readable',
		async () => {
			const url = 'https://n8n.example.com/workflow/Zf3x/executions/71';
			const origin = { execution_url: url, workflow_id: 'Zf3x', node_name: 'Ask' };
			const { data: log } = await api.post<{ id: string }>(
				'/logs',
				{
					project: 'log-page',
					config: { model: 'mock-1' },
					inputs: { text: '<img src=x onerror="document.title=1">' },
					output: '{"team":"billing","urgent":true}',
					messages: [
						{
							role: 'user',
							content: [
								{ type: 'text', text: 'Look' },
								{ type: 'image_url', image_url: { url: pixel } },
							],
						},
					],
				},
				{ headers: { 'X-Call-Origin': JSON.stringify(origin) } },
			);
			await visit(environment, { path: `/logs/${log.id}` }, async (page) => {
				const link = page.getByRole('link', { name: 'Open the execution' });
				assert.equal(await link.getAttribute('href'), url);
				await page.getByText('<img src=x onerror="document.title=1">').waitFor();
				await page.getByText('billing', { exact: true }).waitFor();
				assert.equal(await page.locator('main img').count(), 0);
				await page.getByRole('button', { name: 'Show the image' }).click();
				await page.getByRole('img', { name: 'From the message' }).waitFor();
				const width =
					"document.querySelector('main img').decode().then(() => document.querySelector('main img').naturalWidth)";
				assert.equal(await page.evaluate(width), 1);
			});
		},
	);

	await check('page: a log whose answer was used again links to the log of the first one', async () => {
		const { versions, id } = data.triage;
		const call = {
			model_config_id: versions[0]!.id,
			project_id: id,
			inputs: { ticket: 'Asked twice', company: 'Acme' },
		};
		const headers = { 'X-Reuse-Max-Age': '3600' };
		const ids: string[] = [];
		for (let time = 0; time < 2; time += 1) {
			const { data: response } = await api.post<{ data: { id: string }[] }>('/completion-model-config', call, {
				headers,
			});
			ids.push(response.data[0]!.id);
		}
		assert.notEqual(ids[0], ids[1]);
		await visit(environment, { path: `/logs/${ids[1]!}` }, async (page) => {
			await page.getByRole('link', { name: 'reused from an earlier log' }).click();
			await page.locator('code', { hasText: ids[0]! }).waitFor();
			assert.equal(new URL(page.url()).pathname, `/logs/${ids[0]!}`);
		});
	});

	await check('page: the input of a log is tried on the page of its version', async () => {
		await visit(environment, { path: `/logs/${data.triageLogs.at(-1)!}` }, async (page) => {
			await page.getByRole('link', { name: 'Try this input' }).click();
			const ticket = page.getByRole('textbox', { name: 'ticket' });
			await ticket.waitFor();
			assert.match(await ticket.inputValue(), /^I was charged twice for October\./);
			assert.match(page.url(), /\/versions\/config_\w+\?log=data_/);
		});
	});
}

export async function checkLog(environment: PageEnvironment): Promise<void> {
	const { data } = environment;
	await checkLook(environment, 'log', { path: `/logs/${data.triageLogs[1]!}` }, async (page) => {
		await page.getByText('This belongs to billing.').waitFor();
	});
	await checkLook(environment, 'failed-log', { path: `/logs/${data.failedLog}` }, async (page) => {
		await page.getByText('Refuse this.').waitFor();
	});
	await checkContent(environment);
	await checkLogChanges(environment);
	await checkNeighbors(environment);
}
