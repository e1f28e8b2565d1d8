import assert from 'node:assert/strict';

import { check } from '../check.ts';
import { checkLook, visit, type PageEnvironment } from './harness.ts';

export async function checkProjects(environment: PageEnvironment): Promise<void> {
	const { data, url } = environment;
	await checkLook(environment, 'projects', { path: '/projects' }, async (page) => {
		await page.getByRole('link', { name: data.triage.name }).waitFor();
		await page
			.getByRole('img', { name: /^Calls per day/ })
			.nth(1)
			.waitFor();
		await page.getByRole('link', { name: data.answers.name }).waitFor();
	});

	await check('page: the search of projects is in the address, and finds parts of names', async () => {
		await visit(environment, { path: '/' }, async (page) => {
			await page.getByRole('link', { name: data.triage.name }).waitFor();
			await page.getByLabel('Search projects').fill('ANSWER');
			await page.getByRole('link', { name: data.triage.name }).waitFor({ state: 'detached' });
			await page.getByRole('link', { name: data.answers.name }).waitFor();
			assert.equal(page.url(), `${url}/?search=ANSWER`);
			await page.getByLabel('Search projects').fill('no such project');
			await page.getByText('No project has this in its name').waitFor();
		});
	});
}
