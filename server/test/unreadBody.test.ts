import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import type { AppOptions } from '../src/app.ts';
import { apiKey, type Body, startApi } from './setup.ts';

const tenMiB = 10 * 1024 * 1024;

/** A connection, and the text that it has received so far. */
async function open(t: TestContext, options: Partial<AppOptions> = {}) {
	const address = await (await startApi(t, options)).listen();
	const { port, hostname } = new URL(address);
	const socket: Socket = connect(Number(port), hostname).setEncoding('utf8');
	t.after(() => socket.destroy());
	// The server closes connections on which the client goes on sending.
	socket.on('error', () => undefined);
	let text = '';
	socket.on('data', (chunk: string) => (text += chunk));
	const received = async (pattern: RegExp) => {
		while (!pattern.test(text)) await once(socket, 'data');
		return text;
	};
	return { address, socket, received };
}

const head = (path: string, key: string, length: string) =>
	`POST ${path} HTTP/1.1\r\nHost: x\r\nX-API-KEY: ${key}\r\nContent-Type: application/json\r\n${length}\r\n\r\n`;

for (const [what, path, key, status] of [
	['an unknown path', '/v4/nothing-here', apiKey, 404],
	['an unknown path outside /v4', '/nothing-here', apiKey, 404],
	['a wrong key', '/v4/logs', 'wrong', 401],
	['no key', '/v4/logs', '', 401],
] as const) {
	test(`${what} is answered ${status} when only the headers have come`, async (t) => {
		const { socket, received } = await open(t);
		socket.write(head(path, key, `Content-Length: ${tenMiB}`));
		assert.match(await received(/"code":\d+/), new RegExp(`^HTTP/1\\.1 ${status} [^]*"origin":"Humanloop"`));
	});

	test(`${what} is answered ${status} to a client that sends ten megabytes, on one connection`, async (t) => {
		const { address } = await open(t);
		const payload = JSON.stringify({ text: 'x'.repeat(tenMiB - 100) });
		for (let i = 0; i < 3; i += 1) {
			const response = await fetch(new URL(path, address), {
				method: 'POST',
				headers: { 'content-type': 'application/json', ...(key === '' ? {} : { 'x-api-key': key }) },
				body: payload,
			});
			assert.equal(response.status, status);
			assert.equal(((await response.json()) as Body).detail.code, status);
		}
	});
}

test('a small rejected body leaves the connection usable', async (t) => {
	const { socket, received } = await open(t);
	socket.write(`${head('/nothing', apiKey, 'Content-Length: 2')}{}`);
	await received(/404 Not Found/);
	socket.write(`${head('/v4/sessions', apiKey, 'Content-Length: 2')}{}`);
	assert.match(await received(/sesh_/), /201 Created/);
});

test('a large body of a media type that nobody reads leaves the connection usable', async (t) => {
	const { socket, received } = await open(t);
	const body = 'x'.repeat(300_000);
	const form = head('/v4/logs', apiKey, `Content-Length: ${body.length}`).replace('application/json', 'text/csv');
	socket.write(`${form}${body}`);
	await received(/415 Unsupported/);
	socket.write(`${head('/v4/sessions', apiKey, 'Content-Length: 2')}{}`);
	assert.match(await received(/sesh_/), /201 Created/);
});

test('a client that goes on sending after its answer is disconnected: after a time, or a volume', async (t) => {
	for (const [options, chunk] of [
		[{ unreadBodyTimeoutMs: 100 }, '1\r\nx\r\n'],
		[{ bodyLimit: 1000, unreadBodyTimeoutMs: 3_600_000 }, `1000\r\n${'x'.repeat(4096)}\r\n`],
	] as const) {
		const { socket, received } = await open(t, options);
		socket.write(head('/nothing', apiKey, 'Transfer-Encoding: chunked'));
		await received(/404 Not Found/);
		const sending = setInterval(() => socket.write(chunk), 10);
		t.after(() => clearInterval(sending));
		// Not `once`, which fails if the server resets the connection before it is closed.
		await new Promise((closed) => socket.once('close', closed));
		clearInterval(sending);
	}
});

for (const [what, path, key, more, status] of [
	['a body above the limit', '/v4/logs', apiKey, '', 413],
	['a wrong key, on a connection that is not kept alive', '/v4/logs', 'wrong', '\r\nConnection: close', 401],
] as const) {
	test(`${what} is a ${status} for a client that reads only after it has sent everything`, async (t) => {
		const { socket, received } = await open(t);
		socket.pause();
		socket.write(head(path, key, `Content-Length: ${tenMiB + 1}${more}`));
		const megabyte = Buffer.alloc(1024 * 1024, 'x');
		for (const chunk of [...Array.from({ length: 10 }, () => megabyte), 'x']) {
			await new Promise<void>((sent, failed) => socket.write(chunk, (error) => (error ? failed(error) : sent())));
		}
		const ended = once(socket, 'end');
		socket.resume();
		assert.match(await received(/"code":\d+/), new RegExp(`^HTTP/1\\.1 ${status} `));
		await ended;
	});
}

test('a body above the limit is a 413 that the client can read', async (t) => {
	const { address } = await open(t, { bodyLimit: 1_000_000 });
	for (const body of ['x'.repeat(tenMiB), new Blob(['x'.repeat(tenMiB)]).stream()]) {
		const response = await fetch(`${address}/logs`, {
			method: 'POST',
			headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
			body,
			duplex: 'half',
		});
		assert.equal(response.status, 413);
		assert.match(((await response.json()) as Body).detail.message, /too large/);
	}
});
