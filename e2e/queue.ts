import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AxiosInstance } from 'axios';
import type { IDataObject } from 'n8n-workflow';

import { openInstance, type ExportedWorkflow, type RunningN8n } from '../n8n/instance.ts';
import { packNode } from '../n8n/packNode.ts';
import { check, total } from './check.ts';
import { checkFaults, faultWorkflows } from './faults.ts';
import { openN8nApi, type N8nApi } from './n8nApi.ts';
import { startQueueHosts } from './queueHosts.ts';
import { credentialId, directCredentialId, startEnvironment, type Environment } from './environment.ts';
import { checkStreaming, streamingWorkflows } from './streaming.ts';
import { automatic, webhookWorkflow } from './workflows.ts';

/*
 * `npm run e2e:queue`: n8n in queue mode, with one main and two workers that share nothing but Redis, PostgreSQL and the
 * encryption key. Prints every check, and how many passed and failed.
 */

/** n8n takes a worker for lost after 20 s here instead of 60 s: no worker that lives is silent for so long, on a busy machine. */
const impatience = {
	QUEUE_WORKER_LOCK_DURATION: '20000',
	QUEUE_WORKER_LOCK_RENEW_TIME: '2000',
	QUEUE_WORKER_STALLED_INTERVAL: '3000',
};

const project = 'e2e/queue';

const thirty = (topic: string) => Array.from({ length: 30 }, (_, item) => ({ name: `Zoë ${item}`, topic }));

async function queueWorkflows(api: AxiosInstance): Promise<ExportedWorkflow[]> {
	const configOf = async (provider: string, model: string) => {
		const { data } = await api.post<{ config: { id: string } }>('/model-configs', {
			project,
			provider,
			model,
			prompt_template: 'Write to {{name}} about {{topic}}.',
		});
		return {
			project: { __rl: true, mode: 'name', value: project } as never,
			modelConfig: { __rl: true, mode: 'id', value: data.config.id } as never,
			inputs: automatic,
		};
	};
	return [
		answering(
			webhookWorkflow({ id: 'queue-respond', parameters: { ...(await configOf('mock', 'mock-1')), numSamples: 2 } }),
		),
		webhookWorkflow({
			id: 'queue-kill',
			parameters: {
				...(await configOf('openai', 'gpt-6-luna')),
				options: { maxConcurrency: 10, idempotencyKey: '={{ $json.name }}' },
			},
			credential: directCredentialId,
		}),
	];
}

/** Lets a Respond to Webhook node give the answer, which n8n relays in another way than the last node's items. */
function answering(workflow: ExportedWorkflow): ExportedWorkflow {
	const [webhook] = workflow.nodes as [{ parameters: IDataObject }];
	webhook.parameters = { httpMethod: 'POST', path: workflow.id, responseMode: 'responseNode' };
	const respond = {
		id: 'respond',
		name: 'Respond',
		type: 'n8n-nodes-base.respondToWebhook',
		typeVersion: 1.4,
		position: [660, 0],
		parameters: { respondWith: 'allIncomingItems' },
	};
	return {
		...workflow,
		nodes: [...workflow.nodes, respond],
		connections: { ...workflow.connections, Humanloop: { main: [[{ node: 'Respond', type: 'main', index: 0 }]] } },
	};
}

async function post(url: string, items: object[]): Promise<{ status: number; body: unknown }> {
	const response = await fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ items }),
	});
	const text = await response.text();
	return { status: response.status, body: text && (JSON.parse(text) as unknown) };
}

/** The executions that a worker has begun, by its own log. */
const startedBy = ({ log }: RunningN8n) =>
	[...readFileSync(log, 'utf8').matchAll(/Worker started execution (\d+)/g)].map((match) => match[1]!);

/** What must be the same everywhere: all but the IDs, which are new in each call. */
function comparable(items: unknown): IDataObject[] {
	return (items as IDataObject[]).map((item) => ({ ...item, id: typeof item.id, sessionId: typeof item.sessionId }));
}

interface Outcome {
	executionId: string;
	/** What must be the same in queue mode. */
	result: { status: number; answer: IDataObject[]; items: IDataObject[]; links: unknown[] };
}

