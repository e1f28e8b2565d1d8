import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import type { AxiosInstance } from 'axios';
import type { Page } from 'playwright-core';

import { check, patience } from '../check.ts';
import { storeVersion } from './data.ts';
import { checkLook, visit, type PageEnvironment } from './harness.ts';

interface Comparable {
	id: string;
	left: { id: string; name: string };
	right: { id: string; name: string };
	/** Of the page, with both versions. */
	path: string;
}

const questions = [
	'Where is my parcel?',
	'Can I pay by invoice?',
	'How do I close my account?',
	'Do you ship to Norway?',
	'My password does not work.',
	'Is there a discount for schools?',
];

/**
 * A project with two versions on the stand-in for OpenAI, and logs with six distinct inputs, one of them twice. The
 * older log of "Incomplete" lacks an input that the right version needs.
 */
async function storeComparable({ api, model }: PageEnvironment, name: string): Promise<Comparable> {
	model.prependFixture({
		match: { userMessage: new RegExp(`^${name}: kind`) },
		response: { content: 'Thank you for your question. We will gladly help you with this today.' },
	});
	model.prependFixture({
		match: { userMessage: new RegExp(`^${name}: brief`) },
		response: { content: 'We will help you with this today.' },
	});
	const config = { provider: 'openai', model: 'gpt-4o-mini' };
	const left = await storeVersion(api, name, {
		...{ ...config, name: `${name} v1`, temperature: 1 },
		prompt_template: `${name}: kind\nYou are kind to the customers of {{company}}.\n\nQuestion: {{question}}`,
	});
	const right = await storeVersion(api, name, {
		...{ ...config, name: `${name} v2`, temperature: 0.2, max_tokens: 60 },
		prompt_template: `${name}: brief\nYou are brief. {{language}}\n\nQuestion: {{question}}`,
	});
	const log = async (inputs: Record<string, string>) =>
		api.post('/completion-model-config', {
			...{ project_id: left.projectId, model_config_id: left.id, inputs, source: 'e2e' },
		});
	await log({ company: 'Acme', question: 'Incomplete' });
	for (const question of [...questions, questions[0]!]) await log({ company: 'Acme', language: 'English', question });
	const query = new URLSearchParams({ left: left.id, right: right.id }).toString();
	return { id: left.projectId, left, right, path: `/projects/${left.projectId}/compare?${query}` };
}

interface RunLog {
	id: string;
	config_id: string;
	inputs: Record<string, string>;
	feedback: { type: string; value: string }[];
}

/** The logs of a project that comparisons have made, newest first. */
async function runLogs(api: AxiosInstance, projectId: string): Promise<RunLog[]> {
	const params = { project_id: projectId, source_filter: 'compare', size: 200 };
	return (await api.get<{ records: RunLog[] }>('/logs', { params })).data.records;
}

/** Waits until so many ratings are stored. A page that is closed before has not sent all of them. */
async function untilRated(api: AxiosInstance, projectId: string, count: number): Promise<RunLog[]> {
	const end = Date.now() + patience;
	for (;;) {
		const logs = await runLogs(api, projectId);
		if (logs.filter(({ feedback }) => feedback.length > 0).length === count) return logs;
		assert.ok(Date.now() < end, `${count} logs should be rated: ${JSON.stringify(logs)}`);
		await setTimeout(100);
	}
}

/** Runs all calls, and waits until they are done. */
async function runAll(page: Page, calls: number): Promise<void> {
	await page.getByRole('button', { name: `Run ${calls} calls` }).click();
	await page.getByText(`${calls} of ${calls} calls done.`).waitFor();
}

const rows = (page: Page) => page.getByRole('group', { name: /^Input \d+ of/ });

async function checkRun(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	await check(
		'page: two versions run on distinct logged inputs; ratings are feedback and survive a reload',
		async () => {
			const project = await storeComparable(environment, 'compare-run');
			await visit(environment, { path: project.path }, async (page) => {
				await page.getByText(/1 other was passed over/).waitFor();
				await page.getByText(/Cost: about \$0\.\d+/).waitFor();
				await runAll(page, 12);
				assert.equal(await rows(page).count(), 6);
				await rows(page).first().locator('mark', { hasText: 'Thank you' }).waitFor();

				await rows(page).first().focus();
				for (const key of ['ArrowRight', 'ArrowRight', '=', 'ArrowLeft', 'ArrowRight']) await page.keyboard.press(key);
				await page.getByText(`${project.right.name} was better in 3 of 5, worse in 1, the same in 1.`).waitFor();
				await rows(page).nth(5).getByRole('button', { name: 'Same' }).click();
				const sentence = `${project.right.name} was better in 3 of 6, worse in 1, the same in 2.`;
				await page.getByText(sentence).waitFor();
				await page.getByRole('row', { name: 'Better 1 3' }).waitFor();
				await page.getByRole('row', { name: 'Worse 3 1' }).waitFor();

				const logs = await runLogs(api, project.id);
				assert.equal(logs.length, 12, 'one call of each version with each distinct input');
				const valuesOf = (id: string) =>
					logs
						.filter(({ config_id }) => config_id === id)
						.flatMap(({ feedback }) => feedback.map(({ value }) => value));
				assert.deepEqual(valuesOf(project.left.id).toSorted(), ['better', 'same', 'same', 'worse', 'worse', 'worse']);
				assert.deepEqual(valuesOf(project.right.id).toSorted(), [
					'better',
					'better',
					'better',
					'same',
					'same',
					'worse',
				]);

				await page.reload();
				await page.getByText(sentence).waitFor();
				assert.equal(await page.getByRole('button', { name: /^Run \d+ calls/ }).count(), 0);
				assert.equal((await runLogs(api, project.id)).length, 12, 'the reload has called nothing');
			});
		},
	);
}

export async function checkCompare(environment: PageEnvironment): Promise<void> {
	const project = await storeComparable(environment, 'compare');
	await checkLook(environment, 'compare', { path: project.path }, async (page) => {
		await page.getByRole('button', { name: 'Run 12 calls' }).waitFor();
	});
	const run = await visit(environment, { path: project.path }, async (page) => {
		await runAll(page, 12);
		await rows(page).first().focus();
		for (const key of ['ArrowRight', 'ArrowRight', '=', 'ArrowLeft']) await page.keyboard.press(key);
		await untilRated(environment.api, project.id, 8);
		return new URL(page.url());
	});
	await checkLook(environment, 'compare-results', { path: run.pathname + run.search }, async (page) => {
		await page.getByText('was better in 2 of 4').waitFor();
		await rows(page).nth(5).waitFor();
	});

	await checkRun(environment);
}
