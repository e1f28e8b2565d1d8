import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import test, { after, before, type TestContext } from 'node:test';
import { startHost } from '../host.ts';
import { loadedLater, recordModules } from '../loadedModules.ts';
import { startCluster } from '../storage/cluster.ts';
import { commandsOf, follow } from './guide.ts';
import { install, machineNode, pack, server, userEnv } from './install.ts';

/*
 * The package as a stranger gets it: packed, installed into an empty folder, and run by the machine's own Node.js. npm
 * asks its registry for the dependencies.
 */
const folder = mkdtempSync(join(tmpdir(), 'humanloop-package-'));
const home = join(folder, 'empty');
let program = '';
let files: string[] = [];

before(() => {
	const packed = pack(folder);
	files = packed.files;
	program = install(packed.tarball, home);
});
after(() => rmSync(folder, { recursive: true, force: true }));

const { dependencies, version } = JSON.parse(readFileSync(join(server, 'package.json'), 'utf8')) as {
	dependencies: { node: string };
	version: string;
};
const machineVersion = execFileSync(machineNode, ['--version'], { encoding: 'utf8' }).trim();
/** Whether the machine's Node.js has to start another one. */
const isOld = Number(machineVersion.slice(1).split('.')[0]) < Number(dependencies.node.split('.')[0]);

function run(args: string[]) {
	return spawnSync(program, args, { cwd: home, env: userEnv, encoding: 'utf8', timeout: 60_000 });
}

type Running = { child: ChildProcess; address: string; out: () => string };

async function start(
	t: TestContext,
	env: Record<string, string> = {},
	{ detached = false, args = ['--data-dir', join(home, `data-${Math.random()}`)], until = 'hl_sk_' } = {},
): Promise<Running> {
	const child = spawn(program, ['--port', '0', ...args], {
		cwd: home,
		env: { ...userEnv, ...env },
		stdio: ['ignore', 'pipe', 'pipe'],
		detached,
	});
	t.after(() => child.kill('SIGKILL'));
	let text = '';
	child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
	child.stderr.setEncoding('utf8').on('data', (chunk) => (text += chunk));
	while (!text.includes(until)) {
		assert.equal(child.exitCode, null, text);
		await new Promise((resume) => setTimeout(resume, 20));
	}
	const address = /listens on (\S+)/.exec(text)?.[1] ?? '';
	return { child, address, out: () => text };
}

/** Waits until nobody listens there any more. */
async function gone(address: string): Promise<void> {
	const isListening = () =>
		fetch(`${address}/../healthz`).then(
			() => true,
			() => false,
		);
	while (await isListening()) await new Promise((resume) => setTimeout(resume, 20));
}

async function call({ address, out }: Running, path: string, body: unknown) {
	const key = /hl_sk_[0-9a-f]{48}/.exec(out())?.[0] ?? '';
	const response = await fetch(`${address}${path}`, {
		method: 'POST',
		headers: { 'x-api-key': key, 'content-type': 'application/json' },
		body: JSON.stringify(body),
	});
	const text = await response.text();
	assert.equal(response.status, 200, text);
	return JSON.parse(text) as { config: { id: string }; data: { output: string }[] };
}

test('the tarball has the program, one JavaScript file for each source file, and the built page', () => {
	const sources = readdirSync(join(server, 'src'), { recursive: true, encoding: 'utf8' });
	// The sources of the page are built into its own files.
	const ofServer = sources.filter((name) => name.endsWith('.ts') && !name.startsWith('web/'));
	const compiled = ofServer.map((name) => `dist/${name.replace(/\.ts$/, '.js')}`);
	const own = [
		'LICENSE',
		'README.md',
		'bin/humanloop-server.cjs',
		'bin/main.cjs',
		'bin/nodeOptions.cjs',
		'package.json',
	];
	const isOfPage = (name: string) => name.startsWith('dist-page/');
	assert.deepEqual(
		files.filter((name) => !isOfPage(name)),
		[...own, ...compiled].sort(),
	);
	const page = files.filter(isOfPage);
	assert.ok(page.includes('dist-page/index.html'));
	assert.ok(page.includes('dist-page/LICENSES.md'));
	const unexpected = page.filter(
		(name) => !/^dist-page\/(index\.html|LICENSES\.md|assets\/[\w.-]+\.(js|css|svg))(\.br|\.gz)?$/.test(name),
	);
	assert.deepEqual(unexpected, []);
});

