import assert from 'node:assert/strict';

import { check } from '../check.ts';
import { checkLook, visit, type PageEnvironment } from './harness.ts';
import { checkLists } from './lists.ts';
import { rowOf, storeLogs } from './logData.ts';

async function checkFilters(environment: PageEnvironment): Promise<void> {
	const { api, data, url } = environment;
	const { triage } = data;

	await check('page: logs are filtered by what the address says, and the back button takes a filter back', async () => {
		const id = await storeLogs(api, 'filtered-logs', 300);
		await visit(environment, { path: `/logs?project=${id}` }, async (page) => {
			await rowOf(page, 'number 299').waitFor();
			await page.getByRole('button', { name: 'Status' }).click();
			await page.getByRole('radio', { name: 'failed' }).click();
			await rowOf(page, 'failed: The provider failed at 250.').waitFor();
			assert.equal(await page.locator('[data-index]').count(), 3);
			assert.equal(page.url(), `${url}/logs?project=${id}&status=failed`);
			await page.reload();
			await rowOf(page, 'number 50').waitFor();
			await page.goBack();
			await rowOf(page, 'number 299').waitFor();

			await page.getByRole('button', { name: 'Source' }).click();
			await page.getByRole('textbox', { name: 'Source' }).fill('tenth');
			await page.keyboard.press('Enter');
			await rowOf(page, 'number 290').waitFor();
			assert.equal(await page.locator('[data-index]').first().getAttribute('aria-rowindex'), '2');
			await page.getByLabel('Search inputs and outputs').fill('ANSWER 17');
			await rowOf(page, 'number 170').waitFor();
			await rowOf(page, 'number 290').waitFor({ state: 'detached' });
			await rowOf(page, 'number 170').waitFor();
			assert.equal(await page.locator('[data-index]').count(), 1);
			await page.getByRole('button', { name: 'Clear all' }).click();
			await rowOf(page, 'number 299').waitFor();
			assert.equal(page.url(), `${url}/logs?project=${id}`);
		});
	});

	await check('page: of the filters Source and Called by, the one that was set last counts', async () => {
		const id = await storeLogs(api, 'logs-by-source', 20);
		await visit(environment, { path: `/logs?project=${id}&source=tenth` }, async (page) => {
			await rowOf(page, 'number 10').waitFor();
			await page.getByRole('button', { name: 'Called by' }).click();
			await page.getByRole('radio', { name: 'Compare' }).click();
			await page.getByText('No logs match').waitFor();
			assert.equal(page.url(), `${url}/logs?project=${id}&calls=compare`);
			await page.keyboard.press('Escape');
			await page.getByRole('button', { name: 'Source' }).click();
			await page.getByRole('textbox', { name: 'Source' }).fill('tenth');
			await page.keyboard.press('Enter');
			await rowOf(page, 'number 10').waitFor();
			assert.equal(page.url(), `${url}/logs?project=${id}&source=tenth`);
			await page.goto(`/logs?project=${id}&source=tenth&calls=compare`);
			await rowOf(page, 'number 10').waitFor();
			assert.equal(await page.getByRole('button', { name: 'Called by: Compare' }).count(), 0);
		});
	});

	await check('page: logs are filtered by version, environment and feedback, by their names', async () => {
		await visit(environment, { path: `/logs?project=${triage.id}` }, async (page) => {
			await page.getByRole('button', { name: 'Feedback' }).click();
			await page.getByRole('checkbox', { name: 'rating: bad' }).click();
			await page.keyboard.press('Escape');
			await page.getByRole('img', { name: 'comment: This belongs to billing.' }).waitFor();
			await page.getByRole('button', { name: 'Remove the filter Feedback' }).click();
			await page.getByRole('button', { name: 'Version' }).click();
			await page.getByRole('checkbox', { name: 'triage v2' }).click();
			await page.getByRole('button', { name: 'Version: triage v2' }).waitFor();
			await page.keyboard.press('Escape');
			await rowOf(page, 'triage v3').first().waitFor({ state: 'detached' });
			await rowOf(page, 'triage v2').first().waitFor();
		});
		await visit(environment, { path: `/logs?project=${triage.id}&environment=staging` }, async (page) => {
			await page.getByText('No logs match').waitFor();
		});
	});
}

