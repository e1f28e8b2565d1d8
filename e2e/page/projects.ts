import assert from 'node:assert/strict';
import axios from 'axios';

import { startServer, type RunningServer } from '../../test/hosts/startServer.ts';
import { check } from '../check.ts';
import { checkLook, visit, type PageEnvironment } from './harness.ts';

export async function checkProjects(environment: PageEnvironment): Promise<void> {
	const { data, url } = environment;
	await checkLook(environment, 'projects', { path: '/projects' }, async (page) => {
		await page.getByRole('link', { name: data.triage.name }).waitFor();
		await page.locator('td svg').nth(1).waitFor({ state: 'attached' });
		await page.getByRole('link', { name: data.answers.name }).waitFor();
		const { clientWidth, scrollWidth } = await page.evaluate<{ clientWidth: number; scrollWidth: number }>(
			`(({ clientWidth, scrollWidth }) => ({ clientWidth, scrollWidth }))(document.querySelector('[role="group"][aria-label="Projects"]'))`,
		);
		assert.ok(scrollWidth <= clientWidth, `the table is ${scrollWidth} px wide, and there is room for ${clientWidth}`);
	});

	await check('page: the share of calls that failed leads to their logs', async () => {
		await visit(environment, { path: '/projects' }, async (page) => {
			const row = page.getByRole('row', { name: data.answers.name });
			await row.getByRole('link', { name: /% failed: show the logs$/ }).click();
			await page.getByRole('button', { name: 'Status: failed' }).waitFor();
			await page.locator('[data-index="0"]').getByText('against the rules of the stand-in').waitFor();
			const { pathname, searchParams } = new URL(page.url());
			assert.equal(pathname, '/logs');
			assert.equal(searchParams.get('project'), data.answers.id);
			assert.match(searchParams.get('from')!, /^\d{4}-\d\d-\d\dT00:00:00\.000Z$/);
			assert.equal(searchParams.get('to'), null);
		});
	});

	await check('page: the search of projects is in the address, and finds parts of names', async () => {
		await visit(environment, { path: '/' }, async (page) => {
			await page.getByRole('link', { name: data.triage.name }).waitFor();
			await page.getByLabel('Search projects').fill('ANSWER');
			await page.getByRole('link', { name: data.triage.name }).waitFor({ state: 'detached' });
			await page.getByRole('link', { name: data.answers.name }).waitFor();
			assert.equal(page.url(), `${url}/?search=ANSWER`);
			await page.getByLabel('Search projects').fill('no such project');
			await page.getByText('No projects match').waitFor();
		});
	});

	await check('page: a server with 1,000 projects shows them page by page, and finds one of them', async () => {
		const server = await startServer();
		try {
			await addProjects(server, 1_000);
			const crowded = { ...environment, server, url: new URL(server.baseUrl).origin };
			await visit(crowded, { path: '/projects?sort=name' }, async (page) => {
				const rows = page.getByRole('row');
				await page.getByText('1–50 of 1,000 projects').waitFor();
				assert.equal(await rows.count(), 51);
				await page.getByRole('link', { name: 'Next' }).click();
				await page.getByRole('link', { name: 'project 0050' }).waitFor();
				assert.equal(page.url(), `${crowded.url}/projects?sort=name&page=2`);
				await page.goBack();
				await page.getByRole('link', { name: 'project 0049' }).waitFor();
				await page.getByLabel('Search projects').fill('0777');
				await page.getByRole('link', { name: 'project 0777' }).waitFor();
				assert.equal(await rows.count(), 2);
			});
		} finally {
			await server.stop();
		}
	});
}

/** Makes projects named "project 0000" and so on, twenty at once. */
async function addProjects({ baseUrl, apiKey }: RunningServer, count: number): Promise<void> {
	let next = 0;
	const add = async () => {
		while (next < count) {
			const name = `project ${String(next++).padStart(4, '0')}`;
			await axios.post(`${baseUrl}/projects`, { name }, { headers: { 'X-API-KEY': apiKey } });
		}
	};
	await Promise.all(Array.from({ length: 20 }, add));
}
