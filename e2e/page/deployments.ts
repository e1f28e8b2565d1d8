import assert from 'node:assert/strict';
import type { AxiosInstance } from 'axios';
import type { Page } from 'playwright-core';

import { check } from '../check.ts';
import { storeVersion } from './data.ts';
import { checkLook, visit, type PageEnvironment } from './harness.ts';

interface Deployable {
	id: string;
	versions: { id: string; name: string }[];
}

/** A project of its own with two versions, the first of which is deployed. */
async function storeProject(api: AxiosInstance, name: string): Promise<Deployable> {
	const versions: Awaited<ReturnType<typeof storeVersion>>[] = [];
	for (const [index, tone] of ['kind', 'brief'].entries()) {
		versions.push(
			await storeVersion(api, name, {
				...{ name: `${name} v${index + 1}`, provider: 'mock', model: 'mock-1', temperature: index },
				prompt_template: `Be ${tone}. Answer {{question}}`,
			}),
		);
	}
	return { id: versions[0]!.projectId, versions };
}

/** The version that a project has deployed in the default environment. */
async function deployedIn(api: AxiosInstance, projectId: string): Promise<string> {
	const { data } = await api.get<{ config: { id: string } }>(`/projects/${projectId}/active-config`);
	return data.config.id;
}

async function checkDeploying(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	await check('page: a version is deployed after a look at what changes; undo takes it back', async () => {
		const { id, versions } = await storeProject(api, 'deploy-and-undo');
		const [first, second] = versions as [{ id: string; name: string }, { id: string; name: string }];
		await api.post('/completion-deployed', { project_id: id, inputs: { question: 'a' }, environment: 'production' });
		await api.post(
			'/completion-deployed',
			{ project_id: id, inputs: { question: 'b' }, environment: 'production' },
			{ headers: { 'X-Call-Origin': JSON.stringify({ workflow_id: 'wf-12' }) } },
		);
		await visit(environment, { path: `/projects/${id}/deployments` }, async (page) => {
			await page.getByRole('button', { name: 'Deploy to production' }).click();
			const dialog = page.getByRole('dialog');
			await dialog.getByLabel('Version').first().click();
			await page.getByRole('option', { name: second.name }).click();
			await dialog.locator('del', { hasText: 'kind' }).waitFor();
			await dialog.locator('ins', { hasText: 'brief' }).waitFor();
			await dialog.getByRole('row', { name: 'Temperature 0 1' }).waitFor();
			await dialog.getByText('n8n workflow wf-12: 1 call').waitFor();
			await dialog.getByText('Other programs: 1 call').waitFor();
			await dialog.getByRole('button', { name: 'Deploy', exact: true }).click();
			await page.getByText(`It replaced ${first.name}.`).waitFor();
			assert.equal(await deployedIn(api, id), second.id);
			await page.getByRole('cell', { name: `${second.name} replaced ${first.name}` }).waitFor();
			await page.getByRole('button', { name: 'Undo', exact: true }).click();
			await page.getByText(`${first.name} is deployed again.`).waitFor();
			assert.equal(await deployedIn(api, id), first.id);
		});
	});

	await check('page: the first deployment to an environment can be taken back; times follow the clock', async () => {
		const { id, versions } = await storeProject(api, 'first-deployment');
		const { data: environments } = await api.get<{ id: string; name: string }[]>('/environments');
		const staging = environments.find(({ name }) => name === 'staging')!;
		const deployed = async () => {
			const { data } = await api.get<{ environment_name: string; model_config_id: string | null }[]>(
				`/projects/${id}/deployed-configs`,
			);
			return data.find(({ environment_name }) => environment_name === 'staging')!.model_config_id;
		};
		await visit(environment, { path: `/projects/${id}` }, async (page) => {
			await page.getByRole('link', { name: 'Compare with the deployed version' }).click();
			await page.getByRole('heading', { name: 'Compare' }).waitFor();
			// Somebody reads for five minutes, where no time is shown.
			await page.clock.setFixedTime(Date.now() + 300_000);
			await page.getByRole('link', { name: 'first-deployment', exact: true }).click();
			await page.getByRole('link', { name: 'Deployments' }).click();
			await page.getByRole('cell', { name: '5 min. ago' }).first().waitFor();

			await page.getByRole('button', { name: 'Deploy to staging' }).click();
			const dialog = page.getByRole('dialog');
			await dialog.getByLabel('Version').first().click();
			await page.getByRole('option', { name: versions[1]!.name }).click();
			await dialog.getByRole('button', { name: 'Deploy', exact: true }).click();
			await page.getByText('Nothing was deployed there before.').waitFor();
			assert.equal(await deployed(), versions[1]!.id);
			await page.getByRole('button', { name: 'Undo', exact: true }).click();
			await page.getByText(`${versions[1]!.name} is no longer deployed to staging.`).waitFor();
			assert.equal(await deployed(), null);

			await api.patch(`/projects/${id}/deploy-config`, {
				...{ config_id: versions[0]!.id, environments: [{ id: staging.id }] },
			});
			await page.reload();
			await page.getByRole('button', { name: `Remove ${versions[0]!.name} from staging` }).click();
			await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
			await page.getByRole('dialog').waitFor({ state: 'detached' });
			await page.waitForFunction("document.activeElement?.ariaLabel?.startsWith('Remove ')");
			assert.equal(await deployed(), versions[0]!.id);
			await page.getByRole('button', { name: `Remove ${versions[0]!.name} from staging` }).click();
			await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
			await page.getByText(`${versions[0]!.name} is no longer deployed to staging.`).waitFor();
			assert.equal(await deployed(), null);
		});
	});

	await check('page: one click in the history rolls back', async () => {
		const { id, versions } = await storeProject(api, 'roll-back');
		const [first, second] = versions as [{ id: string; name: string }, { id: string; name: string }];
		await api.patch(`/projects/${id}/deploy-config`, { config_id: second.id });
		await visit(environment, { path: `/projects/${id}/deployments` }, async (page) => {
			await page.getByRole('button', { name: `Roll back to ${first.name} in production` }).click();
			await page.getByText(`${first.name} replaced ${second.name} (rolled back)`).waitFor();
			assert.equal(await deployedIn(api, id), first.id);
		});
	});

	await check('page: a notice takes the place of the one about the same environment, and of no other', async () => {
		const { id, versions } = await storeProject(api, 'notices');
		const [first, second] = versions as [{ id: string; name: string }, { id: string; name: string }];
		const deployTo = async (page: Page, place: string, version: string) => {
			await page.getByRole('button', { name: `Deploy to ${place}` }).click();
			const dialog = page.getByRole('dialog');
			await dialog.getByLabel('Version').first().click();
			await page.getByRole('option', { name: version }).click();
			// The notices can lie over the button.
			await dialog.getByRole('button', { name: 'Deploy', exact: true }).press('Enter');
			await page.getByText(`${version} is deployed to ${place}`).waitFor();
		};
		await visit(environment, { path: `/projects/${id}/deployments` }, async (page) => {
			// On a busy machine, the notices would close before they are looked at.
			await page.evaluate(
				'const set = setTimeout; window.setTimeout = (run, ms) => (ms === 15000 ? 0 : set(run, ms)); undefined',
			);
			await deployTo(page, 'production', second.name);
			await deployTo(page, 'staging', first.name);
			await page.getByText(`It replaced ${first.name}.`).waitFor();
			await deployTo(page, 'production', first.name);
			await page.getByText(`It replaced ${second.name}.`).waitFor();
			await page.getByText(`It replaced ${first.name}.`).waitFor({ state: 'detached' });
			await page.getByText('Nothing was deployed there before.').waitFor();
			assert.equal(await page.getByRole('button', { name: 'Undo', exact: true }).count(), 2);
		});
	});

	await check('page: a deployment by another person is said before it is replaced', async () => {
		const { id, versions } = await storeProject(api, 'two-people');
		const [first, second] = versions as [{ id: string; name: string }, { id: string; name: string }];
		const third = await storeVersion(api, 'two-people', {
			...{ name: 'two-people v3', provider: 'mock', model: 'mock-1', prompt_template: 'Answer {{question}}' },
		});
		const { data: environments } = await api.get<{ id: string }[]>('/environments');
		const path = `/projects/${id}/deployments?deploy=${environments[0]!.id}&version=${third.id}`;
		await visit(environment, { path }, async (page) => {
			const dialog = page.getByRole('dialog');
			await dialog.getByText(`What changes from ${first.name}`).waitFor();
			await api.patch(`/projects/${id}/deploy-config`, { config_id: second.id });
			await dialog.getByRole('button', { name: 'Deploy', exact: true }).click();
			await dialog.getByText(`${second.name} is deployed to production now.`, { exact: false }).waitFor();
			assert.equal(await deployedIn(api, id), second.id);
			await dialog.getByRole('button', { name: 'I have looked at it' }).click();
			await dialog.getByRole('button', { name: 'Deploy', exact: true }).click();
			await page.getByText(`It replaced ${second.name}.`).waitFor();
			assert.equal(await deployedIn(api, id), third.id);
		});
	});
}