async function checkAllProjects(environment: PageEnvironment): Promise<void> {
	const { api, url } = environment;
	await check('page: without a project, the logs of all are listed, and a project is chosen and left', async () => {
		const id = await storeLogs(api, 'one-of-all', 30);
		await storeLogs(api, 'another-of-all', 30);
		await visit(environment, { path: '/logs?search=answer%2029' }, async (page) => {
			const both = page.locator('[data-index]').filter({ hasText: 'number 29' });
			await both.filter({ hasText: 'one-of-all' }).waitFor();
			await both.filter({ hasText: 'another-of-all' }).waitFor();
			assert.equal(await page.getByRole('button', { name: 'Version' }).count(), 0);
			await page.getByRole('combobox', { name: 'Project' }).fill('one-of-all');
			await page.getByRole('option', { name: 'one-of-all' }).click();
			await both.filter({ hasText: 'another-of-all' }).waitFor({ state: 'detached' });
			const { searchParams } = new URL(page.url());
			assert.deepEqual([searchParams.get('project'), searchParams.get('search')], [id, 'answer 29']);

			// The way back leads to the list as it was.
			await page.getByRole('link', { name: 'number 29' }).click();
			await page.getByRole('navigation', { name: 'Breadcrumbs' }).getByRole('link', { name: 'Logs' }).click();
			await both.waitFor();
			assert.equal(new URL(page.url()).search, `?${searchParams.toString()}`);
			await page.getByRole('combobox', { name: 'Project' }).click();
			await page.getByRole('option', { name: 'All projects' }).click();
			await both.filter({ hasText: 'another-of-all' }).waitFor();
			assert.equal(page.url(), `${url}/logs?search=answer+29`);
		});
	});

	await check('page: with the keyboard, the choices of a filter are gone through, and Enter closes it', async () => {
		await visit(environment, { path: '/logs' }, async (page) => {
			await page.locator('[data-index]').first().waitFor();
			await page.getByRole('button', { name: 'Time', exact: true }).focus();
			await page.keyboard.press('Enter');
			const steps = await page.evaluate<number>('history.length');
			await page.getByRole('radio', { name: 'In the last hour' }).focus();
			for (const name of ['Today', 'Yesterday']) {
				await page.keyboard.press('ArrowDown');
				await page.getByRole('radio', { name, checked: true }).waitFor();
			}
			await page.keyboard.press('Enter');
			await page.getByRole('radio', { name: 'Yesterday' }).waitFor({ state: 'detached' });
			assert.equal(new URL(page.url()).search, '?last=yesterday');
			await page.getByRole('button', { name: 'Time: yesterday' }).click();
			await page.waitForFunction("document.activeElement?.value === 'yesterday'");
			assert.equal(await page.evaluate('history.length'), steps, 'the back button does not go through the choices');

			// After an arrow key that chooses nothing, a click closes nevertheless.
			await page.keyboard.press('Control+ArrowDown');
			await page.getByRole('radio', { name: 'Today' }).click();
			await page.getByRole('button', { name: 'Time: today' }).waitFor();
			await page.getByRole('radio', { name: 'Today' }).waitFor({ state: 'detached' });
		});
	});
}

async function checkScrolling(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	await check(
		'page: a long list scrolls to its end by keyboard, with few rows in the document, and back leads there',
		async () => {
			const id = await storeLogs(api, 'many-logs', 2_500);
			await visit(environment, { path: `/logs?project=${id}` }, async (page) => {
				await rowOf(page, 'number 2499').waitFor();
				await page.getByText('2,500 logs').waitFor();
				// A new log moves nothing until it is asked for.
				await api.post('/logs', { project_id: id, config: { model: 'mock-1' }, inputs: { number: 'the newest' } });
				await page.locator('[data-index="0"]').focus();
				await page.keyboard.press('ArrowDown');
				await page.keyboard.press('ArrowDown');
				assert.equal(await page.evaluate('document.activeElement.dataset.index'), '2');
				await page.keyboard.press('End');
				await rowOf(page, 'number 0').waitFor();
				assert.equal(await page.evaluate('document.activeElement.dataset.index'), '2499');
				const rows = await page.locator('[data-index]').count();
				assert.ok(rows < 100, `${rows} rows in the document`);
				for (let step = 0; step < 5; step += 1) await page.keyboard.press('ArrowUp');
				await page.keyboard.press('Enter');
				await page.getByText('answer 5', { exact: true }).waitFor();
				await page.goBack();
				await rowOf(page, 'number 5').first().waitFor();
				await page.getByRole('row').filter({ hasText: 'number 0' }).waitFor();
			});
		},
	);

	await check('page: each log of a list that grows meanwhile is shown once', async () => {
		const id = await storeLogs(api, 'growing-logs', 400);
		await visit(environment, { path: `/logs?project=${id}` }, async (page) => {
			await rowOf(page, 'number 399').waitFor();
			const more = Array.from({ length: 30 }, () => ({
				project_id: id,
				config: { model: 'mock-1' },
				inputs: { a: 1 },
			}));
			await api.post('/logs', more);
			const seen: string[] = [];
			for (let index = 0; index < 400; index += 1) {
				const row = page.locator(`[data-index="${index}"]`);
				await row.scrollIntoViewIfNeeded();
				seen.push((await row.getByText(/number \d+/).innerText()).trim());
			}
			assert.deepEqual(
				seen,
				Array.from({ length: 400 }, (_, index) => `number ${399 - index}`),
			);
		});
	});
}

