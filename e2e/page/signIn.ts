import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

import { check } from '../check.ts';
import { checkLook, visit, type PageEnvironment } from './harness.ts';
import { watchRequests } from './requests.ts';

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

	await check('page: what was asked for before somebody signed in does not sign them out again', async () => {
		await visit(environment, { path: 'about:blank', apiKey: null }, async (page) => {
			const allAnswered = watchRequests(page);
			await page.goto('/');
			await page.getByLabel('API key', { exact: true }).fill(server.apiKey);
			await page.keyboard.press('Enter');
			await page.getByRole('link', { name: 'support/triage' }).waitFor();
			await allAnswered();
			assert.equal(page.url(), `${url}/`);
			await page.getByRole('link', { name: 'support/triage' }).waitFor();
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

	const makeLink = async () => (await environment.api.post<{ path: string }>('/session/codes')).data.path;
	const projects = (page: Page) => page.getByRole('heading', { name: 'Projects' });

	await check('page: a link signs in once, and leaves its code nowhere', async () => {
		const link = await makeLink();
		await visit(environment, { path: link, apiKey: null }, async (page) => {
			await projects(page).waitFor();
			assert.equal(page.url(), `${url}/`);
			await page.goBack();
			assert.ok(!page.url().includes('code'), page.url());
		});
		await visit(environment, { path: link, apiKey: null }, async (page) => {
			await page.getByText(/was used already, or has expired/).waitFor();
			await page.getByLabel('API key', { exact: true }).fill(server.apiKey);
			await page.keyboard.press('Enter');
			await projects(page).waitFor();
		});
	});

	await check('page: a link signs nobody in as somebody else, and is not used up by who is signed in', async () => {
		const { data: key } = await environment.api.post<{ key: string }>('/keys', { name: 'Link reader', role: 'read' });
		const link = await makeLink();
		await visit(environment, { path: link, apiKey: key.key }, async (page) => {
			await page.getByRole('button', { name: 'Signed in as Link reader' }).waitFor();
			assert.equal(page.url(), `${url}/`);
		});
		await visit(environment, { path: '/sign-in', apiKey: null }, async (page) => {
			await page.getByLabel('API key', { exact: true }).waitFor();
			await page.goto(link);
			await page.getByRole('button', { name: 'Signed in as Server key' }).waitFor();
		});
	});

	await check('page: a link waits while nobody can say who is signed in', async () => {
		const { data: key } = await environment.api.post<{ key: string }>('/keys', {
			name: 'Patient reader',
			role: 'read',
		});
		const link = await makeLink();
		await visit(environment, { path: 'about:blank', apiKey: key.key }, async (page) => {
			const used: string[] = [];
			let isBusy = true;
			await page.route('**/v4/session', async (route) => {
				if (route.request().method() === 'POST') used.push(route.request().url());
				if (!isBusy || route.request().method() !== 'GET') return route.continue();
				return route.fulfill({ status: 429, json: { detail: { message: 'The stand-in is busy.' } } });
			});
			await page.goto(link);
			await page.getByText('The stand-in is busy.').waitFor();
			isBusy = false;
			await page.getByRole('button', { name: 'Try again' }).click();
			await page.getByRole('button', { name: 'Signed in as Patient reader' }).waitFor();
			assert.deepEqual(used, []);
		});
	});
}
