import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LLMock } from '@copilotkit/aimock';
import axios, { type AxiosInstance } from 'axios';
import type { IDataObject } from 'n8n-workflow';

import { installN8n } from '../n8n/install.ts';
import { openInstance, type RunningN8n } from '../n8n/instance.ts';
import { packNode } from '../n8n/packNode.ts';
import { startRecordingProxy, type RecordedRequest, type RecordingProxy } from '../test/hosts/recordingProxy.ts';
import { check, patience, total } from './check.ts';
import { openN8nApi, type N8nApi } from './n8nApi.ts';
import { startReplicaHosts, type ReplicaHosts } from './replicaHosts.ts';
import { automatic, webhookWorkflow } from './workflows.ts';

/*
 * `npm run e2e:replicas`: what docker/compose.yaml describes, without containers: PostgreSQL, Redis, n8n's main and a
 * worker, and three humanloop-servers behind nginx, with the files that Compose uses. Prints every check.
 */

const project = 'e2e/replicas';
const credentialId = 'humanloopE2e0001';
const itemCount = 30;

interface Topology {
	hosts: ReplicaHosts;
	model: LLMock;
	modelHost: RecordingProxy;
	/** The API, through the balancer. */
	api: AxiosInstance;
	configId: string;
	main: RunningN8n;
	n8nApi: N8nApi;
}

const namesOf = (topic: string) => Array.from({ length: itemCount }, (_, item) => ({ name: `Zoë ${item}`, topic }));

/** The model calls about each item of a topic, in order. */
function callsAbout({ modelHost }: Topology, topic: string): RecordedRequest[][] {
	const promptOf = ({ body }: RecordedRequest) => (body!.messages as [{ content: string }])[0].content;
	return namesOf(topic).map(({ name }) =>
		modelHost.requests.filter((request) => promptOf(request) === `Write to ${name} about ${topic}.`),
	);
}

/** The items that the webhook answers with. */
async function run({ main }: Topology, topic: string): Promise<IDataObject[]> {
	const { data } = await axios.post<IDataObject[]>(`${main.url}/webhook/replicas`, { items: namesOf(topic) });
	return data;
}

async function logsAbout({ api }: Topology, topic: string): Promise<{ id: string }[]> {
	const { data: projects } = await api.get<{ records: [{ id: string }] }>('/projects', { params: { filter: project } });
	const params = { project_id: projects.records[0].id, search: topic, size: 100 };
	return (await api.get<{ records: { id: string }[] }>('/logs', { params })).data.records;
}

