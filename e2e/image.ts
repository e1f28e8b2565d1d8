import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import axios from 'axios';

import { freePort } from '../n8n/freePort.ts';
import { check, patience, total } from './check.ts';
import { build, nodeUser, type Layer } from './image/build.ts';
import { runContainer, type Container } from './image/run.ts';

/*
 * `npm run e2e:image`: runs the steps of the Dockerfile in clean folders and starts what they made, without Docker. Needs
 * Linux and root. Prints every check, and how many passed and failed.
 */

const apiKey = 'key-of-the-image-test-0123456789';

/** Every file that a layer added, relative to `folder` in it. */
function filesIn({ upper }: Layer, folder: string): string[] {
	const root = path.join(upper, folder);
	return readdirSync(root, { recursive: true, withFileTypes: true })
		.filter((entry) => !entry.isDirectory())
		.map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}

/** A folder as a new volume is: with the owner that the image gave it. */
function newVolume(folder: string): string {
	const volume = path.join(folder, 'volume');
	mkdirSync(volume, { recursive: true, mode: 0o700 });
	chownSync(volume, nodeUser, nodeUser);
	return volume;
}

async function untilHealthy(container: Container): Promise<void> {
	const deadline = Date.now() + patience;
	while ((await container.checkHealth()) !== 0) {
		assert.equal(container.process.exitCode, null, container.output());
		assert.ok(Date.now() < deadline, container.output());
		await sleep(200);
	}
}

function checkFiles(server: Layer): void {
	const files = filesIn(server, '/app');
	assert.ok(files.includes('server/dist/main.js') && files.includes('LICENSE'), files.slice(0, 20).join());
	const own = files.filter((file) => !file.startsWith('node_modules/'));
	assert.deepEqual(
		own.filter((file) => /test|\.env|\.data|\.db\b/.test(file)),
		[],
	);
	for (const name of ['n8n-core', 'n8n-workflow', 'jest', 'typescript', 'eslint'])
		assert.ok(!existsSync(path.join(server.upper, 'app/node_modules', name)), `${name} is in the image`);
	const data = statSync(path.join(server.upper, 'data'));
	assert.deepEqual([data.uid, data.mode & 0o777], [nodeUser, 0o700]);
	const bytes = files.reduce(
		(all, file) => all + (statSync(path.join(server.upper, 'app', file), { throwIfNoEntry: false })?.size ?? 0),
		0,
	);
	console.log(`  /app: ${files.length} files, ${(bytes / 1e6).toFixed(0)} MB`);
}

async function checkServer(server: Layer, folder: string): Promise<void> {
	const volume = newVolume(folder);
	const port = await freePort();
	const env = { HOST: '127.0.0.1', PORT: String(port), HUMANLOOP_API_KEY: apiKey };
	const api = axios.create({ baseURL: `http://127.0.0.1:${port}/v4`, headers: { 'X-API-KEY': apiKey } });
	const start = async () => {
		const container = runContainer(server, volume, env);
		await untilHealthy(container);
		return container;
	};
	let config = '';

	await check('image: the server runs without root on a read-only root folder, and is healthy', async () => {
		const container = await start();
		try {
			const { 1: uids } = /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${container.firstProcess()}/status`, 'utf8'))!;
			assert.deepEqual(uids!.split(/\s+/), Array(4).fill(String(nodeUser)));
			const { data } = await api.post<{ config: { id: string } }>('/model-configs', {
				project: 'image',
				provider: 'mock',
				model: 'mock-1',
				prompt_template: 'Greet {{name}}.',
			});
			config = data.config.id;
			const call = { model_config_id: config, project: 'image', inputs: { name: 'Zoë' } };
			assert.equal((await api.post('/completion-model-config', call)).status, 200);
			assert.ok(!container.output().includes(apiKey));
			assert.equal(await container.stop(), 0, container.output());
		} finally {
			await container.kill();
		}
	});

	await check('image: the data is in the volume, for its user alone, and is there after a restart', async () => {
		const files = readdirSync(volume);
		assert.ok(files.includes('humanloop.db'), files.join());
		for (const file of files) assert.equal(statSync(path.join(volume, file)).mode & 0o777, 0o600, file);
		const container = await start();
		try {
			assert.equal((await api.get(`/model-configs/${config}`)).status, 200);
			await assert.rejects(api.get('/nothing'), { status: 404 });
		} finally {
			await container.kill();
		}
	});

	await check('image: without a key it does not listen for other machines, and says what to do', async () => {
		const container = runContainer(server, newVolume(path.join(folder, 'without-key')), { PORT: String(port) });
		const [code] = (await once(container.process, 'exit')) as [number];
		assert.equal(code, 1);
		assert.match(container.output(), /no API key exists yet\..*HUMANLOOP_API_KEY/);
	});

	await check('image: the health check fails while the server does not answer', async () => {
		const container = runContainer(server, newVolume(path.join(folder, 'elsewhere')), { ...env, PORT: '0' });
		try {
			while (!container.output().includes('listens on')) {
				assert.equal(container.process.exitCode, null, container.output());
				await sleep(50);
			}
			assert.equal(await container.checkHealth(), 1);
		} finally {
			await container.kill();
		}
	});
}

async function main(): Promise<void> {
	if (process.platform !== 'linux' || process.getuid?.() !== 0)
		throw new Error('This test needs Linux and root: it mounts the layers of the image. Run it with sudo.');
	const folder = mkdtempSync(path.join(tmpdir(), 'humanloop-image-'));
	const layers = new Map<string, Layer>();
	try {
		let server: Layer | undefined;
		await check('image: the steps of the target "server" run, and leave what it needs and no more', async () => {
			server = await build(process.cwd(), folder, 'server', layers);
			checkFiles(server);
		});
		if (server) await checkServer(server, folder);
		await check('image: the steps of the target "n8n" put the packed node where n8n looks for it', async () => {
			const n8n = await build(process.cwd(), folder, 'n8n', layers);
			const node = '/home/node/.n8n/nodes/node_modules/n8n-nodes-humanloop';
			const files = filesIn(n8n, node);
			assert.ok(
				files.includes('package.json') && files.includes('dist/nodes/Humanloop/Humanloop.node.js'),
				files.join(),
			);
			assert.ok(!files.some((file) => /^(server|test|node_modules)/.test(file)), files.join());
			assert.equal(statSync(path.join(n8n.upper, node)).uid, nodeUser);
		});
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
	process.exitCode = total('e2e:image') ? 0 : 1;
}

main().catch((error: Error) => {
	console.error(error.message);
	process.exitCode = 1;
});
