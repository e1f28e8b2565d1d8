import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import test, { type TestContext } from 'node:test';
import { chatCompletion, startHost } from './host.ts';
import { ask, type Sent, send, startWith, until } from './provider.ts';
import { readEvents } from './setup.ts';

const large = 'x'.repeat(500_000);
const answer = 'y'.repeat(50_000);

function chunk(content: string, finish: string | null = null): string {
	return `data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;
}

/**
 * A server whose memory a stream fills: the provider of the call `filling` sends more than there is room for and then
 * goes on in small pieces. The provider of every other call answers when it is told to.
 */
async function startFilled(t: TestContext, providerTimeoutMs: number) {
	const pending = new Map<string, ServerResponse>();
	const calls: string[] = [];
	const endings: (() => void)[] = [];
	const host = await startHost(t, (response, body) => {
		const what = /"content":"([\w-]+)/.exec(body)?.[1] ?? '';
		calls.push(what);
		if (what !== 'filling') return pending.set(what, response);
		response.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk(large));
		const trickle = setInterval(() => response.write(chunk('x')), 50);
		response.on('close', () => clearInterval(trickle));
		endings.push(() => (clearInterval(trickle), response.end(`${chunk('', 'stop')}data: [DONE]\n\n`)));
		t.after(() => clearInterval(trickle));
	});
	const { address, call } = await startWith(t, host, { maxBytesInFlight: 2_000_000, providerTimeoutMs });
	const body = (what: string, stream = false) => ({ ...call, inputs: { what }, stream });
	return {
		/** A call whose request has reached the provider. */
		async begin(what: string, sent: Sent, stream = false) {
			const outcome = send(address, body(what, stream), sent);
			await until(() => calls.includes(what));
			return { outcome };
		},
		/** The stream that fills the memory. Its first event has come. */
		async fill() {
			const response = await send(address, body('filling', true));
			const reader = response.body!.getReader();
			await reader.read();
			const rest = (async () => {
				try {
					while (!(await reader.read()).done);
				} catch {
					// It is cut when its time is over.
				}
			})();
			return { rest, end: () => endings[0]!() };
		},
		answerPlain(what: string) {
			pending.get(what)!.writeHead(200, { 'content-type': 'application/json' }).end(chatCompletion(answer));
		},
		answerStream(what: string) {
			const response = pending.get(what)!.writeHead(200, { 'content-type': 'text/event-stream' });
			response.end(`${chunk(answer)}${chunk('', 'stop')}data: [DONE]\n\n`);
		},
		timesCalled: (what: string) => calls.filter((called) => called === what).length,
		repeat: (what: string, sent: Sent) => ask(address, body(what), sent),
	};
}

test('a response that waits for memory longer than a call may wait for its provider is not lost', async (t) => {
	const server = await startFilled(t, 6_000);
	const { outcome } = await server.begin('plain', { key: 'k' });
	const { rest } = await server.fill();
	server.answerPlain('plain');
	// The time of the plain call is over before that of the stream is, which began later.
	await rest;
	const response = await outcome;
	assert.equal(response.status, 200, await response.clone().text());
	assert.equal(((await response.json()) as { data: { output: string }[] }).data[0]?.output, answer);
	assert.equal((await server.repeat('plain', { key: 'k' })).replayed, true);
	assert.equal(server.timesCalled('plain'), 1);
});

test("while a response waits for memory, the caller's deadline ends only calls without a key, and says why", async (t) => {
	const server = await startFilled(t, 60_000);
	// Its deadline comes first.
	const stream = await server.begin('stream', { key: 'k', timeoutMs: 6_000 }, true);
	const plain = await server.begin('plain', { timeoutMs: 6_000 });
	const filling = await server.fill();
	server.answerPlain('plain');
	server.answerStream('stream');
	const ended = await plain.outcome;
	assert.equal(ended.status, 504);
	assert.match(await ended.text(), /The model has responded, but the server had no memory for its response/);
	filling.end();
	const { events, broken } = await readEvents(await stream.outcome);
	assert.equal(broken, undefined);
	assert.equal(events.map(({ data }) => data?.[0].output ?? '').join(''), answer);
	assert.equal((await server.repeat('stream', { key: 'k' })).replayed, true);
	assert.equal(server.timesCalled('stream'), 1);
});

test('a stream takes memory for what it keeps, not for each chunk', async (t) => {
	const held = Promise.withResolvers<void>();
	const host = await startHost(t, async (response) => {
		response.writeHead(200, { 'content-type': 'text/event-stream' });
		for (let sent = 0; sent < 1_000; sent += 1) response.write(chunk('word '));
		await held.promise;
		response.end(`${chunk('', 'stop')}data: [DONE]\n\n`);
	});
	const { address, call } = await startWith(t, host, { maxBytesInFlight: 1_000_000 });
	const response = await send(address, { ...call, stream: true });
	const reader = response.body!.getReader();
	const decoder = new TextDecoder();
	let text = '';
	while ((text.match(/^data: /gm)?.length ?? 0) < 1_000)
		text += decoder.decode((await reader.read()).value as Uint8Array);
	// The stream is open, and another call of half the memory has room.
	const { status, text: body } = await ask(address, {
		...call,
		model_config_id: 'none',
		inputs: { what: 'x'.repeat(60_000) },
	});
	assert.equal(status, 404, body);
	held.resolve();
	while (!(await reader.read()).done);
});
