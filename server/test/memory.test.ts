import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { sendWithoutEnd, startHost } from './host.ts';
import { headers, post, start } from './process.ts';
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
	const send = async (more: object) => {
		const body = JSON.stringify({ model_config_id: id, project: 'p', ...more });
		const response = await fetch(`${address}/completion-model-config`, { method: 'POST', headers, body });
		return { status: response.status, retryAfter: response.headers.get('retry-after'), text: await response.text() };
	};
	const assertAlive = async () => {
		const response = await fetch(`${address}/projects`, { headers });
		assert.equal(((await response.json()) as Body).total, 1);
		assert.equal(child.exitCode, null);
	};
	return { send, assertAlive };
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
