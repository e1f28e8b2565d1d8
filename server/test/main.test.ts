import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import { readSettings } from '../src/config.ts';
import { headers, post, run, start } from './process.ts';
import { sleep, startPausing, until } from './provider.ts';
import { type Body, readEvents, tempDir } from './setup.ts';
import { storedText } from './storage/disturb.ts';
import { databaseUrlFor, execute } from './storage/storage.ts';

async function failed(t: TestContext, env: Record<string, string>): Promise<string> {
	const { child, err } = run(t, env);
	const closed: unknown[] = await once(child, 'close');
	assert.equal(closed[0], 1);
	return err();
}

const mockConfig = { project: 'p', provider: 'mock', model: 'm', prompt_template: 'Hello {{name}}' };

test('a log is on the disk before its answer, also when the process is killed at once', async (t) => {
	const dataDir = tempDir(t);
	const { child, address } = await start(t, { DATA_DIR: dataDir });
	const config = (await post(address, '/model-configs', mockConfig)).config.id;
	const ids: string[] = [];
	const stored = async (id: string) => (await execute(dataDir, `select output from logs where id = '${id}'`))[0];
	for (let i = 0; i < 20; i += 1) {
		const response = await post(address, '/completion-model-config', {
			model_config_id: config,
			inputs: { name: `n${i}` },
		});
		assert.equal((await stored(response.data[0].id))?.['output'], response.data[0].output);
		ids.push(response.data[0].id);
	}
	child.kill('SIGKILL');
	await once(child, 'close');
	const again = await start(t, { DATA_DIR: dataDir });
	for (const id of ids) assert.equal((await fetch(`${again.address}/logs/${id}`, { headers })).status, 200);
});

test('SIGTERM finishes the calls in flight, plain and streamed, and ends with 0', async (t) => {
	const model = new LLMock({ port: 0, chunkSize: 3 });
	await model.start();
	t.after(() => model.stop());
	model.onMessage(/.*/, { content: 'slow but complete answer' }, { latency: 100 });
	const dataDir = tempDir(t);
	const { child, address } = await start(t, { DATA_DIR: dataDir, OPENAI_BASE_URL: `${model.url}/v1` });
	const config = (await post(address, '/model-configs', { ...mockConfig, provider: 'openai' })).config.id;
	const call = { model_config_id: config, inputs: { name: 'x' } };
	const plain = post(address, '/completion-model-config', call);
	const streamed = await fetch(`${address}/completion-model-config`, {
		method: 'POST',
		headers,
		body: JSON.stringify({ ...call, stream: true }),
	});
	child.kill('SIGTERM');
	const closed = once(child, 'close');
	const { events, broken } = await readEvents(streamed);
	assert.equal(broken, undefined);
	assert.equal(events.map((event) => event.data[0].raw_output).join(''), 'slow but complete answer');
	assert.equal(events.at(-1)!.data[0].finish_reason, 'stop');
	assert.equal((await plain).data[0].output, 'slow but complete answer');
	assert.deepEqual(await closed, [0, null]);
	assert.equal((await execute(dataDir, 'select id from logs')).length, 2);
});

test('a second signal ends it at once', async (t) => {
	const provider = await startPausing(t);
	const { child, address } = await start(t, { DATA_DIR: tempDir(t), OPENAI_BASE_URL: provider.url });
	const config = (await post(address, '/model-configs', { ...mockConfig, provider: 'openai' })).config.id;
	const call = fetch(`${address}/completion-model-config`, {
		method: 'POST',
		headers,
		body: JSON.stringify({ model_config_id: config, inputs: { name: 'x' }, stream: true }),
	}).catch(() => undefined);
	await until(() => provider.state.calls === 1);
	const closed = once(child, 'close');
	child.kill('SIGINT');
	// The terminal and npx both pass on one Ctrl-C.
	child.kill('SIGINT');
	await sleep(600);
	assert.equal(child.exitCode, null);
	// On a busy machine, the process may have got the first signal only now.
	while (child.exitCode === null) {
		child.kill('SIGINT');
		await sleep(600);
	}
	assert.deepEqual(await closed, [130, null]);
	await call;
});