async function checkLog(environment: PageEnvironment): Promise<void> {
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

	await check('page: logs of today and of yesterday, each day from its midnight', async () => {
		const midnight = new Date().setUTCHours(0, 0, 0, 0);
		const log = (number: string, at: number) => ({
			...{ project: 'days-of-logs', config: { model: 'mock-1' }, inputs: { number }, output: 'c' },
			created_at: new Date(at).toISOString(),
		});
		await api.post('/logs', [
			log('first of today', midnight),
			log('last of yesterday', midnight - 1),
			log('first of yesterday', midnight - 86_400_000),
			log('last of the day before', midnight - 86_400_001),
		]);
		const { data: projects } = await api.get<{ records: { id: string }[] }>('/projects', {
			params: { filter: 'days-of-logs' },
		});
		await visit(environment, { path: `/logs?project=${projects.records[0]!.id}` }, async (page) => {
			await page.getByText('4 logs', { exact: true }).waitFor();
			await page.getByRole('button', { name: 'Time', exact: true }).click();
			await page.getByRole('radio', { name: 'Yesterday' }).click();
			await page.getByText('2 logs', { exact: true }).waitFor();
			await rowOf(page, 'last of yesterday').waitFor();
			await rowOf(page, 'first of yesterday').waitFor();
			await page.getByRole('button', { name: 'Time: yesterday' }).click();
			await page.getByRole('radio', { name: 'Today' }).click();
			await page.getByText('1 log', { exact: true }).waitFor();
			await rowOf(page, 'first of today').waitFor();
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

	await check('page: feedback is given, changed and taken back on a log', async () => {
		const { data: log } = await api.post<{ id: string }>('/logs', {
			...{ project: 'log-page', config: { model: 'mock-1' }, inputs: { a: 'b' }, output: 'c' },
		});
		const stored = async () => {
			const { data: now } = await api.get<{ feedback: { type: string; value: string }[] }>(`/logs/${log.id}`);
			return now.feedback.map(({ type, value }) => `${type}: ${value}`).toSorted();
		};
		await visit(environment, { path: `/logs/${log.id}` }, async (page) => {
			const panel = page.getByRole('region', { name: 'Feedback' });
			await panel.getByRole('button', { name: 'Bad' }).click();
			await panel.getByRole('listitem').filter({ hasText: 'bad' }).waitFor();
			await panel.getByRole('button', { name: 'Good' }).click();
			await panel.getByRole('listitem').filter({ hasText: 'good' }).waitFor();
			await panel.getByRole('button', { name: 'Correction…' }).click();
			await panel.getByLabel('Correction').fill('d');
			await panel.getByRole('button', { name: 'Save' }).click();
			await panel.getByRole('button', { name: 'Change the correction…' }).waitFor();
			assert.deepEqual(await stored(), ['correction: d', 'rating: good']);
			await panel.getByRole('button', { name: 'Remove rating: good' }).click();
			await panel.getByRole('listitem').filter({ hasText: 'good' }).waitFor({ state: 'detached' });
			assert.deepEqual(await stored(), ['correction: d']);
		});
	});

	await check('page: a log is deleted after a question; a key that may not is told so', async () => {
		const { data: log } = await api.post<{ id: string }>('/logs', {
			...{ project: 'log-page', config: { model: 'mock-1' }, inputs: { a: 'to be deleted' }, output: 'c' },
		});
		const { data: key } = await api.post<{ key: string }>('/keys', { name: 'logs reader', role: 'read' });
		await visit(environment, { path: `/logs/${log.id}`, apiKey: key.key }, async (page) => {
			await page.getByRole('button', { name: 'Delete…' }).focus();
			await page.keyboard.press('Enter');
			await page.getByText(/role edit; yours has the role read/).waitFor();
			assert.equal(await page.getByRole('dialog').count(), 0);
		});
		await visit(environment, { path: `/logs/${log.id}` }, async (page) => {
			await page.getByRole('button', { name: 'Delete…' }).click();
			await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
			await page.getByRole('heading', { level: 1, name: 'Logs' }).waitFor();
			const { status } = await api.get(`/logs/${log.id}`, { validateStatus: null });
			assert.equal(status, 404);
		});
	});
}

/** An image of one pixel. */
const pixel =
	'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export async function checkLogs(environment: PageEnvironment): Promise<void> {
	const { data } = environment;
	await checkLook(environment, 'logs', { path: `/logs?project=${data.triage.id}` }, async (page) => {
		await page.getByRole('img', { name: 'rating: good' }).waitFor();
	});
	await checkLook(environment, 'log', { path: `/logs/${data.triageLogs[1]!}` }, async (page) => {
		await page.getByText('This belongs to billing.').waitFor();
	});
	await checkLook(environment, 'failed-log', { path: `/logs/${data.failedLog}` }, async (page) => {
		await page.getByText('Refuse this.').waitFor();
	});
	await checkFilters(environment);
	await checkAllProjects(environment);
	await checkLists(environment);
	await checkScrolling(environment);
	await checkLog(environment);
}
