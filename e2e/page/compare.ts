import assert from 'node:assert/strict';

import { check } from '../check.ts';
import { rows, runAll, runLogs, storeComparable, untilRated } from './compareData.ts';
import { checkInputs } from './compareInputs.ts';
import { checkStopping } from './compareRuns.ts';
import { storeVersion } from './data.ts';
import { checkLook, visit, type PageEnvironment } from './harness.ts';

async function checkRun(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	await check(
		'page: two versions run on distinct logged inputs; ratings are feedback and survive a reload',
		async () => {
			const project = await storeComparable(environment, 'compare-run');
			await visit(environment, { path: project.path }, async (page) => {
				await page.getByText(/1 other input was passed over/).waitFor();
				await page.getByText(/Cost: about \$0\.\d+/).waitFor();
				await runAll(page, 12);
				assert.equal(await rows(page).count(), 6);
				await rows(page).first().locator('del', { hasText: 'Thank you' }).waitFor();

				await rows(page).first().focus();
				for (const key of ['ArrowRight', 'ArrowRight', '=', 'ArrowLeft', 'ArrowRight']) await page.keyboard.press(key);
				await page.getByText(`${project.right.name} was better in 3 of 5, worse in 1, the same in 1.`).waitFor();
				const same = rows(page).nth(5).getByRole('button', { name: 'Same' });
				await same.click();
				await untilRated(api, project.id, 12);
				await same.click();
				await untilRated(api, project.id, 10);
				await page.getByText('1 is not rated yet.').waitFor();
				await same.click();
				const sentence = `${project.right.name} was better in 3 of 6, worse in 1, the same in 2.`;
				await page.getByText(sentence).waitFor();
				await page.getByRole('row', { name: 'Better 1 3' }).waitFor();
				await page.getByRole('row', { name: 'Worse 3 1' }).waitFor();

				// The page shows a rating before it is stored.
				const logs = await untilRated(api, project.id, 12);
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

async function checkBlind(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	await check(
		'page: hidden versions stay hidden until all are rated, and the ratings are those of what was seen',
		async () => {
			const project = await storeComparable(environment, 'compare-blind');
			const inputs = Array.from({ length: 14 }, (_, index) => ({
				...{ company: 'Acme', language: 'English', question: `Question ${index}?` },
			}));
			await api.post(
				'/logs',
				inputs.map((one) => ({ project_id: project.id, config_id: project.left.id, inputs: one, output: 'x' })),
			);
			await visit(environment, { path: `${project.path}&blind=yes` }, async (page) => {
				await runAll(page, 40);
				const answers = page.getByRole('list', { name: 'Answers' });
				assert.equal(await answers.getByText(/compare-blind v\d/).count(), 0, 'names among the answers');
				assert.equal(await page.getByRole('table', { name: 'Summary of the run' }).count(), 0);
				const shown: boolean[] = [];
				for (const row of await rows(page).all()) {
					const text = await row.getByRole('group', { name: 'Right answer' }).innerText();
					shown.push(text.includes('gladly'));
					await row.getByRole('button', { name: 'Right is better' }).click();
				}
				const kind = shown.filter((isKind) => isKind).length;
				assert.ok(kind > 0 && kind < 20, `the left version is on the right ${kind} of 20 times`);
				await page.getByRole('row', { name: `Better ${kind} ${20 - kind}` }).waitFor();
				const logs = await untilRated(api, project.id, 40);
				const better = logs.filter(({ feedback }) => feedback[0]!.value === 'better');
				assert.equal(better.filter(({ config_id }) => config_id === project.left.id).length, kind);
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
	await check('page: the logs of a comparison are told from those of programs, and can be left out', async () => {
		await visit(environment, { path: `/logs?project=${project.id}` }, async (page) => {
			const marks = page.getByTitle('Run by Compare');
			await marks.nth(11).waitFor();
			await page.getByRole('button', { name: 'Called by' }).click();
			await page.getByRole('radio', { name: 'programs' }).click();
			await page.getByRole('button', { name: 'Called by: programs' }).waitFor();
			await marks.first().waitFor({ state: 'detached' });
			await page.locator('[data-index="0"] time').waitFor();
			assert.equal(new URL(page.url()).searchParams.get('calls'), 'programs');
		});
		await visit(environment, { path: `/projects/${project.id}` }, async (page) => {
			const newest = page.getByRole('region', { name: 'Newest logs' });
			await newest.getByRole('row').nth(1).waitFor();
			const links = await newest.getByRole('rowheader').getByRole('link').all();
			const paths = await Promise.all(links.map((link) => link.getAttribute('href')));
			const ids = paths.map((path) => path!.split('/').pop()!);
			const compared = new Set((await runLogs(environment.api, project.id)).map(({ id }) => id));
			assert.equal(compared.size, 12);
			assert.ok(ids.length > 0 && ids.every((id) => !compared.has(id)), ids.join(' '));
		});
	});
	await checkLook(environment, 'compare-results', { path: run.pathname + run.search }, async (page) => {
		await page.getByText('was better in 2 of 4').waitFor();
		await rows(page).nth(5).waitFor();
	});

	await checkRun(environment);
	await checkInputs(environment);
	await checkStopping(environment);
	await checkBlind(environment);
	await checkChats(environment);
	await checkLimits(environment);
}
