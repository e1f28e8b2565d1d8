import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

import { check } from '../check.ts';
import { storeVersion } from './data.ts';
import { visit, type PageEnvironment } from './harness.ts';

/** Opens a dialog by its button with the keyboard, and leaves it in each way. The button has the focus again. */
async function checkFocus(page: Page, button: string): Promise<void> {
	const opener = page.getByRole('button', { name: button, exact: true });
	const dialog = page.getByRole('dialog');
	const leave = [
		() => dialog.getByRole('button', { name: 'Cancel' }).press('Enter'),
		() => page.keyboard.press('Escape'),
	];
	for (const close of leave) {
		await opener.press('Enter');
		// The dialog takes the focus at first.
		await page.waitForFunction('document.activeElement?.closest("[role=dialog]") !== null');
		await close();
		await dialog.waitFor({ state: 'detached' });
		await opener.and(page.locator(':focus')).waitFor();
	}
}

/** Dialogs that exist only while they are open. */
export async function checkDialogs(environment: PageEnvironment): Promise<void> {
	const { api, data } = environment;
	const { triage } = data;

	await check('page: a dialog returns the focus to the button that opened it', async () => {
		const version = `/projects/${triage.id}/versions/${triage.versions[0]!.id}`;
		await visit(environment, { path: version }, async (page) => {
			await page.getByRole('textbox', { name: 'Template' }).pressSequentially('More');
			await checkFocus(page, 'Save as a new version');
		});
		await visit(environment, { path: `/projects/${triage.id}/deployments` }, async (page) => {
			await checkFocus(page, 'Deploy to staging');
		});
		await api.post('/keys', { name: 'dialog key', role: 'read' });
		await visit(environment, { path: '/settings' }, async (page) => {
			await checkFocus(page, 'Rotate dialog key');
			await checkFocus(page, 'Revoke dialog key');
			await checkFocus(page, 'New budget…');
		});
	});

	await check('page: if the button is gone when the dialog closes, the keyboard goes on in the content', async () => {
		const project = 'page/dialog-focus';
		const config = { provider: 'mock', model: 'mock-1', prompt_template: 'One' };
		const { projectId, id } = await storeVersion(api, project, { ...config, name: 'v1' });
		await visit(environment, { path: `/projects/${projectId}/versions/${id}` }, async (page) => {
			await page.getByRole('textbox', { name: 'Template' }).fill('Two');
			await page.getByRole('button', { name: 'Save as a new version' }).press('Enter');
			await page.getByRole('dialog').getByLabel('Name').press('Enter');
			await page.getByRole('heading', { name: 'v2', exact: true }).waitFor();
			await page.getByRole('dialog').waitFor({ state: 'detached' });
			assert.equal(await page.evaluate('document.activeElement?.id'), 'main');
		});
		await api.post('/keys', { name: 'revoked key', role: 'read' });
		await visit(environment, { path: '/settings' }, async (page) => {
			await page.getByRole('button', { name: 'Revoke revoked key' }).press('Enter');
			await page.getByRole('dialog').getByRole('button', { name: 'Revoke the key' }).press('Enter');
			await page.getByRole('row', { name: /^revoked key read revoked/ }).waitFor();
			await page.getByRole('dialog').waitFor({ state: 'detached' });
			await page.locator('#main:focus').waitFor();
		});
	});
}
