import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { ask, logsOf, send, sleep, startPausing, startProvider, startWith, until, untilWaiting } from './provider.ts';
import { readEvents } from './setup.ts';

test('a trouble that passes is tried again, at most twice: three provider calls, one log', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider);
	for (const status of [429, 500, 502, 503, 529]) {
		const before = provider.calls();
		provider.next(status, status);
		assert.equal((await ask(address, call)).status, 200);
		assert.equal(provider.calls(), before + 3, `${status} twice, then an answer`);
		provider.next(status, status, status);
		const last = await ask(address, call);
		assert.equal(last.status, { 502: 503, 529: 503 }[status] ?? status);
		assert.equal(provider.calls(), before + 6, 'and no fourth');
	}
	const logs = await logsOf(api);
	assert.equal(logs.length, 10);
	assert.equal(logs.filter(({ error }) => error === null).length, 5);
	for (const { stdout } of logs) {
		const lines = String(stdout).split('\n');
		assert.equal(lines.length, 2, String(stdout));
		for (const line of lines) assert.match(line, /^.+ failed and was asked again: .+/);
	}
	await ask(address, call);
	assert.equal((await logsOf(api))[0].stdout, null, 'nothing was tried again');
	provider.next({ status: 503, message: 'a secret' });
	await ask(address, { ...call, save: false });
	const [unsaved] = await logsOf(api);
	assert.match(String(unsaved.stdout), /failed and was asked again: /);
	assert.doesNotMatch(String(unsaved.stdout), /secret/);
});

test('what would fail again, and a time-out of the provider, are not tried again', async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider);
	for (const status of [400, 401, 403, 404, 408, 422, 504]) {
		const before = provider.calls();
		provider.next(status);
		await ask(address, call);
		assert.equal(provider.calls(), before + 1, String(status));
	}
});

test('an account without credit is not tried again', async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider);
	provider.model.prependFixture({
		match: { userMessage: 'hello' },
		response: { error: { message: 'Pay first', type: 'x', code: 'insufficient_quota' }, status: 429 },
	});
	assert.equal((await ask(address, call)).status, 429);
	assert.equal(provider.model.getRequests().length, 1);
});

test('a stream is tried again before its first event, and so are missing samples; a cut one is not', async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider);
	provider.next(429, 503);
	const { events, broken } = await readEvents(await send(address, { ...call, stream: true }));
	assert.equal(broken, undefined);
	assert.equal(events.at(-1)!.data[0].finish_reason, 'stop');
	assert.equal(provider.calls(), 3);
	// The first sample has gone out when the host is asked for the second. Nothing of that has gone out.
	const none = Promise.resolve();
	provider.next(none, 429);
	const second = await readEvents(await send(address, { ...call, stream: true, num_samples: 2 }));
	assert.equal(second.broken, undefined);
	assert.deepEqual(
		second.events.slice(-2).map(({ data }) => data[0].finish_reason),
		['stop', 'stop'],
	);
	assert.equal(provider.calls(), 6);
	provider.next(none, 429);
	assert.equal((await ask(address, { ...call, num_samples: 2 })).body.data.length, 2);
	assert.equal(provider.calls(), 9);
	const before = provider.model.getRequests().length;
	await readEvents(await send(address, { ...call, inputs: { what: 'cut' }, stream: true }));
	assert.equal(provider.model.getRequests().length, before + 1, 'a cut stream is not tried again');
});

test('a connection that fails before any answer is tried again', async (t) => {
	const provider = await startProvider(t);
	let connections = 0;
	const refusing = createServer((socket) => {
		connections += 1;
		socket.destroy();
	}).listen(0, '127.0.0.1');
	await once(refusing, 'listening');
	t.after(() => refusing.close());
	const { address, call } = await startWith(t, {
		...provider,
		url: `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`,
	});
	const { status, body } = await ask(address, call);
	assert.deepEqual([status, body.detail.origin], [503, 'OpenAI']);
	assert.equal(connections, 3);
});

test("the provider's own wait is kept, and passed on when it is too long", async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider, { backoffMs: 1 });
	provider.next({ status: 429, retryAfter: 1 });
	const startedAt = performance.now();
	assert.equal((await ask(address, call)).status, 200);
	assert.ok(performance.now() - startedAt >= 990);
	provider.next({ status: 429, retryAfter: 60 });
	const { status, retryAfter } = await ask(address, call);
	assert.deepEqual([status, retryAfter], [429, '60']);
	assert.equal(provider.calls(), 3);
	provider.next({ status: 429, retryAfter: 50 });
	const late = await ask(address, call, { timeoutMs: 40_000 });
	assert.deepEqual([late.status, late.retryAfter], [429, '50'], 'the caller does not wait for so long');
	assert.equal(provider.calls(), 4);
});

