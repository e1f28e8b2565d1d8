import assert from 'node:assert/strict';

import { check } from '../check.ts';
import { checkLook, visit, type PageEnvironment } from './harness.ts';

async function checkKeys(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	const statusOf = async (key: string) =>
		(await api.get('/projects', { headers: { 'X-API-KEY': key }, validateStatus: null })).status;

	await check('page: an admin makes a key, which is shown once, rotates it and revokes it', async () => {
		await visit(environment, { path: '/settings' }, async (page) => {
			await page.getByRole('button', { name: 'New key…' }).click();
			const dialog = page.getByRole('dialog');
			await dialog.getByLabel('Name').fill('Grace');
			await dialog.getByLabel('Role').selectOption('edit');
			await dialog.getByLabel('Requests per minute').fill('600');
			await dialog.getByRole('button', { name: 'Create the key' }).click();
			const made = (await dialog.locator('pre').textContent()) ?? '';
			assert.match(made, /^hl_sk_[0-9a-f]{48}$/);
			assert.equal(await statusOf(made), 200);
			// Nobody sees the key again: only the button closes the dialog.
			await page.keyboard.press('Escape');
			await dialog.getByRole('button', { name: 'I have copied it' }).click();
			await page.getByRole('row', { name: /^Grace edit valid .*600 per minute/ }).waitFor();
			assert.equal(await page.getByText(made).count(), 0);

			await page.getByRole('button', { name: 'New key…' }).click();
			await dialog.getByLabel('Name').fill('Grace');
			await dialog.getByRole('button', { name: 'Create the key' }).click();
			await dialog.getByRole('alert').getByText(/Grace/).waitFor();
			await dialog.getByRole('button', { name: 'Cancel' }).click();

			await page.getByRole('button', { name: 'Rotate Grace' }).click();
			await dialog.getByRole('button', { name: 'Create the new key' }).click();
			const next = (await dialog.locator('pre').textContent()) ?? '';
			assert.notEqual(next, made);
			await page.keyboard.press('Escape');
			await dialog.getByRole('button', { name: 'I have copied it' }).click();
			await page.getByRole('row', { name: /^Grace edit replaced until/ }).waitFor();
			assert.deepEqual([await statusOf(made), await statusOf(next)], [200, 200]);

			const current = page.getByRole('row', { name: /^Grace edit valid/ });
			await current.getByRole('button', { name: 'Revoke Grace' }).click();
			await dialog.getByRole('button', { name: 'Revoke the key' }).click();
			await page.getByRole('row', { name: /^Grace edit revoked/ }).waitFor();
			await dialog.waitFor({ state: 'detached' });
		});
	});

	await check('page: who is not an admin is told so, and sees the rest', async () => {
		const { data: key } = await api.post<{ key: string }>('/keys', { name: 'settings reader', role: 'deploy' });
		await visit(environment, { path: '/settings', apiKey: key.key }, async (page) => {
			await page.getByText('This needs an API key with the role admin; yours has the role deploy.').waitFor();
			await page.getByRole('row', { name: /^mock ready/ }).waitFor();
			assert.equal(await page.getByRole('button', { name: /New (key|budget)/ }).count(), 0);
		});
	});
}

export async function checkSettings(environment: PageEnvironment): Promise<void> {
	const { api, data } = environment;
	await api.post('/keys', { name: 'n8n production', role: 'run', requests_per_minute: 600 });
	await api.post('/keys', { name: 'Ada', role: 'deploy', expires_at: '2999-01-31' });
	await api.post('/model-configs', { project: 'old', provider: 'mock', model: 'mock-0', prompt_template: 'x' });
	await api.put('/budgets', { project_id: data.answers.id, period: 'month', limit: 25 });
	await checkLook(environment, 'settings', { path: '/settings' }, async (page) => {
		await page.getByRole('rowheader', { name: 'n8n production' }).waitFor();
		await page.getByRole('cell', { name: '$25.00 a month' }).waitFor();
		await page.getByRole('row', { name: /^openai ready/ }).waitFor();
		await page.getByRole('row', { name: /^gpt-4o-mini \(openai\)/ }).waitFor();
		await page.getByText('SQLite').waitFor();
	});
	await checkLook(environment, 'new-key', { path: '/settings' }, async (page) => {
		await page.getByRole('button', { name: 'New key…' }).click();
		await page.getByRole('dialog').getByLabel('Name').fill('Ada');
	});
	await checkLook(environment, 'new-budget', { path: '/settings' }, async (page) => {
		await page.getByRole('button', { name: 'New budget…' }).click();
		await page.getByRole('dialog').getByRole('combobox', { name: 'Project' }).waitFor();
	});

	await checkKeys(environment);

	await check('page: providers are ready, need a key in each call, or are not available; no key is shown', async () => {
		await visit(environment, { path: '/settings' }, async (page) => {
			await page.getByRole('row', { name: /^mock ready/ }).waitFor();
			await page.getByRole('row', { name: /^groq a key in each call/ }).waitFor();
			await page.getByRole('row', { name: /^ollama not available .*OLLAMA_BASE_URL/ }).waitFor();
			await page.getByRole('row', { name: /^mock-0 \(mock\) ended Jan 31, 2020 mock-1/ }).waitFor();
			await page.getByRole('row', { name: /^gpt-4o-mini \(openai\) Jan 14, 2999 gpt-6-luna/ }).waitFor();
			assert.equal(await page.getByText('none-needed').count(), 0);
		});
	});

	await check('page: an admin sets, changes and deletes a budget', async () => {
		await visit(environment, { path: '/settings' }, async (page) => {
			const dialog = page.getByRole('dialog');
			await page.getByRole('button', { name: 'New budget…' }).click();
			await dialog.getByRole('combobox', { name: 'Project' }).fill('triage');
			await page.getByRole('option', { name: data.triage.name }).click();
			await dialog.getByText('Each day').click();
			await dialog.getByLabel('Limit in US dollars').fill('5');
			await dialog.getByRole('button', { name: 'Set the budget' }).click();
			await page.getByRole('row', { name: /^support\/triage project \$5.00 a day/ }).waitFor();

			await page.getByRole('button', { name: 'Change the budget of support/triage' }).click();
			await dialog.getByLabel('Limit in US dollars').fill('7.5');
			await dialog.getByRole('button', { name: 'Set the budget' }).click();
			await page.getByRole('row', { name: /^support\/triage project \$7.50 a day/ }).waitFor();

			await page.getByRole('button', { name: 'Delete the budget of support/triage' }).click();
			await page.getByText('Budget deleted').waitFor();
			await page.getByRole('row', { name: /^support\/triage/ }).waitFor({ state: 'detached' });
		});
	});
}
