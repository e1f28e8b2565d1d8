import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';
import type { IDataObject } from 'n8n-workflow';

import { exampleWorkflows } from '../n8n/examples.ts';
import { freePort, isFree } from '../n8n/freePort.ts';
import { openBrowser } from './browser.ts';
import { check, patience } from './check.ts';
import { openEditor } from './editorPage.ts';
import { openN8nApi, signIn, type N8nApi } from './n8nApi.ts';
import type { Environment } from './environment.ts';
import { automatic, webhookWorkflow } from './workflows.ts';

/*
 * `npm start` as a person uses it: a first start, some work, Ctrl-C in the middle of an execution, a second start. On ports
 * and in a folder of its own.
 */
interface Started {
	/** All of its output so far. */
	output(): string;
	/** What Ctrl-C in a terminal does, until npm has ended: the signal goes to npm and to what it has started in its group. */
	ctrlC(): Promise<void>;
}

async function npmStart(env: Record<string, string>): Promise<Started> {
	const child = spawn('npm', ['start'], { env: { ...process.env, ...env }, detached: true });
	const gone = once(child, 'exit');
	let output = '';
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
	const ctrlC = async () => {
		process.kill(-child.pid!, 'SIGINT');
		await gone;
	};
	const deadline = Date.now() + 2 * patience;
	while (!output.includes('Ctrl-C ends both')) {
		if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}:\n${output}`);
		if (Date.now() > deadline) {
			await ctrlC();
			throw new Error(`npm start is not ready after ${(2 * patience) / 1000} s:\n${output}`);
		}
		await sleep(100);
	}
	return { output: () => output, ctrlC };
}

const namesIn = async ({ rest }: N8nApi) =>
	new Map(
		(await rest.get<{ data: { id: string; name: string }[] }>('/workflows')).data.data.map(({ id, name }) => [
			id,
			name,
		]),
	);

export async function checkStart(environment: Environment): Promise<void> {
	const [n8nPort, serverPort] = [await freePort(), await freePort()];
	const folder = path.join(environment.folder, 'start');
	const env = {
		DATA_DIR: folder,
		N8N_PORT: String(n8nPort),
		PORT: String(serverPort),
		OPENAI_BASE_URL: environment.modelHost.baseUrl,
		OPENAI_API_KEY: 'none-needed',
		OPENAI_MODEL: 'gpt-6-luna',
		TZ: 'Asia/Tokyo',
	};
	const url = `http://127.0.0.1:${n8nPort}`;
	const keptKey = () => readFileSync(path.join(folder, 'api-key'), 'utf8');
	const examples = exampleWorkflows({ id: '', name: '' });
	let started: Started;
	let firstSeconds: number;
	let n8n: N8nApi;

	await check('npm start: n8n has the examples and a credential that works; no key is printed', async () => {
		const startedAt = Date.now();
		started = await npmStart(env);
		firstSeconds = (Date.now() - startedAt) / 1000;
		assert.ok(started.output().includes(url));
		assert.match(started.output(), /n8n\s+asks\s+for\s+an\s+account/);
		assert.match(started.output(), new RegExp(`^Page +http://127.0.0.1:${serverPort}$`, 'm'));
		assert.ok(!started.output().includes(keptKey()));
		const [, code] = new RegExp(`http://127.0.0.1:${serverPort}/sign-in#code=(\\S+)`).exec(started.output()) ?? [];
		const signedIn = await axios.post(`http://127.0.0.1:${serverPort}/v4/session`, { code });
		assert.deepEqual(signedIn.data, { name: 'HUMANLOOP_API_KEY', role: 'admin', expires_at: null });
		const { data: status } = await axios.get<{ public_url: string }>(`http://127.0.0.1:${serverPort}/v4/status`, {
			headers: { 'X-API-KEY': keptKey() },
		});
		assert.equal(status.public_url, `http://127.0.0.1:${serverPort}`, 'errors link to their logs');
		n8n = await openN8nApi(url);
		const { data: settings } = await n8n.rest.get<{ data: { timezone: string } }>('/settings');
		assert.equal(settings.data.timezone, env.TZ, "n8n shows times in the machine's zone");
		assert.deepEqual(await namesIn(n8n), new Map(examples.map(({ id, name }) => [id, name])));
		const { data: stored } = await n8n.rest.get<{ data: { data: IDataObject } }>('/credentials/humanloopExample', {
			params: { includeData: true },
		});
		const credentials = { id: 'humanloopExample', name: 'Humanloop', type: 'humanloopApi', data: stored.data.data };
		const { data: tested } = await n8n.rest.post<{ data: unknown }>('/credentials/test', { credentials });
		assert.partialDeepStrictEqual(tested.data, { status: 'OK' });
	});

	await check('npm start: n8n opens on the examples, and the first click on the spreadsheet runs it', async () => {
		const browser = await openBrowser();
		try {
			const { page } = await openEditor(await browser.newContext(), { url }, n8n);
			await page.goto(url);
			const card = (name: string) => page.locator('[data-test-id="workflow-card-name"]').filter({ hasText: name });
			for (const { name } of examples) await card(name).waitFor();
			await card('Classify a spreadsheet of tickets').click();
			await page.locator('[data-test-id="execute-workflow-button"]').click();
			const { status, data } = await n8n.lastExecution('HumanloopCsvRows');
			assert.equal(status, 'success', data.resultData.error?.message);
			const classified = data.resultData.runData.Classify![0]!.data!.main![0]!;
			assert.equal(classified.length, 6);
			for (const { json } of classified) assert.ok(Number(json.cost) > 0, 'the mock has a price, so costs are known');
		} finally {
			await browser.close();
		}
	});

	await check('npm start: the prompts are there for the real model, too', async () => {
		assert.match(started.output(), /^Real model +The\s+prompts\s+are\s+also\s+stored\s+for\s+gpt-6-luna/m);
		const api = axios.create({ baseURL: `http://127.0.0.1:${serverPort}/v4`, headers: { 'X-API-KEY': keptKey() } });
		const { data } = await api.get<{ records: { id: string }[] }>('/projects', {
			params: { filter: 'support/triage' },
		});
		const { data: configs } = await api.get<{ config: IDataObject }[]>(`/projects/${data.records[0]!.id}/configs`);
		assert.deepEqual(configs.map(({ config: { provider, model } }) => [provider, model]).sort(), [
			['mock', 'mock-1'],
			['openai', 'gpt-6-luna'],
		]);
	});

	await check('npm start: Ctrl-C in the middle of an execution lets it finish', async () => {
		environment.model.onMessage(/^Patiently/, { content: 'Here it is.' }, { latency: 800, chunkSize: 4 });
		const api = axios.create({ baseURL: `http://127.0.0.1:${serverPort}/v4`, headers: { 'X-API-KEY': keptKey() } });
		const { data } = await api.post<{ config: { id: string } }>('/model-configs', {
			project: 'start',
			provider: 'openai',
			model: 'gpt-6-luna',
			prompt_template: 'Patiently: {{topic}}',
		});
		const parameters = {
			modelConfig: { __rl: true, mode: 'id', value: data.config.id } as never,
			inputs: automatic,
			options: { stream: true },
		};
		await n8n.rest.post('/workflows', webhookWorkflow({ id: 'patient', parameters, credential: 'humanloopExample' }));
		await n8n.activate('patient', 'patient');
		await n8n.rest.patch(`/workflows/${examples[0]!.id}`, { name: 'Mine now' });

		environment.modelHost.requests.splice(0);
		const answering = axios.post<{ output: string }[]>(`${url}/webhook/patient`, { items: [{ topic: 'x' }] });
		while (environment.modelHost.requests.length === 0) await sleep(10);
		await started.ctrlC();
		assert.deepEqual(
			(await answering).data.map(({ output }) => output),
			['Here it is.'],
		);
		assert.ok((await isFree(n8nPort)) && (await isFree(serverPort)), 'both have ended');
	});

	await check(
		'npm start: a second start takes seconds, finds the execution, and leaves what was changed as it is',
		async () => {
			const startedAt = Date.now();
			started = await npmStart(env);
			const seconds = (Date.now() - startedAt) / 1000;
			n8n = await signIn(url);
			const { status, data } = await n8n.lastExecution('patient');
			assert.equal(status, 'success');
			assert.equal(data.resultData.runData.Humanloop![0]!.data!.main![0]![0]!.json.output, 'Here it is.');
			assert.equal((await namesIn(n8n)).get(examples[0]!.id), 'Mine now');
			// A busy machine has been slow at the first start, too.
			assert.ok(seconds < Math.max(90, 2 * firstSeconds), `it took ${seconds} s, and the first one ${firstSeconds} s`);
			await started.ctrlC();
			assert.ok((await isFree(n8nPort)) && (await isFree(serverPort)), 'both have ended');
		},
	);
}