test('nothing is begun that cannot end in time', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider);
	const late = await ask(address, call, { timeoutMs: 1 });
	assert.equal(late.status, 504);
	assert.equal(late.body.detail.type, 'timeout_error');
	assert.equal(provider.calls(), 0);
	assert.equal((await logsOf(api)).length, 0, 'nothing ran: no log');
	// A duplicate that takes over too late does not begin either.
	const held = Promise.withResolvers<{ status: number }>();
	provider.next(held.promise);
	const first = ask(address, call, { key: 'k' });
	await until(() => provider.calls() === 1);
	const duplicate = ask(address, call, { key: 'k', timeoutMs: 1_000 });
	await untilWaiting(api, 1);
	// Its time began before it waited.
	await sleep(1_000);
	held.resolve({ status: 400 });
	assert.equal((await first).status, 400);
	assert.equal((await duplicate).status, 504);
	assert.equal(provider.calls(), 1);
});

test('at the deadline a call without a key ends; one with a key is finished', async (t) => {
	const provider = await startPausing(t);
	const { api, address, call } = await startWith(t, provider);
	const { status, body } = await ask(address, call, { timeoutMs: 2_000 });
	assert.deepEqual([status, body.detail.origin], [504, 'Humanloop']);
	await until(() => provider.state.left === 1);
	assert.match((await logsOf(api))[0].error!, /did not respond/);
	const kept = ask(address, call, { timeoutMs: 2_000, key: 'k' });
	await until(() => provider.state.calls === 2);
	await sleep(2_100);
	assert.equal(provider.state.left, 1);
	provider.goOn();
	assert.equal((await kept).status, 200);
	assert.equal((await ask(address, call, { key: 'k' })).replayed, true);
});

test('a stream that has begun goes on after the deadline: its caller hears it', async (t) => {
	const provider = await startPausing(t);
	const { address, call } = await startWith(t, provider);
	const response = await send(address, { ...call, stream: true }, { timeoutMs: 2_000 });
	await sleep(2_100);
	provider.goOn();
	const { events, broken } = await readEvents(response);
	assert.equal(broken, undefined);
	assert.equal(events.at(-1)!.data[0].finish_reason, 'stop');
});

test('a stream that has not begun ends at the deadline', async (t) => {
	const provider = await startProvider(t);
	provider.next(new Promise(() => undefined));
	const { address, call } = await startWith(t, provider);
	assert.equal((await ask(address, { ...call, stream: true }, { timeoutMs: 2_000, key: 'k' })).status, 504);
	assert.equal((await ask(address, call, { key: 'k' })).status, 200, 'the key is free');
});

test("the server's own time-out ends every call, also one with a key, and nothing is tried again", async (t) => {
	const provider = await startPausing(t);
	const { api, address, call } = await startWith(t, provider, { providerTimeoutMs: 2_000 });
	for (const { status, body } of await Promise.all([{}, { key: 'k' }].map((sent) => ask(address, call, sent)))) {
		assert.equal(status, 504);
		assert.match(body.detail.message, /did not answer in time/);
	}
	assert.equal(provider.state.calls, 2);
	await until(() => provider.state.left === 2);
	assert.equal((await logsOf(api)).length, 2);
});

test('a call that ends during the pause before a retry was not asked again, and its log does not say so', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider, { providerTimeoutMs: 2_000 });
	provider.next({ status: 429, retryAfter: 15 });
	assert.equal((await ask(address, call)).status, 504);
	const [log] = await logsOf(api);
	assert.deepEqual([provider.calls(), log.stdout], [1, null]);
});

test('X-Request-Timeout-Ms is a whole number from 1', async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider);
	for (const [timeoutMs, type] of [
		['0', 'value_error.number.not_ge'],
		['-5', 'value_error.number.not_ge'],
		['1.5', 'type_error.integer'],
		['soon', 'type_error.integer'],
		['1e3', 'type_error.integer'],
	] as const) {
		const { status, body } = await ask(address, call, { timeoutMs });
		assert.equal(status, 422, timeoutMs);
		assert.deepEqual([body.detail[0]!.loc, body.detail[0]!.type], [['header', 'X-Request-Timeout-Ms'], type]);
	}
	assert.equal(
		(await ask(address, call, { timeoutMs: '999999999999999' })).status,
		200,
		'longer than timers can be set',
	);
});

test('connections to the provider are kept and shared by all keys', async (t) => {
	const provider = await startPausing(t);
	const { address, call } = await startWith(t, provider);
	for (let i = 0; i < 20; i += 1) {
		const answered = ask(address, { ...call, provider_api_keys: { openai: `key-number-${i}` } });
		await until(() => provider.state.calls === i + 1);
		provider.goOn();
		assert.equal((await answered).status, 200);
	}
	assert.deepEqual([...new Set(provider.state.keys)].length, 20);
	assert.equal(provider.state.connections, 1);
});
