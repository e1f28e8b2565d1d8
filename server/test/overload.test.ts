import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import test from 'node:test';
import { ask, startPausing, startProvider, startWith, until, untilWaiting } from './provider.ts';
import { apiKey, startApi } from './setup.ts';

test('calls above the limit are answered 503 at once, with Retry-After; then there is room again', async (t) => {
	const provider = await startPausing(t);
	const { address, call } = await startWith(t, provider, { maxInFlight: 3 });
	const held = [1, 2, 3].map(() => ask(address, call));
	await until(() => provider.state.calls === 3);
	for (const sent of [{}, { key: 'new' }]) {
		const { status, retryAfter, body } = await ask(address, call, sent);
		assert.deepEqual(
			[status, retryAfter, body.detail.type, body.detail.origin],
			[503, '1', 'service_unavailable_error', 'Humanloop'],
		);
	}
	// The others have no response yet.
	assert.equal(provider.state.calls, 3);
	provider.goOn();
	for (const { status } of await Promise.all(held)) assert.equal(status, 200);
	const after = ask(address, call);
	await until(() => provider.state.calls === 4);
	provider.goOn();
	assert.equal((await after).status, 200);
});

test('it is answered before the body has come', async (t) => {
	const provider = await startPausing(t);
	const { address, call } = await startWith(t, provider, { maxInFlight: 1 });
	const held = ask(address, call);
	await until(() => provider.state.calls === 1);
	const { port, hostname } = new URL(address);
	const socket = connect(Number(port), hostname).setEncoding('utf8');
	socket.write(
		`POST /v4/completion-model-config HTTP/1.1\r\nHost: x\r\nX-API-KEY: ${apiKey}\r\nContent-Type: application/json\r\nContent-Length: 9000000\r\n\r\n{`,
	);
	let text = '';
	socket.on('data', (chunk: string) => (text += chunk));
	await until(() => text.includes('service_unavailable_error'));
	socket.destroy();
	assert.match(text, /^HTTP\/1\.1 503 .*\r\n[^]*retry-after: 1\r\n/);
	provider.goOn();
	await held;
});

test('duplicates that wait and replays need no slot, and are admitted when all are acquired', async (t) => {
	const provider = await startPausing(t);
	const { api, address, call } = await startWith(t, provider, { maxInFlight: 2 });
	const kept = ask(address, call, { key: 'kept' });
	await until(() => provider.state.calls === 1);
	provider.goOn();
	await kept;
	const first = ask(address, call, { key: 'k' });
	await until(() => provider.state.calls === 2);
	const duplicate = ask(address, call, { key: 'k' });
	await untilWaiting(api, 1);
	const other = ask(address, call);
	await until(() => provider.state.calls === 3);
	assert.equal((await ask(address, call)).status, 503);
	assert.equal((await ask(address, call, { key: 'kept' })).replayed, true);
	// As many more as the limit, and no more.
	const guest = ask(address, call, { key: 'k' });
	await untilWaiting(api, 2);
	assert.equal((await ask(address, call, { key: 'k' })).status, 503);
	provider.goOn();
	for (const { status } of await Promise.all([first, duplicate, other, guest])) assert.equal(status, 200);
});

test('whatever ends a request releases its slot', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider, { maxInFlight: 1 });
	const { port, hostname } = new URL(address);
	for (let i = 0; i < 3; i += 1) {
		assert.equal((await ask(address, { ...call, foo: 1 })).status, 422);
		assert.equal((await ask(address, { ...call, model_config_id: 'nope' })).status, 404);
		assert.equal((await ask(address, call, { timeoutMs: 'x' })).status, 422);
		provider.next(400);
		assert.equal((await ask(address, call)).status, 400);
		assert.equal((await ask(address, { ...call, stream: true })).status, 200);
		assert.equal((await ask(address, call, { key: 'k' })).status, 200);
		const socket = connect(Number(port), hostname);
		socket.write(
			`POST /v4/completion-model-config HTTP/1.1\r\nHost: x\r\nX-API-KEY: ${apiKey}\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{`,
		);
		const [incoming] = (await once(api.app.server, 'request')) as [IncomingMessage];
		// Its body is read after it has acquired the slot.
		await until(() => incoming.listenerCount('data') > 0);
		assert.equal((await ask(address, call)).status, 503);
		socket.destroy();
		await until(async () => (await ask(address, call)).status === 200);
	}
	assert.equal((await ask(address, call)).status, 200);
});

test('a request that never arrives whole is dropped, and its slot is released', async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider, { maxInFlight: 1, arrivalTimeoutMs: 1_000 });
	const { port, hostname } = new URL(address);
	const socket = connect(Number(port), hostname).setEncoding('utf8');
	socket.write(
		`POST /v4/completion-model-config HTTP/1.1\r\nHost: x\r\nX-API-KEY: ${apiKey}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
	);
	let text = '';
	for await (const chunk of socket) text += String(chunk);
	assert.match(text, /^HTTP\/1\.1 408 [^]*did not arrive in time/);
	assert.equal((await ask(address, call)).status, 200);
});

test('limits are 422 with the field, and stand in the OpenAPI document', async (t) => {
	const api = await startApi(t);
	const id = await api.config();
	const inputs = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`i${index}`, 1]));
	const { status, body } = await api.post('/completion-model-config', {
		model_config_id: id,
		inputs,
		num_samples: 129,
	});
	assert.equal(status, 422);
	assert.deepEqual(
		body.detail.map(({ loc, type }) => [loc, type]),
		[
			[['body', 'inputs'], 'value_error.dict.max_items'],
			[['body', 'num_samples'], 'value_error.number.not_le'],
		],
	);
	delete inputs['i0'];
	assert.equal(
		(
			await api.post('/completion-model-config', {
				model_config_id: id,
				inputs: { ...inputs, ticket: 'x', i1: undefined },
			})
		).status,
		200,
	);
	const deep = '{"a":['.repeat(5000) + ']}'.repeat(5000);
	const nested = await api.post('/completion-model-config', `{"model_config_id":"${id}","inputs":{"ticket":${deep}}}`);
	assert.equal(nested.status, 422);
	assert.match(nested.body.detail.message, /200 levels/);
	const { paths, components } = (await api.app.inject('/openapi.json')).json<{
		paths: Record<string, { post: object }>;
		components: { schemas: Record<string, object> };
	}>();
	const documented = [paths['/completion-model-config']!.post, components.schemas['CompletionModelConfigRequest']];
	const text = JSON.stringify(documented);
	for (const part of ['"maxProperties":1000', '"maximum":128', 'visible ASCII', 'X-Request-Timeout-Ms'])
		assert.ok(text.includes(part), part);
});
