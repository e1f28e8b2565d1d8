import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

import { check } from '../check.ts';
import { visit, type PageEnvironment } from './harness.ts';
import { rowOf, storeLogs } from './logData.ts';

/** The link of a log's page that leads to a list of logs. The header has another one. */
const wayBack = (page: Page) => page.getByRole('main').getByRole('link', { name: 'Logs', exact: true });

/** Goes to the newest log of a project without a reload of the page. */
async function openNewestLog(page: Page, project: string): Promise<void> {
	await page.getByRole('link', { name: 'Projects', exact: true }).first().click();
	await page.getByLabel('Search projects').fill(project);
	await page.getByRole('link', { name: project, exact: true }).click();
	const logs = page.getByRole('table', { name: 'Newest logs' });
	await logs.getByRole('rowheader').first().getByRole('link').click();
	await page.getByRole('heading', { level: 1, name: `Log of ${project}` }).waitFor();
}

async function checkWayBack(environment: PageEnvironment): Promise<void> {
	const { api, url, server } = environment;
	await check('page: the way back from a log leads to the list that it is in', async () => {
		const one = await storeLogs(api, 'way-back-one', 12);
		const two = await storeLogs(api, 'way-back-two', 12);
		await visit(environment, { path: `/logs?project=${one}&source=tenth` }, async (page) => {
			await rowOf(page, 'number 10').waitFor();
			await openNewestLog(page, 'way-back-two');
			assert.equal(await wayBack(page).getAttribute('href'), `/logs?project=${two}`, 'not the list of another project');
			await openNewestLog(page, 'way-back-one');
			assert.equal(await wayBack(page).getAttribute('href'), `/logs?project=${one}&source=tenth`);

			// A deleted log leads there too.
			await page.goto('/logs?source=tenth&search=number%2010');
			await rowOf(page, 'way-back-one').getByRole('link').click();
			await page.getByRole('button', { name: 'Delete…' }).click();
			await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
			await rowOf(page, 'way-back-two').waitFor();
			assert.equal(page.url(), `${url}/logs?source=tenth&search=number+10`);
			assert.equal(await rowOf(page, 'way-back-one').count(), 0);

			// The next person has seen no list.
			await page.getByRole('button', { name: /^Signed in as/ }).click();
			await page.getByRole('menuitem', { name: 'Sign out' }).click();
			await page.getByLabel('API key', { exact: true }).fill(server.apiKey);
			await page.keyboard.press('Enter');
			await page.getByRole('heading', { level: 1, name: 'Projects' }).waitFor();
			await openNewestLog(page, 'way-back-two');
			assert.equal(await wayBack(page).getAttribute('href'), `/logs?project=${two}`);
		});
	});
}

/** What is seen only in a list of logs. */
export async function checkLists(environment: PageEnvironment): Promise<void> {
	const { api, data } = environment;
	await check('page: typing in the field for the project replaces the name that it holds, and searches', async () => {
		const id = await storeLogs(api, 'typed-name', 3);
		await visit(environment, { path: '/logs' }, async (page) => {
			const field = page.getByRole('combobox', { name: 'Project' });
			await page.locator('[data-index]').first().waitFor();
			await field.click();
			await page.getByRole('option', { name: 'All projects' }).waitFor();
			await page.keyboard.type('no-such-name');
			assert.equal(await field.inputValue(), 'no-such-name');
			await page.getByText('No projects match').waitFor();
			assert.equal(await page.getByRole('option').count(), 0);

			await page.keyboard.press('ControlOrMeta+A');
			await page.keyboard.type('typed-na');
			await page.getByRole('option', { name: 'typed-name' }).click();
			await rowOf(page, 'number 2').waitFor();
			assert.equal(new URL(page.url()).search, `?project=${id}`);
			assert.equal(await field.inputValue(), 'typed-name');

			// What was typed and not chosen is forgotten.
			await page.getByRole('heading', { level: 1, name: 'Logs' }).click();
			await field.click();
			await page.keyboard.type('triage');
			assert.equal(await field.inputValue(), 'triage');
			await page.getByRole('option', { name: data.triage.name }).waitFor();
			await page.getByRole('heading', { level: 1, name: 'Logs' }).click();
			await page.waitForFunction("document.querySelector('[role=combobox]').value === 'typed-name'");
			await field.click();
			await page.getByRole('option', { name: 'All projects' }).click();
			await page.waitForFunction("document.querySelector('[role=combobox]').value === 'All projects'");
			assert.equal(new URL(page.url()).search, '');
		});
	});

	await checkWayBack(environment);

	await check('page: a list shows the year of logs of other years, and numbers of feedback in short', async () => {
		const year = new Date().getUTCFullYear() - 1;
		const project = 'old-and-rated';
		const log = { project, config: { model: 'mock-1' }, inputs: { a: 'b' }, output: 'c' };
		const { data: old } = await api.post<{ id: string; project_id: string }>('/logs', {
			...log,
			created_at: `${year}-11-29T16:52:00Z`,
		});
		await api.post('/feedback', { type: 'score', value: 0.8333333, data_id: old.id });
		await visit(environment, { path: `/logs?project=${old.project_id}` }, async (page) => {
			const time = page.getByRole('cell', { name: `Nov 29, ${year}, 16:52` });
			await time.waitFor();
			const widthOf = (name: string) => time.evaluate((cell, key) => Number(Reflect.get(cell, key)), name);
			const [shown, needed] = [await widthOf('clientWidth'), await widthOf('scrollWidth')];
			assert.ok(needed <= shown, `the time needs ${needed} px, and has ${shown}`);
			assert.equal((await page.getByRole('img', { name: 'score: 0.8333333' }).textContent())?.trim(), '0.83');
		});
	});

	await check('page: a filter by version without a project says where to choose versions', async () => {
		await visit(environment, { path: `/logs?version=${data.triage.versions[0]!.id}` }, async (page) => {
			await rowOf(page, 'triage v1').first().waitFor();
			await page.getByRole('button', { name: /^Version: / }).click();
			await page.getByText('Choose a project to see its versions.').waitFor();
		});
	});
}
