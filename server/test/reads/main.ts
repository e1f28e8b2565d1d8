import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { migrate } from '../../src/storage/migrations.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { startServerProcess } from '../serverProcess.ts';
import { startCluster } from '../storage/cluster.ts';
import { fillDatabase, words } from './generate.ts';
import { apiKey, readsOf, timeCompletions, timeRead } from './measure.ts';
import { type Measured, report } from './report.ts';
import { sqliteWith } from './sqliteDatabase.ts';

/*
 * npm run bench:reads [-- --sizes 1000,100000 --postgres-sizes 1000 --storages sqlite,postgres --dir DIR
 * --postgres ADDRESS]: how long each read takes. The databases are removed at the end, but for those of SQLite in --dir and those of the server at --postgres
 * (postgres://user@host:port/): these are made once and used again.
 */

const { values } = parseArgs({
	options: {
		sizes: { type: 'string', default: '1000,100000,1000000' },
		'postgres-sizes': { type: 'string' },
		storages: { type: 'string', default: 'sqlite,postgres' },
		dir: { type: 'string' },
		postgres: { type: 'string' },
		seconds: { type: 'string', default: '20' },
	},
});
const print = (line: string) => process.stdout.write(`${line}\n`);
const page = resolve(import.meta.dirname, '../../../docs/benchmarks-reads.md');
const notes = readFileSync(join(import.meta.dirname, 'notes.md'), 'utf8');

/** Makes the PostgreSQL database of that size, unless it is there. Returns its address. */
async function postgresWith(address: string, logs: number): Promise<string> {
	const client = new pg.Client({ connectionString: `${address}postgres` });
	await client.connect();
	try {
		const name = `reads_${logs}`;
		const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
		if (rowCount === 1) return `${address}${name}`;
		await client.query(`drop database if exists ${name}_unfinished`);
		await client.query(`create database ${name}_unfinished`);
		const dialect = await openPostgres(`${address}${name}_unfinished`, 3, 5_000);
		await migrate(dialect);
		await fillDatabase(dialect, logs);
		await dialect.close();
		await client.query(`alter database ${name}_unfinished rename to ${name}`);
		return `${address}${name}`;
	} finally {
		await client.end();
	}
}

async function measure(storage: Measured['storage'], logs: number, env: Record<string, string>): Promise<Measured> {
	const { child, address } = await startServerProcess({ HUMANLOOP_API_KEY: apiKey, ...env });
	try {
		const reads: Measured['reads'] = [];
		const paths = await readsOf(address);
		for (const [name, path] of paths) {
			const times = await timeRead(address, path);
			reads.push([name, times]);
			print(`${storage} ${logs}: ${name}: ${times.p50.toFixed(1)} / ${times.p99.toFixed(1)} ms`);
		}
		const searches = paths.filter(([, path]) => path.includes(`search=${words.onePercent}`)).map(([, path]) => path);
		const ten = Array.from({ length: 10 }, (_, index) => searches[index % searches.length] as string);
		const alone = await timeCompletions(address, Number(values.seconds), []);
		const whileSearching = await timeCompletions(address, Number(values.seconds), ten);
		print(`${storage} ${logs}: completions: ${JSON.stringify({ alone, whileSearching })}`);
		return { storage, logs, reads, completions: { alone, whileSearching } };
	} finally {
		child.kill('SIGTERM');
		await new Promise((ended) => child.once('exit', ended));
	}
}

const dir = values.dir ?? mkdtempSync(join(tmpdir(), 'humanloop-reads-'));
const sizes = values.sizes.split(',').map(Number);
const postgresSizes = values['postgres-sizes']?.split(',').map(Number) ?? sizes;
const measured: Measured[] = [];
try {
	if (values.storages.includes('sqlite')) {
		for (const logs of sizes) measured.push(await measure('SQLite', logs, { DATA_DIR: await sqliteWith(dir, logs) }));
	}
	if (values.storages.includes('postgres')) {
		const cluster = values.postgres === undefined ? await startCluster(['shared_buffers = 1GB']) : undefined;
		const address = values.postgres ?? cluster?.address ?? '';
		for (const logs of postgresSizes) {
			const env = { DATA_DIR: dir, DATABASE_URL: await postgresWith(address, logs) };
			measured.push(await measure('PostgreSQL', logs, env));
		}
		await cluster?.stop();
	}
	writeFileSync(page, report(measured, notes));
	print(`written: ${page}`);
} finally {
	if (values.dir === undefined) rmSync(dir, { recursive: true, force: true });
}
