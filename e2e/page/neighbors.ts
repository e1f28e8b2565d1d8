import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

import { check } from '../check.ts';
import { visit, type PageEnvironment } from './harness.ts';
import { rowOf, storeLogs } from './logData.ts';

const button = (page: Page, name: 'Previous' | 'Next') => page.getByRole('button', { name, exact: true });
const isDisabled = async (page: Page, name: 'Previous' | 'Next') =>
	(await button(page, name).getAttribute('aria-disabled')) === 'true';

/** Waits until the page of a log shows this one. */
const shown = (page: Page, number: number) => page.getByText(`answer ${number}`, { exact: true }).waitFor();

/** Waits until screen readers hear which log of the list is shown. Others can be of the same second. */
const said = (page: Page, position: number) =>
	page
		.getByRole('status')
		.filter({ hasText: new RegExp(`^Log ${position}, \\w+ \\d+, \\d{4}, `) })
		.waitFor();

/** From a log to the next one of the list that it was opened from. */
export async function checkNeighbors(environment: PageEnvironment): Promise<void> {
	const { api, data } = environment;

	await check('page: from a log, Next and Previous go through the list that it was opened from', async () => {
		const id = await storeLogs(api, 'neighbors', 150);
		await visit(environment, { path: `/logs?project=${id}&source=tenth` }, async (page) => {
			await rowOf(page, 'number 140').waitFor();
			const reads: string[] = [];
			page.on('request', (request) => {
				const { pathname, searchParams } = new URL(request.url());
				if (pathname === '/v4/logs' && searchParams.get('size') === '64') reads.push(request.url());
			});
			await rowOf(page, 'number 140').getByRole('link').click();
			await shown(page, 140);
			assert.deepEqual([await isDisabled(page, 'Previous'), await isDisabled(page, 'Next')], [true, false]);
			await button(page, 'Next').click();
			await shown(page, 130);
			// The keys do the same, and the focus stays on the button.
			await page.keyboard.press('Enter');
			await shown(page, 120);
			await said(page, 3);
			await page.keyboard.press('ArrowRight');
			await shown(page, 110);
			await said(page, 4);
			await page.keyboard.press('ArrowLeft');
			await shown(page, 120);
			await button(page, 'Previous').click();
			await shown(page, 130);
			assert.deepEqual(reads, [], 'the list is not read again');
			await page.reload();
			await shown(page, 130);
			await button(page, 'Previous').click();
			await shown(page, 140);

			// Keys in a field are for the field.
			await page.getByRole('button', { name: 'Comment…' }).click();
			await page.getByLabel('Comment').fill('ab');
			await page.getByLabel('Comment').press('ArrowLeft');
			await page.keyboard.type('-');
			assert.equal(await page.getByLabel('Comment').inputValue(), 'a-b');
			// What was typed is not taken along.
			await button(page, 'Next').click();
			await shown(page, 130);
			await page.getByRole('button', { name: 'Comment…' }).waitFor();

			await page.goBack();
			await rowOf(page, 'number 140').waitFor();
			assert.equal(new URL(page.url()).search, `?project=${id}&source=tenth`, 'one step back is the list');
		});
	});

	await check('page: Next goes over the end of a page of the list, and to its last log', async () => {
		const id = await storeLogs(api, 'neighbors-of-pages', 66);
		await visit(environment, { path: `/logs?project=${id}` }, async (page) => {
			await rowOf(page, 'number 65').waitFor();
			await page.locator('[data-index="0"]').focus();
			await page.keyboard.press('End');
			await page.getByRole('link', { name: 'number 3', exact: true }).click();
			// Logs that are stored meanwhile move nothing.
			await api.post('/logs', {
				project_id: id,
				config: { model: 'mock-1' },
				inputs: { number: 'new' },
				output: 'new',
			});
			for (const number of [3, 2, 1, 0]) {
				await shown(page, number);
				if (number > 0) {
					await page.locator('button[aria-keyshortcuts="ArrowRight"][aria-disabled="false"]').waitFor();
					await page.keyboard.press('ArrowRight');
				}
			}
			await page.locator('button[aria-keyshortcuts="ArrowRight"][aria-disabled="true"]').waitFor();
			await page.keyboard.press('ArrowLeft');
			await shown(page, 1);
			// Nor do they when a page of the list is read again, on either side of its end.
			for (const number of [2, 3]) {
				await page.reload();
				await page.locator('button[aria-keyshortcuts="ArrowLeft"][aria-disabled="false"]').waitFor();
				await page.keyboard.press('ArrowLeft');
				await shown(page, number);
			}
		});
	});

	await check('page: a log that was opened from elsewhere has no Next', async () => {
		await visit(environment, { path: `/logs?project=${data.triage.id}` }, async (page) => {
			await page.locator('[data-index="0"] a').click();
			await button(page, 'Next').waitFor();
			// The same log from the project's page, in the same tab.
			await page.getByRole('link', { name: data.triage.name, exact: true }).click();
			await page.getByRole('table', { name: 'Newest logs' }).getByRole('rowheader').first().getByRole('link').click();
			await page.getByRole('link', { name: 'Try this input' }).waitFor();
			assert.equal(await button(page, 'Next').count(), 0);
			await page.goto(`/logs/${data.triageLogs[0]!}`);
			await page.getByRole('link', { name: 'Try this input' }).waitFor();
			assert.equal(await button(page, 'Next').count(), 0);
		});
	});
}
