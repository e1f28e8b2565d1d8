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
	messages: { content: string }[];
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
				await rows(page).first().locator('del', { hasText: 'Thank you' }).waitFor();

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

				await page.getByRole('button', { name: `Deploy ${project.right.name}…` }).click();
				await page.getByRole('menuitem', { name: 'To production' }).click();
				await page.getByRole('dialog', { name: 'Deploy to production' }).waitFor();
				assert.equal(new URL(page.url()).searchParams.get('version'), project.right.id);
			});
		},
	);
}

async function checkStopping(environment: PageEnvironment): Promise<void> {
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
			await page.getByRole('button', { name: 'Try 1 call again' }).click();
			await page.getByRole('row', { name: 'Failed 0 0' }).waitFor();
			await page.getByText('Yes.', { exact: true }).waitFor();
			await page.reload();
			await page.getByRole('row', { name: 'Failed 0 0' }).waitFor();
		});
	});
}

async function checkBlind(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	await check(
		'page: hidden versions stay hidden until all are rated, and the ratings are those of what was seen',
		async () => {
			const project = await storeComparable(environment, 'compare-blind');
			await visit(environment, { path: `${project.path}&blind=yes` }, async (page) => {
				await runAll(page, 12);
				const answers = page.getByRole('list', { name: 'Answers' });
				assert.equal(await answers.getByText(/compare-blind v\d/).count(), 0, 'names among the answers');
				assert.equal(await page.getByRole('table', { name: 'Summary of the run' }).count(), 0);
				const shown: boolean[] = [];
				for (const row of await rows(page).all()) {
					const text = await row.getByRole('group', { name: 'Right answer' }).innerText();
					shown.push(text.includes('gladly'));
					await row.getByRole('button', { name: 'Right is better' }).click();
				}
				assert.equal(shown.filter((isKind) => isKind).length, 3, 'each version is on the right equally often');
				await page.getByRole('row', { name: 'Better 3 3' }).waitFor();
				const logs = await untilRated(api, project.id, 12);
				const better = logs.filter(({ feedback }) => feedback[0]!.value === 'better');
				assert.equal(better.filter(({ config_id }) => config_id === project.left.id).length, 3);
			});
		},
	);
}

async function checkChats(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	await check('page: chats run on the messages that were sent, each after the template of the version', async () => {
		const name = 'compare-chats';
		const store = (version: string, ...texts: string[]) =>
			storeVersion(api, name, {
				...{ name: version, endpoint: 'chat', provider: 'openai', model: 'gpt-4o-mini' },
				chat_template: texts.map((content) => ({ role: 'system', content })),
			});
		const left = await store('chats v1', 'You are kind.');
		const right = await store('chats v2', 'You are brief.', 'You are {{tone}}.');
		for (const content of ['Where is my parcel?', 'Can I pay by invoice?']) {
			await api.post('/chat-model-config', {
				...{ project_id: left.projectId, model_config_id: right.id, inputs: { tone: 'calm' } },
				messages: [{ role: 'user', content }],
			});
		}
		await visit(
			environment,
			{ path: `/projects/${left.projectId}/compare?left=${left.id}&right=${right.id}` },
			async (page) => {
				await runAll(page, 4);
				await rows(page).first().getByText('Can I pay by invoice?').waitFor();
				const logs = await runLogs(api, left.projectId);
				const sent = logs.map(({ config_id, messages }) => [
					config_id === left.id ? 'left' : 'right',
					...messages.map(({ content }) => content),
				]);
				assert.deepEqual(sent.map((texts) => texts.join(' ')).toSorted(), [
					'left You are kind. Can I pay by invoice?',
					'left You are kind. Where is my parcel?',
					'right You are brief. You are calm. Can I pay by invoice?',
					'right You are brief. You are calm. Where is my parcel?',
				]);
			},
		);
	});
}

async function checkLimits(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	await check('page: a key that may only read sees a comparison, and is told why it cannot run one', async () => {
		const project = await storeComparable(environment, 'compare-reader');
		const { data: key } = await api.post<{ key: string }>('/keys', { name: 'compare-reader', role: 'read' });
		await visit(environment, { path: project.path, apiKey: key.key }, async (page) => {
			const button = page.getByRole('button', { name: 'Run 12 calls' });
			await button.hover();
			await page.getByText(/role run; yours has the role read/).waitFor();
			await button.click({ force: true });
			assert.equal(await page.getByText(/of 12 calls done/).count(), 0);
			assert.equal((await runLogs(api, project.id)).length, 0);
		});
	});

	await check('page: a project with one version, and one without logs, say what to do', async () => {
		const config = { provider: 'mock', model: 'mock-1', prompt_template: 'One' };
		const { projectId } = await storeVersion(api, 'compare-few', config);
		await visit(environment, { path: `/projects/${projectId}/compare` }, async (page) => {
			await page.getByText('save it as a new version').waitFor();
			await storeVersion(api, 'compare-few', { ...config, prompt_template: 'Two' });
			await page.reload();
			await page.getByText('There is no logged input to run them on').waitFor();
		});
	});
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
	await checkStopping(environment);
	await checkBlind(environment);
	await checkChats(environment);
	await checkLimits(environment);
}
