import assert from 'node:assert/strict';
import { globSync, statSync } from 'node:fs';
import type { Page } from 'playwright-core';

import { check } from '../check.ts';
import { visit, type PageEnvironment } from './harness.ts';

/** What pages may take of the network, compressed, in bytes. */
const limits = { firstScreen: 160_000, prompt: 240_000, all: 300_000 };

/** The files that a page has loaded by now: their sizes as they were sent, and their text. */
async function loaded(page: Page, open: () => Promise<void>): Promise<{ bytes: number; text: string }> {
	const session = await page.context().newCDPSession(page);
	await session.send('Network.enable');
	const assets = new Set<string>();
	let bytes = 0;
	session.on('Network.responseReceived', ({ requestId, response }) => {
		if (response.url.includes('/assets/')) assets.add(requestId);
	});
	session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
		if (assets.has(requestId)) bytes += encodedDataLength;
	});
	const texts: Promise<string>[] = [];
	page.on('response', (response) => {
		if (response.url().endsWith('.js')) texts.push(response.text());
	});
	await open();
	return { bytes, text: (await Promise.all(texts)).join('') };
}

export async function checkBundle(environment: PageEnvironment): Promise<void> {
	const { triage } = environment.data;
	const editor = /cm-content/;
	const charts = /uplot|u-over/;

	await check('page: the first screen loads neither the editor nor the charts, and is small', async () => {
		await visit(environment, { path: 'about:blank' }, async (page) => {
			const { bytes, text } = await loaded(page, async () => {
				await page.goto('/projects');
				await page.getByRole('link', { name: triage.name }).waitFor();
			});
			console.log(`  ${(bytes / 1000).toFixed(0)} kB`);
			assert.ok(bytes > 50_000 && bytes < limits.firstScreen, `${bytes} bytes`);
			assert.doesNotMatch(text, editor);
			assert.doesNotMatch(text, charts);
		});
	});

	await check('page: with the editor, it is small too, and all pages together are no more than 300 kB', async () => {
		await visit(environment, { path: 'about:blank' }, async (page) => {
			const { bytes, text } = await loaded(page, async () => {
				await page.goto(`/projects/${triage.id}/versions/${triage.versions[2]!.id}`);
				await page.locator('.cm-variable', { hasText: '{{ticket}}' }).waitFor();
			});
			const all = globSync('server/dist-page/assets/*.br').reduce((sum, file) => sum + statSync(file).size, 0);
			console.log(`  ${(bytes / 1000).toFixed(0)} kB; all pages together: ${(all / 1000).toFixed(0)} kB`);
			assert.ok(bytes < limits.prompt, `${bytes} bytes`);
			assert.ok(all > bytes && all <= limits.all, `${all} bytes`);
			assert.match(text, editor);
		});
	});
}
