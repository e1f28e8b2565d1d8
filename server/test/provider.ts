import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import type { AppOptions } from '../src/app.ts';
import { apiKey, type Api, type Body, startApi } from './setup.ts';

const path = '/completion-model-config';

type Failure = { status: number; retryAfter?: number; message?: string };
/** What the provider does with one call, at once or when the promise is fulfilled; at the end of the list it answers. */
type Step = number | Failure | Promise<Failure | void>;

/** aimock as a provider that fails, or waits, as it is told, and counts its calls. */
export type Provider = { model: LLMock; url: string; calls: () => number; next: (...steps: Step[]) => void };

export async function startProvider(t: TestContext, text = 'It will come on Monday.'): Promise<Provider> {
	const model = new LLMock({ port: 0, chunkSize: 4 });
	await model.start();
	t.after(() => model.stop());
	const steps: Step[] = [];
	let calls = 0;
	const response = async () => {
		calls += 1;
		const step = steps.shift();
		const failure = typeof step === 'number' ? { status: step } : await step;
		if (failure !== undefined) {
			const { message = `trouble ${failure.status}`, retryAfter = 0, status } = failure;
			return { error: { message, type: 'x' }, status, retryAfter };
		}
		return { content: text, usage: { prompt_tokens: 5, completion_tokens: 9, total_tokens: 14 } };
	};
	model.onMessage(/\bcut\b/, { content: 'This is cut before it ends.' }, { truncateAfterChunks: 3, latency: 10 });
	model.onMessage(/\bslow\b/, response, { latency: 60 });
	model.onMessage(/.*/, response);
	return { model, url: `${model.url}/v1`, calls: () => calls, next: (...more) => steps.push(...more) };
}

/**
 * A provider of few lines, because aimock does not tell when a caller has hung up, and does not stop in the middle
 * of a stream: it gives half an answer and goes on when it is told to. `left` counts those who hung up meanwhile.
 */
export async function startPausing(t: TestContext) {
	const state = { calls: 0, left: 0, connections: 0, keys: [] as (string | undefined)[] };
	let goOn = Promise.withResolvers<void>();
	const server = createServer((incoming, response) => {
		state.calls += 1;
		state.keys.push(incoming.headers.authorization);
		response.on('close', () => {
			if (!response.writableFinished) state.left += 1;
		});
		void result(incoming, response);
	});
	server.on('connection', () => (state.connections += 1));
	async function result(incoming: AsyncIterable<unknown>, response: ServerResponse) {
		let text = '';
		for await (const chunk of incoming) text += String(chunk);
		const { stream } = JSON.parse(text) as { stream: boolean };
		const head = { id: 'x', model: 'm', created: 1 };
		if (!stream) {
			await goOn.promise;
			response.setHeader('content-type', 'application/json');
			const choices = [{ index: 0, message: { role: 'assistant', content: 'One two' }, finish_reason: 'stop' }];
			return response.end(JSON.stringify({ ...head, object: 'chat.completion', choices }));
		}
		response.setHeader('content-type', 'text/event-stream');
		const send = (content: string, finish: string | null) =>
			response.write(
				`data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`,
			);
		send('One', null);
		await goOn.promise;
		send(' two', null);
		send('', 'stop');
		return response.end('data: [DONE]\n\n');
	}
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.after(() => {
		goOn.resolve();
		server.closeAllConnections();
		server.close();
	});
	return {
		state,
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
		/** Lets those who wait have the rest; later calls wait again. */
		goOn() {
			goOn.resolve();
			goOn = Promise.withResolvers();
		},
	};
}

export type Sent = {
	key?: string;
	/** Of another endpoint than the one that runs a completion config by its ID. */
	path?: string;
	apiKey?: string;
	timeoutMs?: number | string;
	maxRetries?: number | string;
	/** How old the answer to the same call may be, in seconds. */
	reuseMaxAge?: number | string;
	signal?: AbortSignal;
};

/** A call over a real socket. */
export async function send(
	address: string,
	body: unknown,
	{ key, signal, timeoutMs, maxRetries, reuseMaxAge, apiKey: own = apiKey, path: other = path }: Sent = {},
) {
	return fetch(`${address}${other}`, {
		method: 'POST',
		headers: {
			'x-api-key': own,
			'content-type': 'application/json',
			...(key === undefined ? {} : { 'idempotency-key': key }),
			...(timeoutMs === undefined ? {} : { 'x-request-timeout-ms': String(timeoutMs) }),
			...(maxRetries === undefined ? {} : { 'x-max-retries': String(maxRetries) }),
			...(reuseMaxAge === undefined ? {} : { 'x-reuse-max-age': String(reuseMaxAge) }),
		},
		body: JSON.stringify(body),
		...(signal === undefined ? {} : { signal }),
	});
}

