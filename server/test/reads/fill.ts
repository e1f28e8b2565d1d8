import { parseArgs } from 'node:util';
import { sqliteWith } from './sqliteDatabase.ts';

/*
 * node server/test/reads/fill.ts --dir DIR --logs N [--projects N]: makes a SQLite database with many logs, unless it is
 * there. They are of five projects, or of as many as you say.
 */
const { values } = parseArgs({
	options: { dir: { type: 'string' }, logs: { type: 'string' }, projects: { type: 'string' } },
});
const { dir, logs, projects } = values;
if (dir === undefined || !Number.isInteger(Number(logs)))
	throw new Error('Usage: fill.ts --dir DIR --logs N [--projects N]');
await sqliteWith(dir, Number(logs), projects === undefined ? undefined : Number(projects));
