import { parseArgs } from 'node:util';
import { sqliteWith } from './sqliteDatabase.ts';

/* node server/test/reads/fill.ts --dir DIR --logs N: makes a SQLite database with many logs, unless it is there. */
const { values } = parseArgs({ options: { dir: { type: 'string' }, logs: { type: 'string' } } });
const { dir, logs } = values;
if (dir === undefined || !Number.isInteger(Number(logs))) throw new Error('Usage: fill.ts --dir DIR --logs N');
await sqliteWith(dir, Number(logs));
