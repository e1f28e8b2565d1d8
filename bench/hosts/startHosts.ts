import path from 'node:path';
import axios from 'axios';

import { endsWithParent } from '../../n8n/command.ts';
import { freePort } from '../../n8n/freePort.ts';
import { startHumanloopServer } from '../../n8n/humanloopServer.ts';
import { startService, type Service } from '../../n8n/service.ts';
import type { Host } from '../workflows.ts';

/** What a host has been asked since the last look. */
export interface Counts {
	/** Completion calls, with those that it refused. */
	completions: number;
	refused: number;
	/** Reads of the model config. */
	reads: number;
}

export interface RunningHost extends Host {
	title: string;
	/** The shortest time in which the host can take so many calls, in milliseconds; 0 where it takes no time for one. */
	ideal(calls: number): number;
	/** Undefined where the host does not count. */
	counts(): Promise<Counts | undefined>;
	service: Service;
}

interface Behaviour {
	delayMs: number;
	concurrency: number;
	/** Share of the calls that are refused with 429. */
	refused: number;
}

const behaviours: Record<'at-once' | 'slow', Behaviour & { title: string }> = {
	'at-once': { title: 'answers at once', delayMs: 0, concurrency: Infinity, refused: 0 },
	slow: { title: '200 ms, 50 at once, 10 % refused', delayMs: 200, concurrency: 50, refused: 0.1 },
};

export type HostId = keyof typeof behaviours | 'server';

/** @param folder for logs and data */
export async function startHost(id: HostId, folder: string, signal: AbortSignal): Promise<RunningHost> {
	return id === 'server' ? await startServer(folder, signal) : await startV4Host(id, folder, signal);
}

async function startV4Host(id: keyof typeof behaviours, folder: string, signal: AbortSignal): Promise<RunningHost> {
	const { title, delayMs, concurrency, refused } = behaviours[id];
	const port = await freePort();
	const url = `http://127.0.0.1:${port}`;
	const counts = async () => (await axios.get<Counts>(`${url}/counts`)).data;
	const service = await startService({
		name: `the host that ${title}`,
		file: process.execPath,
		args: [
			...endsWithParent,
			'--import',
			'tsx',
			path.resolve('bench/hosts/v4Host.ts'),
			`--port=${port}`,
			`--delay-ms=${delayMs}`,
			`--concurrency=${concurrency}`,
			`--refused=${refused}`,
		],
		cwd: process.cwd(),
		env: process.env,
		log: path.join(folder, `${id}.log`),
		signal,
		readyWithin: 30_000,
		isReady: async () => Boolean(await counts()),
	});
	const ideal = (calls: number) => Math.ceil(calls / concurrency) * delayMs;
	return { id, title, url: `${url}/v4`, configId: 'config_bench', apiKey: 'none-needed', ideal, counts, service };
}

async function startServer(folder: string, signal: AbortSignal): Promise<RunningHost> {
	const port = await freePort();
	const url = `http://127.0.0.1:${port}/v4`;
	const apiKey = `hl_sk_${'b'.repeat(48)}`;
	const service = await startHumanloopServer({
		port,
		dataDir: path.join(folder, 'server'),
		apiKey,
		log: path.join(folder, 'server.log'),
		signal,
	});
	const { data } = await axios.post<{ config: { id: string } }>(
		`${url}/model-configs`,
		{ project: 'bench', provider: 'mock', model: 'mock-1', prompt_template: 'Answer: {{question}}' },
		{ headers: { 'X-API-KEY': apiKey } },
	);
	return {
		id: 'server',
		title: 'humanloop-server, its mock model',
		url,
		configId: data.config.id,
		apiKey,
		ideal: () => 0,
		counts: async () => undefined,
		service,
	};
}
