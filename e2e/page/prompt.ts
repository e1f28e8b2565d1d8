import assert from 'node:assert/strict';
import path from 'node:path';
import type { Page } from 'playwright-core';

import { check } from '../check.ts';
import { pictures } from '../pictures.ts';
import { storeVersion } from './data.ts';
import { checkLook, visit, type PageEnvironment } from './harness.ts';
import { checkRecordedChats } from './recordedChats.ts';

const template = (page: Page) => page.getByRole('textbox', { name: 'Template' });
const run = (page: Page) => page.getByRole('button', { name: 'Run', exact: true });

interface Version {
	config: {
		id: string;
		name: string;
		description: string | null;
		endpoint: string;
		prompt_template: string;
		chat_template: unknown;
		temperature: number;
	};
}

export async function checkPrompt(environment: PageEnvironment): Promise<void> {
	const { data, api, url } = environment;
	const { triage, answers } = data;
	const pathOf = (projectId: string, id: string) => `/projects/${projectId}/versions/${id}`;
	const versionsOf = async (projectId: string) => (await api.get<Version[]>(`/projects/${projectId}/configs`)).data;

	await checkLook(environment, 'prompt', { path: pathOf(triage.id, triage.versions[2]!.id) }, async (page) => {
		await page.locator('.cm-variable', { hasText: '{{ticket}}' }).waitFor();
		await page.getByText('deployed in staging').waitFor();
		await page.getByLabel('company', { exact: true }).fill('Acme');
		await page.getByLabel('ticket', { exact: true }).fill('I was charged twice.');
		await run(page).click();
		await page.getByRole('region', { name: 'Answer' }).getByRole('link', { name: 'Log' }).waitFor();
	});

	await checkLook(environment, 'prompt-chat', { path: pathOf(answers.id, answers.versions[0]!.id) }, async (page) => {
		await page.getByLabel('Text of message 2').waitFor();
		await page.getByLabel('tone', { exact: true }).waitFor();
	});

	await check('page: the README’s picture shows a prompt and its answer', async () => {
		const { config } = (await versionsOf(answers.id))[0]!;
		const { endpoint, chat_template, temperature } = config;
		const version = await storeVersion(api, 'support/replies', {
			...{ endpoint, chat_template, temperature, provider: 'openai', model: 'gpt-4.1', name: 'replies v1' },
		});
		await api.post('/chat-model-config', {
			...{ project: 'support/replies', model_config_id: version.id },
			inputs: { company: 'Acme', tone: 'kind', name: 'Zoë' },
			messages: [{ role: 'user', content: 'Where is my parcel?' }],
		});
		const { data: key } = await api.post<{ key: string }>('/keys', { name: 'support team', role: 'deploy' });
		const visitor = { path: pathOf(version.projectId, version.id), width: 1280, apiKey: key.key };
		await visit(environment, visitor, async (page) => {
			await page.getByText('{{tone}}').waitFor();
			const calls = page.getByLabel('Use a logged input');
			const parcel = calls.locator('option', { hasText: 'Zoë' }).last();
			await parcel.waitFor({ state: 'attached' });
			await calls.selectOption(await parcel.getAttribute('value'));
			await run(page).click();
			await page.getByRole('region', { name: 'Answer' }).getByText('$').waitFor();
			await page.screenshot({ path: path.join(pictures, 'page.png'), fullPage: true });
		});
	});

	await check(
		'page: a draft is tried on a logged input, survives a reload, and becomes a version with a note',
		async () => {
			const project = 'page/edit';
			const first = await storeVersion(api, project, {
				...{ name: 'tone v1', provider: 'mock', model: 'mock-1', prompt_template: 'Answer {{question}}' },
			});
			const question = { question: 'Is it <b>late</b>?', object: { a: 1 } };
			await api.post('/completion-model-config', { project, model_config_id: first.id, inputs: question });
			await visit(environment, { path: pathOf(first.projectId, first.id) }, async (page) => {
				await template(page).fill('Answer {{question}} in a {{tone}} tone.');
				await page.getByLabel('Temperature').fill('0.2');
				await page.getByLabel('Use a logged input').selectOption({ index: 1 });
				assert.equal(await page.getByLabel('question', { exact: true }).inputValue(), question.question);
				await page.getByLabel('tone', { exact: true }).fill('kind');
				await page.getByLabel('Answers').selectOption('2');
				await run(page).click();
				await page.getByRole('region', { name: 'Answer 2' }).getByRole('link', { name: 'Log' }).waitFor();

				await page.reload();
				await page.getByText('Your draft is still here').waitFor();
				await page.getByText('Answer {{question}} in a {{tone}} tone.').waitFor();
				await page.getByLabel('tone', { exact: true }).fill('brief');
				await page.getByRole('button', { name: 'Save as a new version' }).click();
				const dialog = page.getByRole('dialog');
				assert.equal(await dialog.getByLabel('Name').inputValue(), 'tone v2');
				await dialog.getByLabel('Note').fill('Has a tone now');
				await dialog.getByRole('button', { name: 'Save' }).click();
				await page.getByRole('heading', { name: 'tone v2' }).waitFor();
				assert.equal(await page.getByText('Your draft is still here').count(), 0);
				// What was tried is there still, and so are the next steps.
				assert.equal(await page.getByLabel('tone', { exact: true }).inputValue(), 'brief');
				await page.getByRole('link', { name: 'Compare with tone v1' }).waitFor();
				await page.getByRole('button', { name: 'Deploy tone v2…' }).waitFor();
			});
			const versions = await versionsOf(first.projectId);
			assert.deepEqual(
				versions.map(({ config: { name, description, prompt_template, temperature } }) => [
					...[name, description, prompt_template, temperature],
				]),
				[
					['tone v2', 'Has a tone now', 'Answer {{question}} in a {{tone}} tone.', 0.2],
					['tone v1', null, 'Answer {{question}}', 1],
				],
				'what was tried is the version that was saved',
			);
		},
	);

	await check('page: the prompt stays in its place when it is changed', async () => {
		await visit(environment, { path: pathOf(triage.id, triage.versions[0]!.id) }, async (page) => {
			await page.getByText('triage v1 stays as it is').waitFor();
			const before = await template(page).boundingBox();
			await template(page).pressSequentially('More');
			await page.getByRole('button', { name: 'Save as a new version' }).waitFor();
			assert.equal((await template(page).boundingBox())!.y, before!.y);
		});
	});

	await check('page: of several answers that the provider counts together, the cost is said once', async () => {
		await visit(environment, { path: pathOf(answers.id, answers.versions[0]!.id) }, async (page) => {
			await page.getByLabel('Text of sent message 1').fill('Where is my parcel?');
			await page.getByLabel('Answers').selectOption('3');
			await run(page).click();
			await page.getByText(/^All 3 answers together: \$/).waitFor();
			await page.getByRole('region', { name: 'Answer 3' }).getByRole('link', { name: 'Log' }).waitFor();
			assert.equal(
				await page
					.getByRole('region', { name: /^Answer/ })
					.getByText(/unknown|Cost/)
					.count(),
				0,
			);
		});
	});

	await check('page: a version that somebody else saved meanwhile is asked about before saving', async () => {
		const project = 'page/conflict';
		const config = { provider: 'mock', model: 'mock-1' };
		const first = await storeVersion(api, project, { ...config, name: 'v1', prompt_template: 'One' });
		await visit(environment, { path: pathOf(first.projectId, first.id) }, async (page) => {
			await template(page).fill('Mine');
			await storeVersion(api, project, { ...config, name: 'theirs', prompt_template: 'Theirs' });
			await page.getByRole('button', { name: 'Save as a new version' }).click();
			const dialog = page.getByRole('dialog');
			await dialog.getByRole('button', { name: 'Save' }).click();
			await dialog.getByText('theirs was saved').waitFor();
			assert.equal((await versionsOf(first.projectId)).length, 2);
			await dialog.getByRole('button', { name: 'Save nevertheless' }).click();
			await page.getByRole('heading', { name: 'v2', exact: true }).waitFor();
		});
		const names = (await versionsOf(first.projectId)).map(({ config: { name } }) => name);
		assert.deepEqual(names.toSorted(), ['theirs', 'v1', 'v2']);
	});

	await check(
		'page: an answer streams, can be stopped, and is shown as text; a provider’s error in its words',
		async () => {
			const { id } = answers.versions[0]!;
			await visit(environment, { path: pathOf(answers.id, id) }, async (page) => {
				for (const [name, value] of [
					['company', 'Acme'],
					['tone', 'kind'],
					['name', 'Zoë'],
				] as const) {
					await page.getByLabel(name, { exact: true }).fill(value);
				}
				await page.getByLabel('Text of sent message 1').fill('Slowly, please');
				await run(page).click();
				await page.getByText(/^<b>One<\/b> word after/).waitFor();
				await page.getByRole('button', { name: 'Stop' }).click();
				await page.getByText('Stopped. The provider may charge').waitFor();

				await page.getByLabel('Text of sent message 1').fill('Refuse this.');
				await run(page).click();
				await page.getByText('This request is against the rules of the stand-in.').waitFor();
				assert.equal(page.url(), url + pathOf(answers.id, id));
			});
		},
	);

	await check('page: the input of a log can be tried', async () => {
		const { data: log } = await api.get<{ config_id: string; inputs: { ticket: string } }>(
			`/logs/${data.triageLogs.at(-1)!}`,
		);
		await visit(
			environment,
			{ path: `${pathOf(triage.id, log.config_id)}?log=${data.triageLogs.at(-1)!}` },
			async (page) => {
				await page.getByLabel('ticket', { exact: true }).waitFor();
				assert.equal(await page.getByLabel('ticket', { exact: true }).inputValue(), log.inputs.ticket);
				const call = page.getByLabel('Use a logged input');
				assert.equal(await call.inputValue(), data.triageLogs.at(-1)!, 'the call that is named');
				assert.ok(
					await call.getByRole('option', { name: 'Choose a call …' }).isDisabled(),
					'it would not change anything',
				);
				await page.getByLabel('ticket', { exact: true }).fill('Another');
				assert.equal(await call.inputValue(), '', 'a changed input is that of no call');
			},
		);
	});

	await checkRecordedChats(environment);

	await check('page: a key that may only read sees the prompt, and is told why it cannot run or save it', async () => {
		const { data: key } = await api.post<{ key: string }>('/keys', { name: 'Reader', role: 'read' });
		await visit(environment, { path: pathOf(triage.id, triage.versions[0]!.id), apiKey: key.key }, async (page) => {
			await template(page).fill('Changed');
			assert.equal(await run(page).getAttribute('aria-disabled'), 'true');
			await run(page).focus();
			await page.getByText('This needs an API key with the role run; yours has the role read.').waitFor();
			const save = page.getByRole('button', { name: 'Save as a new version' });
			assert.equal(await save.getAttribute('aria-disabled'), 'true');
		});
	});
}
