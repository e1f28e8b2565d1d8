import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

import { check } from '../check.ts';
import { storeVersion } from './data.ts';
import { checkLook, visit, type PageEnvironment } from './harness.ts';

const template = (page: Page) => page.getByRole('textbox', { name: 'Template' });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const mock = { provider: 'mock', model: 'mock-1' };

async function checkDiscarding(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	await check(
		'page: a draft that was discarded comes back with Undo, also after something else was typed',
		async () => {
			const { projectId, id } = await storeVersion(api, 'page/discard', {
				...{ ...mock, name: 'v1', prompt_template: 'Answer {{question}}' },
			});
			await visit(environment, { path: `/projects/${projectId}/versions/${id}` }, async (page) => {
				const draft = 'Answer {{question}} in one word.';
				await template(page).fill(draft);
				await page.getByLabel('Temperature').fill('0.3');
				await button(page, 'Discard the changes').press('Enter');
				await page.getByText('The changes are discarded.').waitFor();
				assert.equal(await template(page).innerText(), 'Answer {{question}}');
				assert.equal(await page.getByLabel('Temperature').inputValue(), '1');
				assert.equal(await page.evaluate('localStorage.length'), 0);

				await page.getByLabel('Temperature').fill('0.8');
				await page.getByText('A draft in this browser').waitFor();
				await page.getByLabel('Temperature').fill('1');
				await page.getByText('The changes are discarded.').waitFor();

				await button(page, 'Undo').press('Enter');
				await button(page, 'Discard the changes').waitFor();
				assert.equal(await template(page).innerText(), draft);
				assert.equal(await page.getByLabel('Temperature').inputValue(), '0.3');
				await page.reload();
				await page.getByText('Your draft is still here').waitFor();
				await page.getByText(draft).waitFor();
				// The keyboard is where it was: the next button is a Tab away.
				await button(page, 'Discard the changes').press('Enter');
				await page.keyboard.press('Tab');
				await page.keyboard.press('Enter');
				await button(page, 'Discard the changes').waitFor();
			});
		},
	);

	await check('page: a draft that was only tried can be saved after its changes are discarded', async () => {
		const { projectId, id } = await storeVersion(api, 'page/discard-tried', {
			...{ ...mock, name: 'Draft of v1', prompt_template: 'Tried', description: 'Tried in the editor, not saved.' },
		});
		await visit(environment, { path: `/projects/${projectId}/versions/${id}` }, async (page) => {
			await button(page, 'Save as a new version').waitFor();
			await template(page).fill('Tried and changed');
			await button(page, 'Discard the changes').click();
			await button(page, 'Undo').waitFor();
			await button(page, 'Save as a new version').click();
			await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
			await page.getByRole('heading', { name: 'v2', exact: true }).waitFor();
			assert.equal(await template(page).innerText(), 'Tried');
			await button(page, 'Save as a new version').waitFor({ state: 'detached' });
		});
	});

	const { triage } = environment.data;
	const path = `/projects/${triage.id}/versions/${triage.versions[2]!.id}`;
	await checkLook(environment, 'prompt-discarded', { path }, async (page) => {
		await template(page).pressSequentially('More');
		await button(page, 'Discard the changes').click();
		await button(page, 'Undo').waitFor();
	});
	await checkLook(environment, 'prompt-problems', { path }, async (page) => {
		await page.getByLabel('ticket', { exact: true }).fill('Hello');
		await button(page, 'Run').press('Enter');
		await page.getByText('company was empty when you pressed Run.').waitFor();
		await page.getByLabel('Temperature').fill('5');
		await page.getByText('Temperature: enter a number from 0 to 2.').waitFor();
	});
}

