import assert from 'node:assert/strict';

import { check } from '../check.ts';
import { checkLook, visit, type PageEnvironment } from './harness.ts';
import { checkLists } from './lists.ts';
import { storeLogs } from './logData.ts';
import { checkLogFilters } from './logFilters.ts';
import { checkLogScrolling } from './logScrolling.ts';

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
}

export async function checkLogs(environment: PageEnvironment): Promise<void> {
	const { data } = environment;
	await checkLook(environment, 'logs', { path: `/logs?project=${data.triage.id}` }, async (page) => {
		await page.getByRole('img', { name: 'rating: good' }).waitFor();
	});
	await checkLogFilters(environment);
	await checkAllProjects(environment);
	await checkLists(environment);
	await checkLogScrolling(environment);
}
