import assert from 'node:assert/strict';

import { check } from '../check.ts';
import { checkLook, visit, type PageEnvironment } from './harness.ts';

/** A day as the table of days names it: `Nov 30, 2026`. */
const dayName = (at: Date) => at.toLocaleDateString('en', { dateStyle: 'medium', timeZone: 'UTC' });

export async function checkUsage(environment: PageEnvironment): Promise<void> {
	const { api, data, url } = environment;
	await checkLook(environment, 'usage', { path: '/usage' }, async (page) => {
		await page.getByRole('row', { name: /^gpt-4o-mini \(openai\)/ }).waitFor();
		await page.getByRole('img', { name: /^Cost by day/ }).waitFor();
		await page.locator('canvas').waitFor();
	});

	await check('page: usage shows what the API counts, by model, project, version, workflow, key and day', async () => {
		const { data: usage } = await api.get<{ records: { model: string; calls: number; cost: number }[] }>('/usage', {
			params: { group_by: 'model' },
		});
		const model = usage.records.find((record) => record.model === 'gpt-4o-mini')!;
		assert.ok(model.cost > 0 && model.calls >= 3);
		await visit(environment, { path: '/usage?show=calls' }, async (page) => {
			const row = page.getByRole('row', { name: /^gpt-4o-mini \(openai\)/ });
			assert.equal(await row.getByRole('cell').first().textContent(), String(model.calls));
			assert.equal(await row.getByRole('cell').last().locator('span').first().getAttribute('title'), `$${model.cost}`);
			const by = page.getByLabel('By', { exact: true });
			const failures = page.getByRole('link', { name: /% failed/ });
			assert.equal(await page.getByRole('table').locator(failures).count(), 0, 'logs are not listed by model');
			const ofAll = new URL((await failures.getAttribute('href'))!, url);
			assert.deepEqual(
				[ofAll.pathname, ofAll.searchParams.get('status'), ofAll.searchParams.has('project')],
				['/logs', 'failed', false],
			);
			await by.selectOption('project');
			await page
				.getByRole('row', { name: data.answers.name })
				.getByRole('link', { name: /% failed/ })
				.waitFor();
			await page.getByRole('link', { name: data.triage.name, exact: true }).waitFor();
			await by.selectOption('version');
			await page.getByRole('link', { name: `triage v1 (${data.triage.name})` }).waitFor();
			const failed = page.getByRole('row', { name: /^answers v1/ }).getByRole('link', { name: /% failed/ });
			const { pathname, searchParams } = new URL((await failed.getAttribute('href'))!, url);
			assert.deepEqual(
				[pathname, ...['project', 'version', 'status'].map((name) => searchParams.get(name))],
				['/logs', data.answers.id, data.answers.versions[0]!.id, 'failed'],
			);
			await by.selectOption('workflow');
			await page.getByRole('rowheader', { name: 'other programs' }).waitFor();
			await by.selectOption('environment');
			await page.getByRole('rowheader', { name: 'none: the call named a version' }).waitFor();
			await by.selectOption('key');
			await page.getByRole('rowheader', { name: 'Server key' }).waitFor();
			await by.selectOption('day');
			await page.getByRole('rowheader', { name: dayName(new Date()) }).waitFor();
			await page.goBack();
			await page.getByRole('rowheader', { name: 'Server key' }).waitFor();
			assert.equal(page.url(), `${url}/usage?show=calls&by=key`);
		});
	});

	await check('page: usage of one project and of chosen days is in the address; unknown costs are said', async () => {
		const today = new Date().toISOString().slice(0, 10);
		await visit(environment, { path: `/usage?from=${today}&to=${today}` }, async (page) => {
			await page.getByRole('row', { name: /^gpt-4o-mini/ }).waitFor();
			await page.getByRole('combobox', { name: 'Project' }).fill('triage');
			await page.getByRole('option', { name: data.triage.name }).click();
			await page.getByRole('row', { name: /^gpt-4o-mini/ }).waitFor({ state: 'detached' });
			await page.getByRole('row', { name: /^mock-1 \(mock\)/ }).waitFor();
			assert.equal(page.url(), `${url}/usage?from=${today}&to=${today}&project=${data.triage.id}`);
			// An empty field filters by nothing else, so it does not stay empty.
			await page.getByLabel('Last day').fill('');
			await page.getByLabel('Last day').blur();
			assert.equal(await page.getByLabel('Last day').inputValue(), today);
			await page.getByLabel('First day').fill('2020-01-01');
			await page.getByLabel('Last day').fill('2020-01-31');
			await page.getByText('No calls on these days').waitFor();
			assert.equal(page.url(), `${url}/usage?project=${data.triage.id}&from=2020-01-01&to=2020-01-31`);
		});
		const config = { provider: 'openai', model: 'a-model-without-a-price', prompt_template: 'x {{y}}' };
		await api.post('/completion', { project: 'unpriced', model_config: config, inputs: { y: '1' } });
		const { data: projects } = await api.get<{ records: { id: string }[] }>('/projects?filter=unpriced');
		await visit(environment, { path: `/usage?project=${projects.records[0]!.id}` }, async (page) => {
			await page.getByText('The cost of 1 of 1 calls is unknown').waitFor();
			await page.getByText('No cost is known for these days.').waitFor();
			await page.getByRole('cell', { name: 'unknown' }).waitFor();
		});
	});

	await check('page: a key that is not an admin sees no usage of other keys', async () => {
		const { data: key } = await api.post<{ key: string }>('/keys', { name: 'usage reader', role: 'read' });
		await visit(environment, { path: '/usage?by=key', apiKey: key.key }, async (page) => {
			await page.getByRole('row', { name: /^gpt-4o-mini/ }).waitFor();
			assert.equal(await page.getByRole('option', { name: 'API key' }).count(), 0);
		});
	});
}
