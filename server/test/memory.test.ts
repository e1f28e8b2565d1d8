import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { chatCompletion, sendWithoutEnd, startHost } from './host.ts';
import { headers, post, start } from './process.ts';
import { sleep } from './provider.ts';
import { type Body, tempDir } from './setup.ts';

/** The server as a process with a small heap, and a config whose prompt is the input `what`. */
async function startSmall(t: TestContext, heapMiB: number, url: string, env: Record<string, string> = {}) {
	const { child, address } = await start(t, {
		DATA_DIR: tempDir(t),
		OPENAI_BASE_URL: url,
		NODE_OPTIONS: `--max-old-space-size=${heapMiB}`,
		...env,
	});
	const config = { project: 'p', provider: 'openai', model: 'gpt-4o', prompt_template: '{{what}}' };
	const { id } = (await post(address, '/model-configs', config)).config;
	const chat = { project: 'p', provider: 'openai', model: 'gpt-4o', endpoint: 'chat' };
	const { id: chatId } = (await post(address, '/model-configs', chat)).config;
	const send = async (more: object) => {
		const isChat = Object.hasOwn(more, 'messages');
		const body = JSON.stringify({ model_config_id: isChat ? chatId : id, project: 'p', ...more });
		const path = isChat ? '/chat-model-config' : '/completion-model-config';
		const response = await fetch(`${address}${path}`, { method: 'POST', headers, body });
		return { status: response.status, retryAfter: response.headers.get('retry-after'), text: await response.text() };
	};
	const assertAlive = async () => {
		const response = await fetch(`${address}/projects`, { headers });
		assert.equal(((await response.json()) as Body).total, 1);
		assert.equal(child.exitCode, null);
	};
	return { address, send, assertAlive };
}

const piece = 'x'.repeat(64 * 1024);
const json = { 'content-type': 'application/json' };

test('hosts that answer without end do not end a server with a heap of 256 MB', async (t) => {
	const host = await startHost(t, (response, body) => {
		const kind = /"content":"(\w+)/.exec(body)?.[1];
		if (kind === 'plain') return sendWithoutEnd(response.writeHead(200, json), '{"id":"', piece);
		if (kind === 'values') return sendWithoutEnd(response.writeHead(200, json), '{"choices":[', '{},'.repeat(20_000));
		if (kind === 'bomb') return sendWithoutEnd(response, '{"id":"', piece, true);
		response.setHeader('content-type', 'text/event-stream');
		return sendWithoutEnd(response, 'data: {"id":"', piece);
	});
	const { send, assertAlive } = await startSmall(t, 256, host.url);
	for (const what of ['plain', 'values', 'bomb', 'line']) {
		const { status, text } = await send({ inputs: { what }, stream: what === 'line' });
		assert.equal(status, 502, `${what}: ${text}`);
		assert.match(text, /The provider's response was rejected: it (is larger than|has too many values for) the limit/);
	}
	assert.equal(host.state.calls, 4);
	await assertAlive();
});

test('512 waiting calls of 1 MiB do not end a server with a heap of 512 MB', async (t) => {
	const waiting: (() => void)[] = [];
	const host = await startHost(t, (response) => {
		waiting.push(() => response.writeHead(200, json).end(chatCompletion('fine')));
	});
	const { send, assertAlive } = await startSmall(t, 512, host.url);
	const what = 'x'.repeat(1024 * 1024);
	const results = Array.from({ length: 512 }, () => send({ inputs: { what } }));
	let rejected = 0;
	for (const result of results) void result.then(({ status }) => (rejected += status === 503 ? 1 : 0));
	while (rejected + waiting.length < 512) await sleep(50);
	assert.ok(waiting.length >= 10, `${waiting.length} admitted`);
	await assertAlive();
	for (const answer of waiting) answer();
	const statuses = new Set<number>();
	for (const { status, retryAfter, text } of await Promise.all(results)) {
		statuses.add(status);
		if (status === 503) assert.deepEqual([retryAfter, /MAX_BYTES_IN_FLIGHT|too much memory/.test(text)], ['1', true]);
	}
	assert.deepEqual([...statuses].sort(), [200, 503]);
	await assertAlive();
});

for (const call of [{ inputs: { what: 'x' } }, { messages: [{ role: 'user', content: 'x' }] }]) {
	const kind = Object.hasOwn(call, 'messages') ? 'chats' : 'completions';
	test(`100 large answers at once go on one after the other, and none is lost, with a heap of 256 MB (${kind})`, async (t) => {
		const text = 'y'.repeat(3_000_000);
		const host = await startHost(t, (response) => response.writeHead(200, json).end(chatCompletion(text)));
		const { send, assertAlive } = await startSmall(t, 256, host.url);
		const results = await Promise.all(
			Array.from({ length: 100 }, async () => {
				// New calls are turned away while the answers take the memory, and come again.
				for (;;) {
					const { status, text: answer } = await send({ ...call, return_inputs: false });
					if (status !== 503) return [status, answer.length > text.length];
					await sleep(500);
				}
			}),
		);
		assert.deepEqual(
			results,
			results.map(() => [200, true]),
		);
		assert.equal(host.state.calls, 100, 'none was paid twice');
		await assertAlive();
	});
}

for (const [what, body] of [
	[
		'many values',
		JSON.stringify({ inputs: { what: 'x', deep: '[]' } }).replace('"[]"', `[${'[],'.repeat(1_500_000)}[]]`),
	],
	['many bytes', JSON.stringify({ inputs: { what: 'x'.repeat(9_990_000) } })],
] as const) {
	test(`a body of ${what} that there is no room for is a 413`, async (t) => {
		const host = await startHost(t, () => undefined);
		const { address, assertAlive } = await startSmall(t, 256, host.url, { MAX_BYTES_IN_FLIGHT: '50000000' });
		for (const sent of [body, new Blob([body]).stream()]) {
			const response = await fetch(`${address}/completion-model-config`, {
				method: 'POST',
				headers,
				body: sent,
				duplex: 'half',
			});
			assert.equal(response.status, 413);
			assert.match(await response.text(), /takes about [\d.]+ MiB of memory, .* \(MAX_BYTES_IN_FLIGHT\)\. Send less/);
		}
		assert.equal(host.state.calls, 0);
		await assertAlive();
	});
}
