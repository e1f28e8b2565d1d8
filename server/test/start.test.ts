import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, statSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { OperatorError } from '../src/domain/operatorError.ts';
import { openSqlite } from '../src/storage/sqlite.ts';
import { command, post, run, start } from './process.ts';
import { sleep, until } from './provider.ts';
import { startApi, tempDir } from './setup.ts';
import { onlyOnSqlite } from './storage/storage.ts';

async function failed(t: TestContext, env: Record<string, string>): Promise<string> {
	const { child, err } = run(t, env);
	const closed: unknown[] = await once(child, 'close');
	assert.equal(closed[0], 1);
	assert.equal(err().trimEnd().split('\n').length, 1, err());
	return err();
}

/** Ends a server, which prints all lines of its start before it closes. */
async function end(child: ChildProcess): Promise<void> {
	child.kill('SIGTERM');
	await once(child, 'close');
}

const shownKey = /hl_sk_[0-9a-f]{48}$/m;

test('a start that fails to listen loses no key: the next one shows it', async (t) => {
	const taken = createServer().listen(0, '127.0.0.1');
	await once(taken, 'listening');
	t.after(() => taken.close());
	const dataDir = tempDir(t);
	const port = String((taken.address() as { port: number }).port);
	assert.doesNotMatch(await failed(t, { PORT: port, DATA_DIR: dataDir }), /hl_sk_/);
	const env = { DATA_DIR: dataDir, HUMANLOOP_API_KEY: '' };
	const first = await start(t, env);
	await until(() => shownKey.test(first.out()));
	await end(first.child);
	const second = await start(t, env);
	await sleep(200);
	await end(second.child);
	assert.doesNotMatch(second.out(), shownKey);
});

test('a HOST that cannot be listened on is named, and PORT is left alone', async (t) => {
	for (const host of ['nonsense.invalid', '[::1]', '192.0.2.1']) {
		const text = await failed(t, {
			HOST: host,
			PORT: '0',
			DATA_DIR: tempDir(t),
			HUMANLOOP_API_KEY: 'key-of-the-tests-of-this-server',
		});
		assert.ok(text.startsWith(`HOST ${host} cannot be listened on: `), text);
		assert.match(text, /Set HOST to 127\.0\.0\.1/);
		assert.doesNotMatch(text, /PORT/);
		assert.equal(/without brackets/.test(text), host === '[::1]');
	}
});

test('a server that others can reach needs a key that is hard to guess', async (t) => {
	const env = { HOST: '0.0.0.0', PORT: '0', DATA_DIR: tempDir(t) };
	const text = await failed(t, { ...env, HUMANLOOP_API_KEY: 'x'.repeat(19) });
	assert.match(text, /^HUMANLOOP_API_KEY is too short .* 20 characters or more/);
	assert.doesNotMatch(text, /xxx/);
	await start(t, { ...env, HUMANLOOP_API_KEY: 'x'.repeat(20) });
	await start(t, { ...env, HOST: '127.0.0.1', HUMANLOOP_API_KEY: 'x' });
});

test('a server that others can reach says so, and nothing else goes before the plain lines', async (t) => {
	const open = await start(t, { HOST: '0.0.0.0', DATA_DIR: tempDir(t) });
	await end(open.child);
	assert.match(open.out(), /^Other machines can reach it/m);
	assert.equal(open.err(), '');
	const own = await start(t, { DATA_DIR: tempDir(t) });
	await end(own.child);
	assert.doesNotMatch(own.out(), /Other machines/);
	assert.equal(own.err(), '');
});

test('only what is wrong with the database is called that', async (t) => {
	const promptsDir = tempDir(t);
	assert.match((await start(t, { DATA_DIR: tempDir(t), PROMPTS_DIR: promptsDir })).out(), /^humanloop-server/);
	writeFileSync(join(promptsDir, 'alias.prompt'), '---\nmodel: m\nstop: *nowhere\n---\nHi');
	const text = await failed(t, { PORT: '0', DATA_DIR: tempDir(t), PROMPTS_DIR: promptsDir });
	assert.match(text, /^PROMPTS_DIR cannot be read: .*alias\.prompt: line 3: this cannot be read: .*nowhere/);
});

