import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { check, patience } from '../e2e/check.ts';
import { commandsToFollow, follow } from './followDocs.ts';
import type { Packed } from './packages.ts';

const run = promisify(execFile);

/**
 * A release without publishing it: both tarballs are installed into empty folders, as users install them, and the demo
 * runs with what is there. npm asks its registry for the server's dependencies.
 */
export async function checkRelease(folder: string, { node, server }: { node: Packed; server: Packed }): Promise<void> {
	const { install: installServer, userEnv } = await import('../server/test/package/install.ts');
	const home = { node: path.join(folder, 'empty-node'), server: path.join(folder, 'empty-server') };
	let program = '';

	await check('release: npm installs the node into an empty folder, and nothing besides', async () => {
		mkdirSync(home.node);
		// As docs/installing.md says.
		await run('npm', ['install', '--prefix', home.node, '--legacy-peer-deps', node.tarball], { cwd: home.node });
		const installed = readdirSync(path.join(home.node, 'node_modules')).filter((name) => !name.startsWith('.'));
		assert.deepEqual(installed, ['n8n-nodes-humanloop']);
	});
	await check('release: npm installs the server into an empty folder', () => {
		program = installServer(server.tarball, home.server);
	});
	await check('release: the demo runs with both installed packages', async () => {
		const packageFolder = path.join(home.node, 'node_modules/n8n-nodes-humanloop');
		const args = ['--import', 'tsx', 'examples/demo.ts', '--package', packageFolder, '--server', program];
		const none = { OPENAI_API_KEY: '', OPENAI_BASE_URL: '', OPENAI_MODEL: '', DATA_DIR: '' };
		// n8n, too, lets an installed node find n8n-workflow this way.
		const env = { ...process.env, ...none, NODE_PATH: path.resolve('node_modules') };
		const { stdout } = await run(process.execPath, args, { env, timeout: patience });
		assert.equal(stdout.match(/^Reply [12] {3}\S/gm)?.length, 10, stdout);
		assert.match(stdout, /^2nd run +0 model calls, 0 tokens, \$0, 10 logs on the server\n +Every reply came back/m);
	});
	await check("release: the docs' requests and commands work on the installed server, started by npx", async () => {
		const running = await start('npx', ['humanloop-server'], home.server, userEnv);
		try {
			await follow(commandsToFollow(), { ...running, folder: home.server, env: userEnv });
		} finally {
			await running.stop();
		}
	});
	await check('release: a restored backup starts beside it', async () => {
		for (const args of ['backup backup.db', 'restore backup.db --data-dir restored']) {
			await run('npx', ['humanloop-server', ...args.split(' ')], { cwd: home.server, env: userEnv });
		}
		const args = ['humanloop-server', '--data-dir', 'restored', '--port', '0'];
		const running = await start('npx', args, home.server, userEnv, 'settings: ');
		await running.stop();
	});
	await check('release: npm run server starts it from the clone', async () => {
		const env = { ...process.env, DATA_DIR: path.join(folder, 'clone-data') };
		const running = await start('npm', ['run', 'server'], process.cwd(), env);
		await running.stop();
	});
}

interface Running {
	address: string;
	key: string;
	stop: () => Promise<void>;
}

/** Starts a server on a free port, and waits until it has printed a key, or another text. */
async function start(
	program: string,
	args: string[],
	cwd: string,
	env: NodeJS.ProcessEnv,
	until = 'hl_sk_',
): Promise<Running> {
	const child: ChildProcess = spawn(program, args, {
		cwd,
		env: { ...env, PORT: '0', HUMANLOOP_API_KEY: '' },
		stdio: ['ignore', 'pipe', 'pipe'],
		// npm and npx start processes of their own; a signal has to reach them all.
		detached: true,
	});
	let output = '';
	child.stdout!.on('data', (text) => (output += String(text)));
	child.stderr!.on('data', (text) => (output += String(text)));
	const closed = once(child, 'close');
	const ended = closed.then(() => assert.fail(`${program} ${args.join(' ')} ended:\n${output}`));
	while (!output.includes(until)) await Promise.race([once(child.stdout!, 'data'), ended]);
	// From here on, it may end.
	ended.catch(() => undefined);
	return {
		address: /listens on (\S+)/.exec(output)![1]!,
		key: /hl_sk_[0-9a-f]{48}/.exec(output)?.[0] ?? '',
		async stop() {
			process.kill(-child.pid!, 'SIGTERM');
			await closed;
		},
	};
}
