import assert from 'node:assert/strict';
import test from 'node:test';
import { ask, logsOf, send, until } from '../provider.ts';
import { chatCompletion, startHost } from '../host.ts';
import { startApi } from '../setup.ts';
import { lock } from '../storage/disturb.ts';
import { notOnPglite } from '../storage/storage.ts';
import { type Actor, budgetOf, inServer, last, setBudget, spare, startActor, startChain, whole } from './chain.ts';

test('X-Max-Retries counts at each model, and a repeat goes on with the one that has a request left', async (t) => {
	const first = await startActor(t, 'first', { status: 503 });
	const second = await startActor(t, 'spare', { status: 500 }, { status: 500 }, { status: 500 }, whole);
	const { address, call } = await startChain(t, [first, second]);
	const sent = { key: 'k', maxRetries: 3 };
	const failed = await ask(address, call, sent);
	assert.deepEqual([failed.status, failed.shouldRetry], [503, null]);
	assert.deepEqual([first.state.calls, second.state.calls], [3, 3]);
	const answered = await ask(address, call, sent);
	assert.equal(answered.body.data[0].output, 'By spare');
	assert.deepEqual([first.state.calls, second.state.calls], [4, 4]);
});

test('the log says which model answered, also if the first one was not asked again', async (t) => {
	const first = await startActor(t, 'first', { status: 503 });
	const second = await startActor(t, 'spare', { status: 429, retryAfter: 30 }, whole);
	const { api, address, call } = await startChain(t, [first, second]);
	const sent = { key: 'k', maxRetries: 1 };
	assert.equal((await ask(address, call, sent)).status, 503);
	assert.equal((await ask(address, call, sent)).body.data[0].output, 'By spare');
	assert.deepEqual([first.state.calls, second.state.calls], [2, 2]);
	const [log] = await logsOf(api);
	assert.match(log.stdout ?? '', /^"first-1" of openai was not asked again: .+\n"spare-1" of spare answered\.$/);
});

test('when no model has a request left, the error says so, and a repeat sends none', async (t) => {
	const first = await startActor(t, 'first', { status: 503 });
	const second = await startActor(t, 'spare', { status: 500 });
	const { address, call } = await startChain(t, [first, second]);
	const failed = await ask(address, call, { key: 'k', maxRetries: 0 });
	assert.deepEqual([failed.status, failed.shouldRetry], [503, 'false']);
	assert.deepEqual([first.state.calls, second.state.calls], [1, 1]);
});

test('a refusal by the fallback leaves a retry, as the first model may be back', async (t) => {
	const first = await startActor(t, 'first', { status: 429, retryAfter: 30 }, whole);
	const second = await startActor(t, 'spare', { status: 401 });
	const { address, call } = await startChain(t, [first, second]);
	const failed = await ask(address, call, { key: 'k', maxRetries: 3 });
	assert.deepEqual([failed.status, failed.shouldRetry, failed.retryAfter], [429, null, '30']);
	assert.equal((await ask(address, call, { key: 'k', maxRetries: 3 })).body.data[0].output, 'By first');
});

test('the same call at the same moment is sent once, and gets the answer of the fallback', async (t) => {
	const first = await startActor(t, 'first', { status: 529 });
	const second = await startActor(t, 'spare', whole);
	const { address, call } = await startChain(t, [first, second]);
	const responses = await Promise.all([0, 1, 2].map(() => ask(address, { ...call, num_samples: 2 }, { key: 'k' })));
	for (const { body } of responses) assert.deepEqual(body.data, responses[0]!.body.data);
	assert.equal(responses[0]!.body.data[1].output, 'By spare');
	assert.deepEqual([first.state.calls, second.state.calls], [3, 1]);
});

test('a budget reserves what the most expensive model of the chain can cost', async (t) => {
	const first = await startActor(t, 'first', { status: 500 });
	const second = await startActor(t, 'spare', whole);
	const third = await startActor(t, 'last', whole);
	const { api, address, call } = await startChain(t, [first, second, third]);
	// A sample of the last model: 100 tokens at $30, and at least 1,000 of the prompt at $3.
	await setBudget(address, 0.005);
	const refused = await ask(address, call);
	assert.equal(refused.status, 402);
	assert.deepEqual([first.state.calls, second.state.calls], [0, 0]);
	await setBudget(address, 0.02);
	assert.equal((await ask(address, call)).body.data[0].output, 'By spare');
	const { spent, reserved } = await budgetOf(api);
	assert.deepEqual([spent, reserved], [0.004, 0]);
});