async function checkParameters(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	await check('page: a parameter that no provider takes is said at once, and is neither run nor saved', async () => {
		const { projectId, id } = await storeVersion(api, 'page/parameters', {
			...{ ...mock, name: 'v1', prompt_template: 'Hello' },
		});
		await visit(environment, { path: `/projects/${projectId}/versions/${id}` }, async (page) => {
			await page.getByText('More parameters').click();
			for (const [label, wrong, problem, right] of [
				['Temperature', '5', 'Enter a number from 0 to 2.', '2'],
				['Longest answer, in tokens', '1.5', 'Enter a whole number.', '50'],
				['Longest answer, in tokens', '0', 'Enter 1 or more.', ''],
				['Top p', '-0.1', 'Enter a number from 0 to 1.', '0.5'],
				['Frequency penalty', '2.1', 'Enter a number from -2 to 2.', '-2'],
				['Seed', '0.5', 'Enter a whole number.', '7'],
			] as const) {
				await page.getByLabel(label).fill(wrong);
				await page.getByText(problem, { exact: true }).waitFor();
				for (const name of ['Run', 'Save as a new version']) {
					assert.equal(
						await button(page, name).getAttribute('aria-disabled'),
						'true',
						`${name} with ${label} ${wrong}`,
					);
				}
				await page.getByLabel(label).fill(right);
				await page.getByText(problem).waitFor({ state: 'detached' });
				assert.equal(await button(page, 'Run').getAttribute('aria-disabled'), 'false');
			}
			// The API's own number for no limit is none too.
			const longest = page.getByLabel('Longest answer, in tokens');
			for (const before of ['', '50']) {
				await longest.fill(before);
				await longest.fill('-1');
				assert.equal(await page.getByText('Enter 1 or more.').count(), 0);
				assert.equal(await longest.inputValue(), '-1');
			}
			await button(page, 'Run').click();
			await page.getByRole('region', { name: 'Answer' }).getByRole('link', { name: 'Log' }).waitFor();
		});
	});

	await check('page: a version that a host takes runs, and can be changed, whatever its temperature', async () => {
		const { projectId, id } = await storeVersion(api, 'page/hot', {
			...{ ...mock, name: 'v1', prompt_template: 'Hello', temperature: 3, top_p: 4 },
		});
		await visit(environment, { path: `/projects/${projectId}/versions/${id}` }, async (page) => {
			await template(page).fill('Hello again');
			await button(page, 'Run').click();
			await page.getByRole('region', { name: 'Answer' }).getByRole('link', { name: 'Log' }).waitFor();
			// Only the values that it has itself are accepted.
			for (const [label, own] of [
				['Temperature', '3'],
				['Top p', '4'],
			] as const) {
				await page.getByLabel(label).fill('9');
				await page.getByText(new RegExp(`^${label}: enter a number from 0 to`)).waitFor();
				assert.equal(await button(page, 'Run').getAttribute('aria-disabled'), 'true');
				await page.getByLabel(label).fill(own);
				assert.equal(await button(page, 'Run').getAttribute('aria-disabled'), 'false');
			}
		});
	});

	await check('page: another provider brings a model of its own; the first one its model again', async () => {
		const { answers } = environment.data;
		await visit(environment, { path: `/projects/${answers.id}/versions/${answers.versions[0]!.id}` }, async (page) => {
			const model = page.getByRole('combobox', { name: 'Model' });
			const provider = page.getByLabel('Provider');
			await provider.getByRole('option', { name: 'groq' }).waitFor({ state: 'attached' });
			assert.equal(await model.inputValue(), 'gpt-4o-mini');
			await provider.selectOption('mock');
			assert.equal(await model.inputValue(), 'mock-1');
			await provider.selectOption('groq');
			assert.equal(await model.inputValue(), '', 'no version uses a model of it');
			// Beside the field, and beside the button that cannot be pressed.
			await page.getByText('Enter a model.').nth(1).waitFor();
			assert.equal(await button(page, 'Run').getAttribute('aria-disabled'), 'true');
			await provider.selectOption('openai');
			assert.equal(await model.inputValue(), 'gpt-4o-mini');
		});
	});
}

async function checkEmptyVariables(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	await check('page: a variable that is empty when you press Run is named, and the prompt runs', async () => {
		const { projectId, id } = await storeVersion(api, 'page/empty', {
			...{ ...mock, name: 'v1', prompt_template: '{{company}}: {{tone}}, {{question}}' },
		});
		await visit(environment, { path: `/projects/${projectId}/versions/${id}` }, async (page) => {
			const answered = page.getByRole('region', { name: 'Answer' }).getByRole('link', { name: 'Log' });
			await page.getByLabel('question', { exact: true }).fill('Is it late?');
			await button(page, 'Run').click();
			await page.getByText('company and tone were empty when you pressed Run.').waitFor();
			await answered.waitFor();
			await page.getByLabel('company', { exact: true }).fill('Acme');
			await page.getByLabel('tone', { exact: true }).fill('kind');
			await button(page, 'Run').click();
			await page.getByText('when you pressed Run').waitFor({ state: 'detached' });
			await answered.waitFor();
		});
	});
}

/** The form beside the editor: what it says before it is too late, and what can be taken back. */
export async function checkPromptForm(environment: PageEnvironment): Promise<void> {
	await checkDiscarding(environment);
	await checkParameters(environment);
	await checkEmptyVariables(environment);
}