test('prints where it listens, where the data is, the prompts, and a first key once', async (t) => {
	const dataDir = tempDir(t);
	const prompts = join(tempDir(t), 'prompts');
	mkdirSync(join(prompts, 'support'), { recursive: true });
	writeFileSync(
		join(prompts, 'support', 'reply.prompt'),
		'---\nmodel: m\nprovider: mock\nendpoint: complete\n---\nHi {{name}}\n',
	);
	const first = await start(t, { DATA_DIR: dataDir, PROMPTS_DIR: prompts, HUMANLOOP_API_KEY: '' });
	await until(() => first.out().includes('#code=') && first.out().endsWith('\n'));
	const lines = first.out().trimEnd().split('\n');
	assert.match(lines[0]!, /^humanloop-server listens on http:\/\/127\.0\.0\.1:\d+\/v4$/);
	const [, page = ''] = /listens on (.*)\/v4$/.exec(lines[0]!) ?? [];
	assert.equal(lines[1], `page: ${page} (sign in with an API key)`);
	const { host, pathname } = URL.parse(databaseUrlFor(dataDir) ?? '') ?? {};
	const location = host === undefined ? join(dataDir, 'humanloop.db') : `postgres://${host}${pathname}`;
	assert.equal(lines[2], `data: ${location}`);
	const url = host === undefined ? '' : ` DATABASE_URL=${location},`;
	assert.equal(lines[3], `settings: PORT=0, DATA_DIR=${dataDir},${url} PROMPTS_DIR=${prompts}`);
	assert.match(lines[4]!, /project support\/reply, config config_[A-Za-z0-9]{21}$/);
	assert.match(lines[5]!, /hl_sk_[0-9a-f]{48}$/);
	const [, link = ''] = /^This link signs you in to the page, once and within 15 minutes: (.+)$/.exec(lines[6]!) ?? [];
	const { origin, pathname: linkPath, hash } = new URL(link);
	assert.deepEqual([origin, linkPath], [page, '/sign-in']);
	const signIn = (code: string) =>
		fetch(`${page}/v4/session`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ code }),
		});
	assert.deepEqual(await (await signIn(hash.slice('#code='.length))).json(), {
		name: 'first key',
		role: 'admin',
		expires_at: null,
	});
	assert.doesNotMatch(first.err(), /warning|hl_sk_/i);
	first.child.kill('SIGTERM');
	await once(first.child, 'close');
	const second = await start(t, { DATA_DIR: dataDir, PROMPTS_DIR: prompts, HUMANLOOP_API_KEY: '' });
	await until(() => second.out().includes(lines[4]!));
	second.child.kill('SIGTERM');
	await once(second.child, 'close');
	assert.doesNotMatch(second.out(), /hl_sk_|#code=/);
});

test('with PUBLIC_URL, the page and the link that signs in are at that address', async (t) => {
	const publicUrl = 'https://humanloop.example.com';
	const { out } = await start(t, { DATA_DIR: tempDir(t), HUMANLOOP_API_KEY: '', PUBLIC_URL: publicUrl });
	await until(() => out().includes('#code=') && out().endsWith('\n'));
	const lines = out().split('\n');
	assert.ok(lines.includes(`page: ${publicUrl} (sign in with an API key)`), out());
	assert.match(
		lines.find((line) => line.startsWith('This link')) ?? '',
		/: https:\/\/humanloop\.example\.com\/sign-in#code=/,
	);
});