test(`with Node.js ${machineVersion}: it starts, runs a prompt, finishes what is in flight on SIGTERM, and ends with 0`, async (t) => {
	const host = await startHost(t, (response) => {
		response.setHeader('content-type', 'application/json');
		const choices = [{ index: 0, message: { role: 'assistant', content: 'late' }, finish_reason: 'stop' }];
		setTimeout(
			() => response.end(JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model: 'm', choices })),
			500,
		);
	});
	const running = await start(t, { OPENAI_BASE_URL: host.url });
	const config = { project: 'p', provider: 'openai', model: 'm', prompt_template: 'Hi' };
	const { id } = (await call(running, '/model-configs', config)).config;
	const late = call(running, '/completion-model-config', { model_config_id: id, inputs: {} });
	while (host.state.calls === 0) await new Promise((resume) => setTimeout(resume, 20));
	const closed = once(running.child, 'close');
	running.child.kill('SIGTERM');
	assert.equal((await late).data[0]?.output, 'late');
	assert.deepEqual(await closed, [0, null]);
	await gone(running.address);
});

test('its Node.js has the flags that keep its memory small, and those of the user go before', async (t) => {
	const own = join(home, 'node_modules/humanloop-server');
	for (const [options, expected] of [
		['', '--max-semi-space-size=16'],
		['--max-semi-space-size=24', undefined],
	] as const) {
		// The Node.js of the tests is new enough to be replaced in its process.
		const child = spawn(process.execPath, [join(own, 'bin/humanloop-server.cjs'), '--port', '0'], {
			env: { ...userEnv, NODE_OPTIONS: options, DATA_DIR: join(home, `flags-${options.length}`) },
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		t.after(() => child.kill('SIGKILL'));
		for await (const text of child.stdout.setEncoding('utf8')) if (String(text).includes('API key')) break;
		const args = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').split('\0');
		assert.equal(
			args.find((arg) => arg.startsWith('--max-semi-space-size')),
			expected,
		);
		assert.ok(args.includes('--heap-growing-percent=40'));
		assert.match(readFileSync(`/proc/${child.pid}/environ`, 'utf8'), /MALLOC_ARENA_MAX=2/);
	}
});

test('a later Node.js starts without these flags, because its V8 may not know them', async (t) => {
	const preload = join(folder, 'later.cjs');
	writeFileSync(
		preload,
		`Object.defineProperty(process.versions, 'node', { value: '${Number(dependencies.node.split('.')[0]) + 2}.0.0' });`,
	);
	const args = [
		'--require',
		preload,
		join(home, 'node_modules/humanloop-server/bin/humanloop-server.cjs'),
		'--port',
		'0',
	];
	const env = { ...userEnv, DATA_DIR: join(home, 'later') };
	const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
	t.after(() => child.kill('SIGKILL'));
	for await (const text of child.stdout.setEncoding('utf8')) if (String(text).includes('API key')) break;
	assert.doesNotMatch(readFileSync(`/proc/${child.pid}/cmdline`, 'utf8'), /heap-growing-percent/);
});

test('a start loads none of the large packages', async (t) => {
	const { env, packages } = recordModules(mkdtempSync(join(folder, 'modules-')));
	await start(t, env);
	assert.ok(packages().has('fastify'));
	assert.deepEqual(
		loadedLater.flatMap((later) => later.packages).filter((name) => packages().has(name)),
		[],
	);
});

test('one Ctrl-C, which reaches each process of the terminal, is one', async (t) => {
	const running = await start(t, {}, { detached: true });
	const closed = once(running.child, 'close');
	process.kill(-running.child.pid!, 'SIGINT');
	assert.deepEqual(await closed, [0, null]);
	await gone(running.address);
});

test('the server ends when the program that started it is killed', { skip: !isOld }, async (t) => {
	const running = await start(t);
	running.child.kill('SIGKILL');
	await gone(running.address);
});

test('exit codes and lines come through, by npx too', () => {
	assert.deepEqual([run(['--version']).stdout, run(['--version']).status], [`${version}\n`, 0]);
	const { status, stderr } = run(['strat']);
	assert.equal(status, 2);
	assert.match(stderr, /^Unknown command 'strat' \(Did you mean start\?\)\..*\n$/);
	const npx = spawnSync('npx', ['humanloop-server', '--port', 'x'], { cwd: home, env: userEnv, encoding: 'utf8' });
	assert.equal(npx.status, 1);
	assert.match(npx.stderr, /^--port is "x", which cannot be used: /);
});

test('without the Node.js of its dependency, one sentence says which version it needs', { skip: !isOld }, (t) => {
	const [path, away] = [join(home, 'node_modules/node'), join(home, 'node-away')];
	renameSync(path, away);
	t.after(() => renameSync(away, path));
	const { status, stderr } = run(['--version']);
	assert.equal(status, 1);
	assert.match(stderr, /^humanloop-server needs Node\.js 24\.\d+\.\d+ or later, and this is \d+\.\d+\.\d+: .*\.\n$/);
});

test('the guide, from the first start over a backup to three servers on PostgreSQL, and back to SQLite', async (t) => {
	const cluster = await startCluster();
	t.after(() => cluster.stop());
	const url = `${cluster.address}postgres`;
	const succeed = (headings: string[], databaseUrl?: string) => {
		const { status, stdout, stderr } = follow(headings.flatMap(commandsOf), home, databaseUrl);
		assert.equal(status, 0, `${stdout}${stderr}`);
		return stdout;
	};
	const running = await start(t, {}, { args: [] });
	await call(running, '/model-configs', { project: 'guide', provider: 'mock', model: 'm', prompt_template: 'Hi' });
	const shown = succeed(['API keys', 'Budgets', 'Back up', 'Restore', 'Export and import']);
	assert.equal([...shown.matchAll(/^hl_sk_[0-9a-f]{48}$/gm)].length, 2);
	assert.match(shown, /^budget_\w{21}\nID .*\nbudget_\w{21} {2}key n8n .* \$20\.00 {2}\$20\.00$/m);
	assert.match(shown, /^backup: .*\nrestored: .*restored\/humanloop\.db /m);
	assert.match(shown, /^export: .*exported\nprojects +1 new\nversions +1 new$/m);
	assert.match(shown, /^export: .*prompts\nprojects +0 new, 1 there already\nversions +0 new, 1 there already$/m);
	const closed = once(running.child, 'close');
	running.child.kill('SIGTERM');
	assert.deepEqual(await closed, [0, null]);
	assert.match(succeed(['Upgrade and going back']), /^Nothing to do: /);
	const moved = succeed(['Move to PostgreSQL'], url);
	assert.match(moved, /^moved: .*\.data\/humanloop\.db to postgres:/m);
	assert.match(moved, /^projects +1 rows /m);
	const servers = [1, 2, 3].map(() => start(t, { DATABASE_URL: url }, { args: [], until: 'settings: ' }));
	for (const { address } of await Promise.all(servers)) assert.equal((await fetch(`${address}/../readyz`)).status, 200);
	const back = new DatabaseSync(join(home, 'back-on-sqlite/humanloop.db'), { readOnly: true });
	t.after(() => back.close());
	assert.deepEqual(
		back
			.prepare('select name from projects')
			.all()
			.map(({ name }) => name),
		['guide'],
	);
});