/** How many completions each server has answered, by its own log. */
const answeredBy = ({ hosts }: Topology) =>
	hosts.replicas.map(
		({ log }) => [...readFileSync(log, 'utf8').matchAll(/completion-model-config","status":200/g)].length,
	);

async function checkBalancer(topology: Topology): Promise<void> {
	const { hosts, api, configId, model } = topology;

	await check('replicas: the balancer is ready, and gives out no metrics of one server', async () => {
		assert.equal((await fetch(`${hosts.url}/readyz`)).status, 200);
		assert.equal((await fetch(`${hosts.url}/metrics`)).status, 404);
	});

	await check(
		'replicas: repeats of a call reach the server that has its response, also where only its memory has it',
		async () => {
			for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) {
				const call = { model_config_id: configId, inputs: { name: key, topic: 'keys' }, save: false };
				const headers = { 'Idempotency-Key': key };
				const ids = new Set<string>();
				for (let repeat = 0; repeat < 4; repeat++) {
					const { data } = await api.post<{ data: [{ id: string }] }>('/completion-model-config', call, { headers });
					ids.add(data.data[0].id);
				}
				assert.equal(ids.size, 1);
			}
		},
	);

	await check('replicas: calls without a key are spread over all servers', async () => {
		const before = answeredBy(topology);
		const call = { model_config_id: configId, inputs: { name: 'x', topic: 'no key' } };
		await Promise.all(Array.from({ length: 30 }, async () => await api.post('/completion-model-config', call)));
		const counts = answeredBy(topology).map((count, index) => count - before[index]!);
		assert.ok(Math.min(...counts) > 0, counts.join());
	});

	await check('replicas: a stream comes through as it is sent', async () => {
		model.prependFixture({
			match: { userMessage: /a stream/ },
			response: { content: 'one two three four five six seven eight nine ten' },
			latency: 200,
			chunkSize: 5,
		});
		const response = await fetch(`${hosts.url}/v4/completion-model-config`, {
			method: 'POST',
			headers: { 'X-API-KEY': hosts.variables.HUMANLOOP_API_KEY!, 'Content-Type': 'application/json' },
			body: JSON.stringify({ model_config_id: configId, inputs: { name: 'x', topic: 'a stream' }, stream: true }),
		});
		const arrivals: number[] = [];
		for await (const text of response.body!.pipeThrough(new TextDecoderStream())) if (text) arrivals.push(Date.now());
		const took = arrivals.at(-1)! - arrivals[0]!;
		assert.ok(arrivals.length >= 5 && took >= 800, `${arrivals.length} pieces in ${took} ms`);
	});

	await check('replicas: a body of 5 MB goes through; one above the limit gets the words of the server', async () => {
		const post = async (bytes: number) =>
			await api.post<{ detail?: { message: string } }>(
				'/completion-model-config',
				{ model_config_id: configId, inputs: { name: 'x'.repeat(bytes), topic: 'size' } },
				{ validateStatus: () => true },
			);
		assert.equal((await post(5e6)).status, 200);
		const refused = await post(11e6);
		assert.deepEqual([refused.status, refused.data.detail?.message], [413, 'The body is too large for this server.']);
	});
}

async function checkRun(topology: Topology): Promise<void> {
	const { api, n8nApi, main, hosts } = topology;
	const topic = 'a parcel';

	await check(`replicas: ${itemCount} items through webhook, worker, balancer and three servers`, async () => {
		const before = answeredBy(topology);
		assert.equal((await run(topology, topic)).length, itemCount);
		const counts = answeredBy(topology).map((count, index) => count - before[index]!);
		assert.ok(Math.min(...counts) > 0, `the servers answered ${counts.join(', ')}`);
		assert.deepEqual(
			callsAbout(topology, topic).map((calls) => calls.length),
			Array(itemCount).fill(1),
		);
		assert.equal((await logsAbout(topology, topic)).length, itemCount);
	});

	await check("replicas: each log leads to its execution in n8n, and each call's Link to its log", async () => {
		const { id } = await n8nApi.lastExecution('replicas');
		const [log] = await logsAbout(topology, topic);
		const { headers } = await api.get(`/logs/${log!.id}`);
		const origin = JSON.parse(String(headers['x-call-origin'])) as Record<string, string>;
		assert.deepEqual(origin, {
			execution_url: `${main.url}/workflow/replicas/executions/${id}`,
			workflow_id: 'replicas',
			node_name: 'Humanloop',
		});
		assert.equal((await fetch(origin.execution_url)).status, 200);
		const page = await fetch(`${hosts.url}/logs/${log!.id}`, { headers: { accept: 'text/html' } });
		assert.match(await page.text(), new RegExp(`${hosts.url}/v4/logs/${log!.id}`));
	});
}

async function checkKill(topology: Topology): Promise<void> {
	const { hosts, modelHost, api } = topology;
	const topic = 'a kill';
	modelHost.fault = async () => {
		await sleep(2_000);
		return false;
	};
	let killedAt = 0;
	const [victim] = hosts.replicas;

	await check('replicas: a server is killed in the middle of a run: all items arrive, each stored once', async () => {
		const answered = run(topology, topic);
		while (callsAbout(topology, topic).flat().length < 15) await sleep(50);
		killedAt = Date.now();
		victim!.process.kill('SIGKILL');
		const items = await answered;
		assert.equal(items.length, itemCount);
		assert.equal(new Set(items.map(({ id }) => id)).size, itemCount);
		assert.ok(items.every(({ output }) => typeof output === 'string'));
		assert.equal((await logsAbout(topology, topic)).length, itemCount);
	});

	await check('replicas: only what was in the hands of the killed server is paid for twice', async () => {
		const calls = callsAbout(topology, topic);
		const twice = calls.filter((each) => each.length > 1);
		console.log(`  ${twice.length} of ${itemCount} items were in its hands`);
		assert.ok(twice.length > 0 && twice.length <= 10, `${twice.length} items`);
		for (const each of twice) {
			assert.equal(each.length, 2);
			// The second before, its commit can still have been under way.
			assert.ok((each[0]!.respondedAt ?? killedAt) > killedAt - 1_000);
		}
	});
	modelHost.fault = undefined;

	await check(
		'replicas: meanwhile the other two answer everything; started again, the third one takes its part',
		async () => {
			const next = 'two of three';
			assert.equal((await run(topology, next)).length, itemCount);
			hosts.replicas[0] = await victim!.restart();
			const isBack = async () => {
				for (let call = 0; call < 12; call++)
					await api.post('/completion-model-config', {
						model_config_id: topology.configId,
						inputs: { name: 'x', topic: 'x' },
					});
				return answeredBy(topology)[0]! > 0;
			};
			const deadline = Date.now() + patience;
			while (!(await isBack())) assert.ok(Date.now() < deadline, 'it gets no calls');
		},
	);
}

async function main(): Promise<void> {
	const ends: (() => Promise<unknown>)[] = [];
	try {
		const n8n = await installN8n();
		const model = new LLMock({ port: 0 });
		await model.start();
		ends.push(async () => await model.stop());
		model.onMessage(/^Write to/, { content: 'An answer that somebody has paid for' });
		const modelHost = await startRecordingProxy(`${model.url}/v1`);
		ends.push(async () => await modelHost.stop());
		const hosts = await startReplicaHosts({ OPENAI_BASE_URL: modelHost.baseUrl, LOG_LEVEL: 'debug' });
		ends.push(async () => await hosts.stop());
		const headers = { 'X-API-KEY': hosts.variables.HUMANLOOP_API_KEY! };
		const api = axios.create({ baseURL: `${hosts.url}/v4`, headers, timeout: patience });
		const { data } = await api.post<{ config: { id: string } }>('/model-configs', {
			project,
			provider: 'openai',
			model: 'gpt-6-luna',
			prompt_template: 'Write to {{name}} about {{topic}}.',
		});
		const configId = data.config.id;
		const base = { hosts, model, modelHost, api, configId };

		const tarball = await packNode(hosts.folder);
		const open = async (service: string) =>
			await openInstance({
				n8n,
				userFolder: path.join(hosts.folder, service),
				tarball,
				env: hosts.environmentOf(service),
			});
		const instance = await open('n8n');
		const credential = { apiKey: headers['X-API-KEY'], baseUrl: `${hosts.url}/v4` };
		await instance.importCredentials([{ id: credentialId, name: 'Humanloop', type: 'humanloopApi', data: credential }]);
		const parameters = {
			project: { __rl: true, mode: 'name', value: project } as never,
			modelConfig: { __rl: true, mode: 'id', value: configId } as never,
			inputs: automatic,
			options: { maxConcurrency: 10 },
		};
		await instance.importWorkflows([webhookWorkflow({ id: 'replicas', parameters, credential: credentialId })]);
		const main = await instance.start({ port: Number(new URL(hosts.variables.N8N_PUBLIC_URL!).port) });
		ends.push(async () => await main.stop());
		const worker = await (await open('n8n-worker')).start({ command: 'worker' });
		ends.push(async () => await worker.stop());
		const n8nApi = await openN8nApi(main.url);
		await n8nApi.activate('replicas', 'replicas');
		const topology = { ...base, main, n8nApi };
		await checkBalancer(topology);
		await checkRun(topology);
		await checkKill(topology);
	} finally {
		for (const end of ends.reverse()) await end();
	}
	process.exitCode = total('e2e:replicas') ? 0 : 1;
}

main().catch((error: Error) => {
	console.error(error);
	process.exitCode = 1;
});
