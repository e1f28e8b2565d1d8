import assert from 'node:assert/strict';
import test from 'node:test';
import { hashOf } from '../src/domain/keys/secret.ts';
import { ask, logsOf, send, sleep, startProvider, startWith, until, untilWaiting } from './provider.ts';
import { type Api, type Body, readEvents, startApi, tempDir } from './setup.ts';
import { execute } from './storage/storage.ts';

function savedResponsesIn({ dataDir }: Api) {
	return execute(dataDir, 'select scope, key, fingerprint, response, created_at from saved_responses');
}

test('a repeat is given the first answer, log IDs and all, and costs nothing', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider);
	const first = await ask(address, { ...call, num_samples: 2, metadata: { a: null } }, { key: 'k' });
	assert.equal(first.status, 200);
	assert.equal(first.replayed, false);
	const asked = provider.calls();
	const again = await ask(address, { ...call, num_samples: 2, metadata: { a: null } }, { key: 'k' });
	assert.equal(again.status, 200);
	assert.equal(again.replayed, true);
	assert.equal(again.text, first.text);
	assert.equal(provider.calls(), asked);
	assert.equal((await logsOf(api)).length, 2);
	assert.equal((await ask(address, { ...call, num_samples: 2 }, { key: 'k2' })).replayed, false);
});

test('without a key, every call is a call of its own', async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider);
	await ask(address, call);
	assert.equal((await ask(address, call)).replayed, false);
	assert.equal(provider.calls(), 2);
});

test('ten concurrent duplicates are one provider call and one log', async (t) => {
	const provider = await startProvider(t);
	const held = Promise.withResolvers<void>();
	provider.next(held.promise);
	const { api, address, call } = await startWith(t, provider);
	const duplicates = Array.from({ length: 10 }, () => ask(address, call, { key: 'k' }));
	await until(() => provider.calls() === 1);
	await untilWaiting(api, 9);
	held.resolve();
	const responses = await Promise.all(duplicates);
	assert.deepEqual(
		responses.map(({ status }) => status),
		Array(10).fill(200),
	);
	assert.equal(new Set(responses.map(({ text }) => text)).size, 1);
	assert.equal(responses.filter(({ replayed }) => replayed).length, 9);
	assert.equal(provider.calls(), 1);
	assert.equal((await logsOf(api)).length, 1);
});

test('when the first fails, one of its duplicates runs, never two at once', async (t) => {
	const provider = await startProvider(t);
	const first = Promise.withResolvers<{ status: number }>();
	const second = Promise.withResolvers<void>();
	provider.next(first.promise, second.promise);
	const { api, address, call } = await startWith(t, provider);
	const duplicates = Array.from({ length: 5 }, () => ask(address, call, { key: 'k' }));
	await until(() => provider.calls() === 1);
	await untilWaiting(api, 4);
	first.resolve({ status: 400 });
	await until(() => provider.calls() === 2);
	await sleep(50);
	assert.equal(provider.calls(), 2, 'one duplicate runs, the others wait');
	second.resolve();
	const responses = await Promise.all(duplicates);
	assert.deepEqual(responses.map(({ status }) => status).sort(), [200, 200, 200, 200, 400]);
	assert.equal(responses.filter(({ replayed }) => replayed).length, 3);
	assert.equal(new Set(responses.filter(({ status }) => status === 200).map(({ text }) => text)).size, 1);
});

test('the same key with another request is refused, kept or still running', async (t) => {
	const provider = await startProvider(t);
	const held = Promise.withResolvers<void>();
	provider.next(held.promise);
	const { address, call } = await startWith(t, provider);
	const first = ask(address, call, { key: 'k' });
	await until(() => provider.calls() === 1);
	for (const when of ['running', 'kept']) {
		for (const other of [{ inputs: { what: 'bye' } }, { num_samples: 2 }, { save: false }, { return_inputs: false }]) {
			const { status, body } = await ask(address, { ...call, ...other }, { key: 'k' });
			assert.equal(status, 422, when);
			assert.match(
				body.detail.message,
				when === 'running' ? /Idempotency-Key.*still running/ : /Idempotency-Key.*another request/,
			);
			assert.equal(body.detail.type, 'unprocessable_entity_error');
		}
		held.resolve();
		assert.equal((await first).status, 200);
	}
	assert.equal(provider.calls(), 1);
});