test('a model that was given up counts in the budget with all that it may have cost', async (t) => {
	const first = await startActor(t, 'first', 'silence');
	const second = await startActor(t, 'spare', whole);
	const { api, address, call } = await startChain(t, [first, second], { providerTimeoutMs: 4_000 });
	await setBudget(address, 1);
	assert.equal((await ask(address, call)).status, 200);
	const { spent, reserved } = await budgetOf(api);
	assert.ok(spent > 0.004 + 0.004, `$${spent}`);
	assert.equal(reserved, 0);
});

test(
	'samples that came stay, also if the database cannot reserve what the next model may cost',
	notOnPglite,
	async (t) => {
		let unlock = async () => {};
		const first = await startHost(t, async (response) => {
			if (first.state.calls > 1) {
				unlock = await lock(t, api.dataDir);
				return response.writeHead(504).end();
			}
			response.setHeader('content-type', 'application/json');
			return response.end(chatCompletion('By first'));
		});
		const second = await startActor(t, 'spare', whole);
		const { api, address, call } = await startChain(t, [first as Actor, second], { busyTimeoutMs: 50 });
		await setBudget(address, 1);
		const response = ask(address, { ...call, num_samples: 2 });
		await Promise.race([response, until(() => /answers cannot be stored/.test(api.logged.join('')))]);
		await unlock();
		const { status, body } = await response;
		assert.deepEqual([status, body.data?.map(({ output }) => output)], [200, ['By first']]);
		assert.equal(second.state.calls, 0);
	},
);

test('the error of a caller that leaves is no reason to ask another model', async (t) => {
	const first = await startActor(t, 'first', 'silence');
	const second = await startActor(t, 'spare', whole);
	const { api, address, call } = await startChain(t, [first, second]);
	const leaving = new AbortController();
	const left = send(address, call, { signal: leaving.signal });
	await until(() => first.state.calls === 1);
	leaving.abort();
	await assert.rejects(left);
	await until(() => first.state.open === 0);
	await api.app.close();
	assert.equal(second.state.calls, 0);
});

test('an answer of the fallback is reused, and another fallback is another call', async (t) => {
	const first = await startActor(t, 'first', { status: 500 });
	const second = await startActor(t, 'spare', whole);
	const third = await startActor(t, 'last', whole);
	const { api, address, call } = await startChain(t, [first, second, third]);
	const sent = { reuseMaxAge: 60 };
	await ask(address, call, sent);
	assert.equal((await ask(address, call, sent)).body.data[0].output, 'By spare');
	assert.equal(second.state.calls, 1);
	const model = { provider: 'openai', model: 'first-1', prompt_template: 'Say it.', max_tokens: 100 };
	const other = await api.config({ ...model, other: inServer([last]) });
	assert.equal((await ask(address, { ...call, model_config_id: other }, sent)).body.data[0].output, 'By last');
});

test('with save false, the log does not say what the provider said', async (t) => {
	const first = await startActor(t, 'first', { status: 500 });
	const second = await startActor(t, 'spare', whole);
	const { api, address, call } = await startChain(t, [first, second]);
	assert.equal((await ask(address, { ...call, save: false })).status, 200);
	const [log] = await logsOf(api);
	assert.doesNotMatch(log.stdout ?? '', /first says/);
	assert.match(log.stdout ?? '', /internal_server_error \(500, OpenAI\)\n"spare-1" of spare answered\.$/);
});

