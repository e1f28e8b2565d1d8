import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import type { AxiosInstance } from 'axios';
import type { Locator, Page } from 'playwright-core';

import { patience } from '../check.ts';
import { storeVersion } from './data.ts';
import type { PageEnvironment } from './harness.ts';

export interface Comparable {
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
export async function storeComparable({ api, model }: PageEnvironment, name: string): Promise<Comparable> {
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

export interface RunLog {
	id: string;
	config_id: string;
	inputs: Record<string, string>;
	messages: { content: string }[];
	feedback: { type: string; value: string }[];
}

/** The logs of a project that comparisons have made, newest first. */
export async function runLogs(api: AxiosInstance, projectId: string): Promise<RunLog[]> {
	const params = { project_id: projectId, source_filter: 'compare', size: 200 };
	return (await api.get<{ records: RunLog[] }>('/logs', { params })).data.records;
}

/** Waits until so many ratings are stored. A page that is closed before has not sent all of them. */
export async function untilRated(api: AxiosInstance, projectId: string, count: number): Promise<RunLog[]> {
	const end = Date.now() + patience;
	for (;;) {
		const logs = await runLogs(api, projectId);
		if (logs.filter(({ feedback }) => feedback.length > 0).length === count) return logs;
		assert.ok(Date.now() < end, `${count} logs should be rated: ${JSON.stringify(logs)}`);
		await setTimeout(100);
	}
}

/** Runs all calls, and waits until they are done. */
export async function runAll(page: Page, calls: number): Promise<void> {
	await page.getByRole('button', { name: `Run ${calls} calls` }).click();
	await page.getByText(`${calls} of ${calls} calls done.`).waitFor();
}

/** The inputs of a run, each with both answers. */
export const rows = (page: Page): Locator => page.getByRole('group', { name: /^Input \d+ of/ });

/** What the page says that a run costs, in US dollars. */
export async function estimateOn(page: Page): Promise<number> {
	const text = page.getByText(/^Cost: about \$[\d.]+\. /);
	await text.waitFor();
	return Number(/\$(\d+\.\d+)/.exec(await text.innerText())![1]);
}
