import assert from 'node:assert/strict';

import { check } from '../check.ts';
import { checkLook, visit, type PageEnvironment } from './harness.ts';

export async function checkProject(environment: PageEnvironment): Promise<void> {
	const { data, url } = environment;
	const { triage } = data;
	await checkLook(environment, 'project', { path: `/projects/${triage.id}` }, async (page) => {
		await page.getByRole('heading', { name: triage.name }).waitFor();
		await page.getByRole('row', { name: /triage v3.*staging/ }).waitFor();
		await page.getByRole('region', { name: 'Newest logs' }).getByRole('link').nth(9).waitFor();
		await page.getByRole('img', { name: /^Calls per day/ }).waitFor();
	});

	await check('page: a new project says how to begin, and its first prompt is saved and runs', async () => {
		await visit(environment, { path: '/projects' }, async (page) => {
			await page.getByRole('button', { name: 'New project' }).click();
			await page.getByLabel('Name').fill(triage.name);
			await page.getByRole('button', { name: 'Make the project' }).click();
			await page.getByText(/There is a project named|already|taken/).waitFor();
			await page.getByLabel('Name').fill('page/new');
			await page.getByRole('button', { name: 'Make the project' }).click();
			await page.getByText('No version yet').waitFor();
			await page.getByRole('link', { name: 'chat' }).click();
			await page.getByLabel('Text of message 1').fill('You greet {{name}}.');
			await page.getByLabel('name', { exact: true }).fill('Ada');
			await page.getByLabel('Text of sent message 1').fill('Hello!');
			await page.getByRole('button', { name: 'Save as a new version' }).click();
			await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
			await page.getByRole('heading', { name: 'v1', exact: true }).waitFor();
			assert.match(page.url(), new RegExp(`^${url}/projects/[^/]+/versions/config_`));
		});
	});
}
