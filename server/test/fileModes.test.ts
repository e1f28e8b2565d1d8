import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { post, start } from './process.ts';
import { tempDir } from './setup.ts';
import { onlyOnSqlite } from './storage/storage.ts';

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
const config = { project: 'p', provider: 'mock', model: 'm', prompt_template: 'my secret prompt' };

/** A folder that everybody may enter, for the data folder to be in. */
function openFolder(t: TestContext): string {
	const dir = tempDir(t);
	chmodSync(dir, 0o755);
	return dir;
}

/** What the user `nobody` can read of the files in a folder. Without root, nobody else can be asked. */
function readByNobody(dir: string): string {
	if (process.getuid?.() !== 0) return '';
	return readdirSync(dir)
		.map((name) => spawnSync('cat', [join(dir, name)], { uid: 65534, gid: 65534, encoding: 'latin1' }).stdout)
		.join('');
}

function assertPrivate(dir: string): void {
	const names = readdirSync(dir).filter((name) => name.startsWith('humanloop.db'));
	assert.equal(names.length, 3, names.join());
	for (const name of names) assert.equal(mode(join(dir, name)), '600', name);
	assert.doesNotMatch(readByNobody(dir), /secret/);
}

test('the data folder and its files are for their user alone, also those of SQLite', onlyOnSqlite, async (t) => {
	const dataDir = join(openFolder(t), 'new', 'data');
	const { address, err } = await start(t, { DATA_DIR: dataDir });
	await post(address, '/model-configs', config);
	assert.equal(mode(dataDir), '700');
	assertPrivate(dataDir);
	assert.equal(err(), '');
});

test('what an earlier version left open is closed, and a line says so', onlyOnSqlite, async (t) => {
	const dataDir = join(openFolder(t), 'data');
	const first = await start(t, { DATA_DIR: dataDir });
	await post(first.address, '/model-configs', config);
	first.child.kill('SIGKILL');
	for (const name of readdirSync(dataDir)) chmodSync(join(dataDir, name), 0o644);
	chmodSync(dataDir, 0o755);
	if (process.getuid?.() === 0) assert.match(readByNobody(dataDir), /secret/);
	const { address, err } = await start(t, { DATA_DIR: dataDir });
	await post(address, '/model-configs', config);
	assert.equal(mode(dataDir), '700');
	assertPrivate(dataDir);
	assert.match(err(), /^Other users of this machine could use .*humanloop\.db.*They cannot any more\.$/m);
});

test(
	'a folder that holds other things too keeps its mode, and only the files of the server are closed',
	onlyOnSqlite,
	async (t) => {
		const dataDir = join(openFolder(t), 'home');
		mkdirSync(dataDir);
		writeFileSync(join(dataDir, 'other.txt'), '');
		chmodSync(dataDir, 0o755);
		chmodSync(join(dataDir, 'other.txt'), 0o644);
		const { address, err } = await start(t, { DATA_DIR: dataDir });
		await post(address, '/model-configs', config);
		assert.deepEqual([mode(dataDir), mode(join(dataDir, 'other.txt'))], ['755', '644']);
		assertPrivate(dataDir);
		assert.equal(err(), '');
	},
);