async function checkDrafts(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	await check('page: what was only tried is not offered for deploying, until it is saved', async () => {
		const { id, versions } = await storeProject(api, 'deploy-drafts');
		const draft = { provider: 'mock', model: 'mock-1', prompt_template: 'Be loud.' };
		const tried = await storeVersion(api, 'deploy-drafts', {
			...{ ...draft, name: 'Draft of deploy-drafts v2', description: 'Tried in the editor, not saved.' },
		});
		const { data: environments } = await api.get<{ id: string }[]>('/environments');
		const path = `/projects/${id}/deployments?deploy=${environments[0]!.id}&version=${tried.id}`;
		await visit(environment, { path }, async (page) => {
			const dialog = page.getByRole('dialog');
			const version = dialog.getByLabel('Version').first();
			await version.click();
			const offered = page.getByRole('option');
			await offered.first().waitFor();
			assert.deepEqual(await offered.allInnerTexts(), [versions[1]!.name, `${versions[0]!.name} (deployed)`]);
			assert.equal(await version.inputValue(), '', 'nor is it taken from the address');
			assert.ok(await dialog.getByRole('button', { name: 'Deploy', exact: true }).isDisabled());
			await storeVersion(api, 'deploy-drafts', { ...draft, name: 'loud' });
			await page.reload();
			await dialog.locator('ins', { hasText: 'loud' }).waitFor();
			assert.equal(await version.inputValue(), 'loud');
		});
	});
}

