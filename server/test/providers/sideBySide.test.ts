import assert from 'node:assert/strict';
import test, { describe, type TestContext } from 'node:test';
import { ask, logsOf, send } from '../provider.ts';
import { readEvents, startApi } from '../setup.ts';
import { storedText } from '../storage/disturb.ts';
import { startAnthropic, type Step } from './anthropicHost.ts';

/** The server with a host that returns one sample per request. */
async function start(t: TestContext, options: { steps?: Step[]; together?: number } = {}) {
	const host = await startAnthropic(t, options);
	const key = 'sk-ant-canary-51c2aa';
	const api = await startApi(t, {
		providers: { openai: {}, anthropic: { apiKey: key, baseUrl: host.url } },
		backoffMs: 5,
	});
	const id = await api.config({ provider: 'anthropic', model: 'claude-sonnet-4-5', prompt_template: 'Say something.' });
	const address = await api.listen();
	const call = { model_config_id: id, project: 'tickets', num_samples: 3 };
	return { host, api, address, call };
}

const texts = (data: { raw_output: string }[]) => data.map(({ raw_output: text }) => text);

describe('a provider with one sample per request', () => {
	test('is asked for all of them at once; tokens and responses are those of all', async (t) => {
		const { host, address, call } = await start(t, { together: 3 });
		const { status, body } = await ask(address, call);
		assert.deepEqual([status, texts(body.data)], [200, ['Fine.', 'Fine.', 'Fine.']]);
		assert.equal(host.calls(), 3);
		assert.equal(body.provider_responses.length, 3);
		// Anthropic's input_tokens are without those that its cache has read or written.
		assert.deepEqual(body.usage, { prompt_tokens: 6930, generation_tokens: 12, total_tokens: 6942 });
		for (const sent of host.bodies()) assert.deepEqual(sent, body.provider_request);
	});

	test('the samples that came are kept when another fails; the repeat asks for that one only', async (t) => {
		const steps = [{ text: 'One.' }, { status: 400, message: 'no such thing' }, { text: 'Three.' }];
		const { host, api, address, call } = await start(t, { together: 3, steps });
		const first = await ask(address, call, { key: 'k' });
		assert.deepEqual([first.status, first.body.data.length, first.body.usage.prompt_tokens], [200, 2, 4620]);
		assert.equal(host.calls(), 3, 'what was refused is not asked for again');
		const logs = await logsOf(api);
		assert.deepEqual(
			logs.filter(({ error }) => error !== null).map(({ error }) => error),
			['no such thing'],
		);
		host.next({ text: 'Two.' });
		const whole = await ask(address, call, { key: 'k' });
		assert.deepEqual([texts(whole.body.data), host.calls()], [['One.', 'Three.', 'Two.'], 4]);
		assert.deepEqual(whole.body.data.slice(0, 2), first.body.data);
		assert.equal(whole.body.usage.prompt_tokens, 6930);
	});

	test('what fails for a moment is asked for again, within the same call, and after the pause that the host wants', async (t) => {
		const busy = { status: 429, message: 'slow down', headers: { 'retry-after-ms': '40' } };
		const { host, address, call } = await start(t, {
			steps: [{ text: 'One.' }, busy, { text: 'Three.' }, { text: 'Two.' }],
		});
		const startedAt = performance.now();
		const { status, body } = await ask(address, call);
		assert.deepEqual([status, texts(body.data).sort()], [200, ['One.', 'Three.', 'Two.']]);
		assert.ok(performance.now() - startedAt >= 40);
		assert.equal(host.calls(), 4);
	});

	test('X-Max-Retries: 0 asks for nothing again, and the first error is what the log says', async (t) => {
		const steps = [{ text: 'One.' }, { status: 529, message: 'overloaded' }, { status: 529, message: 'overloaded' }];
		const { host, api, address, call } = await start(t, { steps });
		const { body, shouldRetry } = await ask(address, call, { key: 'k', maxRetries: 0 });
		assert.deepEqual([body.data.length, shouldRetry, host.calls()], [1, 'false', 3]);
		assert.ok((await logsOf(api)).some(({ error }) => error === 'overloaded'));
	});

	test('when all fail, the call fails', async (t) => {
		const no = { status: 401, message: 'invalid x-api-key' };
		const { host, address, call } = await start(t, { steps: [no, no, no] });
		const { status, body } = await ask(address, call);
		assert.deepEqual(
			[status, body.detail.message, body.detail.origin, host.calls()],
			[401, 'invalid x-api-key', 'Anthropic', 3],
		);
	});

	test('a stream keeps the other samples when one is cut off; the repeat streams them and asks for that one only', async (t) => {
		const steps = [{ text: 'One is whole.' }, { cutAfter: 'Two is ' }, { text: 'Three is whole.' }];
		const { host, api, address, call } = await start(t, { together: 3, steps });
		const first = await readEvents(await send(address, { ...call, stream: true }, { key: 'k' }));
		assert.equal(first.broken, undefined);
		const said = (events: typeof first.events, index: number) =>
			events
				.filter(({ data }) => data[0].index === index)
				.map(({ data }) => data[0].raw_output)
				.join('');
		const finished = first.events.filter(({ data }) => data[0].finish_reason !== null).map(({ data }) => data[0]);
		assert.equal(finished.length, 2);
		for (const { index } of finished) assert.match(said(first.events, index), /^(One|Three) is whole\.$/);
		const [cut] = [0, 1, 2].filter((index) => finished.every((sample) => sample.index !== index));
		assert.equal(said(first.events, cut!), 'Two is ');
		assert.equal(host.calls(), 3, 'nothing of which text has gone out is asked for again');
		const failed = (await logsOf(api)).find(({ error }) => error !== null);
		assert.match(String(failed?.error), /broke before the response was whole/);

		host.next({ text: 'Two is whole now.' });
		const second = await readEvents(await send(address, { ...call, stream: true }, { key: 'k' }));
		assert.equal(second.broken, undefined);
		assert.equal(said(second.events, cut!), 'Two is whole now.');
		for (const { index, id } of finished) {
			assert.equal(said(second.events, index), said(first.events, index));
			assert.ok(second.events.some(({ data }) => data[0].id === id && data[0].finish_reason === 'stop'));
		}
		const logs = (await logsOf(api)).filter(({ error }) => error === null);
		assert.deepEqual(logs.map(({ output }) => output).sort(), [
			'One is whole.',
			'Three is whole.',
			'Two is whole now.',
		]);
	});

	test("a config's cache_control reaches Anthropic in its own form, and never as our key; a mistake in it is a 422", async (t) => {
		const { api, address, call } = await start(t);
		const config = (cache_control: object) => ({
			...{ project: 'tickets', provider: 'anthropic', model: 'claude-sonnet-4-5', endpoint: 'chat' },
			chat_template: [{ role: 'system', content: 'Be brief.' }],
			other: { humanloop_server: { cache_control } },
		});
		const stored = await api.post('/model-configs', config({ type: 'ephemeral', ttl: '1h' }));
		const chat = { model_config_id: stored.body.config.id, messages: [{ role: 'user', content: 'Hello' }] };
		const { body, text } = await ask(address, { ...call, ...chat, num_samples: 1 }, { path: '/chat-model-config' });
		assert.deepEqual(body.provider_request['system'], [
			{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '1h' } },
		]);
		assert.doesNotMatch(text, /humanloop_server/);
		assert.equal((await api.post('/model-configs', config({ type: 'ephemeral', ttl: '2h' }))).status, 422);
	});

	test('no key is in any file, log line, answer or error', async (t) => {
		const { host, api, address, call } = await start(t, {
			steps: [{ status: 401, message: 'no: sk-ant-canary-51c2aa' }],
		});
		const own = { ...call, num_samples: 1, provider_api_keys: { anthropic: 'sk-ant-canary-7f3b9d' } };
		host.next({ text: 'Yours is sk-ant-canary-7f3b9d.' }, { text: 'Yours is sk-ant-canary-7f3b9d.' });
		const shown = [(await ask(address, own)).text, (await ask(address, own)).text];
		shown.push(await (await send(address, { ...own, stream: true })).text());
		assert.deepEqual(new Set(host.keys), new Set(['sk-ant-canary-7f3b9d']));
		assert.match(shown[2]!, /\[redacted\]/);
		shown.push(await storedText(api.dataDir), api.logged.join('\n'));
		for (const text of shown) assert.doesNotMatch(text, /canary|7f3b9d|51c2aa/);
	});
});