test('every unusable setting is a line that names it, all at once', async (t) => {
	const file = join(tempDir(t), 'file');
	writeFileSync(file, '');
	const text = await failed(t, {
		PORT: '70000',
		DATA_DIR: join(file, 'x'),
		DATABASE_URL: '',
		DATABASE_POOL_SIZE: '3',
		DATABASE_WAIT_MS: '-1',
		PROMPTS_DIR: '/does/not/exist',
		MODELS_FILE: '/does/not/exist',
		LOG_LEVEL: 'loud',
		OPENAI_BASE_URL: 'localhost',
		HUMANLOOP_API_KEY: 'has space',
		OPENAI_API_KEY: 'sk-ö',
		MAX_IN_FLIGHT: '0',
		PROVIDER_TIMEOUT_MS: '2147483648',
		DISCONNECT_GRACE_MS: '0',
		BUSY_TIMEOUT_MS: 'long',
		MIN_FREE_DISK_BYTES: '-1',
		CLOSE_DELAY_MS: 'never',
		METRICS_TOKEN: 'a b',
		MAX_ENTRIES: '100001',
		MAX_PROMPT_FILES: '0',
		MAX_WRONG_KEYS: '1001',
		LOG_RETENTION_DAYS: '0.5',
		UNREAD_BODY_TIMEOUT_MS: '0',
	});
	const lines = text.trimEnd().split('\n');
	assert.deepEqual(lines.map((line) => line.split(' ')[0]).sort(), [
		'BUSY_TIMEOUT_MS',
		'CLOSE_DELAY_MS',
		'DATABASE_POOL_SIZE',
		'DATABASE_WAIT_MS',
		'DATA_DIR',
		'DISCONNECT_GRACE_MS',
		'HUMANLOOP_API_KEY',
		'LOG_LEVEL',
		'LOG_RETENTION_DAYS',
		'MAX_ENTRIES',
		'MAX_IN_FLIGHT',
		'MAX_PROMPT_FILES',
		'MAX_WRONG_KEYS',
		'METRICS_TOKEN',
		'MIN_FREE_DISK_BYTES',
		'MODELS_FILE',
		'OPENAI_API_KEY',
		'OPENAI_BASE_URL',
		'PORT',
		'PROMPTS_DIR',
		'PROVIDER_TIMEOUT_MS',
		'UNREAD_BODY_TIMEOUT_MS',
	]);
	assert.match(text, /"70000".*0 to 65535/);
	assert.doesNotMatch(text, /has space|sk-ö/);
	const { settings, problems } = readSettings({ DATA_DIR: tempDir(t), PORT: '', HOST: ' ' });
	assert.deepEqual(problems, []);
	assert.deepEqual([settings.host, settings.port, settings.logLevel], ['127.0.0.1', 8400, 'info']);
	assert.deepEqual([settings.maxInFlight, settings.providerTimeoutMs], [512, 600_000]);
});

test('a port in use, an open host without a key, a database that is none, a bad prompt: one line, exit code 1', async (t) => {
	const taken = createServer().listen(0, '127.0.0.1');
	await once(taken, 'listening');
	t.after(() => taken.close());
	const port = String((taken.address() as { port: number }).port);
	assert.match(
		await failed(t, { PORT: port, DATA_DIR: tempDir(t) }),
		new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is used by another program\\. Set PORT to`, 'm'),
	);
	assert.match(await failed(t, { HOST: '0.0.0.0', PORT: '0', DATA_DIR: tempDir(t) }), /HUMANLOOP_API_KEY/);
	const broken = tempDir(t);
	writeFileSync(join(broken, 'humanloop.db'), 'this is no database, and long enough to be seen as none'.repeat(100));
	assert.match(
		await failed(t, { PORT: '0', DATA_DIR: broken, DATABASE_URL: '' }),
		/^The database in DATA_DIR .* cannot be opened/m,
	);
	const prompts = tempDir(t);
	writeFileSync(join(prompts, 'bad.prompt'), '---\nmodel: m\nmodle: x\n---\nHi');
	const text = await failed(t, { PORT: '0', DATA_DIR: tempDir(t), PROMPTS_DIR: prompts });
	assert.match(text, /bad\.prompt: line 3: modle: extra fields not permitted/);
});

test('keys given on the way in are in nothing that the process writes', async (t) => {
	const model = new LLMock({ port: 0 });
	await model.start();
	t.after(() => model.stop());
	const dataDir = tempDir(t);
	const { child, address, out, err } = await start(t, {
		DATA_DIR: dataDir,
		LOG_LEVEL: 'debug',
		OPENAI_API_KEY: 'canary-env-1234',
		OPENAI_BASE_URL: `${model.url}/v1`,
		OPENAI_LOG: 'debug',
		HUMANLOOP_API_KEY: 'canary-own-1234',
	});
	const own = { ...headers, 'x-api-key': 'canary-own-1234' };
	const send = (path: string, body: unknown) =>
		fetch(`${address}${path}`, { method: 'POST', headers: own, body: JSON.stringify(body) });
	const config = ((await (await send('/model-configs', { ...mockConfig, provider: 'openai' })).json()) as Body).config
		.id;
	const call = { model_config_id: config, inputs: { name: 'x' }, provider_api_keys: { openai: 'canary-call-1234' } };
	model.onMessage(/.*/, { content: 'fine' });
	assert.equal((await send('/completion-model-config', call)).status, 200);
	model.nextRequestError(401, { message: 'Wrong key canary-call-1234' });
	assert.doesNotMatch(await (await send('/completion-model-config', call)).text(), /canary/);
	child.kill('SIGTERM');
	await once(child, 'close');
	assert.ok(err().includes('answered'));
	for (const text of [out(), err(), await storedText(dataDir)]) assert.doesNotMatch(text, /canary/);
});
