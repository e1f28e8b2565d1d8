import assert from 'node:assert/strict';

import { check } from '../check.ts';
import { visit, type PageEnvironment } from './harness.ts';
import { rowOf, storeLogs } from './logData.ts';

/** A list of logs that is longer than the screen. */
export async function checkLogScrolling(environment: PageEnvironment): Promise<void> {
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
