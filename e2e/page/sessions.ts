import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

import { check } from '../check.ts';
import { storeVersion } from './data.ts';
import { checkLook, visit, type PageEnvironment } from './harness.ts';

interface Listed {
	records: { id: string }[];
}

/** The rows of the tree, top to bottom, as people read them. */
async function rowsOf(page: Page): Promise<string[]> {
	return (await page.locator('[data-log]').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
}

/** Where the bar of each row begins and ends, as shares of the time axis. */
async function barsOf(page: Page): Promise<[number, number][]> {
	const bars = page.locator('[data-log] > [aria-hidden] > span');
	return Promise.all(
		(await bars.all()).map(async (bar) => {
			const [box, track] = await Promise.all([bar.boundingBox(), bar.locator('..').boundingBox()]);
			const share = (x: number) => Math.round((40 * (x - track!.x)) / track!.width) / 40;
			return [share(box!.x), share(box!.x + box!.width)] as [number, number];
		}),
	);
}

async function checkTree(environment: PageEnvironment): Promise<void> {
	const { api, data } = environment;
	await check(
		'page: a session is a tree on a time axis; a log is chosen by keyboard, and is in the address',
		async () => {
			await visit(environment, { path: `/sessions/${data.session}` }, async (page) => {
				await page.locator('[data-log]').nth(3).waitFor();
				assert.deepEqual(await rowsOf(page), [
					'support/triage 4.0 s',
					'level 2: support/triage 1.5 s',
					'level 3: support/triage 1.0 s',
					'level 2: support/triage 1.7 s',
				]);
				assert.deepEqual(await barsOf(page), [
					[0, 1],
					[0.125, 0.5],
					[0.2, 0.45],
					[0.55, 0.975],
				]);
				const chosen = page.getByRole('region', { name: 'The chosen log' });
				await chosen.getByText('planned').waitFor();
				await page.locator('[data-log]').first().focus();
				await page.keyboard.press('ArrowDown');
				await page.keyboard.press('ArrowDown');
				await page.keyboard.press('Enter');
				await chosen.getByText('Read', { exact: true }).waitFor();
				assert.match(page.url(), /\?log=data_/);
				await page.reload();
				await chosen.getByText('Read', { exact: true }).waitFor();
			});
		},
	);

	await check('page: a session of two projects has the logs of both, and those without a parent', async () => {
		for (const project of ['session-a', 'session-b']) {
			const { id } = await storeVersion(api, project, { provider: 'mock', model: 'mock-1', prompt_template: '{{a}}' });
			const log = { project, config_id: id, session_reference_id: 'two-projects', inputs: { a: 1 }, output: project };
			await api.post('/logs', [log, log]);
		}
		const { data: projects } = await api.get<Listed>('/projects?filter=session-a');
		const { data: sessions } = await api.get<Listed>(`/sessions?project_id=${projects.records[0]!.id}`);
		await visit(environment, { path: `/sessions/${sessions.records[0]!.id}` }, async (page) => {
			await page.getByRole('heading', { level: 1, name: 'two-projects' }).waitFor();
			await page.locator('[data-log]').nth(3).waitFor();
			const names = (await rowsOf(page)).map((row) => row.split(' ')[0]).toSorted();
			assert.deepEqual(names, ['session-a', 'session-a', 'session-b', 'session-b']);
		});
	});
}

export async function checkSessions(environment: PageEnvironment): Promise<void> {
	const { data } = environment;
	const list = `/sessions?project=${data.triage.id}`;
	await checkLook(environment, 'sessions', { path: list }, async (page) => {
		await page.getByRole('link', { name: 'conversation-1' }).waitFor();
	});
	await checkLook(environment, 'session', { path: `/sessions/${data.session}` }, async (page) => {
		await page.getByRole('region', { name: 'The chosen log' }).getByText('planned').waitFor();
	});

	await checkTree(environment);

	await check('page: the sessions of another project are found by its name, and are in the address', async () => {
		await visit(environment, { path: list }, async (page) => {
			await page.getByRole('link', { name: 'conversation-1' }).click();
			await page.getByRole('heading', { level: 1, name: 'conversation-1' }).waitFor();
			await page.goBack();
			await page.getByLabel('Project').first().click();
			await page.getByLabel('Project').first().fill('answers');
			await page.getByRole('option', { name: data.answers.name }).click();
			await page.getByText('No sessions').waitFor();
			assert.ok(page.url().endsWith(`?project=${data.answers.id}`), page.url());
		});
	});

	await check('page: a session that is not there says so, in the words of the API', async () => {
		await visit(environment, { path: '/sessions/sesh_none' }, async (page) => {
			await page.getByText(/sesh_none/).waitFor();
			await page.getByRole('button', { name: 'Try again' }).waitFor();
		});
	});
}
