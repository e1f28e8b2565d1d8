import assert from 'node:assert/strict';

import { check } from '../check.ts';
import { checkLook, visit, type PageEnvironment } from './harness.ts';

export async function checkSignIn(environment: PageEnvironment): Promise<void> {
	const { server, url } = environment;
	await checkLook(environment, 'sign-in', { path: '/sign-in', apiKey: null }, async (page) => {
		await page.getByLabel('API key', { exact: true }).waitFor();
	});

	await check('page: signing in leads back to where somebody was; signing out locks the page', async () => {
		await visit(environment, { path: '/projects?search=triage', apiKey: null }, async (page) => {
			const field = page.getByLabel('API key', { exact: true });
			await field.fill('hl_sk_wrong');
			await page.getByRole('button', { name: 'Sign in' }).click();
			await page.getByText(/not valid|unknown|wrong/i).waitFor();
			await field.fill(server.apiKey);
			await page.keyboard.press('Enter');
			await page.getByRole('link', { name: 'support/triage' }).waitFor();
			assert.equal(page.url(), `${url}/projects?search=triage`);
			assert.ok(!(await page.evaluate<string>('document.cookie')).includes('hl_sk'), 'scripts do not see the key');

			await page.getByRole('button', { name: /^Signed in as/ }).click();
			await page.getByRole('menuitem', { name: 'Sign out' }).click();
			await field.waitFor();
			await page.goto('/projects');
			await field.waitFor();
			assert.equal(await page.getByRole('link', { name: 'support/triage' }).count(), 0);
		});
	});

	await check('page: signing in does not lead to another host', async () => {
		for (const next of ['//evil.example/', 'https://evil.example/', '/\\evil.example']) {
			await visit(environment, { path: `/sign-in?next=${encodeURIComponent(next)}`, apiKey: null }, async (page) => {
				await page.getByLabel('API key', { exact: true }).fill(server.apiKey);
				await page.keyboard.press('Enter');
				await page.getByRole('heading', { name: 'Projects' }).waitFor();
				assert.equal(new URL(page.url()).origin, url);
			});
		}
	});
}
