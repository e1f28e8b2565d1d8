import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import test, { type TestContext } from 'node:test';
import { startHost } from './host.ts';
import { ask, logsOf, send, sleep, startPausing, startWith, until, untilWaiting } from './provider.ts';
import { apiKey, type Api, readEvents } from './setup.ts';
import { storage } from './storage/storage.ts';

async function start(t: TestContext) {
	const provider = await startPausing(t);
	return { provider, ...(await startWith(t, provider, { disconnectGraceMs: 200 })) };
}

/** The config's own project is there; the logs of calls would be in it. */
async function hasNoLogs(api: Api) {
	return (await logsOf(api)).length < 1;
}

/** Sends, waits until the provider has been asked, and hangs up; a stream is hung up after its first event. */
async function askAndHangUp(
	provider: { state: { calls: number } },
	address: string,
	body: Record<string, unknown>,
	key?: string,
) {
	const before = provider.state.calls;
	const hangUp = new AbortController();
	const sent = send(address, body, { signal: hangUp.signal, ...(key === undefined ? {} : { key }) });
	if (body.stream === true) await (await sent).body!.getReader().read();
	else sent.catch(() => undefined);
	await until(() => provider.state.calls === before + 1);
	return () => hangUp.abort();
}

test('a plain call with a key is finished and stored: the repeat finds it', async (t) => {
	const { provider, api, address, call } = await start(t);
	(await askAndHangUp(provider, address, call, 'k'))();
	await sleep(100);
	assert.equal(provider.state.left, 0);
	provider.goOn();
	await until(async () => !(await hasNoLogs(api)));
	const again = await ask(address, call, { key: 'k' });
	assert.equal(again.replayed, true);
	assert.equal(again.body.data[0].output, 'One two');
	assert.equal(provider.state.calls, 1);
});

test('it is finished also when the server closes meanwhile', async (t) => {
	const { provider, api, address, call } = await start(t);
	(await askAndHangUp(provider, address, call, 'k'))();
	const closed = api.app.close();
	await sleep(100);
	provider.goOn();
	await closed;
	const restarted = await startWith(t, provider, { dataDir: api.dataDir });
	assert.equal((await ask(restarted.address, call, { key: 'k' })).replayed, true);
});

for (const [what, stream, key] of [
	['a plain call without a key', false, undefined],
	['a streamed call without a key', true, undefined],
	['a streamed call with a key', true, 'k'],
] as const) {
	test(`${what} ends its provider call, and is no log`, async (t) => {
		const { provider, api, address, call } = await start(t);
		(await askAndHangUp(provider, address, { ...call, stream }, key))();
		await until(() => provider.state.left === 1);
		assert.ok(await hasNoLogs(api));
		if (key === undefined) return;
		// The key is free again.
		const again = ask(address, call, { key });
		await until(() => provider.state.calls === 2);
		provider.goOn();
		assert.deepEqual([(await again).status, (await again).replayed], [200, false]);
	});
}

for (const stream of [true, false]) {
	test(`a streamed call goes on for the duplicate that waits, which asks ${stream ? 'for a stream' : 'plainly'}`, async (t) => {
		const { provider, api, address, call } = await start(t);
		const hangUp = await askAndHangUp(provider, address, { ...call, stream: true }, 'k');
		const duplicate = send(address, { ...call, stream }, { key: 'k' });
		await untilWaiting(api, 1);
		hangUp();
		await sleep(100);
		assert.equal(provider.state.left, 0);
		provider.goOn();
		const response = await duplicate;
		assert.equal(response.headers.get('idempotent-replayed'), 'true');
		if (stream) assert.equal((await readEvents(response)).events[0]!.data[0].output, 'One two');
		else assert.match(await response.text(), /"output":"One two"/);
		assert.equal(provider.state.calls, 1);
		assert.equal((await logsOf(api)).length, 1);
	});
}

test('when the duplicate disconnects as well, the call ends', async (t) => {
	const { provider, api, address, call } = await start(t);
	const hangUp = await askAndHangUp(provider, address, { ...call, stream: true }, 'k');
	const leave = new AbortController();
	const duplicate = send(address, call, { key: 'k', signal: leave.signal });
	await untilWaiting(api, 1);
	hangUp();
	await sleep(50);
	assert.equal(provider.state.left, 0);
	leave.abort();
	await assert.rejects(duplicate);
	await until(() => provider.state.left === 1);
	assert.ok(await hasNoLogs(api));
});

test('a duplicate that disconnects does not affect the first, and does not run later', async (t) => {
	const { provider, api, address, call } = await start(t);
	const first = ask(address, { ...call, stream: true }, { key: 'k' });
	await until(() => provider.state.calls === 1);
	const leave = new AbortController();
	const duplicates = [1, 2, 3].map(() => send(address, call, { key: 'k', signal: leave.signal }));
	await untilWaiting(api, 3);
	leave.abort();
	for (const duplicate of duplicates) await assert.rejects(duplicate);
	await untilWaiting(api, 0);
	assert.equal(provider.state.left, 0);
	provider.goOn();
	assert.match((await first).text, /"finish_reason":"stop"/);
	await sleep(50);
	assert.equal(provider.state.calls, 1);
	assert.equal((await logsOf(api)).length, 1);
});

const hasLargeRows = { skip: storage === 'pglite' && 'PGlite stores no response of 12 MB' };

test('a duplicate does not wait for a first caller that reads nothing', hasLargeRows, async (t) => {
	// More than the connection's buffers take.
	const chunk = (content: string, finish: string | null = null) => {
		const choices = [{ index: 0, delta: { content }, finish_reason: finish }];
		return `data: ${JSON.stringify({ id: 'x', model: 'm', choices })}\n\n`;
	};
	const host = await startHost(t, (response) => {
		response.setHeader('content-type', 'text/event-stream');
		response.end(`${chunk('word '.repeat(4_000)).repeat(600)}${chunk('', 'stop')}data: [DONE]\n\n`);
	});
	const { api, address, call } = await startWith(t, host);
	const responses: ServerResponse[] = [];
	api.app.server.on('request', (_: IncomingMessage, response: ServerResponse) => responses.push(response));
	const { port, hostname } = new URL(address);
	const socket = connect(Number(port), hostname).pause();
	const body = JSON.stringify({ ...call, stream: true });
	socket.write(
		`POST /v4/completion-model-config HTTP/1.1\r\nHost: x\r\nX-API-KEY: ${apiKey}\r\nContent-Type: application/json\r\n` +
			`Idempotency-Key: k\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
	);
	await until(() => host.state.calls === 1);
	const duplicate = await ask(address, call, { key: 'k' });
	assert.deepEqual([duplicate.status, duplicate.replayed], [200, true], duplicate.text.slice(0, 500));
	// The first caller has not been disconnected, and its response is not over.
	assert.deepEqual([responses[0]!.closed, responses[0]!.writableFinished], [false, false]);
	socket.destroy();
});
