import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { vacuumInto } from '../../src/storage/copy/sqliteFile.ts';
import { dataFileIn } from '../../src/storage/openDatabase.ts';
import { program } from '../storage/cluster.ts';
import { databaseUrlFor, storage } from '../storage/storage.ts';
import type { Answers } from './readAll.ts';

/*
 * Databases as released servers left them: a SQLite file, and what pg_dump writes of PostgreSQL. They never change. A
 * release whose schema is new adds its own: `npm run fixture:database -- 1.2.3`.
 */
const folder = join(import.meta.dirname, 'releases');

export type Fixture = {
	/** When it was written, in milliseconds. */
	at: number;
	/** The newest migration that it has. */
	schema: string;
	answers: Answers;
};

/** The releases that have a fixture, oldest first. */
export function releases(): string[] {
	if (!existsSync(folder)) return [];
	const numbers = (version: string) => version.split('.').map(Number);
	return readdirSync(folder).sort((one, other) => {
		const [left, right] = [numbers(one), numbers(other)];
		const place = left.findIndex((number, index) => number !== right[index]);
		return place === -1 ? 0 : left[place]! - right[place]!;
	});
}

const fileOf = (release: string, ending: string) => join(folder, release, `${storage}.${ending}.gz`);

export function hasFixture(release: string): boolean {
	return existsSync(fileOf(release, 'answers.json'));
}

export function readFixture(release: string): Fixture {
	return JSON.parse(gunzipSync(readFileSync(fileOf(release, 'answers.json'))).toString()) as Fixture;
}

const write = (file: string, bytes: Buffer | string) => writeFileSync(file, gzipSync(bytes, { level: 9 }));

/** Keeps the database of a folder. No server may run on it. `scratch` is an empty folder. */
export function keepDatabase(release: string, dataDir: string, scratch: string, fixture: Fixture): void {
	mkdirSync(join(folder, release), { recursive: true });
	if (storage === 'sqlite') {
		const copy = join(scratch, 'copy.db');
		vacuumInto(dataFileIn(dataDir), copy, 'The fixture');
		write(fileOf(release, 'db'), readFileSync(copy));
	} else {
		const args = ['--no-owner', '--no-privileges', '--schema=public', '--dbname', databaseUrlFor(dataDir)!];
		write(fileOf(release, 'sql'), portable(execFileSync(program('pg_dump'), args, { encoding: 'utf8' })));
	}
	write(fileOf(release, 'answers.json'), JSON.stringify(fixture));
}

/** Without the lines that only some versions of PostgreSQL and psql know, or that a new database has already. */
function portable(dump: string): string {
	const lines = dump
		.split('\n')
		.filter((line) => !/^\\(un)?restrict|^SET transaction_timeout|SCHEMA public/.test(line));
	return ['CREATE EXTENSION pg_trgm;', 'CREATE EXTENSION btree_gin;', ...lines].join('\n');
}

/** Makes the database of a folder the one that was kept. */
export function restoreFixture(release: string, dataDir: string): void {
	if (storage === 'sqlite') {
		writeFileSync(dataFileIn(dataDir), gunzipSync(readFileSync(fileOf(release, 'db'))));
		return;
	}
	const input = gunzipSync(readFileSync(fileOf(release, 'sql')));
	const args = ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--dbname', databaseUrlFor(dataDir)!];
	execFileSync(program('psql'), args, { input, stdio: ['pipe', 'ignore', 'pipe'] });
}