test('an empty PROMPTS_DIR is told', async (t) => {
	const promptsDir = tempDir(t);
	const { child, out } = await start(t, { DATA_DIR: tempDir(t), PROMPTS_DIR: promptsDir });
	await end(child);
	assert.match(out(), /^prompts: PROMPTS_DIR \(.*\) has no \.prompt file$/m);
});

test('a folder that cannot be read, a link to nothing and a file without a name are named', async (t) => {
	const promptsDir = tempDir(t);
	const rejected = (dir: string) =>
		startApi(t, { promptsDir: dir }).then(
			() => 'started',
			(error: Error) => error.message,
		);
	assert.match(await rejected(join(promptsDir, 'gone')), /gone: ENOENT/);
	symlinkSync(join(promptsDir, 'nothing'), join(promptsDir, 'broken.prompt'));
	assert.match(await rejected(promptsDir), /broken\.prompt: ENOENT/);
	const unnamed = tempDir(t);
	writeFileSync(join(unnamed, '.prompt'), '---\nmodel: m\n---\nHi');
	assert.match(await rejected(unnamed), /\.prompt: the file has no name/);
});

test('links count as what they lead to, and hidden folders for nothing', async (t) => {
	const elsewhere = tempDir(t);
	const promptsDir = tempDir(t);
	const text = '---\nmodel: m\nprovider: mock\n---\nHi';
	writeFileSync(join(elsewhere, 'one.prompt'), text);
	// As Kubernetes shows a ConfigMap.
	mkdirSync(join(promptsDir, '..2024'));
	writeFileSync(join(promptsDir, '..2024', 'two.prompt'), text);
	symlinkSync('..2024', join(promptsDir, '..data'));
	symlinkSync(join('..data', 'two.prompt'), join(promptsDir, 'two.prompt'));
	symlinkSync(elsewhere, join(promptsDir, 'linked'));
	symlinkSync(promptsDir, join(promptsDir, 'round'));
	const api = await startApi(t, { promptsDir });
	assert.deepEqual(
		api.prompts.map(({ project }) => project),
		['linked/one', 'two'],
	);
});

test('a database that may not be written ends the start', onlyOnSqlite, async (t) => {
	const dataDir = tempDir(t);
	await (await startApi(t, { dataDir })).app.close();
	assert.throws(() => openSqlite(`file:${join(dataDir, 'humanloop.db')}?mode=ro`), /readonly/);
	mkdirSync(join(dataDir, 'other', 'humanloop.db'), { recursive: true });
	await assert.rejects(
		startApi(t, { dataDir: join(dataDir, 'other') }),
		(error) => error instanceof OperatorError && /^The database in DATA_DIR/.test(error.message),
	);
});

test('a write-ahead log without its database is left alone, by the start and by commands', onlyOnSqlite, async (t) => {
	const dataDir = tempDir(t);
	const { address, child } = await start(t, { DATA_DIR: dataDir });
	await post(address, '/model-configs', { project: 'p', provider: 'mock', model: 'm', prompt_template: 'x' });
	child.kill('SIGKILL');
	await once(child, 'close');
	const file = join(dataDir, 'humanloop.db');
	const { size } = statSync(`${file}-wal`);
	assert.ok(size > 0);
	const refusal = (words: string) => `${file}-wal is there, but ${file} is ${words}. Put both files back together.\n`;
	truncateSync(file);
	assert.equal(await failed(t, { PORT: '0', DATA_DIR: dataDir }), refusal('empty'));
	unlinkSync(file);
	assert.equal(await failed(t, { PORT: '0', DATA_DIR: dataDir }), refusal('not'));
	const move = ['move', 'postgres://127.0.0.1:1/x'] as const;
	for (const [name, url = ''] of [['keys list'], ['migrate'], ['backup'], move] as const) {
		const { status, stderr } = await command(name.split(' '), { DATA_DIR: dataDir, DATABASE_URL: url });
		assert.deepEqual([status, stderr], [1, refusal('not')], name);
	}
	assert.equal(statSync(`${file}-wal`).size, size);
	assert.ok(!readdirSync(dataDir).includes('humanloop.db'));
});
