import assert from 'node:assert/strict';
import test from 'node:test';
import { ask, logsOf, send, startProvider, startWith } from './provider.ts';
import { readEvents } from './setup.ts';
import { execute } from './storage/storage.ts';

/** aimock returns one sample for any `n`: each sample is a request of its own. */
const good = Promise.resolve();

test('when the rest fails, the samples that exist are returned; the repeat asks for the missing ones only', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider);
	const four = { ...call, num_samples: 4 };
	provider.next(good, good, 400);
	const first = await ask(address, four, { key: 'k' });
	assert.deepEqual([first.status, first.shouldRetry, first.body.num_samples], [200, null, 4]);
	assert.deepEqual(
		first.body.data.map(({ index, finish_reason: reason }) => [index, reason]),
		[
			[0, 'stop'],
			[1, 'stop'],
		],
	);
	assert.equal(first.body.usage.total_tokens, 28);
	const logs = await logsOf(api);
	assert.equal(logs.length, 3, 'two samples, and one log for the missing ones');
	assert.deepEqual(
		logs.filter(({ error }) => error !== null).map(({ error, output }) => [error, output]),
		[['trouble 400', null]],
	);
	assert.equal(provider.calls(), 3);

	provider.next(400);
	const still = await ask(address, four, { key: 'k' });
	assert.deepEqual([still.status, still.replayed, still.text], [200, true, first.text], 'the rest fails again');
	assert.equal(still.shouldRetry, 'false', 'it was refused');
	assert.equal(provider.calls(), 4);

	const whole = await ask(address, four, { key: 'k' });
	assert.deepEqual([whole.status, whole.replayed, whole.body.data.length], [200, false, 4]);
	assert.equal(provider.calls(), 6);
	assert.deepEqual(whole.body.data.slice(0, 2), first.body.data);
	assert.deepEqual(
		whole.body.data.map(({ index }) => index),
		[0, 1, 2, 3],
	);
	assert.equal(whole.body.usage.total_tokens, 56);
	assert.equal(whole.body.provider_responses.length, 4);
	const all = await logsOf(api);
	assert.equal(all.length, 6);
	for (const { id, output } of whole.body.data) assert.equal(all.find((log) => log.id === id)!.output, output);
	const tokens = all.reduce((sum, { prompt_tokens: count }) => sum + (count ?? 0), 0);
	assert.equal(tokens, whole.body.usage.prompt_tokens, 'each token is on one log');

	const again = await ask(address, four, { key: 'k' });
	assert.deepEqual([again.replayed, again.text, provider.calls()], [true, whole.text, 6]);
});

test('the inputs are stored once with the response, also when a repeat adds the missing samples', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider);
	const saved = async () => {
		const [row] = await execute(api.dataDir, 'select response from saved_responses');
		return String(row?.['response']);
	};
	const four = { ...call, num_samples: 4, inputs: { what: 'hello', more: 'x'.repeat(100_000) } };
	provider.next(good, good, 400);
	await ask(address, four, { key: 'k' });
	assert.equal((await saved()).split('xxx"').length - 1, 1);
	const whole = await ask(address, four, { key: 'k' });
	assert.equal(whole.body.data.length, 4);
	assert.equal((await saved()).split('xxx"').length - 1, 1);
	assert.equal((await ask(address, four, { key: 'k' })).text, whole.text);
});

test('when the project is gone, a repeat gets the samples that exist, and learns that it need not ask again', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider);
	const two = { ...call, num_samples: 2 };
	const { body: project } = await api.post('/projects', { name: 'support' });
	const own = { ...two, project: undefined, project_id: project['id'] };
	provider.next(good, 400);
	const first = await ask(address, own, { key: 'k' });
	assert.deepEqual([first.status, first.shouldRetry, first.body.data.length], [200, null, 1]);
	// Deleting it by the API would delete the saved response too, some time later.
	await execute(api.dataDir, "update projects set deleted_at = '2024-01-01T00:00:00.000Z' where name = 'support'");
	const again = await ask(address, own, { key: 'k' });
	assert.deepEqual([again.status, again.shouldRetry, again.replayed], [200, 'false', true]);
	assert.deepEqual([again.text, provider.calls()], [first.text, 2]);
});

