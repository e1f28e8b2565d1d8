import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

/*
 * `npm test`: runs the test files on the storage that TEST_STORAGE names. On PostgreSQL and PGlite, those that use no
 * database are left out: they have run on SQLite. Arguments are options of Node.js's test runner, or files.
 *
 * With REPEAT_FAILED=1, as in `.ci/run`, each file in which a test failed runs once more, alone. The run passes if they all
 * pass then, and names them: a test that needs a second run still has a fault, but it should not hide all other results.
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

/** Runs files side by side. @returns the exit code, and which of the files failed */
async function run(concurrency: number, files: string[]): Promise<{ code: number; failed: string[] }> {
	const temporary = mkdtempSync(join(tmpdir(), 'server-test-'));
	const failedFiles = join(temporary, 'failed-files');
	const child = spawn(
		process.execPath,
		[
			'--test',
			`--test-concurrency=${concurrency}`,
			`--test-global-setup=${join(folder, 'storage/globalSetup.ts')}`,
			'--test-reporter=spec',
			'--test-reporter-destination=stdout',
			`--test-reporter=${join(folder, 'failedFiles.ts')}`,
			`--test-reporter-destination=${failedFiles}`,
			...options,
			...files,
		],
		{ stdio: 'inherit' },
	);
	const [code] = (await once(child, 'exit')) as [number | null];
	// A run that ended before its reporters began has no such file.
	const written = existsSync(failedFiles) ? readFileSync(failedFiles, 'utf8').split('\n') : [];
	rmSync(temporary, { recursive: true });
	return { code: code ?? 1, failed: files.filter((file) => written.includes(file)) };
}

const chosen = files.filter((file) => isSqlite || usesDatabase(file));

// Tests also wait: for PostgreSQL, for other processes and for time to pass.
const first = await run(availableParallelism() + 1, chosen.sort());
process.exitCode = first.code;
const isRepeated = process.env['REPEAT_FAILED'] === '1' && files.length > 0 && first.failed.length > 0;
if (isRepeated) {
	const names = first.failed.map((file) => relative(folder, file)).join(', ');
	console.log(`\nFailed, and run again alone: ${names}`);
	process.exitCode = (await run(1, first.failed)).code;
	if (process.exitCode === 0) console.log(`\nPASSED ONLY WHEN RUN AGAIN: ${names}`);
}
