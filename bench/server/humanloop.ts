import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import axios, { type AxiosInstance } from 'axios';

import { startProgram, type Program } from './processes.ts';

/** humanloop-server with a prompt in it, and a key that may only run it. */
export interface Humanloop extends Program {
	/** A client of its API with an admin's key. */
	api: AxiosInstance;
	/** What calls send. */
	runKey: string;
	configId: string;
	/** Of the prompt: its name and its ID. */
	project: string;
	projectId: string;
	/** How many logs its project has. */
	logCount(): Promise<number>;
}

export interface HumanloopOptions {
	name: string;
	providerUrl: string;
	/** Where its data and its output go. */
	folder: string;
	signal: AbortSignal;
	/** Runs the TypeScript in `server/src` and not the built package. */
	fromSource: boolean;
	/** Of the prompt. */
	project?: string;
	env?: Record<string, string>;
}

const defaultProject = 'bench';

/** What the package starts its Node.js with. */
const nodeOptions = createRequire(path.resolve('package.json'))('./server/bin/nodeOptions.cjs') as {
	missingFlags(args: string[], env: NodeJS.ProcessEnv): string[];
	withFewArenas(env: NodeJS.ProcessEnv): Record<string, string>;
};

/** The prompt of all measurements. The other programs get it filled in. */
export const template = 'You are the support of a shop. Answer the customer in one sentence: {{question}}';
export const question = 'Where is my order 12345? It was sent a week ago, and has not arrived yet.';

/** OpenAI's prices do not hold for another host, and without a price a call would cost less work than with OpenAI. */
const prices = [
	{ provider: 'openai', model: 'gpt-4o', context_window: 128_000, usd_per_million_tokens: { prompt: 2.5, output: 10 } },
];

/** Starts the server and asks nothing of it. `adminKey` is a key that it accepts. */
export async function startServer(options: HumanloopOptions, adminKey = newKey()): Promise<Program> {
	const { name, providerUrl, folder, signal, fromSource, env } = options;
	const dataDir = env?.DATA_DIR ?? path.join(folder, name);
	mkdirSync(dataDir, { recursive: true });
	const pricesFile = path.join(folder, 'prices.json');
	writeFileSync(pricesFile, JSON.stringify(prices));
	// The program replaces itself by one with these, but not under a program that has a channel to it, as this one has. So it
	// gets them right away, and is then what people have.
	const flags = nodeOptions.missingFlags([], {});
	return await startProgram({
		name,
		file: path.resolve('server', fromSource ? 'src/main.ts' : 'bin/humanloop-server.cjs'),
		flags,
		env: (port) => ({
			...nodeOptions.withFewArenas({}),
			HOST: '127.0.0.1',
			PORT: String(port),
			DATA_DIR: dataDir,
			HUMANLOOP_API_KEY: adminKey,
			OPENAI_API_KEY: 'none-needed',
			OPENAI_BASE_URL: `${providerUrl}/v1`,
			PRICES_FILE: pricesFile,
			...env,
		}),
		readyPath: '/readyz',
		folder,
		signal,
	});
}

const newKey = () => randomBytes(24).toString('hex');

/** Starts the server and stores a prompt and a key in it. */
export async function startHumanloop(options: HumanloopOptions): Promise<Humanloop> {
	const { project = defaultProject } = options;
	const adminKey = newKey();
	const program = await startServer(options, adminKey);
	const api = axios.create({ baseURL: `${program.url}/v4`, headers: { 'X-API-KEY': adminKey } });
	const prompt = { project, provider: 'openai', model: 'gpt-4o', prompt_template: template, max_tokens: 200 };
	const { data: stored } = await api.post<{ project_id: string; config: { id: string } }>('/model-configs', prompt);
	const { data: key } = await api.post<{ key: string }>('/keys', { name: `bench-${Date.now()}`, role: 'run' });
	const projectId = stored.project_id;
	return {
		...program,
		api,
		runKey: key.key,
		configId: stored.config.id,
		project,
		projectId,
		logCount: async () => {
			const params = { project_id: projectId, size: 1 };
			return (await api.get<{ total: number }>('/logs', { params })).data.total;
		},
	};
}
