import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { send, sleep, startProvider, startWith } from './provider.ts';
import { apiKey, startApi } from './setup.ts';

const head = `POST /v4/completion-model-config HTTP/1.1\r\nHost: x\r\nX-API-KEY: ${apiKey}\r\nContent-Type: application/json\r\n`;

async function dial(t: TestContext, address: string, bytes: string): Promise<Socket> {
	const { port, hostname } = new URL(address);
	const socket = connect(Number(port), hostname).on('error', () => undefined);
	t.after(() => socket.destroy());
	await once(socket, 'connect');
	socket.write(bytes);
	await sleep(100);
	return socket;
}

for (const [what, bytes] of [
	['nothing', ''],
	['half a head', 'POST /v4/logs HT'],
	['half a body', `${head}Content-Length: 900\r\n\r\n{"a"`],
	['half a body after it was refused', `${head.replace(apiKey, 'wrong')}Content-Length: 900\r\n\r\n{"a"`],
] as const) {
	test(`a client that has sent ${what} does not hold the server`, async (t) => {
		const api = await startApi(t);
		await dial(t, await api.listen(), bytes);
		const before = performance.now();
		await api.app.close();
		// Without that, a request may take two minutes to arrive.
		assert.ok(performance.now() - before < 60_000);
	});
}

test('a request that arrives whole soon after is still answered', async (t) => {
	const api = await startApi(t);
	const socket = (await dial(t, await api.listen(), `${head}Content-Length: 2\r\n\r\n{`)).setEncoding('utf8');
	const closed = api.app.close();
	await sleep(50);
	socket.write('}');
	let text = '';
	for await (const chunk of socket) text += String(chunk);
	assert.match(text, /^HTTP\/1\.1 422 /);
	await closed;
});

test('a caller that takes nothing of its stream is given up while the server closes; a slow one is not', async (t) => {
	// More than the connection's buffers take.
	const provider = await startProvider(t, 'word '.repeat(40_000));
	const { api, address, call } = await startWith(t, provider, { stalledMs: 3_000 });
	const body = JSON.stringify({ ...call, stream: true });
	const stalled = (await dial(t, address, `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)).pause();
	const slow = await send(address, { ...call, stream: true });
	await sleep(1_000);
	const before = performance.now();
	const closed = api.app.close();
	let text = '';
	for await (const chunk of slow.body!.pipeThrough(
		new TextDecoderStream() as never,
	) as unknown as AsyncIterable<string>) {
		text += chunk;
		if (text.length % 7 === 0) await sleep(10);
	}
	assert.match(text, /"finish_reason":"stop"/);
	await closed;
	// Without that, it may read nothing for five minutes.
	assert.ok(performance.now() - before < 150_000);
	stalled.destroy();
});
