import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import axios from 'axios';

import { mockPrices, namedModel } from '../examples/demo/model.ts';
import { lastLines, runCommand } from './command.ts';
import { dataFolders } from './dataFolders.ts';
import { importExamples, storeModelConfigs } from './examples.ts';
import { isFree } from './freePort.ts';
import { startHumanloopServer } from './humanloopServer.ts';
import { installN8n } from './install.ts';
import { openInstance } from './instance.ts';
import { takeLock } from './lock.ts';
import { packNode } from './packNode.ts';
import { withProgress } from './progress.ts';
import type { Service } from './service.ts';
import { welcomeLines, type Welcome } from './welcome.ts';

/*
 * `npm start`: the real n8n with the node in it, and humanloop-server behind it, in one command. Everything that they keep
 * is in .data, or in DATA_DIR; what another start finds there stays as it is. The server's own data is where `npm run
 * server` has it too.
 */
const { server: serverFolder, start: folder, oldServer } = dataFolders(process.env.DATA_DIR);

/** How long n8n may finish executions, in seconds, when it is told to stop. Ctrl-C once more ends the waiting. */
const patience = 300;

/** The reason of an end that somebody asked for. */
class Stopped extends Error {}

const stopping = new AbortController();
const { signal } = stopping;
/** What runs, in the order of starting. */
const services: Service[] = [];

/** n8n ends before the server that it calls, so that what is under way can finish. */
async function stopServices(): Promise<void> {
	for (const service of services.toReversed()) await service.stop((patience + 10) * 1000);
}

function listenForSignals(): void {
	let askedAt = 0;
	const stop = () => {
		if (!askedAt) {
			askedAt = Date.now();
			console.log('\nStopping: what is under way may finish. Ctrl-C once more ends it at once.');
			stopping.abort(new Stopped());
			// One Ctrl-C can arrive twice, from the terminal and from npm.
		} else if (Date.now() - askedAt > 1000) {
			for (const { process: child } of services) child.kill('SIGKILL');
		}
	};
	for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
	// npm hands a SIGTERM to the shell between it and this process, and that one ends without handing it on.
	const parent = process.ppid;
	const watching = setInterval(() => {
		if (process.ppid === parent) return;
		clearInterval(watching);
		stop();
	}, 500);
	watching.unref();
	// A terminal that was closed takes no more output, and that must not end this process before the others.
	for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

async function portOf(name: string, usual: number, whose: string): Promise<number> {
	const text = process.env[name] || String(usual);
	const port = Number(text);
	if (!/^\d+$/.test(text) || port < 1 || port > 65535)
		throw new Error(`${name} is ${text}: it must be a port, from 1 to 65535.`);
	if (!(await isFree(port))) {
		throw new Error(
			`Port ${port}, for ${whose}, is taken by another program. Stop that one, or choose another port, for example: ${name}=${port + 1} npm start`,
		);
	}
	return port;
}

/** Holds the key between n8n and the server, made at the first start. */
const keyFile = path.join(folder, 'api-key');

function keptApiKey(): string {
	if (!existsSync(keyFile)) writeFileSync(keyFile, `hl_sk_${randomBytes(24).toString('hex')}`, { mode: 0o600 });
	return readFileSync(keyFile, 'utf8').trim();
}

async function buildAndPack(): Promise<string> {
	await runCommand({
		file: 'npm',
		args: ['run', 'build'],
		cwd: process.cwd(),
		env: process.env,
		log: path.join(folder, 'build.log'),
		signal,
	});
	return await packNode(folder);
}

async function start(): Promise<void> {
	const port = await portOf('N8N_PORT', 5678, 'n8n');
	const serverPort = await portOf('PORT', 8400, 'humanloop-server');
	const baseUrl = `http://127.0.0.1:${serverPort}/v4`;
	const apiKey = keptApiKey();
	const n8n = await installN8n({ signal });

	const { main, imported } = await withProgress(
		() => 'Starting humanloop-server and n8n',
		async () => {
			services.push(
				await startHumanloopServer({
					port: serverPort,
					dataDir: serverFolder,
					apiKey,
					log: path.join(folder, 'server.log'),
					signal,
					linksToLogs: true,
					pricesFile: mockPrices,
				}),
			);
			const api = axios.create({ baseURL: baseUrl, headers: { 'X-API-KEY': apiKey }, timeout: 30_000 });
			await storeModelConfigs(api, namedModel());
			const tarball = await buildAndPack();
			const instance = await openInstance({ n8n, userFolder: path.join(folder, 'n8n'), tarball, signal });
			const imported = await importExamples(instance, port, baseUrl, apiKey);
			const main = await instance.start({
				port,
				log: path.join(folder, 'n8n.log'),
				env: {
					N8N_GRACEFUL_SHUTDOWN_TIMEOUT: String(patience),
					// n8n's own default is New York.
					GENERIC_TIMEZONE: process.env.GENERIC_TIMEZONE || Intl.DateTimeFormat().resolvedOptions().timeZone,
				},
			});
			services.push(main);
			return { main, imported };
		},
	);
	const welcome: Welcome = {
		n8n: { url: main.url, asksForAccount: await asksForAccount(main.url), workflows: imported.workflows.length },
		server: new URL(baseUrl).origin,
		link: await signInLink(baseUrl, apiKey),
		files: {
			key: typed(keyFile),
			logs: typed(folder),
			database: typed(path.join(serverFolder, 'humanloop.db')),
			oldServer: oldServer === undefined ? undefined : typed(oldServer),
		},
		otherBaseUrl: imported.baseUrl === baseUrl ? undefined : imported.baseUrl,
	};
	console.log(welcomeLines(welcome, Math.min(process.stdout.columns || 80, 96)).join('\n'));

	const ended = await Promise.race([
		...services.map(async (service) => (await service.ended, service)),
		untilAborted(),
	]);
	if (ended)
		throw new Error(
			`${await ended.ended}, so the other one is stopped too. Its last lines (all of them: ${ended.log}):\n${lastLines(ended.log)}`,
		);
}

async function untilAborted(): Promise<undefined> {
	signal.throwIfAborted();
	await once(signal, 'abort');
}

/** A link that signs a browser in to the page once, so that nobody has to copy the key. */
async function signInLink(baseUrl: string, apiKey: string): Promise<string> {
	const headers = { 'X-API-KEY': apiKey };
	const { data } = await axios.post<{ path: string }>(`${baseUrl}/session/codes`, undefined, { headers });
	return new URL(data.path, baseUrl).href;
}

/** Whether n8n still needs the account of its owner. */
async function asksForAccount(url: string): Promise<boolean> {
	const { data } = await axios.get<{ data: { userManagement: { showSetupOnFirstLoad?: boolean } } }>(
		`${url}/rest/settings`,
	);
	return data.data.userManagement.showSetupOnFirstLoad === true;
}

/** A path as you would type it here. */
const typed = (file: string) => path.relative('', file) || '.';

async function main(): Promise<void> {
	if (process.platform === 'win32') throw new Error('npm start runs on Linux and macOS. On Windows, run it in WSL.');
	listenForSignals();
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const release = await takeLock(folder);
	if (!release) throw new Error(`npm start runs on ${typed(folder)} already.`);
	try {
		await start();
	} finally {
		await stopServices();
		await release();
	}
}

main().catch((error: Error) => {
	if (error instanceof Stopped) return;
	console.error(error.message);
	process.exitCode = 1;
});