test('key order, nulls of optional fields and provider keys make no other request', async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider);
	const inputs = { what: 'hello', list: [{ a: 1, b: 2 }] };
	await ask(address, { ...call, inputs, provider_api_keys: { openai: 'key-one-1' } }, { key: 'k' });
	const turned = Object.fromEntries(
		Object.entries({ ...call, inputs: { list: [{ b: 2, a: 1 }], what: 'hello' } }).reverse(),
	);
	for (const same of [
		turned,
		{ ...call, inputs, user: null, seed: null },
		{ ...call, inputs, provider_api_keys: { openai: 'key-two-2' } },
	]) {
		assert.equal((await ask(address, same, { key: 'k' })).replayed, true, JSON.stringify(same));
	}
	assert.equal(
		(await ask(address, { ...call, inputs: { what: 'hello', list: [{ a: 1, b: null }] } }, { key: 'k' })).status,
		422,
	);
	assert.equal(provider.calls(), 1);
});

test('another API key shares nothing', async (t) => {
	const dataDir = tempDir(t);
	const made = await startApi(t, { dataDir, apiKey: undefined });
	let own = '';
	await made.showFirstKey((key) => (own = key));
	await made.app.close();
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider, { dataDir });
	const held = Promise.withResolvers<void>();
	provider.next(held.promise);
	const first = ask(address, call, { key: 'k' });
	await until(() => provider.calls() === 1);
	const other = await ask(address, { ...call, inputs: { what: 'bye' } }, { key: 'k', apiKey: own });
	assert.equal(other.status, 200, 'while the first is still running');
	assert.equal(other.replayed, false);
	held.resolve();
	assert.equal((await first).replayed, false);
	assert.equal(provider.calls(), 2);
	assert.equal((await savedResponsesIn(api)).length, 2);
	assert.ok((await savedResponsesIn(api)).some(({ scope }) => scope === hashOf(own)));
});

test('a stream is replayed as a stream, a plain answer as a stream, and a stream as a plain answer', async (t) => {
	const provider = await startProvider(t, '  Tschüß, 🎉!  ');
	const { address, call } = await startWith(t, provider);
	const asked = { ...call, num_samples: 2, metadata: { m: 1 }, session_reference_id: 's' };
	const live = await readEvents(await send(address, { ...asked, stream: true }, { key: 'streamed' }));
	const plain = await ask(address, asked, { key: 'plain' });
	const calls = provider.calls();
	const read = async (key: string) => {
		const response = await send(address, { ...asked, stream: true }, { key });
		assert.equal(response.headers.get('idempotent-replayed'), 'true');
		assert.match(response.headers.get('content-type')!, /^text\/event-stream/);
		return readEvents(response);
	};
	const again = await read('streamed');
	assert.equal(again.broken, undefined);
	assert.deepEqual(again.events.slice(-2), live.events.slice(-2), 'ends exactly as the stream did');
	assert.equal(again.events.length, 4);
	for (const index of [0, 1]) {
		const textOf = (events: Body[]) =>
			events
				.filter(({ data }) => data[0].index === index)
				.map(({ data }) => data[0].raw_output)
				.join('');
		assert.equal(textOf(again.events), textOf(live.events));
		assert.deepEqual(Object.keys(again.events[index]!), Object.keys(live.events[0]!));
		assert.deepEqual(Object.keys(again.events[index]!.data[0]), Object.keys(live.events[0]!.data[0]));
	}
	const fromPlain = await read('plain');
	assert.deepEqual(
		fromPlain.events.map(({ data }) => data[0].raw_output),
		['  Tschüß, 🎉!  ', '  Tschüß, 🎉!  ', '', ''],
	);
	assert.deepEqual(fromPlain.events.at(-1)!.usage, plain.body.usage);
	const fromStream = await ask(address, asked, { key: 'streamed' });
	assert.equal(fromStream.replayed, true);
	assert.deepEqual(Object.keys(fromStream.body), Object.keys(plain.body));
	assert.deepEqual(
		fromStream.body.data.map(({ id }) => id),
		live.events.slice(-2).map(({ data }) => data[0].id),
	);
	assert.deepEqual(
		fromStream.body.data.map(({ output }) => output),
		['Tschüß, 🎉!', 'Tschüß, 🎉!'],
	);
	assert.equal(provider.calls(), calls);
});

