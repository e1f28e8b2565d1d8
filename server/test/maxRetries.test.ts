import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { Waiters } from '../src/domain/idempotency/waiters.ts';
import {
	ask,
	logsOf,
	type Provider,
	send,
	type Sent,
	startPausing,
	startProvider,
	sleep,
	startWith,
	until,
} from './provider.ts';
import { type Api, readEvents } from './setup.ts';

/** A provider that breaks every connection once the whole request has come. */
async function startBreaking(t: TestContext) {
	const state = { calls: 0 };
	const server = createServer((incoming) => {
		incoming.resume().on('end', () => {
			state.calls += 1;
			incoming.socket.destroy();
		});
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.after(() => server.close());
	return { state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` };
}

/** Repeats a call as the node does, until it is told to stop, and returns the last response. */
async function askUntilStopped(address: string, call: object, sent: Sent & { maxRetries: number }) {
	for (let retries = 0; ; retries += 1) {
		const response = await ask(address, call, sent);
		if (response.status === 200 || response.shouldRetry === 'false' || retries === sent.maxRetries) return response;
	}
}

/** Sends a keyed call whose only request to the provider fails after the connection has broken. */
async function loseFinalError(api: Api, address: string, call: object, provider: Provider) {
	const failing = Promise.withResolvers<{ status: number }>();
	const calls = provider.calls();
	provider.next(failing.promise);
	const hangUp = new AbortController();
	const lost = send(address, call, { key: 'k', maxRetries: 0, signal: hangUp.signal });
	await until(() => provider.calls() === calls + 1);
	hangUp.abort();
	await assert.rejects(lost);
	const connections = promisify(api.app.server.getConnections.bind(api.app.server));
	await until(async () => (await connections()) === 0);
	failing.resolve({ status: 500 });
	await until(async () => (await api.get('/projects?filter=tickets')).body.records.length > 0);
}

for (const stream of [false, true]) {
	test(`one item is X-Max-Retries + 1 provider requests, over all repeats (${stream ? 'stream' : 'plain'})`, async (t) => {
		const provider = await startBreaking(t);
		const { address, call } = await startWith(t, provider);
		const first = await ask(address, { ...call, stream }, { key: 'k', maxRetries: 6 });
		assert.deepEqual([first.status, first.shouldRetry], [503, null]);
		const last = await askUntilStopped(address, { ...call, stream }, { key: 'k', maxRetries: 6 });
		assert.deepEqual([last.status, last.shouldRetry, last.body.detail.origin], [503, 'false', 'OpenAI']);
		assert.equal(provider.state.calls, 7);
		const again = await askUntilStopped(address, { ...call, stream }, { key: 'k', maxRetries: 6 });
		assert.deepEqual([again.status, again.shouldRetry], [503, 'false']);
		assert.equal(provider.state.calls, 14, 'the final error was delivered, so the next call starts a new count');
		assert.equal((await ask(address, call, { key: 'other', maxRetries: 0 })).shouldRetry, 'false');
		assert.equal(provider.state.calls, 15, 'another key has its own count');
	});
}

test('without a key the limit is for each request; without the header it is as before', async (t) => {
	const provider = await startBreaking(t);
	const { address, call } = await startWith(t, provider);
	for (const [sent, calls, shouldRetry] of [
		[{ maxRetries: 0 }, 1, 'false'],
		[{ maxRetries: 1 }, 2, 'false'],
		[{ maxRetries: 1 }, 2, 'false'],
		[{ maxRetries: 6 }, 3, null],
		[{}, 3, null],
		[{ key: 'k' }, 3, null],
		[{ key: 'k' }, 3, null],
	] as const) {
		const before = provider.state.calls;
		assert.equal((await ask(address, call, sent)).shouldRetry, shouldRetry, JSON.stringify(sent));
		assert.equal(provider.state.calls - before, calls, JSON.stringify(sent));
	}
});

test('a delivered final error ends the count: after an outage, the next call with the key is sent', async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider);
	provider.next(500, 500);
	for (const calls of [1, 2]) {
		const { status, shouldRetry } = await ask(address, call, { key: 'k', maxRetries: 0 });
		assert.deepEqual([status, shouldRetry, provider.calls()], [500, 'false', calls]);
	}
	assert.deepEqual([(await ask(address, call, { key: 'k', maxRetries: 0 })).status, provider.calls()], [200, 3]);
	assert.equal((await ask(address, call, { key: 'k', maxRetries: 0 })).replayed, true);
});

test('a count that stays: a higher limit goes on from it', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider);
	await loseFinalError(api, address, call, provider);
	provider.next(500);
	const higher = await ask(address, call, { key: 'k', maxRetries: 1 });
	assert.deepEqual([higher.shouldRetry, provider.calls()], ['false', 2], 'one request is left');
});

test('a count that stays is of one request: another body starts over, and its answer ends it', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider);
	await loseFinalError(api, address, call, provider);
	const other = { ...call, inputs: { what: 'another' } };
	// The log of the first can be read a moment before its key is free.
	await until(async () => (await ask(address, other, { key: 'k', maxRetries: 0 })).status === 200);
	assert.equal((await ask(address, other, { key: 'k', maxRetries: 0 })).replayed, true);
	assert.equal(provider.calls(), 2);
});

test('a final error that nobody got does not end the count', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider);
	await loseFinalError(api, address, call, provider);
	const told = await ask(address, call, { key: 'k', maxRetries: 0 });
	assert.deepEqual([told.status, told.shouldRetry, told.body.detail.message], [500, 'false', 'trouble 500']);
	assert.equal(provider.calls(), 1, 'it is told again, without a request to the provider');
	assert.deepEqual([(await ask(address, call, { key: 'k', maxRetries: 0 })).status, provider.calls()], [200, 2]);
});

test('what fails before any provider request uses up nothing and has no such header', async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider);
	for (const wrong of [{ inputs: {} }, { model_config_id: 'nope' }]) {
		const response = await ask(address, { ...call, ...wrong }, { key: 'k', maxRetries: 0 });
		assert.ok(response.status === 422 || response.status === 404);
		assert.equal(response.shouldRetry, null);
	}
	assert.equal((await ask(address, call, { key: 'k', maxRetries: 0 })).status, 200);
});

test('what the provider refuses without running the model does not count: the right key helps at once', async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider);
	for (const [status, shown] of [
		[400, 400],
		[401, 401],
		[403, 401],
		[404, 404],
		[413, 413],
		[422, 422],
	] as const) {
		const key = `refused-${status}`;
		for (const stream of [false, true]) {
			provider.next(status);
			const wrong = { ...call, stream, provider_api_keys: { openai: 'sk-wrong' } };
			const refused = await ask(address, wrong, { key, maxRetries: 0 });
			assert.deepEqual([refused.status, refused.shouldRetry], [shown, null], key);
		}
		const right = { ...call, provider_api_keys: { openai: 'sk-right' } };
		assert.equal((await ask(address, right, { key, maxRetries: 0 })).status, 200, key);
	}
	assert.equal(provider.calls(), 18);
});

test('a refusal in between does not hide the failure that used up the limit', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider);
	await loseFinalError(api, address, call, provider);
	provider.next(401);
	assert.equal((await ask(address, call, { key: 'k', maxRetries: 1 })).status, 401);
	assert.equal((await ask(address, call, { key: 'k', maxRetries: 0 })).body.detail.message, 'trouble 500');
});

test('X-Max-Retries is a whole number from 0', async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider);
	for (const [maxRetries, type] of [
		['-1', 'value_error.number.not_ge'],
		['1.5', 'type_error.integer'],
		['many', 'type_error.integer'],
	] as const) {
		const { status, body } = await ask(address, call, { maxRetries });
		assert.deepEqual([status, body.detail[0]!.loc, body.detail[0]!.type], [422, ['header', 'X-Max-Retries'], type]);
	}
	assert.equal(provider.calls(), 0);
});

test('a stream that breaks at the provider counts too', async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider);
	const cut = { ...call, inputs: { what: 'cut' }, stream: true };
	const { broken } = await readEvents(await send(address, cut, { key: 'k', maxRetries: 0 }));
	assert.ok(broken instanceof Error);
	const again = await ask(address, cut, { key: 'k', maxRetries: 0 });
	assert.deepEqual([again.status, again.shouldRetry], [503, 'false']);
	assert.equal(provider.model.getRequests().length, 1);
});

/** Sends a keyed stream, waits for its first event, and breaks its connection. Returns when the server has seen that. */
async function askAndBreak(api: Api, address: string, call: object) {
	const hangUp = new AbortController();
	const response = await send(address, { ...call, stream: true }, { key: 'k', maxRetries: 0, signal: hangUp.signal });
	await response.body!.getReader().read();
	hangUp.abort();
	await until(async () => (await promisify(api.app.server.getConnections.bind(api.app.server))()) === 0);
}

test('a keyed stream whose connection broke goes on; a repeat joins it and gets the whole', async (t) => {
	const provider = await startPausing(t);
	const { api, address, call } = await startWith(t, provider);
	await askAndBreak(api, address, call);
	const join = t.mock.method(Waiters.prototype, 'join');
	const repeat = send(address, { ...call, stream: true }, { key: 'k', maxRetries: 0 });
	await until(() => join.mock.callCount() === 1);
	assert.equal(provider.state.left, 0, 'the repeat has joined a call that still runs');
	provider.goOn();
	const response = await repeat;
	assert.equal(response.headers.get('idempotent-replayed'), 'true');
	const { events, broken } = await readEvents(response);
	assert.equal(broken, undefined);
	assert.equal(events[0]!.data[0].output, 'One two');
	assert.deepEqual([provider.state.calls, provider.state.left], [1, 0]);
	assert.equal((await logsOf(api)).length, 1);
});

test('a keyed stream whose caller has gone is saved if it ends within the grace period', async (t) => {
	const provider = await startPausing(t);
	const { api, address, call } = await startWith(t, provider);
	await askAndBreak(api, address, call);
	provider.goOn();
	await until(async () => (await logsOf(api)).length > 0 && (await logsOf(api))[0].output === 'One two');
	assert.equal((await ask(address, call, { key: 'k' })).replayed, true);
	assert.equal(provider.state.calls, 1);
});

test('after the grace period without a repeat it is aborted, and its provider request stays counted', async (t) => {
	const provider = await startPausing(t);
	const { api, address, call } = await startWith(t, provider, { disconnectGraceMs: 200 });
	const startedAt = performance.now();
	await askAndBreak(api, address, call);
	await until(() => provider.state.left === 1);
	assert.ok(performance.now() - startedAt >= 190);
	assert.ok((await logsOf(api)).length < 1);
	const again = await ask(address, call, { key: 'k', maxRetries: 0 });
	assert.deepEqual([again.status, again.shouldRetry, provider.state.calls], [503, 'false', 1]);
});

test('a repeat whose connection breaks too leaves the call another grace period', async (t) => {
	const provider = await startPausing(t);
	const graceMs = 2_000;
	const { api, address, call } = await startWith(t, provider, { disconnectGraceMs: graceMs });
	const join = t.mock.method(Waiters.prototype, 'join');
	await askAndBreak(api, address, call);
	const leave = new AbortController();
	const repeat = send(address, call, { key: 'k', signal: leave.signal });
	await until(() => join.mock.callCount() === 1);
	// The timer of the grace period is in this process, began earlier and is as long: it would have ended by then.
	await sleep(graceMs);
	assert.equal(provider.state.left, 0, 'the repeat waits for it');
	leave.abort();
	await assert.rejects(repeat);
	const last = ask(address, call, { key: 'k' });
	await until(() => join.mock.callCount() === 2);
	assert.equal(provider.state.left, 0);
	provider.goOn();
	assert.equal((await last).replayed, true);
	assert.equal(provider.state.calls, 1);
});
