import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../../src/storage/migrations.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import { fillDatabase } from './generate.ts';

/** Makes the SQLite database of that size in the folder, unless it is there. Returns its data folder. */
export async function sqliteWith(dir: string, logs: number, projects?: number): Promise<string> {
	const dataDir = join(dir, projects === undefined ? `sqlite-${logs}` : `sqlite-${logs}-of-${projects}`);
	if (existsSync(dataDir)) return dataDir;
	const unfinished = `${dataDir}.unfinished`;
	rmSync(unfinished, { recursive: true, force: true });
	mkdirSync(unfinished, { recursive: true });
	const dialect = openSqlite(join(unfinished, 'humanloop.db'));
	await migrate(dialect);
	await fillDatabase(dialect, logs, projects === undefined ? {} : { projects });
	await dialect.close();
	renameSync(unfinished, dataDir);
	return dataDir;
}