test('a cut stream and an error free the key', async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider);
	const cut = { ...call, inputs: { what: 'cut' }, stream: true };
	for (const key of ['a', 'a']) {
		const { broken, events } = await readEvents(await send(address, cut, { key }));
		assert.ok(broken instanceof Error);
		assert.equal(events.at(-1)!.detail.code, 503);
	}
	provider.next(400);
	assert.equal((await ask(address, call, { key: 'b' })).status, 400);
	const { status, replayed } = await ask(address, call, { key: 'b' });
	assert.deepEqual([status, replayed], [200, false]);
	// What is refused before any call frees it as well, for any other request.
	assert.equal((await ask(address, { ...call, inputs: {} }, { key: 'c' })).status, 422);
	assert.equal((await ask(address, call, { key: 'c' })).status, 200);
});

test('with save false the answer is replayed from memory, is on no disk, and does not outlive the process', async (t) => {
	const provider = await startProvider(t, 'secret words');
	const dataDir = tempDir(t);
	const { api, address, call } = await startWith(t, provider, { dataDir });
	const hidden = { ...call, save: false, inputs: { what: 'secret words too' } };
	const first = await ask(address, hidden, { key: 'k' });
	const again = await ask(address, hidden, { key: 'k' });
	assert.equal(again.replayed, true);
	assert.equal(again.text, first.text);
	assert.equal((await ask(address, call, { key: 'k' })).status, 422);
	assert.deepEqual(await savedResponsesIn(api), []);
	await api.app.close();
	const restarted = await startWith(t, provider, { dataDir });
	assert.equal((await ask(restarted.address, hidden, { key: 'k' })).replayed, false);
	assert.equal(provider.calls(), 2);
});

test('an answer is kept for 24 hours and then removed, after the start and every hour', async (t) => {
	const provider = await startProvider(t);
	const dataDir = tempDir(t);
	let now = Date.parse('2030-01-01T00:00:00Z');
	const hours = (count: number) => count * 3_600_000;
	t.mock.timers.enable({ apis: ['setInterval'] });
	const { api, address, call } = await startWith(t, provider, { dataDir, now: () => now });
	await ask(address, call, { key: 'disk' });
	await ask(address, { ...call, save: false }, { key: 'memory' });
	now += hours(24) - 1;
	t.mock.timers.tick(hours(1));
	assert.equal((await ask(address, call, { key: 'disk' })).replayed, true);
	assert.equal((await ask(address, { ...call, save: false }, { key: 'memory' })).replayed, true);
	now += 2;
	assert.equal((await ask(address, { ...call, save: false }, { key: 'memory' })).replayed, false);
	assert.equal(
		(await ask(address, { ...call, inputs: { what: 'new' } }, { key: 'disk' })).replayed,
		false,
		'too old counts for nothing',
	);
	assert.equal((await savedResponsesIn(api)).length, 1);
	now += hours(24) + 1;
	t.mock.timers.tick(hours(1));
	await until(async () => (await savedResponsesIn(api)).length === 0);
	await ask(address, call, { key: 'late' });
	await api.app.close();
	t.mock.timers.reset();
	now += hours(24) + 1;
	const later = await startApi(t, { dataDir, now: () => now });
	await later.listen();
	await until(async () => (await savedResponsesIn(later)).length === 0);
});

test('the key has 1 to 255 visible ASCII characters', async (t) => {
	const api = await startApi(t);
	const id = await api.config();
	const inject = (key: string) =>
		api.app.inject({
			method: 'POST',
			url: '/v4/completion-model-config',
			payload: { model_config_id: id, inputs: { ticket: 'x' } },
			headers: { 'x-api-key': 'hl_sk_test0000000000000000000000000000000000000000000', 'idempotency-key': key },
		});
	for (const key of ['x', '!~', 'k'.repeat(255)]) assert.equal((await inject(key)).statusCode, 200, key);
	for (const key of ['', 'two words', 'k'.repeat(256), 'ü', 'a\tb']) {
		const response = await inject(key);
		assert.equal(response.statusCode, 422, JSON.stringify(key));
		const [detail] = response.json<Body>().detail;
		assert.deepEqual([detail!.loc, detail!.type], [['header', 'Idempotency-Key'], 'value_error.str.regex']);
	}
});
