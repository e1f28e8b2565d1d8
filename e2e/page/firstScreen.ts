import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

import { check } from '../check.ts';
import { visit, type PageEnvironment } from './harness.ts';
import { watchRequests } from './requests.ts';

export async function checkFirstScreen(environment: PageEnvironment): Promise<void> {
	const { triage, triageLogs } = environment.data;
	const heading = (name: string) => (page: Page) => page.getByRole('heading', { name, level: 1 }).waitFor();
	const firstRow = (page: Page) => page.locator('[data-index="0"] time').waitFor();

	/** Pages, when their data is there, and what start.ts asks for before they are drawn. */
	const pages: [string, (page: Page) => Promise<unknown>, string[]][] = [
		['/', (page) => page.getByRole('link', { name: triage.name }).waitFor(), ['/projects?', '/environments']],
		['/projects', (page) => page.getByRole('link', { name: triage.name }).waitFor(), ['/projects?', '/environments']],
		[`/projects/${triage.id}`, heading(triage.name), [`/projects/${triage.id}`, 'configs', 'deployed-configs']],
		['/logs', firstRow, ['/logs?']],
		[`/logs?project=${triage.id}`, firstRow, ['/logs?']],
		[`/logs/${triageLogs[0]}`, (page) => page.getByText('About this call').waitFor(), ['/logs/']],
	];

	for (const [path, ready, early] of pages) {
		await check(`page: ${path.replace(/(pr|data)_\w+/, ':id')} asks for its data at once, and once`, async () => {
			await visit(environment, { path: 'about:blank' }, async (page) => {
				await page.addInitScript(`new MutationObserver((_, observer) => {
					if (!document.querySelector('#root')?.firstChild) return;
					observer.disconnect();
					globalThis.drawnAt = performance.now();
				}).observe(document, { childList: true, subtree: true })`);
				const allAnswered = watchRequests(page);
				await page.goto(path);
				await ready(page);
				await allAnswered();
				const requests = await page.evaluate<{ path: string; isEarly: boolean }[]>(
					`performance.getEntriesByType('resource').filter(({ name }) => name.includes('/v4/')).map(
						({ name, startTime }) => ({ path: name.split('/v4')[1], isEarly: startTime < drawnAt }))`,
				);
				const paths = requests.map((request) => request.path);
				assert.deepEqual(paths, [...new Set(paths)], 'what is asked for twice');
				const isEarly = requests.filter((request) => request.isEarly).map((request) => request.path);
				for (const part of ['/session', ...early])
					assert.ok(
						isEarly.some((one) => one.includes(part)),
						`${part} is asked for before the page is drawn: ${isEarly.join(' ')}`,
					);
			});
		});
	}
}
