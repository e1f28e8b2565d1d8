import assert from 'node:assert/strict';

import { check } from '../check.ts';
import { rows, runAll, runLogs, storeComparable } from './compareData.ts';
import { checkLook, visit, type PageEnvironment } from './harness.ts';

interface Log {
	id: string;
	inputs: { question: string };
}

/** The inputs of a comparison, chosen one by one. */
export async function checkInputs(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	const project = await storeComparable(environment, 'compare-inputs');
	const { data } = await api.get<{ records: Log[] }>('/logs', { params: { project_id: project.id } });
	const logOf = (question: string) => data.records.find(({ inputs }) => inputs.question === question)!.id;
	const bad = ['Do you ship to Norway?', 'Can I pay by invoice?'];
	for (const question of bad) {
		await api.post('/feedback', { type: 'rating', value: 'bad', data_id: logOf(question), user: 'Ada' });
	}

	await checkLook(environment, 'compare-inputs', { path: `${project.path}&inputs=chosen` }, async (page) => {
		await page.getByRole('checkbox', { name: /Norway.*rating: bad/ }).check();
		await page.getByText('1 of the newest 6 inputs chosen').waitFor();
		await page.getByRole('button', { name: 'Run 2 calls' }).waitFor();
	});

	await check('page: both versions run on the inputs that are ticked, such as those with bad answers', async () => {
		await visit(environment, { path: project.path }, async (page) => {
			await page.getByRole('button', { name: 'Run 12 calls' }).waitFor();
			await page.getByLabel('Inputs', { exact: true }).selectOption('chosen');
			await page.getByText('Choose the inputs below.').waitFor();
			assert.equal(await page.getByRole('button', { name: /^Run \d/ }).count(), 0);
			for (const box of await page.getByRole('checkbox', { name: /rating: bad/ }).all()) await box.check();
			await page.getByText('2 of the newest 6 inputs chosen').waitFor();
			// A later call with the same input does not take its place.
			await api.post('/completion-model-config', {
				...{ project_id: project.id, model_config_id: project.left.id, source: 'e2e' },
				inputs: { company: 'Acme', language: 'English', question: bad[0] },
			});
			await page.reload();
			await page.getByText('2 of the newest 6 inputs chosen').waitFor();
			await runAll(page, 4);
			assert.equal(await rows(page).count(), 2);
			const ran = (await runLogs(api, project.id)).map(({ inputs }) => inputs.question);
			assert.deepEqual(ran.toSorted(), [...bad, ...bad].toSorted());

			const norway = page.getByRole('checkbox', { name: /Norway/ });
			assert.ok((await norway.isChecked()) && (await norway.isDisabled()), 'what has run stays among the results');
			await page.getByRole('checkbox', { name: /discount/ }).check();
			await page.getByRole('button', { name: 'Run 2 calls more' }).click();
			await page.getByText('2 of 2 calls done.').waitFor();
			await page.reload();
			await rows(page).nth(2).waitFor();
			assert.equal(await rows(page).count(), 3);

			await page.getByRole('button', { name: 'Start over' }).click();
			await page.getByRole('button', { name: 'Run 6 calls' }).waitFor();
			await page.getByLabel('Inputs', { exact: true }).selectOption('5');
			await page.getByRole('button', { name: 'Run 10 calls' }).waitFor();
			assert.equal(await page.getByRole('checkbox').count(), 0);
		});
	});

	await check('page: the list of inputs to choose from gets longer, and keeps what is chosen', async () => {
		const long = await storeComparable(environment, 'compare-many-inputs');
		const inputs = Array.from({ length: 60 }, (_, index) => ({
			...{ company: 'Acme', language: 'English', question: `Question ${index}?` },
		}));
		await api.post(
			'/logs',
			inputs.map((one) => ({ project_id: long.id, config_id: long.left.id, inputs: one, output: 'x' })),
		);
		await visit(environment, { path: `${long.path}&inputs=chosen` }, async (page) => {
			await page.getByText('0 of the newest 50 inputs chosen').waitFor();
			await page.getByRole('checkbox').first().check();
			await page.getByRole('button', { name: 'Show older inputs' }).click();
			await page.getByText('1 of the newest 66 inputs chosen').waitFor();
			assert.equal(await page.getByRole('button', { name: 'Show older inputs' }).count(), 0);
			await page.getByRole('checkbox').last().check();
			await page.reload();
			await page.getByText('2 of the newest 66 inputs chosen').waitFor();
			await page.getByRole('button', { name: 'Run 4 calls' }).waitFor();
		});
	});
}
