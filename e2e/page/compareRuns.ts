import assert from 'node:assert/strict';

import { check } from '../check.ts';
import { runAll, runLogs, storeComparable } from './compareData.ts';
import { visit, type PageEnvironment } from './harness.ts';

/** Runs that are stopped, end early, or fail in part. */
export async function checkStopping(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	await check('page: a run can be stopped, and two tabs that go on with it pay for each call once', async () => {
		const project = await storeComparable(environment, 'compare-stop');
		await visit(environment, { path: project.path }, async (page) => {
			let release = () => {};
			const isReleased = new Promise<void>((resolve) => (release = resolve));
			await page.route('**/v4/completion-model-config', async (route) => {
				await isReleased;
				await route.continue();
			});
			await page.getByRole('button', { name: 'Run 12 calls' }).click();
			await page.getByRole('button', { name: 'Stop' }).click();
			await page.getByText('Stopping.').waitFor();
			release();
			await page.getByText('4 of 12 calls done.').waitFor();
			await page.getByText('Stopped.').waitFor();
			assert.equal((await runLogs(api, project.id)).length, 4);

			const other = await page.context().newPage();
			await other.goto(page.url());
			await page.reload();
			const tabs = [page, other];
			await Promise.all(tabs.map((tab) => tab.getByRole('button', { name: 'Run 8 calls more' }).waitFor()));
			await Promise.all(tabs.map((tab) => tab.getByRole('button', { name: 'Run 8 calls more' }).click()));
			await Promise.all(tabs.map((tab) => tab.getByText('8 of 8 calls done.').waitFor()));
			const jobs = (await runLogs(api, project.id)).map(({ config_id, inputs }) => `${config_id} ${inputs.question}`);
			assert.equal(jobs.length, 12);
			assert.equal(new Set(jobs).size, 12);
		});
	});

	await check(
		'page: a used-up budget stops a run with the words of the API; it goes on when there is a new one',
		async () => {
			const project = await storeComparable(environment, 'compare-budget');
			const setBudget = (limit: number) => api.put('/budgets', { project_id: project.id, period: 'day', limit });
			await setBudget(0.001);
			await visit(environment, { path: project.path }, async (page) => {
				await page.getByRole('button', { name: 'Run 12 calls' }).click();
				await page.getByText('A budget is used up').waitFor();
				await page.getByText(/^The budget of the project "compare-budget" for a day/).waitFor();
				await page.getByText('0 of 12 calls done.').waitFor();
				await setBudget(100_000);
				await runAll(page, 12);
				assert.equal(await page.getByText('A budget is used up').count(), 0);
				assert.equal((await runLogs(api, project.id)).length, 12);
			});
		},
	);

	await check('page: a call that fails says why, and is made again on its own', async () => {
		const project = await storeComparable(environment, 'compare-failure');
		let isBroken = true;
		const message = 'The stand-in cannot answer about Norway.';
		environment.model.prependFixture({
			match: { userMessage: /^compare-failure: brief[^]*Norway/ },
			response: () =>
				isBroken ? { error: { message, type: 'invalid_request_error' }, status: 400 } : { content: 'Yes.' },
		});
		await visit(environment, { path: project.path }, async (page) => {
			await runAll(page, 12);
			await page.getByText(message).waitFor();
			await page.getByRole('row', { name: 'Failed 0 1' }).waitFor();
			isBroken = false;
			await page.getByRole('button', { name: 'Try 1 failed call again' }).click();
			await page.getByRole('row', { name: 'Failed 0 0' }).waitFor();
			await page.getByText('Yes.', { exact: true }).waitFor();
			await page.reload();
			await page.getByRole('row', { name: 'Failed 0 0' }).waitFor();
		});
	});
}
