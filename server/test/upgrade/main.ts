import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { version } from '../../src/version.ts';

/*
 * `npm run fixture:database -- 1.2.3`: keeps a database of that release, once on SQLite and once on PostgreSQL, for the
 * tests of upgrades. Without a version, it is the one of this package.
 */
const release = process.argv[2] ?? version;
if (!/^\d+\.\d+\.\d+$/.test(release))
	throw new Error('Name the version of the release: npm run fixture:database -- 1.2.3');
for (const storage of ['sqlite', 'postgres']) {
	const { status } = spawnSync(process.execPath, ['--test', join(import.meta.dirname, 'write.ts')], {
		stdio: 'inherit',
		env: { ...process.env, RELEASE: release, TEST_STORAGE: storage },
	});
	if (status !== 0) {
		process.exitCode = 1;
		break;
	}
}
