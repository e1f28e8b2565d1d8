import { mkdir } from 'node:fs/promises';
import axios from 'axios';

import { processorTime, processorTimeOfTree } from '../use.ts';
import { question, startHumanloop, template, type Humanloop } from './humanloop.ts';
import { installPortkey, portkeyVersion } from './portkey.ts';
import { startOwn, startProgram, type Program } from './processes.ts';

export type WayId =
	'proxy' | 'fastify' | 'portkey' | 'sqlite' | 'sqlite-key' | 'sqlite-budget' | 'postgres' | 'postgres-key';

/** What a call asks for. Without anything: one sample for a short question, in one piece. */
export interface Call {
	question?: string;
	samples?: number;
	stream?: boolean;
}

/** One kind of call, to one program. */
export interface Way {
	id: WayId;
	title: string;
	url: string;
	headers: Record<string, string>;
	/** The body of a call. */
	bodyOf(call: Call): string;
	/** Whether each call has an Idempotency-Key of its own. */
	keyed: boolean;
	/** What is in each response. */
	expected: string;
	program: Program;
	/** Set for our server. */
	humanloop?: Humanloop;
	/** The processor time so far of all processes that work for it, in milliseconds. */
	processorMs(): number;
	/** Runs before and after its calls. */
	before?(): Promise<void>;
	after?(): Promise<void>;
}

export interface Behavior {
	/** After how many milliseconds the answer, or the first token of a stream, comes. */
	delayMs: number;
	tokens: number;
	/** Milliseconds between two tokens. */
	tokenMs: number;
}

export interface Provider extends Program {
	set(behavior: Partial<Behavior>): Promise<void>;
	/** How many completions it was asked for since it started. */
	calls(): Promise<number>;
}

export interface Started {
	provider: Provider;
	ways: Way[];
	/** Ends all programs. */
	stop(): Promise<void>;
}

const expected = 'Your order arrives on Monday.';

export async function startProvider(folder: string, signal: AbortSignal): Promise<Provider> {
	const program = await startOwn('provider', folder, signal);
	return {
		...program,
		set: async (behavior) => void (await axios.put(`${program.url}/behavior`, behavior)),
		calls: async () => (await axios.get<{ calls: number }>(`${program.url}/calls`)).data.calls,
	};
}

/** The body that OpenAI's own API gets: what our server makes of the template and its input. */
function chatBody({ question: asked = question, samples, stream }: Call): string {
	const messages = [{ role: 'user', content: template.replace('{{question}}', asked) }];
	const options = stream ? { stream, stream_options: { include_usage: true } } : {};
	return JSON.stringify({ model: 'gpt-4o', messages, max_tokens: 200, n: samples, ...options });
}

function promptBody({ configId, project }: Humanloop, { question: asked = question, samples, stream }: Call): string {
	const inputs = { question: asked };
	return JSON.stringify({ model_config_id: configId, project, inputs, num_samples: samples, stream });
}

function plainWay(id: WayId, title: string, program: Program, headers: Record<string, string> = {}): Way {
	const pid = program.service.process.pid!;
	const processorMs = () => processorTime(pid);
	const url = `${program.url}/v1/chat/completions`;
	return { id, title, url, headers, bodyOf: chatBody, keyed: false, expected, program, processorMs };
}

export function humanloopWay(id: WayId, title: string, server: Humanloop, keyed: boolean, postgresPid?: number): Way {
	const pid = server.service.process.pid!;
	return {
		id,
		title,
		url: `${server.url}/v4/completion-model-config`,
		headers: { 'x-api-key': server.runKey },
		bodyOf: (call) => promptBody(server, call),
		keyed,
		expected,
		program: server,
		humanloop: server,
		processorMs: () => processorTime(pid) + (postgresPid === undefined ? 0 : processorTimeOfTree(postgresPid)),
	};
}

/** The way with a budget of the project, which is there while it runs. */
function withBudget(way: Way): Way {
	const { api, projectId } = way.humanloop!;
	let id: string;
	return {
		...way,
		async before() {
			const budget = { project_id: projectId, period: 'month', limit: 1_000_000 };
			id = (await api.put<{ id: string }>('/budgets', budget)).data.id;
		},
		async after() {
			await api.delete(`/budgets/${id}`);
		},
	};
}

export interface StartOptions {
	/** Of this run. */
	folder: string;
	/** For what is installed once. */
	cache: string;
	signal: AbortSignal;
	fromSource: boolean;
	/** Without them, all. */
	only?: string[];
}

/** Starts all programs that are measured, and the stand-in behind them. */
export async function startAll({ folder, cache, signal, fromSource, only }: StartOptions): Promise<Started> {
	await mkdir(folder, { recursive: true });
	const ends: (() => Promise<void>)[] = [];
	const stop = async () => {
		for (const end of ends.reverse()) await end();
	};
	const kept = <P extends Program>(program: P) => {
		ends.push(async () => await program.service.stop());
		return program;
	};
	const isWanted = (...ids: WayId[]) => only === undefined || ids.some((id) => only.includes(id));
	try {
		const provider = kept(await startProvider(folder, signal));
		const common = { providerUrl: provider.url, folder, signal, fromSource };
		const ways: Way[] = [];
		if (isWanted('proxy')) {
			const proxy = await startOwn('proxy', folder, signal, [`--provider=${provider.url}`]);
			ways.push(plainWay('proxy', 'Bare node:http proxy', kept(proxy)));
		}
		if (isWanted('fastify')) {
			const fastify = await startOwn('emptyFastify', folder, signal);
			ways.push(plainWay('fastify', 'Empty Fastify, no provider', kept(fastify)));
		}
		if (isWanted('portkey')) {
			const file = await installPortkey(cache, signal);
			const args = (port: number) => [`--port=${port}`, '--headless'];
			const portkey = await startProgram({ name: 'portkey', file, args, folder, signal });
			const headers = {
				authorization: 'Bearer none-needed',
				'x-portkey-provider': 'openai',
				'x-portkey-custom-host': `${provider.url}/v1`,
			};
			ways.push(plainWay('portkey', `Portkey's gateway ${portkeyVersion}`, kept(portkey), headers));
		}
		if (isWanted('sqlite', 'sqlite-key', 'sqlite-budget')) {
			const server = kept(await startHumanloop({ ...common, name: 'sqlite' }));
			const plain = humanloopWay('sqlite', 'Ours on SQLite', server, false);
			const keyed = humanloopWay('sqlite-key', 'Ours on SQLite, with a key', server, true);
			const budgeted = withBudget({ ...keyed, id: 'sqlite-budget', title: 'Ours on SQLite, with a key and a budget' });
			ways.push(...[plain, keyed, budgeted].filter(({ id }) => isWanted(id)));
		}
		if (isWanted('postgres', 'postgres-key')) {
			const { startCluster } = await import('../../server/test/storage/cluster.ts');
			const cluster = await startCluster(['fsync = on', 'full_page_writes = on']);
			ends.push(() => cluster.stop());
			const env = { DATABASE_URL: `${cluster.address}postgres` };
			const server = kept(await startHumanloop({ ...common, name: 'postgres', env }));
			const plain = humanloopWay('postgres', 'Ours on PostgreSQL', server, false, cluster.pid());
			const keyed = humanloopWay('postgres-key', 'Ours on PostgreSQL, with a key', server, true, cluster.pid());
			ways.push(...[plain, keyed].filter(({ id }) => isWanted(id)));
		}
		return { provider, ways, stop };
	} catch (error) {
		await stop();
		throw error;
	}
}
