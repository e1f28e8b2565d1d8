import assert from 'node:assert/strict';

import { check } from '../check.ts';
import { estimateOn } from './compareData.ts';
import { storeVersion } from './data.ts';
import { visit, type PageEnvironment } from './harness.ts';

interface Log {
	id: string;
	config_id: string;
	tokens: number | null;
	prompt_tokens: number | null;
	prompt_cost: number | null;
	output_cost: number | null;
}

/** Calls with several answers: the provider counts them together, and their first log has the tokens and the cost. */
export async function checkSamples(environment: PageEnvironment): Promise<void> {
	const { api } = environment;
	const logsOf = async (project_id: string, filter: object = {}) =>
		(await api.get<{ records: Log[] }>('/logs', { params: { project_id, size: 100, ...filter } })).data.records;

	await check('page: the later answers of a call say that they are counted with the first', async () => {
		const { answers } = environment.data;
		await api.post('/chat-model-config', {
			...{ project: answers.name, model_config_id: answers.versions[0]!.id, num_samples: 3 },
			inputs: { company: 'Acme', tone: 'kind', name: 'Zoë' },
			messages: [{ role: 'user', content: 'Three times, please' }],
		});
		const [first, second, third] = await logsOf(answers.id);
		assert.ok(first!.tokens !== null && second!.tokens === null && third!.tokens === null);
		await visit(environment, { path: `/logs/${third!.id}` }, async (page) => {
			const facts = page.getByRole('region', { name: 'About this call' });
			await facts.getByText('with the first answer').nth(1).waitFor();
			assert.equal(await facts.getByText('unknown').count(), 0);
			await facts.getByRole('link', { name: 'first answer' }).first().click();
			await page.waitForURL(`**/logs/${first!.id}`);
			await facts.getByText(String(first!.tokens), { exact: true }).waitFor();
			assert.equal(await facts.getByText('first answer').count(), 0);
		});
		await visit(environment, { path: `/projects/${answers.id}` }, async (page) => {
			const newest = page.getByRole('region', { name: 'Newest logs' });
			await newest.getByRole('img', { name: 'Counted with the first answer of this call' }).nth(1).waitFor();
		});
		await visit(environment, { path: `/logs?project=${answers.id}` }, async (page) => {
			const marks = page
				.locator('[data-index="1"]')
				.getByRole('img', { name: 'Counted with the first answer of this call' });
			await marks.nth(1).waitFor();
			const row = page.locator('[data-index="0"]');
			assert.match(await row.innerText(), /\$0\.\d/);
			assert.equal(await row.getByRole('img', { name: /^Counted/ }).count(), 0);
		});
		// A list that does not have the first answer.
		await api.post('/feedback', { type: 'rating', value: 'good', data_id: third!.id, user: 'Ada' });
		await visit(environment, { path: `/logs?project=${answers.id}&feedback=rating:good` }, async (page) => {
			await page
				.locator(`[data-index]:has(a[href="/logs/${third!.id}"])`)
				.getByTitle('The cost is not known.')
				.waitFor();
		});
	});

	await check('page: after calls with several answers, Compare’s estimate is what a run costs', async () => {
		const name = 'page/compare-samples';
		const config = { provider: 'openai', model: 'gpt-4o-mini' };
		const left = await storeVersion(api, name, { ...config, name: 'v1', prompt_template: 'Tell me about {{topic}}.' });
		const right = await storeVersion(api, name, {
			...config,
			name: 'v2',
			prompt_template: 'All about {{topic}}, please.',
		});
		const path = `/projects/${left.projectId}/compare?left=${left.id}&right=${right.id}`;
		for (const topic of ['parcels', 'refunds', 'Norway', 'schools']) {
			await api.post('/completion-model-config', {
				...{ project_id: left.projectId, model_config_id: left.id, inputs: { topic }, num_samples: 5 },
			});
		}
		// The stand-in brings one answer in each response. Other hosts bring all in one, for which the prompt is paid once.
		const together = await visit(environment, { path: 'about:blank' }, async (page) => {
			await page.route('**/v4/logs?*', async (route) => {
				const response = await route.fetch();
				const list = (await response.json()) as { records: Log[] };
				const choices = Array.from({ length: 5 }, () => ({}));
				for (const log of list.records) {
					const { prompt_tokens: tokens, prompt_cost: cost } = log;
					if (tokens === null || cost === null) continue;
					Object.assign(log, { prompt_tokens: tokens / 5, prompt_cost: cost / 5, provider_response: { choices } });
				}
				await route.fulfill({ response, json: list });
			});
			await page.goto(path);
			return estimateOn(page);
		});
		const estimate = await visit(environment, { path }, async (page) => {
			const before = await estimateOn(page);
			assert.equal(together, before);
			await page.getByRole('button', { name: 'Run 8 calls' }).click();
			await page.getByText('8 of 8 calls done.').waitFor();
			return before;
		});
		const costs = (await logsOf(left.projectId, { source_filter: 'compare' })).map(
			({ prompt_cost: prompt, output_cost: output }) => prompt! + output!,
		);
		assert.equal(costs.length, 8);
		const cost = costs.reduce((sum, one) => sum + one, 0);
		assert.ok(Math.abs(estimate / cost - 1) < 0.15, `said $${estimate}, cost $${cost}`);
	});
}
