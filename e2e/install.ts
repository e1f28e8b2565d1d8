import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { installN8n } from '../n8n/install.ts';
import { openInstance, type Instance } from '../n8n/instance.ts';
import { packNode, unpackNode } from '../n8n/packNode.ts';
import { check, patience, total } from './check.ts';
import { openN8nApi, signIn, type N8nApi } from './n8nApi.ts';
import { startNpmRegistry, type NpmRegistry } from './npmRegistry.ts';
import { startQueueHosts } from './queueHosts.ts';

/*
 * `npm run e2e:install`: what docs/installing.md says of n8n's settings and of N8N_COMMUNITY_PACKAGES, in one process and in
 * queue mode, with a stand-in for npm's registry. Needs openssl, and what e2e:queue needs.
 */

const folderOf = ({ userFolder }: Instance) =>
	path.join(userFolder, '.n8n', 'nodes', 'node_modules', 'n8n-nodes-humanloop');

/** What n8n has: whether it knows the node, and which packages its settings list. */
interface Found {
	isLoaded: boolean;
	listed: string[];
}

async function lookInto({ rest }: N8nApi): Promise<Found> {
	// It answers 400 for a type that it does not know.
	const nodeInfos = [{ name: 'n8n-nodes-humanloop.humanloop', version: 1 }];
	const { status } = await rest.post(
		'/node-types',
		{ nodeInfos },
		{ validateStatus: (code) => [200, 400].includes(code) },
	);
	const { data: packages } = await rest.get<{ data: { packageName: string }[] }>('/community-packages');
	return { isLoaded: status === 200, listed: packages.data.map(({ packageName }) => packageName) };
}

const isThere: Found = { isLoaded: true, listed: ['n8n-nodes-humanloop'] };

/** Starts n8n with some settings, looks into it, and ends it. */
async function startOnce(instance: Instance, env: Record<string, string>): Promise<Found & { log: string }> {
	const main = await instance.start({ env });
	try {
		const isNew = (await (await fetch(`${main.url}/rest/settings`)).text()).includes('"showSetupOnFirstLoad":true');
		const found = await lookInto(await (isNew ? openN8nApi : signIn)(main.url));
		return { ...found, log: readFileSync(main.log, 'utf8') };
	} finally {
		await main.stop();
	}
}

/** The settings of N8N_COMMUNITY_PACKAGES with these packages on the list. */
function managed(...packages: object[]): Record<string, string> {
	return { N8N_COMMUNITY_PACKAGES_MANAGED_BY_ENV: 'true', N8N_COMMUNITY_PACKAGES: JSON.stringify(packages) };
}

const verifiedOnly = { N8N_UNVERIFIED_PACKAGES_ENABLED: 'false' };
const reinstall = { N8N_REINSTALL_MISSING_PACKAGES: 'true' };

