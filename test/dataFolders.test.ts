import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { dataFolders } from '../n8n/dataFolders.ts';

/** Where the server itself would keep its data. Its modules cannot be loaded by jest. */
function serverFolder(dataDir: string): string {
	const script = `import { readSettings } from ${JSON.stringify(config)};
	process.stdout.write(readSettings(process.env).settings.dataDir);`;
	return execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
		env: { PATH: process.env.PATH, DATA_DIR: dataDir },
		encoding: 'utf8',
	});
}

const before = process.cwd();
const config = path.resolve('server/src/config.ts');
let clone = '';
beforeEach(() => {
	clone = mkdtempSync(path.join(tmpdir(), 'data-folders-'));
	process.chdir(clone);
});
afterEach(() => {
	process.chdir(before);
	rmSync(clone, { recursive: true, force: true });
});

test.each([undefined, '', 'elsewhere'])(
	'npm start and npm run server share one folder with DATA_DIR %p',
	(DATA_DIR) => {
		expect(dataFolders(DATA_DIR).server).toBe(serverFolder(DATA_DIR ?? ''));
	},
);

test.each([
	[undefined, '.data/start'],
	['elsewhere', 'elsewhere'],
])("with DATA_DIR %p, n8n's data stays where it was, and older data of the server is found", (dataDir, start) => {
	expect(dataFolders(dataDir)).toMatchObject({ start: path.resolve(start), oldServer: undefined });
	mkdirSync(path.join(start, 'server'), { recursive: true });
	writeFileSync(path.join(start, 'server', 'humanloop.db'), '');
	expect(dataFolders(dataDir).oldServer).toBe(path.resolve(start, 'server'));
});
