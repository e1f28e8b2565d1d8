import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

import { check } from '../check.ts';
import { estimateOn, rows, runAll, runLogs, storeComparable } from './compareData.ts';
import { storeVersion } from './data.ts';
import { checkLook, visit, type PageEnvironment } from './harness.ts';

interface Log {
	id: string;
	inputs: { question: string };
}

async function checkMarks(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	await check('page: an input has the ratings of all its answers, also of later and of repeated calls', async () => {
		const project = await storeComparable(environment, 'compare-marks');
		const inputs = { company: 'Acme', language: 'English', question: 'Two answers?' };
		const { data: call } = await api.post<{ data: { id: string }[] }>('/completion-model-config', {
			...{ project_id: project.id, model_config_id: project.left.id, inputs, num_samples: 2 },
		});
		await api.post('/feedback', { type: 'rating', value: 'bad', data_id: call.data[1]!.id, user: 'Ada' });
		const store = (value: string) =>
			api.post('/logs', {
				...{ project_id: project.id, config_id: project.left.id, output: 'x', feedback: [{ type: 'rating', value }] },
				inputs: { ...inputs, question: 'Often?' },
			});
		for (const value of ['bad', 'good', 'good', 'good', 'good']) await store(value);
		await visit(environment, { path: `${project.path}&inputs=chosen` }, async (page) => {
			await page.getByRole('checkbox', { name: /Two answers.*rating: bad/ }).waitFor();
			await page.getByRole('checkbox', { name: /Often.*rating: good.*rating: bad/ }).waitFor();
			assert.equal(await page.getByRole('img', { name: 'rating: good' }).count(), 1);
		});
	});
}

/** The answers to an input, from left to right. */
async function answersTo(page: Page, question: string): Promise<string[]> {
	const row = rows(page).filter({ hasText: question });
	return [
		await row.getByRole('group', { name: 'Left answer' }).innerText(),
		await row.getByRole('group', { name: 'Right answer' }).innerText(),
	];
}

async function checkSides(environment: PageEnvironment): Promise<void> {
	await check('page: hidden versions keep their sides when more inputs are chosen', async () => {
		const project = await storeComparable(environment, 'compare-sides');
		await visit(environment, { path: `${project.path}&blind=yes&inputs=chosen` }, async (page) => {
			const older = ['Can I pay by invoice?', 'How do I close my account?'];
			for (const name of older) await page.getByRole('checkbox', { name: new RegExp(name.slice(0, -1)) }).check();
			await runAll(page, 4);
			const answers = () => Promise.all(older.map((question) => answersTo(page, question)));
			const before = await answers();
			assert.ok(before.every(([left, right]) => left !== right));
			await page.getByRole('checkbox', { name: /parcel/ }).check();
			await page.getByRole('button', { name: 'Run 2 calls more' }).waitFor();
			assert.deepEqual(await answers(), before);
			await page.getByLabel('Inputs', { exact: true }).selectOption('10');
			await page.getByRole('button', { name: 'Run 8 calls more' }).click();
			await page.getByText('8 of 8 calls done.').waitFor();
			assert.deepEqual(await answers(), before);
		});
	});
}

async function checkEstimate(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	await check('page: the cost of a run is estimated from the inputs that are ticked', async () => {
		const store = (version: string) =>
			storeVersion(api, 'page/compare-ticked-cost', {
				...{ name: version, provider: 'openai', model: 'gpt-4o-mini', prompt_template: `${version} {{topic}}` },
			});
		const [logged, left, right] = [await store('v1'), await store('v2'), await store('v3')];
		const entry = { project_id: logged.projectId, config_id: logged.id, output: 'x', output_tokens: 10 };
		await api.post('/logs', { ...entry, inputs: { topic: 'short' }, prompt_tokens: 10 });
		await api.post('/logs', { ...entry, inputs: { topic: 'long' }, prompt_tokens: 10_000 });
		const query = new URLSearchParams({ left: left.id, right: right.id, inputs: 'chosen' }).toString();
		await visit(environment, { path: `/projects/${left.projectId}/compare?${query}` }, async (page) => {
			await page.getByRole('checkbox', { name: /short/ }).check();
			await page.getByRole('button', { name: 'Run 2 calls' }).waitFor();
			assert.equal(await estimateOn(page), 0.01);
			await page.getByRole('checkbox', { name: /long/ }).check();
			await page.getByRole('button', { name: 'Run 4 calls' }).waitFor();
			assert.equal(await estimateOn(page), 2.02);
		});
	});
}

async function checkLongList(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
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
			const run = page.getByRole('button', { name: 'Run 2 calls' });
			await run.waitFor();

			let release = () => {};
			const isReleased = new Promise<void>((resolve) => (release = resolve));
			await page.route('**/v4/logs?*', async (route) => {
				await isReleased;
				await route.continue();
			});
			const button = page.getByRole('button', { name: 'Show older inputs' });
			await button.press('Enter');
			// While they are being read, the shorter list stays, and cannot be run as if it were the longer one.
			await page
				.getByRole('button', { name: 'Show older inputs', disabled: true })
				.and(page.locator(':focus'))
				.waitFor();
			await page.getByRole('button', { name: 'Run 2 calls', disabled: true }).waitFor();
			assert.equal(await page.getByText(/distinct logged inputs/).count(), 0);
			release();
			await page.getByText('1 of the newest 66 inputs chosen').waitFor();
			await page.getByRole('checkbox').nth(50).and(page.locator(':focus')).waitFor();
			assert.equal(await button.count(), 0);
			assert.equal(await run.isEnabled(), true);

			await page.getByRole('checkbox').last().check();
			await page.reload();
			await page.getByText('2 of the newest 66 inputs chosen').waitFor();
			await page.getByRole('button', { name: 'Run 4 calls' }).waitFor();
		});
	});
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

	await checkMarks(environment);
	await checkSides(environment);
	await checkEstimate(environment);
	await checkLongList(environment);
}
