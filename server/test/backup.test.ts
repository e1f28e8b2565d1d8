import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { post, start } from './process.ts';
import { startApi, tempDir } from './setup.ts';
import { onlyOnSqlite } from './storage/storage.ts';

const docs = readFileSync(resolve(import.meta.dirname, '../../docs/server.md'), 'utf8');

test(
	'the documented backup ends while the server is in use, and what was acknowledged before is in it',
	onlyOnSqlite,
	async (t) => {
		const dir = tempDir(t);
		const { address } = await start(t, { DATA_DIR: join(dir, '.data') });
		const config = { project: 'p', provider: 'mock', model: 'm', prompt_template: 'x' };
		const { id } = (await post(address, '/model-configs', config)).config;
		const log = () => post(address, '/logs', { project: 'p', config_id: id });
		const { id: before } = (await log()) as unknown as { id: string };
		let isDone = false;
		const load = (async () => {
			while (!isDone) await log();
		})();
		const command = /^umask 077; .*vacuum into.*$/im.exec(docs)?.[0] ?? 'exit 1';
		const env = { PATH: `${dirname(process.execPath)}:${process.env['PATH']}` };
		await promisify(execFile)('sh', ['-c', command.replace('node_modules/.bin/node', process.execPath)], {
			cwd: dir,
			env,
		});
		isDone = true;
		await load;
		const backup = join(dir, 'backup.db');
		assert.equal((statSync(backup).mode & 0o777).toString(8), '600');
		const dataDir = join(dir, 'restored');
		mkdirSync(dataDir);
		copyFileSync(backup, join(dataDir, 'humanloop.db'));
		assert.equal((await (await startApi(t, { dataDir })).get(`/logs/${before}`)).status, 200);
	},
);