export async function checkDeployments(environment: PageEnvironment): Promise<void> {
	const { api, data } = environment;
	const { triage } = data;
	const path = `/projects/${triage.id}/deployments`;
	await checkLook(environment, 'deployments', { path }, async (page) => {
		await page.getByRole('row', { name: /^staging .*triage v3 .*Server key/ }).waitFor();
		await page.getByRole('cell', { name: 'triage v2 replaced triage v1' }).waitFor();
	});
	const { data: environments } = await api.get<{ id: string; name: string }[]>('/environments');
	const staging = environments.find(({ name }) => name === 'staging')!;
	const dialogPath = `${path}?deploy=${staging.id}&version=${triage.versions[0]!.id}`;
	await checkLook(environment, 'deploy-dialog', { path: dialogPath }, async (page) => {
		await page.getByRole('dialog').getByText('This server has run no calls there in the last 7 days.').waitFor();
	});

	await checkDeploying(environment);
	await checkDrafts(environment);

	await check('page: an environment is made here; a name that is taken is said beside the field', async () => {
		await visit(environment, { path }, async (page) => {
			for (const name of ['staging', 'canary']) {
				await page.getByRole('button', { name: 'New environment…' }).click();
				await page.getByLabel('Name').fill(name);
				await page.getByRole('button', { name: 'Create' }).click();
				if (name === 'staging') {
					await page.getByText(/staging.*(exists|taken|already)/i).waitFor();
					await page.getByRole('button', { name: 'Cancel' }).click();
				}
			}
			await page.getByRole('row', { name: /^canary nothing/ }).waitFor();
		});
	});

	await check('page: a key that may not deploy sees all, and is told why it cannot change anything', async () => {
		const { data: key } = await api.post<{ key: string }>('/keys', { name: 'reader', role: 'read' });
		await visit(environment, { path: dialogPath, apiKey: key.key }, async (page) => {
			const button = page.getByRole('button', { name: 'Deploy to staging' });
			await button.waitFor();
			assert.ok(await button.isDisabled());
			assert.match((await button.getAttribute('title')) ?? '', /role deploy; yours has the role read/);
			assert.equal(await page.getByRole('dialog').count(), 0);
		});
	});
}
