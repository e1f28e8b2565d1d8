import { spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/*
 * `npm test`: runs the test files on the storage that TEST_STORAGE names. On PostgreSQL and PGlite, those that use no
 * database are left out: they have run on SQLite. Arguments are options of Node.js's test runner, or files.
 */

const folder = import.meta.dirname;
const storage = join(folder, 'storage/storage.ts');

/** The files of this repository that a file imports. */
function importsOf(file: string): string[] {
	const specifiers = readFileSync(file, 'utf8').matchAll(/(?:from|import|import\()\s*'(\.[^']+\.ts)'/g);
	return [...specifiers].map(([, specifier]) => resolve(dirname(file), specifier!));
}

function usesDatabase(file: string): boolean {
	const seen = new Set([file]);
	for (const each of seen) for (const imported of importsOf(each)) seen.add(imported);
	return seen.has(storage);
}

const options = process.argv.slice(2);
const files = options.some((option) => option.endsWith('.ts')) ? [] : globSync(join(folder, '**/*.test.ts'));
const isSqlite = (process.env['TEST_STORAGE'] || 'sqlite') === 'sqlite';
const child = spawn(
	process.execPath,
	[
		'--test',
		// Tests also wait: for PostgreSQL, for other processes and for time to pass.
		`--test-concurrency=${availableParallelism() + 1}`,
		`--test-global-setup=${join(folder, 'storage/globalSetup.ts')}`,
		...options,
		...files.filter((file) => isSqlite || usesDatabase(file)).sort(),
	],
	{ stdio: 'inherit' },
);
child.on('exit', (code) => (process.exitCode = code ?? 1));
