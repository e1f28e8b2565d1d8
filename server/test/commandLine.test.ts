import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test from 'node:test';
import { commands } from '../src/commands/commands.ts';
import { definitions, readSettings } from '../src/config.ts';
import type { Setting } from '../src/config/kinds.ts';
import { command, start } from './process.ts';
import { tempDir } from './setup.ts';

const root = resolve(import.meta.dirname, '../..');
const settings = Object.values<Setting<unknown>>(definitions);

test('the tables in docs/settings.md have each setting with its default, in the order of --help', () => {
	const docs = readFileSync(join(root, 'docs/settings.md'), 'utf8');
	const documented = [...docs.matchAll(/^\| `([A-Z_]+)` \| (.*?) \| (.+) \|$/gm)].map(([, name, value]) => [
		name,
		value!.replaceAll('`', ''),
	]);
	assert.deepEqual(
		documented,
		settings.map((setting) => [setting.name, setting.defaultWords ?? setting.default ?? '–']),
	);
});

test('docs/limits.md names each setting that is a limit, and no other', () => {
	const docs = readFileSync(join(root, 'docs/limits.md'), 'utf8');
	const named = new Set([...docs.matchAll(/`([A-Z]+_[A-Z_]+)`/g)].map(([, name]) => name!));
	const known = settings.map(({ name }) => name);
	assert.deepEqual(
		[...named].filter((name) => !known.includes(name)),
		[],
	);
	const limits = known.filter((name) => /^(MAX|MIN)_/.test(name));
	assert.deepEqual(
		limits.filter((name) => !named.has(name)),
		[],
	);
});

test('--help fits into 80 columns and names each command, and that of a command each of its settings', async () => {
	const help = await command(['--help']);
	assert.equal(help.status, 0);
	for (const { name, summary } of commands) {
		assert.match(help.stdout, new RegExp(`^  ${name.split(' ')[0]}\\b`, 'm'));
		const { stdout, status } = await command([...name.split(' '), '--help']);
		assert.equal(status, 0);
		assert.ok(stdout.includes(summary.split(' ').slice(0, 4).join(' ')), stdout);
		for (const text of [help.stdout, stdout])
			for (const line of text.split('\n')) assert.ok(line.length <= 80, `${line.length} columns: ${line}`);
	}
	const { stdout } = await command(['start', '--help']);
	for (const { name, placeholder } of settings)
		assert.ok(
			stdout.includes(placeholder === undefined ? `  ${name}\n` : `--${name.toLowerCase().replaceAll('_', '-')} `),
			name,
		);
});

test('a wrong command line is one line with the nearest name, and exit code 2', async () => {
	for (const [args, words] of [
		[['strat'], "Unknown command 'strat' (Did you mean start?)."],
		[['--prot', '1'], "Unknown option '--prot' (Did you mean --port?)."],
		[['start', '--dat-dir', 'x'], "Unknown option '--dat-dir' (Did you mean --data-dir?)."],
		[['keys'], 'Say what to do with keys: see its --help.'],
		[['start', '1234'], "Too many arguments for 'start'."],
		[['--port'], "Option '--port <number>' argument missing."],
	] as const) {
		const { status, stderr, stdout } = await command([...args]);
		assert.deepEqual([status, stdout, stderr.split('\n').length], [2, '', 2], stderr);
		assert.ok(stderr.startsWith(words), stderr);
		const help = args[0] === 'start' ? 'humanloop-server start --help' : 'humanloop-server --help';
		assert.ok(stderr.endsWith(`Run "${help}".\n`), stderr);
	}
});

test('a secret as a flag is refused and not shown', async () => {
	for (const args of [['--openai-api-key=canary-1234'], ['start', '--humanloop-api-key', 'canary-1234']]) {
		const { status, stderr, stdout } = await command(args);
		assert.equal(status, 2);
		assert.match(stderr, /^There is no flag --[a-z-]+: .* Set the environment variable [A-Z_]+\.\n$/);
		assert.doesNotMatch(stderr + stdout, /canary/);
	}
});

test('--version is that of the package', async () => {
	const { version } = JSON.parse(readFileSync(join(root, 'server/package.json'), 'utf8')) as { version: string };
	assert.deepEqual(await command(['--version']), { status: 0, stdout: `${version}\n`, stderr: '' });
});

test('a flag wins over its variable, and an unusable one is named as it was written', (t) => {
	const dataDir = tempDir(t);
	const env = { DATA_DIR: dataDir, PORT: '1', MAX_ENTRIES: '7' };
	const { settings: read, problems, changed } = readSettings(env, { PORT: '2' });
	assert.deepEqual([read.port, read.maxEntries, problems], [2, 7, []]);
	assert.deepEqual(changed, ['PORT=2', `DATA_DIR=${dataDir}`, 'MAX_ENTRIES=7']);
	assert.match(readSettings(env, { MAX_ENTRIES: 'x' }).problems[0]!, /^--max-entries is "x", which cannot be used: /);
	assert.match(readSettings(env, { MIGRATE_ON_START: 'no' }).problems[0]!, /one of true, false/);
});

test('the start prints changed settings without secrets', async (t) => {
	const { out, err } = await start(t, {
		DATA_DIR: join(tempDir(t), 'new', 'folder'),
		OPENAI_API_KEY: 'canary-key-1234',
		OPENAI_BASE_URL: 'http://127.0.0.1:9/v1?key=canary-query-1234',
		HUMANLOOP_API_KEY: 'canary-own-1234',
	});
	while (!out().includes('settings: ')) await new Promise((resume) => setTimeout(resume, 20));
	assert.match(out(), /^settings: PORT=0, DATA_DIR=.*, HUMANLOOP_API_KEY=\(set\), OPENAI_API_KEY=\(set\), .*$/m);
	assert.match(out(), /OPENAI_BASE_URL=http:\/\/127\.0\.0\.1:9\/v1$/m);
	assert.doesNotMatch(out() + err(), /canary/);
});
