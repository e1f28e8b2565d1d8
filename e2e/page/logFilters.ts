import assert from 'node:assert/strict';

import { check } from '../check.ts';
import { visit, type PageEnvironment } from './harness.ts';
import { rowOf, storeLogs } from './logData.ts';

/** What a list of logs is filtered by. */
export async function checkLogFilters(environment: PageEnvironment): Promise<void> {
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
