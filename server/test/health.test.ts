import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { mountDisk } from './disk.ts';
import { post, start } from './process.ts';
import { startPausing, startWith, until } from './provider.ts';
import { apiKey, startApi, tempDir } from './setup.ts';
import { onlyOnSqlite } from './storage/storage.ts';

type Answer = { status: number; reason?: string };

async function get(url: string): Promise<Answer> {
	const response = await fetch(url, { headers: { connection: 'close' } });
	const body = (await response.json()) as { reason?: string };
	return { status: response.status, ...(body.reason === undefined ? {} : { reason: body.reason }) };
}

test(
	'a disk with too little room makes the server not ready, and the reason says what to do',
	onlyOnSqlite,
	async (t) => {
		const disk = mountDisk(t);
		if (disk === undefined) return t.skip('A file system cannot be mounted here: this test needs root.');
		const full = await startApi(t, { dataDir: disk.dir });
		const address = (await full.listen()).replace('/v4', '');
		const answer = await get(`${address}/readyz`);
		assert.equal(answer.status, 503);
		assert.match(
			answer.reason!,
			/^the disk of DATA_DIR has \d+ bytes left, and MIN_FREE_DISK_BYTES is 104857600: make/,
		);
		assert.deepEqual(await get(`${address}/healthz`), { status: 200 });
		await full.app.close();
		const enough = await start(t, { DATA_DIR: disk.dir, MIN_FREE_DISK_BYTES: String(1024 * 1024) });
		assert.deepEqual(await get(`${enough.address.replace('/v4', '')}/readyz`), { status: 200 });
	},
);

test('a server that closes says so in /readyz, and goes on serving while balancers notice', async (t) => {
	const provider = await startPausing(t);
	const { api, address } = await startWith(t, provider, { closeDelayMs: 700 });
	const root = address.replace('/v4', '');
	assert.deepEqual(await get(`${root}/readyz`), { status: 200 });
	const closed = api.app.close();
	await until(async () => (await get(`${root}/readyz`)).status === 503);
	assert.deepEqual(await get(`${root}/readyz`), { status: 503, reason: 'the server is closing' });
	assert.deepEqual(await get(`${root}/healthz`), { status: 200 });
	const projects = await fetch(`${address}/projects`, { headers: { 'x-api-key': apiKey, connection: 'close' } });
	assert.equal(projects.status, 200, 'new connections are served');
	await closed;
	await assert.rejects(get(`${root}/readyz`), /fetch failed/);
});

/** Fastify's own limit on the hooks before closing, unless it is switched off. */
const fastifyLimitMs = 10_000;

test('CLOSE_DELAY_MS can be longer than ten seconds', async (t) => {
	const api = await startApi(t, { closeDelayMs: fastifyLimitMs + 500 });
	await api.listen();
	await api.app.close();
});

test('without CLOSE_DELAY_MS, a process ends at once; with it, a second signal ends it', async (t) => {
	const quick = await start(t, { DATA_DIR: tempDir(t) });
	await post(quick.address, '/model-configs', { project: 'p', provider: 'mock', model: 'm', prompt_template: 'x' });
	quick.child.kill('SIGTERM');
	assert.deepEqual(await once(quick.child, 'close'), [0, null]);
	const slow = await start(t, { DATA_DIR: tempDir(t), CLOSE_DELAY_MS: '600000' });
	slow.child.kill('SIGTERM');
	await until(async () => (await get(`${slow.address.replace('/v4', '')}/readyz`)).status === 503);
	// A signal that follows at once counts as the same one.
	await until(() => slow.child.exitCode !== null || !slow.child.kill('SIGTERM'));
	assert.equal(slow.child.exitCode, 130, slow.err());
});