/** 30 items over the webhook: what its caller gets, and what n8n has stored of the Humanloop node. */
async function outcomeOf(main: RunningN8n, n8nApi: N8nApi): Promise<Outcome> {
	const { status, body } = await post(`${main.url}/webhook/queue-respond`, thirty('a refund'));
	const { id: executionId, data } = await n8nApi.lastExecution('queue-respond');
	const items = data.resultData.runData.Humanloop![0]!.data!.main![0]!;
	const links = items.map(({ pairedItem }) => pairedItem);
	return {
		executionId,
		result: { status, answer: comparable(body), items: comparable(items.map(({ json }) => json)), links },
	};
}

async function checkResults(environment: Environment, workers: RunningN8n[], single: Outcome): Promise<void> {
	await environment.n8nApi.activate('queue-respond', 'queue-respond');

	await check(
		'queue: webhook, 30 items × 2 samples, respond: as in a single process, and run by a worker',
		async () => {
			const { executionId, result } = await outcomeOf(environment.main, environment.n8nApi);
			assert.deepEqual([result.answer.length, result.items.length], [60, 60]);
			assert.deepEqual(result, single.result);
			assert.equal(workers.filter((worker) => startedBy(worker).includes(executionId)).length, 1);
		},
	);

	await check(
		'queue: of twelve webhook calls at once both workers run some, and each caller gets its own answers',
		async () => {
			const before = workers.map((worker) => startedBy(worker).length);
			const topics = Array.from({ length: 12 }, (_, call) => `matter ${call}`);
			const responses = await Promise.all(
				topics.map(
					async (topic) => await post(`${environment.main.url}/webhook/queue-respond`, [{ name: 'Zoë', topic }]),
				),
			);
			const outputs = responses.map(({ body }) => (body as IDataObject[]).map(({ output }) => output).join('|'));
			assert.equal(new Set(outputs).size, 12);
			const after = workers.map((worker, index) => startedBy(worker).length - before[index]!);
			assert.equal(after[0]! + after[1]!, 12);
			assert.ok(Math.min(...after) > 0, `the workers ran ${after.join(' and ')} of them`);
		},
	);
}

/** How often the model was called about a topic, item by item. */
function callsAbout({ modelHost }: Environment, topic: string): number[] {
	const prompts = modelHost.requests.map(({ body }) => (body!.messages as [{ content: string }])[0].content);
	return thirty(topic).map(
		({ name }) => prompts.filter((prompt) => prompt === `Write to ${name} about ${topic}.`).length,
	);
}

const sum = (counts: number[]) => counts.reduce((all, count) => all + count, 0);

/** The server's logs about a topic, one for each sample. */
async function logsAbout({ api }: Environment, topic: string): Promise<number> {
	const { data: projects } = await api.get<{ records: [{ id: string }] }>('/projects', { params: { filter: project } });
	const { data } = await api.get<{ total: number }>('/logs', {
		params: { project_id: projects.records[0].id, search: topic },
	});
	return data.total;
}

/** Kills the worker that runs 30 items, when some of them are answered and others under way. */
async function killInTheMiddle(environment: Environment, workers: RunningN8n[], topic: string) {
	const before = new Set(workers.flatMap(startedBy));
	const answered = post(`${environment.main.url}/webhook/queue-kill`, thirty(topic));
	while (sum(callsAbout(environment, topic)) < 15) await sleep(50);
	const killed = workers.find((worker) => startedBy(worker).some((id) => !before.has(id)))!;
	const killedAt = Date.now();
	// Its task runner too: as when the machine is gone.
	process.kill(-killed.process.pid!, 'SIGKILL');
	await killed.ended;
	const { status } = await answered;
	return { status, seconds: (Date.now() - killedAt) / 1000, survivor: workers.find((worker) => worker !== killed)! };
}

/**
 * n8n 2 gives a killed worker's job to no other one, and no setting changes that: Bull's `maxStalledCount` is 0
 * (scaling.service.js in n8n 2.41.1). The execution ends with an error, at the latest 30 s after Bull has noticed, which
 * takes the place of all its data (workflow-runner.js): n8n's own Retry then finds nothing to run.
 */