test('the log of missing samples stores no inputs of its own, also if the call has none', async (t) => {
	const provider = await startProvider(t);
	const { api, address } = await startWith(t, provider);
	const id = await api.config({ provider: 'openai', model: 'gpt-4o', prompt_template: 'hello' });
	provider.next(good, 400);
	await ask(address, { model_config_id: id, project: 'tickets', num_samples: 2 }, { key: 'k' });
	const rows = await execute(api.dataDir, 'select inputs from logs order by sample_index');
	assert.deepEqual(
		rows.map(({ inputs }) => inputs),
		['{}', null],
	);
});

for (const stream of [false, true]) {
	test(`the usage is that of the whole call; a header says what an earlier response reported (${stream ? 'stream' : 'plain'})`, async (t) => {
		const provider = await startProvider(t);
		const { address, call } = await startWith(t, provider);
		const four = { ...call, num_samples: 4, stream };
		const response = async () => {
			const { headers, text } = await ask(address, four, { key: 'k' });
			const usage = /"total_tokens":(\d+)/.exec(text)?.[1];
			return { usage, replayed: headers.get('idempotent-replayed'), prior: headers.get('idempotent-prior-usage') };
		};
		provider.next(good, good, 400);
		assert.deepEqual(await response(), { usage: '28', replayed: null, prior: null });
		const prior = 'prompt_tokens=10, generation_tokens=18';
		assert.deepEqual(await response(), { usage: '56', replayed: null, prior });
		assert.deepEqual(await response(), { usage: '56', replayed: 'true', prior: null });
	});
}

test('a stream ends whole with the samples that exist; the repeat streams all of them', async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider);
	const three = { ...call, num_samples: 3, stream: true };
	provider.next(good, 400);
	const first = await readEvents(await send(address, three, { key: 'k' }));
	assert.equal(first.broken, undefined);
	const finished = first.events.filter(({ data }) => data[0].finish_reason !== null);
	assert.deepEqual(
		finished.map(({ data, num_samples: asked }) => [data[0].index, asked]),
		[[0, 3]],
	);
	const second = await readEvents(await send(address, three, { key: 'k' }));
	assert.equal(second.broken, undefined);
	for (const index of [0, 1, 2]) {
		const own = second.events.filter(({ data }) => data[0].index === index);
		assert.equal(own.map(({ data }) => data[0].raw_output).join(''), 'It will come on Monday.');
		assert.equal(own.at(-1)!.data[0].finish_reason, 'stop');
	}
	assert.equal(second.events.at(-3)!.data[0].id, finished[0]!.data[0].id);
	assert.equal(provider.calls(), 4);
});

test('when X-Max-Retries is used up, the partial response says so; once it was delivered, a repeat goes on', async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider);
	const two = { ...call, num_samples: 2 };
	provider.next(good, 500);
	const first = await ask(address, two, { key: 'k', maxRetries: 0 });
	assert.deepEqual([first.status, first.shouldRetry, first.body.data.length], [200, 'false', 1]);
	provider.next(500);
	const again = await ask(address, two, { key: 'k', maxRetries: 0 });
	assert.deepEqual([again.shouldRetry, again.replayed, again.text], ['false', true, first.text]);
	assert.equal(provider.calls(), 3);
	const whole = await ask(address, two, { key: 'k', maxRetries: 0 });
	assert.deepEqual([whole.shouldRetry, whole.body.data.length, provider.calls()], [null, 2, 4]);
});

test('a stream cannot say so in its headers, so its count stays; the repeat says so', async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider);
	const two = { ...call, num_samples: 2, stream: true };
	provider.next(good, 500);
	const first = await send(address, two, { key: 'k', maxRetries: 0 });
	assert.equal(first.headers.get('x-should-retry'), null);
	await readEvents(first);
	const again = await send(address, two, { key: 'k', maxRetries: 0 });
	assert.equal(again.headers.get('x-should-retry'), 'false');
	assert.equal((await readEvents(again)).events.length, 2);
	assert.equal(provider.calls(), 2);
	assert.equal((await readEvents(await send(address, two, { key: 'k', maxRetries: 0 }))).broken, undefined);
	assert.equal(provider.calls(), 3);
});

test('the rest is asked for within the same retries; nothing at all is an error', async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider);
	const ten = { ...call, num_samples: 10 };
	provider.next(...Array<Promise<void>>(9).fill(good), 500, 500);
	assert.equal((await ask(address, ten)).body.data.length, 10);
	assert.equal(provider.calls(), 12);
	provider.next(...Array<Promise<void>>(9).fill(good), 500, 500, 500);
	assert.equal((await ask(address, ten)).body.data.length, 9);
	assert.equal(provider.calls(), 24);
	provider.next(400);
	assert.equal((await ask(address, ten)).status, 400);
});
