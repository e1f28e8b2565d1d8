import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The number of a schema, such as `0017`, is how its name and the file of its migration begin. */
const numberOf = (name: string) => path.basename(name).slice(0, 4);

/**
 * What is missing before a version with this schema can be released: the tests of upgrades need a database that it filled.
 *
 * @returns undefined if nothing is
 */
export function missingDatabase(version: string, repository = '.'): string | undefined {
	const newest = globSync('server/src/storage/migrations/[0-9]*.ts', { cwd: repository }).map(numberOf).sort().at(-1)!;
	const kept = globSync('server/test/upgrade/releases/*/sqlite.answers.json.gz', { cwd: repository })
		.map((file) => gunzipSync(readFileSync(path.join(repository, file))).toString())
		.map((text) => numberOf((JSON.parse(text) as { schema: string }).schema));
	if (kept.includes(newest)) return undefined;
	return (
		`No release has a database with the schema ${newest}. Run "npm run fixture:database -- ${version}", and commit ` +
		'what it writes.'
	);
}
