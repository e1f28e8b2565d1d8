import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

import { check } from '../check.ts';
import { checkLook, visit, type PageEnvironment } from './harness.ts';

/** Saves the draft, and waits for what the page says about it. */
async function save(page: Page, said: string): Promise<void> {
	await page.getByRole('button', { name: 'Save as a new version' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
	await page.getByText(said).waitFor();
}

export async function checkProject(environment: PageEnvironment): Promise<void> {
	const { data, url, api } = environment;
	const { triage } = data;
	await checkLook(environment, 'project', { path: `/projects/${triage.id}` }, async (page) => {
		await page.getByRole('heading', { name: triage.name }).waitFor();
		await page.getByRole('row', { name: /triage v3.*staging/ }).waitFor();
		await page.getByRole('region', { name: 'Newest logs' }).getByRole('link').nth(9).waitFor();
		await page.getByRole('img', { name: /^Calls per day/ }).waitFor();
	});

	await check(
		'page: a new project says how to begin; what was only tried is not deployed, and the first saved version is',
		async () => {
			await visit(environment, { path: '/projects' }, async (page) => {
				await page.getByRole('button', { name: 'New project' }).click();
				await page.getByLabel('Name').fill(triage.name);
				await page.getByRole('button', { name: 'Create the project' }).click();
				await page.getByText(/There is a project named|already|taken/).waitFor();
				await page.getByLabel('Name').fill('page/new');
				await page.getByRole('button', { name: 'Create the project' }).click();
				await page.getByText('No versions yet').waitFor();
				await page.getByRole('link', { name: 'New chat' }).click();
				await page.getByLabel('Text of message 1').fill('You greet {{name}}.');
				await page.getByLabel('name', { exact: true }).fill('Ada');
				await page.getByLabel('Text of sent message 1').fill('Hello!');
				await page.getByRole('button', { name: 'Run', exact: true }).click();
				await page.getByRole('region', { name: 'Answer' }).getByRole('link', { name: 'Log' }).waitFor();
				const projectId = /projects\/([^/]+)/.exec(page.url())![1]!;
				const deployed = async () => {
					const { data } = await api.get<{ model_config_id: string | null }[]>(
						`/projects/${projectId}/deployed-configs`,
					);
					return data.flatMap(({ model_config_id: id }) => id ?? []);
				};
				assert.deepEqual(await deployed(), [], 'a draft that was only tried is not deployed');
				await save(page, 'This one runs in production.');
				await page.getByRole('heading', { name: 'v1', exact: true }).waitFor();
				const [, configId] = new RegExp(`^${url}/projects/[^/]+/versions/(config_\\w+)`).exec(page.url())!;
				assert.deepEqual(await deployed(), [configId]);

				await page.getByLabel('Text of message 1').fill('You welcome {{name}}.');
				await save(page, 'It runs nowhere until you deploy it.');
				await page.getByRole('heading', { name: 'v2', exact: true }).waitFor();
				assert.deepEqual(await deployed(), [configId]);
			});
		},
	);
}
