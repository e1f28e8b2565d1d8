import assert from 'node:assert/strict';
import path from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import axios from 'axios';

import { installN8n } from '../n8n/install.ts';
import { openInstance } from '../n8n/instance.ts';
import { packNode } from '../n8n/packNode.ts';
import { startRecordingProxy } from '../test/hosts/recordingProxy.ts';
import { check, patience, total } from './check.ts';
import { openN8nApi } from './n8nApi.ts';
import { startReplicaHosts } from './replicaHosts.ts';
import { checkKill } from './replicaKill.ts';
import {
	answeredBy,
	callsAbout,
	concurrency,
	itemCount,
	logsAbout,
	project,
	run,
	type Topology,
} from './replicaRuns.ts';
import { automatic, webhookWorkflow } from './workflows.ts';

/*
 * `npm run e2e:replicas`: what docker/compose.yaml describes, without containers: PostgreSQL, Redis, n8n's main and a
 * worker, and three humanloop-servers behind nginx, with the files that Compose uses. Prints every check.
 */

const credentialId = 'humanloopE2e0001';

/** One piece of a model's stream, in OpenAI's form. */
function chunkOf(content: string, finish: string | null = null): string {
	const choices = [{ index: 0, delta: { content }, finish_reason: finish }];
	return `data: ${JSON.stringify({ id: 'x', model: 'm', object: 'chat.completion.chunk', choices })}\n\n`;
}

async function checkBalancer(topology: Topology): Promise<void> {
	const { hosts, api, configId, modelHost } = topology;

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
		let goOn = () => {};
		const firstArrived = new Promise<void>((resolve) => (goOn = resolve));
		modelHost.fault = async (_request, response) => {
			response.writeHead(200, { 'Content-Type': 'text/event-stream' });
			response.write(chunkOf('one '));
			await firstArrived;
			response.end(`${chunkOf('two')}${chunkOf('', 'stop')}data: [DONE]\n\n`);
			return true;
		};
		try {
			const response = await fetch(`${hosts.url}/v4/completion-model-config`, {
				method: 'POST',
				headers: { 'X-API-KEY': hosts.variables.HUMANLOOP_API_KEY!, 'Content-Type': 'application/json' },
				body: JSON.stringify({ model_config_id: configId, inputs: { name: 'x', topic: 'a stream' }, stream: true }),
				signal: AbortSignal.timeout(patience),
			});
			let text = '';
			for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
				text += piece;
				// Only now does the model say the rest.
				if (text.includes('"one "')) goOn();
			}
			assert.match(text, /"one two"|"two"/);
		} finally {
			goOn();
			modelHost.fault = undefined;
		}
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
		const link = `${hosts.url}/logs/${log!.id}`;
		// Programs get the log's address in the API, and browsers the page, whose files all servers have.
		assert.deepEqual(await (await fetch(link)).json(), { log: `${hosts.url}/v4/logs/${log!.id}` });
		const page = await (await fetch(link, { headers: { accept: 'text/html' } })).text();
		const script = /<script type="module" [^>]*src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1];
		assert.ok(script, page);
		for (const server of ['first', 'second', 'third'])
			assert.equal((await fetch(`${hosts.url}${script}`)).status, 200, server);
	});
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
		const base = { hosts, modelHost, api, configId };

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
			options: { maxConcurrency: concurrency },
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