async function checkKill(environment: Environment, workers: RunningN8n[]): Promise<void> {
	await environment.n8nApi.activate('queue-kill', 'queue-kill');
	environment.model.onMessage(/^Write to/, { content: 'An answer that somebody has paid for' });
	environment.modelHost.requests.splice(0);
	environment.modelHost.fault = async () => {
		// Ten calls at a time: the worker is killed within the second three seconds.
		await sleep(3000);
		return false;
	};
	const topic = 'a parcel that came twice';
	const { status, seconds, survivor } = await killInTheMiddle(environment, workers, topic);
	const execution = await environment.n8nApi.lastExecution('queue-kill');
	const calls = callsAbout(environment, topic);

	await check(
		`queue: a worker is killed in the middle of a run: n8n ends the execution and tells the caller, ${seconds.toFixed(0)} s later`,
		async () => {
			assert.deepEqual([status, execution.status], [500, 'error']);
			assert.match(execution.data.resultData.error!.message, /failed to be processed too many times/);
			const { data: retried } = await environment.n8nApi.rest.post<{ data: { status: string } }>(
				`/executions/${execution.id}/retry`,
				{},
			);
			assert.equal(retried.data.status, 'error');
		},
	);

	await check(
		`queue: each of the ${sum(calls)} model calls that had begun is paid for once, and its answer is on the server`,
		async () => {
			assert.ok(sum(calls) >= 15 && sum(calls) < 30, `${sum(calls)} of 30`);
			assert.equal(Math.max(...calls), 1);
			assert.equal(await logsAbout(environment, topic), sum(calls));
		},
	);

	await check(
		'queue: the caller sends the request again: the other worker answers every item, and only the rest is paid for',
		async () => {
			const { body } = await post(`${environment.main.url}/webhook/queue-kill`, thirty(topic));
			assert.equal((body as unknown[]).length, 30);
			assert.deepEqual(callsAbout(environment, topic), Array(30).fill(1));
			assert.equal(await logsAbout(environment, topic), 30);
			await environment.n8nApi.lastExecution('queue-kill');
		},
	);

	await check('queue: the other worker runs what comes next: every item answered, paid for once, stored', async () => {
		const next = 'a parcel that came once';
		const { body } = await post(`${environment.main.url}/webhook/queue-kill`, thirty(next));
		assert.equal((body as unknown[]).length, 30);
		assert.ok(startedBy(survivor).includes((await environment.n8nApi.lastExecution('queue-kill')).id));
		assert.deepEqual(callsAbout(environment, next), Array(30).fill(1));
		assert.equal(await logsAbout(environment, next), 30);
	});
}

/** The same workflow in one process of n8n, as most people run it. */
async function inOneProcess(environment: Environment, tarball: string): Promise<Outcome> {
	const instance = await openInstance({
		n8n: environment.n8n,
		userFolder: path.join(environment.folder, 'single'),
		tarball,
	});
	const data = { apiKey: environment.server.apiKey, baseUrl: environment.proxy.baseUrl };
	await instance.importCredentials([{ id: credentialId, name: 'Humanloop', type: 'humanloopApi', data }]);
	await instance.importWorkflows((await queueWorkflows(environment.api)).slice(0, 1));
	const single = await instance.start();
	try {
		const n8nApi = await openN8nApi(single.url);
		await n8nApi.activate('queue-respond', 'queue-respond');
		return await outcomeOf(single, n8nApi);
	} finally {
		await single.stop();
	}
}

async function main(): Promise<void> {
	const hosts = await startQueueHosts();
	const ends = [async () => await hosts.stop()];
	try {
		const env = {
			...hosts.env,
			...impatience,
			N8N_ENCRYPTION_KEY: randomBytes(24).toString('hex'),
			N8N_LOG_LEVEL: 'info',
		};
		const environment = await startEnvironment(
			async (api) => [
				...(await queueWorkflows(api)),
				...(await streamingWorkflows(api)),
				...(await faultWorkflows(api)),
			],
			() => env,
		);
		ends.push(async () => await environment.close());

		const tarball = await packNode(environment.folder);
		const workers: RunningN8n[] = [];
		for (const name of ['worker-1', 'worker-2']) {
			const instance = await openInstance({
				n8n: environment.n8n,
				userFolder: path.join(environment.folder, name),
				tarball,
				env,
			});
			const worker = await instance.start({ command: 'worker' });
			ends.push(async () => await worker.stop());
			workers.push(worker);
		}
		await checkResults(environment, workers, await inOneProcess(environment, tarball));
		await checkStreaming(environment);
		await checkFaults(environment);
		await checkKill(environment, workers);
	} finally {
		for (const end of ends.reverse()) await end();
	}
	process.exitCode = total('e2e:queue') ? 0 : 1;
}

main().catch((error: Error) => {
	console.error(error);
	process.exitCode = 1;
});
