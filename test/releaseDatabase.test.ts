import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

import { missingDatabase } from '../release/database.ts';

let repository: string;
beforeEach(() => {
	repository = mkdtempSync(path.join(tmpdir(), 'humanloop-release-'));
	mkdirSync(path.join(repository, 'server/src/storage/migrations'), { recursive: true });
	for (const file of ['early', '0008_one', '0009_two', '0009_postgres'])
		writeFileSync(path.join(repository, `server/src/storage/migrations/${file}.ts`), '');
});
afterEach(() => rmSync(repository, { recursive: true }));

function keep(release: string, schema: string): void {
	const folder = path.join(repository, 'server/test/upgrade/releases', release);
	mkdirSync(folder, { recursive: true });
	writeFileSync(path.join(folder, 'sqlite.answers.json.gz'), gzipSync(JSON.stringify({ schema })));
}

test('a release with a new schema needs a database that is kept, and others do not', () => {
	keep('0.1.0', '0008_one');
	expect(missingDatabase('0.2.0', repository)).toBe(
		'No release has a database with the schema 0009. Run "npm run fixture:database -- 0.2.0", and commit what it writes.',
	);
	keep('0.2.0', '0009_two');
	expect(missingDatabase('0.2.0', repository)).toBeUndefined();
	expect(missingDatabase('0.2.1', repository)).toBeUndefined();
});