/** The same, with the answer read. */
export async function ask(address: string, body: unknown, sent: Sent = {}) {
	const response = await send(address, body, sent);
	const text = await response.text();
	return {
		status: response.status,
		headers: response.headers,
		replayed: response.headers.get('idempotent-replayed') === 'true',
		retryAfter: response.headers.get('retry-after'),
		shouldRetry: response.headers.get('x-should-retry'),
		text,
		body: (text.startsWith('{') ? JSON.parse(text) : undefined) as Body,
	};
}

/** The server with a provider and a config whose prompt is the input `what`, listening. */
export async function startWith(t: TestContext, provider: { url: string }, options: Partial<AppOptions> = {}) {
	const api = await startApi(t, { providers: { openai: { baseUrl: provider.url } }, backoffMs: 20, ...options });
	const id = await api.config({ provider: 'openai', model: 'gpt-4o', prompt_template: '{{what}}' });
	const address = await api.listen();
	return { api, address, call: { model_config_id: id, project: 'tickets', inputs: { what: 'hello' } } };
}

type Logged = Body['records'][0];

export async function logsOf(api: Api): Promise<[Logged, ...Logged[]]> {
	const { body } = await api.get('/projects?filter=tickets');
	return (await api.get(`/logs?project_id=${String(body.records[0].id)}&size=1000`)).body.records;
}

/**
 * Waits for what is certain to happen. The limit only ends a test for which it never does: it is far longer than a busy
 * machine needs.
 */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
	const end = performance.now() + 120_000;
	while (!(await isSo())) {
		if (performance.now() > end) throw new Error(`not within two minutes: ${String(isSo)}`);
		await sleep(10);
	}
}

/** Waits until so many requests wait for another one with the same Idempotency-Key. */
export async function untilWaiting({ app }: Api, count: number): Promise<void> {
	const waiting = async () => {
		const { payload } = await app.inject({ url: '/metrics' });
		return Number(/^humanloop_calls_waiting (\d+)$/m.exec(payload)?.[1]);
	};
	await until(async () => (await waiting()) === count);
}

export function sleep(ms: number): Promise<void> {
	return new Promise((resume) => setTimeout(resume, ms));
}

/**
 * Few lines in place of aimock, which gives one choice for any `n`, cuts a stream in pieces of one length and
 * has no log probabilities. Says what it is told to: each of `n` choices the same, streamed in turns.
 */
export async function startEcho(t: TestContext) {
	let whole = '';
	let parts: string[] = [];
	const keys: (string | undefined)[] = [];
	const requests: { n: number; stream: boolean }[] = [];
	const logprobsOf = (tokens: string[]) => ({
		content: tokens.map((token) => ({ token, logprob: -1, top_logprobs: [] })),
		refusal: null,
	});
	const usage = { prompt_tokens: 2, completion_tokens: 4, total_tokens: 6 };
	const server = createServer((incoming, response) => {
		keys.push(incoming.headers.authorization);
		let text = '';
		incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
		incoming.on('end', () => {
			const asked = JSON.parse(text) as { n: number; stream: boolean };
			requests.push(asked);
			const indices = Array.from({ length: asked.n }, (_, index) => index);
			const head = { id: 'x', model: 'm', created: 1 };
			if (!asked.stream) {
				const message = { role: 'assistant', content: whole };
				const choices = indices.map((index) => ({
					index,
					message,
					logprobs: logprobsOf(parts),
					finish_reason: 'stop',
				}));
				response.setHeader('content-type', 'application/json');
				response.end(JSON.stringify({ ...head, object: 'chat.completion', choices: choices.reverse(), usage }));
				return;
			}
			response.setHeader('content-type', 'text/event-stream');
			const write = (more: object) =>
				response.write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...more })}\n\n`);
			for (const content of parts) {
				for (const index of indices)
					write({ choices: [{ index, delta: { content }, logprobs: logprobsOf([content]), finish_reason: null }] });
			}
			for (const index of indices) write({ choices: [{ index, delta: {}, finish_reason: 'stop' }] });
			write({ choices: [], usage });
			response.end('data: [DONE]\n\n');
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.after(() => server.close());
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
		keys,
		requests,
		say(text: string, pieces: string[] = [text]) {
			whole = text;
			parts = pieces;
		},
	};
}
