import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import test from 'node:test';
import { chatCompletion, sendWithoutEnd, startHost } from './host.ts';
import { ask, logsOf, send, startWith, until } from './provider.ts';
import { readEvents } from './setup.ts';

const json = { 'content-type': 'application/json' };
/** The headers of a short plain response, which the server reads as a whole. */
const wholeJson = (body: string) => ({ ...json, 'content-length': Buffer.byteLength(body) });
const events = { 'content-type': 'text/event-stream' };

for (const status of [301, 302, 303, 307, 308]) {
	for (const stream of [false, true]) {
		test(`a redirect (${status}) of a provider is not followed${stream ? ' by a stream' : ''}`, async (t) => {
			const other = await startHost(t, (response) => response.writeHead(200, json).end(chatCompletion('taken over')));
			const host = await startHost(t, (response) =>
				response.writeHead(status, { location: `${other.url}/x?key=1` }).end(),
			);
			const { api, address, call } = await startWith(t, host);
			const answered = await ask(address, { ...call, stream });
			const message =
				"The provider's response was rejected: it is a redirect to " +
				`${new URL(other.url).host}. This server does not follow redirects. If you trust that host, set it as the provider's address.`;
			assert.deepEqual(
				[answered.status, answered.body.detail],
				[502, { type: 'bad_gateway_error', message, code: 502, origin: 'OpenAI' }],
			);
			assert.deepEqual([host.state.calls, other.state.calls], [1, 0], 'one call, and none to the other host');
			assert.equal((await logsOf(api))[0].error, message);
		});
	}
}

test('a redirect without an address that can be read is named as such', async (t) => {
	const host = await startHost(t, (response) => response.writeHead(302).end());
	const { address, call } = await startWith(t, host);
	const { status, body } = await ask(address, call);
	assert.equal(status, 502);
	assert.match(body.detail.message, /a redirect without a usable address\./);
	assert.equal(host.state.calls, 1);
});

const maxResponseBytes = 100_000;

const endless: [string, boolean, Parameters<typeof startHost>[1]][] = [
	['a plain response', false, (response) => sendWithoutEnd(response.writeHead(200, json), '{"id":"', 'x'.repeat(5000))],
	[
		'a plain response, compressed',
		false,
		(response) => {
			response.setHeader('content-type', 'application/json');
			return sendWithoutEnd(response, '{"id":"', 'x'.repeat(500_000), true);
		},
	],
	['an error', false, (response) => sendWithoutEnd(response.writeHead(500, json), '{"id":"', 'x'.repeat(5000))],
	[
		'one line of a stream',
		true,
		(response) => sendWithoutEnd(response.writeHead(200, events), 'data: {"id":"', 'x'.repeat(5000)),
	],
	[
		'a stream of events',
		true,
		(response) =>
			sendWithoutEnd(
				response.writeHead(200, events),
				'',
				`data: {"choices":[{"index":0,"delta":{"content":"x"}}]}\n\n`.repeat(20),
			),
	],
	[
		'a plain response of small values',
		false,
		(response) => sendWithoutEnd(response.writeHead(200, json), '[', '[],'.repeat(100)),
	],
];

for (const [what, stream, answer] of endless) {
	test(`${what} without end is rejected at the limit, the connection is closed, and nothing is asked again`, async (t) => {
		const host = await startHost(t, answer);
		const { api, address, call } = await startWith(t, host, { maxResponseBytes });
		const response = await send(address, { ...call, stream });
		// After its first event, a stream can only report an error as its last one.
		const isBegun = what === 'a stream of events';
		assert.equal(response.status, isBegun ? 200 : 502);
		const text = isBegun ? JSON.stringify((await readEvents(response)).events.at(-1)) : await response.text();
		assert.match(
			text,
			/The provider's response was rejected: it (is larger than|has too many values for) the limit of 100000 bytes/,
		);
		assert.match(text, /"origin":"OpenAI"/);
		assert.equal(host.state.calls, 1);
		await until(() => host.state.open === 0);
		assert.match((await logsOf(api))[0].error!, /the limit of 100000 bytes/);
	});
}

test('a response just below the limit is taken, and the connection stays open', async (t) => {
	const text = 'y'.repeat(90_000);
	const host = await startHost(t, (response) => response.writeHead(200, json).end(chatCompletion(text)));
	const { address, call } = await startWith(t, host, { maxResponseBytes });
	assert.equal((await ask(address, call)).body.data[0].output, text);
	assert.equal(host.state.open, 1);
});

test('a short response that breaks off is told as such, and not asked for again', async (t) => {
	const body = chatCompletion('It will come on Monday.');
	const host = await startHost(t, (response) =>
		response.writeHead(200, wholeJson(body)).write(body.slice(0, body.length / 2), () => response.destroy()),
	);
	const { api, address, call } = await startWith(t, host);
	const answered = await ask(address, call);
	const { message } = answered.body.detail;
	assert.match(message, /^The connection to .* broke before the response was whole\.$/);
	assert.equal(host.state.calls, 1, 'the model may have run');
	assert.equal((await logsOf(api))[0].error, message);
});

test('what comes after early hints is the response, be it good or not', async (t) => {
	const answers = [
		{ status: 200, body: chatCompletion('It will come on Monday.') },
		{ status: 400, body: JSON.stringify({ error: { message: 'The prompt is too long.' } }) },
	] as const;
	const left = [...answers];
	const host = await startHost(t, (response) => {
		const { status, body } = left.shift()!;
		const answer = () => response.writeHead(status, wholeJson(body)).end(body);
		response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' }, answer);
	});
	const { address, call } = await startWith(t, host);
	const good = await ask(address, call);
	assert.deepEqual([good.status, good.body.data[0].output], [200, 'It will come on Monday.']);
	const refused = await ask(address, call);
	assert.deepEqual([refused.status, refused.body.detail.message], [400, 'The prompt is too long.']);
});

test('two calls in turn with short responses use one connection', async (t) => {
	const body = chatCompletion('It will come on Monday.');
	const sockets: Socket[] = [];
	const host = await startHost(t, (response, _sent, { socket }) => {
		sockets.push(socket);
		response.writeHead(200, wholeJson(body)).end(body);
	});
	const { address, call } = await startWith(t, host);
	for (let calls = 0; calls < 2; calls += 1) assert.equal((await ask(address, call)).status, 200);
	assert.equal(sockets.length, 2);
	assert.equal(sockets[0], sockets[1]);
});
