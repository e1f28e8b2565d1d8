import type { TestContext } from 'node:test';
import type { AppOptions } from '../../src/app.ts';
import { pricesFile } from '../costCalls.ts';
import { startHost } from '../host.ts';
import { type Api, request, startApi } from '../setup.ts';

/** What a host does with a request: a failure, a cut connection, silence, or so many samples; "cut" breaks off in the middle. */
type Act = { status: number; retryAfter?: number; code?: string } | 'hang up' | 'cut' | 'silence' | { samples: number };
export type Body = { n?: number; stream?: boolean; model: string };

export const whole: Act = { samples: 128 };
const tokens = { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100 };

/** A host that speaks OpenAI's API and does what it is told, one act after the other, and then the last one again. */
export async function startActor(t: TestContext, name: string, ...acts: [Act, ...Act[]]) {
	const host = await startHost(t, (response, text, incoming) => {
		const act = (acts.length > 1 ? acts.shift() : acts[0]) as Act;
		const { n = 1, stream, model } = JSON.parse(text) as Body;
		if (act === 'silence') return undefined;
		if (act === 'hang up') return incoming.socket.destroy();
		if (act !== 'cut' && 'status' in act) {
			const { status, retryAfter, code } = act;
			response.statusCode = status;
			if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
			return response.end(JSON.stringify({ error: { message: `${name} says ${status}`, type: 'x', code } }));
		}
		const samples = act === 'cut' ? 1 : Math.min(n, act.samples);
		const indices = Array.from({ length: samples }, (_, index) => index);
		const head = { id: 'x', created: 1, model };
		if (stream !== true) {
			const message = { role: 'assistant', content: `By ${name}` };
			const choices = indices.map((index) => ({ index, message, finish_reason: 'stop' }));
			response.setHeader('content-type', 'application/json');
			return response.end(JSON.stringify({ ...head, object: 'chat.completion', choices, usage: tokens }));
		}
		response.setHeader('content-type', 'text/event-stream');
		const write = (more: object) => response.write(`data: ${JSON.stringify({ ...head, ...more })}\n\n`);
		for (const index of indices) {
			write({ choices: [{ index, delta: { content: `By ${name}` }, finish_reason: null }] });
			if (act === 'cut') return setImmediate(() => response.destroy());
			write({ choices: [{ index, delta: {}, finish_reason: 'stop' }] });
		}
		write({ choices: [], usage: tokens });
		return response.end('data: [DONE]\n\n');
	});
	return { ...host, bodies: () => host.state.bodies.map((text) => JSON.parse(text) as Body) };
}

export type Actor = Awaited<ReturnType<typeof startActor>>;

const price = (prompt: number, output: number) => ({
	usd_per_million_tokens: { prompt, output },
	context_window: 8_000,
});
export const prices = [
	{ provider: 'openai', model: 'first-1', ...price(1, 10) },
	{ provider: 'spare', model: 'spare-1', ...price(2, 20) },
	{ provider: 'last', model: 'last-1', ...price(3, 30) },
];
export const spare = { provider: 'spare', model: 'spare-1' };
export const last = { provider: 'last', model: 'last-1' };

export const inServer = (fallback: unknown, more: object = {}) => ({ humanloop_server: { fallback }, ...more });

/** The server with a config that calls the first host and falls back to the others. */
export async function startChain(
	t: TestContext,
	[first, ...others]: [Actor, ...Actor[]],
	{ config = {}, ...options }: Partial<AppOptions> & { config?: object } = {},
) {
	const [second, third] = others;
	const hosts = {
		...(second === undefined ? {} : { spare: { baseUrl: second.url, apiKey: 'spare-key' } }),
		...(third === undefined ? {} : { last: { baseUrl: third.url, apiKey: 'last-key' } }),
	};
	const api = await startApi(t, {
		providers: { openai: { baseUrl: first.url, apiKey: 'first-key' }, hosts },
		pricesFile: pricesFile(t, prices),
		backoffMs: 5,
		...options,
	});
	const fallback = [spare, last].slice(0, others.length);
	const model = { provider: 'openai', model: 'first-1', prompt_template: 'Say it.', max_tokens: 100 };
	const id = await api.config({ ...model, other: inServer(fallback), ...config });
	return { api, address: await api.listen(), call: { model_config_id: id, project: 'tickets' } };
}

/** A record of GET /usage. */
type UsageRecord = {
	provider: string;
	calls: number;
	failed_calls: number;
	unpriced_calls: number;
	cost: number | null;
};

/** The totals of all calls: of each provider, or together. */
export async function usageOf(api: Api, groupBy: 'provider' | undefined = 'provider'): Promise<UsageRecord[]> {
	const { body } = await api.get(`/usage${groupBy === undefined ? '' : `?group_by=${groupBy}`}`);
	const records = body.records as unknown as UsageRecord[];
	return records.toSorted((a, b) => String(a.provider).localeCompare(String(b.provider)));
}

/** Sets the budget of the server's key, in US dollars for a day. */
export async function setBudget(address: string, limit: number): Promise<void> {
	const body = { api_key: 'HUMANLOOP_API_KEY', period: 'day', limit };
	const { ok } = await request(address, '/budgets', body, { method: 'PUT' });
	if (!ok) throw new Error('the budget was not set');
}

export async function budgetOf(api: Api): Promise<{ spent: number; reserved: number }> {
	const { body } = await api.get('/budgets');
	return body.records[0] as unknown as { spent: number; reserved: number };
}
