import assert from 'node:assert/strict';

import { check } from '../check.ts';
import { visit, type PageEnvironment } from './harness.ts';

/** What people do to a log: feedback, and deleting it. */
export async function checkLogChanges(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	await check('page: feedback is given, changed and taken back on a log', async () => {
		const { data: log } = await api.post<{ id: string }>('/logs', {
			...{ project: 'log-page', config: { model: 'mock-1' }, inputs: { a: 'b' }, output: 'c' },
		});
		const stored = async () => {
			const { data: now } = await api.get<{ feedback: { type: string; value: string }[] }>(`/logs/${log.id}`);
			return now.feedback.map(({ type, value }) => `${type}: ${value}`).toSorted();
		};
		await visit(environment, { path: `/logs/${log.id}` }, async (page) => {
			const panel = page.getByRole('region', { name: 'Feedback' });
			await panel.getByRole('button', { name: 'Bad' }).click();
			await panel.getByRole('listitem').filter({ hasText: 'bad' }).waitFor();
			await panel.getByRole('button', { name: 'Good' }).click();
			await panel.getByRole('listitem').filter({ hasText: 'good' }).waitFor();
			await panel.getByRole('button', { name: 'Correction…' }).click();
			await panel.getByLabel('Correction').fill('d');
			await panel.getByRole('button', { name: 'Save' }).click();
			await panel.getByRole('button', { name: 'Change the correction…' }).waitFor();
			assert.deepEqual(await stored(), ['correction: d', 'rating: good']);
			await panel.getByRole('button', { name: 'Remove rating: good' }).click();
			await panel.getByRole('listitem').filter({ hasText: 'good' }).waitFor({ state: 'detached' });
			assert.deepEqual(await stored(), ['correction: d']);
		});
	});

	await check('page: a log is deleted after a question; a key that may not is told so', async () => {
		const { data: log } = await api.post<{ id: string }>('/logs', {
			...{ project: 'log-page', config: { model: 'mock-1' }, inputs: { a: 'to be deleted' }, output: 'c' },
		});
		const { data: key } = await api.post<{ key: string }>('/keys', { name: 'logs reader', role: 'read' });
		await visit(environment, { path: `/logs/${log.id}`, apiKey: key.key }, async (page) => {
			await page.getByRole('button', { name: 'Delete…' }).focus();
			await page.keyboard.press('Enter');
			await page.getByText(/role edit; yours has the role read/).waitFor();
			assert.equal(await page.getByRole('dialog').count(), 0);
		});
		await visit(environment, { path: `/logs/${log.id}` }, async (page) => {
			await page.getByRole('button', { name: 'Delete…' }).click();
			await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
			await page.getByRole('heading', { level: 1, name: 'Logs' }).waitFor();
			const { status } = await api.get(`/logs/${log.id}`, { validateStatus: null });
			assert.equal(status, 404);
		});
	});
}