test('metrics count fallbacks, and requests and costs of each model', async (t) => {
	const first = await startActor(t, 'first', { status: 529 });
	const second = await startActor(t, 'spare', whole);
	const { api, address, call } = await startChain(t, [first, second]);
	await ask(address, call);
	await ask(address, call);
	const { payload } = await api.app.inject({ url: '/metrics' });
	const fallbacks =
		'humanloop_fallbacks_total{provider="openai",fallback_provider="spare",error="service_unavailable_error"} 2';
	assert.ok(payload.includes(fallbacks), payload);
	assert.match(payload, /humanloop_cost_usd_total\{provider="spare",model="spare-1"\} 0\.008/);
	assert.doesNotMatch(payload, /humanloop_cost_usd_total\{provider="openai"/);
});

test('what a fallback cannot do is a 422 that names it, before anything is sent', async (t) => {
	const first = await startActor(t, 'first', { status: 500 });
	const second = await startActor(t, 'spare', whole);
	const { api, address } = await startChain(t, [first, second]);
	const model = { provider: 'openai', model: 'first-1', prompt_template: 'Say it.' };
	for (const [fallback, asked, message] of [
		[
			{ provider: 'anthropic', model: 'claude-sonnet-4-5' },
			{},
			/^The fallback "claude-sonnet-4-5" of anthropic cannot run this call: .*ANTHROPIC_API_KEY/,
		],
		[
			{ provider: 'groq', model: 'llama' },
			{ logprobs: 2, provider_api_keys: { groq: 'gsk-12345678' } },
			/^The fallback "llama" of groq cannot run this call: /,
		],
		[
			{ provider: 'ai21', model: 'jamba' },
			{},
			/^The fallback "jamba" of ai21 cannot run this call: The provider "ai21" of model config /,
		],
	] as const) {
		const id = await api.config({ ...model, other: inServer([fallback]) });
		const { status, body } = await ask(address, { model_config_id: id, project: 'tickets', ...asked });
		assert.equal(status, 422);
		assert.match(body.detail.message, message);
	}
	assert.equal(first.state.calls, 0);
});

test('a fallback that could never help is refused when its config is made', async (t) => {
	const api = await startApi(t);
	const own = { provider: 'openai', model: 'gpt-4o' };
	const register = (fallback: unknown, other: object = {}) =>
		api.post('/model-configs', { project: 'tickets', ...own, other: inServer(fallback, other) });
	for (const [fallback, other, message] of [
		[[own], {}, /"gpt-4o" of openai has failed already/],
		[
			[
				{ provider: 'groq', model: 'a' },
				{ provider: 'groq', model: 'a' },
			],
			{},
			/"a" of groq has failed already/,
		],
		[[{ provider: 'groq', model: 'a' }], { verbosity: 'low' }, /Say what "a" of groq gets in an "other" of its own/],
		[[{ provider: 'groq', model: 'a', other: { humanloop_server: {} } }], {}, /cannot have "humanloop_server"/],
		[[], {}, /fallback/],
		[[{ provider: 'grok', model: 'a' }], {}, /provider/],
		[[{ provider: 'groq' }], {}, /model/],
	] as const) {
		const { status, text } = await register(fallback, other);
		assert.equal(status, 422, text);
		assert.match(text.replaceAll('\\"', '"'), message);
	}
	assert.equal((await register([{ ...own, model: 'gpt-4o-mini' }], { verbosity: 'low' })).status, 200);
});

test('a fallback has parameters of its own, or those of the same provider', async (t) => {
	const first = await startActor(t, 'first', { status: 500 });
	const second = await startActor(t, 'spare', { status: 500 });
	const { address, call } = await startChain(t, [first, second], {
		config: {
			other: inServer(
				[
					{ ...spare, other: { top_k: 5 } },
					{ provider: 'openai', model: 'first-2' },
				],
				{ verbosity: 'low' },
			),
		},
	});
	await ask(address, call);
	const sent = [...first.bodies(), ...second.bodies()].map((body) => body as Record<string, unknown>);
	const by = (model: string) => sent.find((body) => body['model'] === model);
	assert.deepEqual([by('first-1')?.['verbosity'], by('first-1')?.['top_k']], ['low', undefined]);
	assert.deepEqual([by('spare-1')?.['verbosity'], by('spare-1')?.['top_k']], [undefined, 5]);
	assert.deepEqual([by('first-2')?.['verbosity'], by('first-2')?.['top_k']], ['low', undefined]);
});

test('a config in the request can have a fallback, and a .prompt file keeps it', async (t) => {
	const first = await startActor(t, 'first', { status: 500 });
	const second = await startActor(t, 'spare', whole);
	const { api, address } = await startChain(t, [first, second]);
	const config = { provider: 'openai', model: 'first-1', prompt_template: 'Say it.', other: inServer([spare]) };
	const { body } = await ask(address, { project: 'tickets', model_config: config }, { path: '/completion' });
	assert.equal(body.data[0].output, 'By spare');
	const bad = { ...config, other: inServer([{ provider: 'openai', model: 'first-1' }]) };
	assert.equal((await ask(address, { project: 'tickets', model_config: bad }, { path: '/completion' })).status, 422);
	const id = body.data[0].model_config_id;
	const file = await api.post(`/model-configs/${id}/export`);
	const back = await api.post('/model-configs/deserialize', { config: file.body });
	assert.deepEqual(back.body['other'], config.other, file.text);
});

test('GET /models counts the models that configs fall back to', async (t) => {
	const first = await startActor(t, 'first', whole);
	const second = await startActor(t, 'spare', whole);
	const { api } = await startChain(t, [first, second]);
	await api.config({ ...spare, prompt_template: 'Its own.' });
	await api.config({ provider: 'openai', model: 'first-2', prompt_template: 'x\u0000', other: inServer([spare]) });
	const { body } = await api.get('/models');
	const providers = body['providers'] as { name: string; models: { model: string; configs: number }[] }[];
	const { models } = providers.find(({ name }) => name === 'spare')!;
	assert.deepEqual(
		models.map(({ model, configs }) => [model, configs]),
		[['spare-1', 3]],
	);
});
