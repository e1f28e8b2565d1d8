import { processorTime, processorTimeOfTree } from '../use.ts';
import { question, template, type Humanloop } from './humanloop.ts';
import type { Program } from './processes.ts';

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

const expected = 'Your order arrives on Monday.';

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

/** A way to a program that speaks OpenAI's API. */
export function plainWay(id: WayId, title: string, program: Program, headers: Record<string, string> = {}): Way {
	const pid = program.service.process.pid!;
	const processorMs = () => processorTime(pid);
	const url = `${program.url}/v1/chat/completions`;
	return { id, title, url, headers, bodyOf: chatBody, keyed: false, expected, program, processorMs };
}

/** A way to our server. `postgresPid` is the process of its database, if that is PostgreSQL. */
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
export function withBudget(way: Way): Way {
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