async function checkList(instance: Instance, { published }: NpmRegistry, tarball: string): Promise<void> {
	const { name, version } = published;
	const wrong = { name, version, checksum: `sha512-${Buffer.alloc(64).toString('base64')}` };

	await check('install: a wrong checksum: n8n says so and starts without the node', async () => {
		const { log, ...found } = await startOnce(instance, managed(wrong));
		assert.deepEqual(found, { isLoaded: false, listed: [] });
		assert.match(log, /Failed to install community package .*n8n-nodes-humanloop/);
	});

	await check('install: verified packages only, and no checksum: n8n does not start', async () => {
		const start = startOnce(instance, { ...managed({ name, version }), ...verifiedOnly });
		await assert.rejects(start, /no checksum available for 'n8n-nodes-humanloop@/);
	});

	await check('install: verified packages only, with the checksum: the node is there', async () => {
		const { log: _, ...found } = await startOnce(instance, { ...managed(published), ...verifiedOnly });
		assert.deepEqual(found, isThere);
	});

	await check(
		'install: a new container with the old database: the list alone does not bring the node back',
		async () => {
			await rm(path.dirname(folderOf(instance)), { recursive: true });
			const { log, ...found } = await startOnce(instance, managed(published));
			assert.deepEqual(found, { isLoaded: false, listed: ['n8n-nodes-humanloop'] });
			assert.match(log, /n8n detected that some packages are missing/);
		},
	);

	await check('install: nor does N8N_REINSTALL_MISSING_PACKAGES with verified packages only', async () => {
		const { log, ...found } = await startOnce(instance, { ...managed(published), ...reinstall, ...verifiedOnly });
		assert.deepEqual(found, { isLoaded: false, listed: ['n8n-nodes-humanloop'] });
		assert.match(log, /Installation of unverified community packages is forbidden/);
	});

	await check('install: N8N_REINSTALL_MISSING_PACKAGES brings it back', async () => {
		const { log: _, ...found } = await startOnce(instance, { ...managed(published), ...reinstall });
		assert.deepEqual(found, isThere);
	});

	await check('install: what is not on the list is removed', async () => {
		const { log: _, ...found } = await startOnce(instance, managed());
		assert.deepEqual(found, { isLoaded: false, listed: [] });
		assert.equal(existsSync(folderOf(instance)), false);
	});

	await check('install: unpacked by hand, it stays and is loaded, also with verified packages only', async () => {
		await unpackNode(tarball, instance.userFolder);
		const { log: _, ...found } = await startOnce(instance, { ...managed(), ...verifiedOnly });
		assert.deepEqual(found, { isLoaded: true, listed: [] });
	});
}

/** Waits until a process has the node on its disk. */
async function waitForNode(instance: Instance): Promise<void> {
	const deadline = Date.now() + patience;
	while (!existsSync(path.join(folderOf(instance), 'package.json'))) {
		if (Date.now() > deadline) throw new Error(`There is no node in ${folderOf(instance)}`);
		await sleep(100);
	}
}

/** The main process and two workers, each with a disk of its own; the second worker starts after the installation. */
async function checkQueueMode(open: (name: string) => Promise<Instance>): Promise<void> {
	const [mainFolder, early, late] = [await open('main'), await open('early'), await open('late')];
	const main = await mainFolder.start();
	const worker = await early.start({ command: 'worker' });
	try {
		const { rest } = await openN8nApi(main.url);

		await check("install: n8n's settings refuse a name that is not on npm", async () => {
			const { status } = await rest.post(
				'/community-packages',
				{ name: 'n8n-nodes-humanlooop' },
				{ validateStatus: null },
			);
			assert.ok(status >= 400, `${status}`);
		});

		await check("queue: an installation in n8n's settings reaches the worker that runs", async () => {
			await rest.post('/community-packages', { name: 'n8n-nodes-humanloop' });
			await waitForNode(mainFolder);
			await waitForNode(early);
		});

		await check('queue: a worker that starts later lacks the node', async () => {
			const later = await late.start({ command: 'worker' });
			await later.stop();
			assert.equal(existsSync(folderOf(late)), false);
			assert.match(readFileSync(later.log, 'utf8'), /n8n detected that some packages are missing/);
		});

		await check('queue: with N8N_REINSTALL_MISSING_PACKAGES, it installs the node', async () => {
			const later = await late.start({ command: 'worker', env: reinstall });
			await waitForNode(late);
			await later.stop();
		});
	} finally {
		await worker.stop();
		await main.stop();
	}
}

async function main(): Promise<void> {
	const folder = await mkdtemp(path.join(tmpdir(), 'humanloop-install-'));
	const ends = [async () => await rm(folder, { recursive: true, force: true, maxRetries: 3 })];
	try {
		const n8n = await installN8n();
		const tarball = await packNode(folder);
		const registry = await startNpmRegistry(tarball, folder);
		ends.push(async () => await registry.stop());
		const env = { ...registry.env, N8N_LOG_LEVEL: 'info' };
		await checkList(await openInstance({ n8n, userFolder: path.join(folder, 'one'), env }), registry, tarball);

		const hosts = await startQueueHosts();
		ends.push(async () => await hosts.stop());
		const queue = { ...env, ...hosts.env, N8N_ENCRYPTION_KEY: randomBytes(24).toString('hex') };
		await checkQueueMode(async (name) => await openInstance({ n8n, userFolder: path.join(folder, name), env: queue }));
	} finally {
		for (const end of ends.reverse()) await end();
	}
	process.exitCode = total('e2e:install') ? 0 : 1;
}

main().catch((error: Error) => {
	console.error(error);
	process.exitCode = 1;
});
