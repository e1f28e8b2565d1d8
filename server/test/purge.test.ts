import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { apiKey, startApi, tempDir } from './setup.ts';

/** A data folder with this many saved responses that are too old. */
async function folderWith(t: TestContext, expired: number): Promise<string> {
	const dataDir = tempDir(t);
	await (await startApi(t, { dataDir })).app.close();
	const db = new DatabaseSync(join(dataDir, 'humanloop.db'));
	const insert = db.prepare(
		"insert into saved_responses (scope, key, fingerprint, response, created_at) values ('s', ?, 'f', ?, '2026-01-01T00:00:00.000Z')",
	);
	const response = JSON.stringify({ output: 'x'.repeat(500) });
	db.exec('begin');
	for (let row = 0; row < expired; row += 1) insert.run(String(row), response);
	db.exec('commit');
	db.close();
	return dataDir;
}

function countIn(dataDir: string): number {
	const db = new DatabaseSync(join(dataDir, 'humanloop.db'), { readOnly: true });
	try {
		return db.prepare('select count(*) as n from saved_responses').get()?.['n'] as number;
	} finally {
		db.close();
	}
}

test('old responses are deleted after the start, with requests in between', async (t) => {
	const expired = 10_000;
	const dataDir = await folderWith(t, expired);
	const api = await startApi(t, { dataDir });
	const address = await api.listen();
	assert.ok(countIn(dataDir) > 0, 'the start does not wait for it');
	const remaining: number[] = [];
	for (let left = expired; left > 0;) {
		assert.equal((await fetch(`${address}/projects`, { headers: { 'x-api-key': apiKey } })).status, 200);
		left = countIn(dataDir);
		remaining.push(left);
	}
	assert.ok(new Set(remaining).size > 10, `answered only when ${[...new Set(remaining)].join(', ')} were left`);
});

test('closing does not wait for the rest', async (t) => {
	const dataDir = await folderWith(t, 10_000);
	const api = await startApi(t, { dataDir });
	await api.listen();
	while (countIn(dataDir) === 10_000) await new Promise((resume) => setTimeout(resume, 5));
	await api.app.close();
	const left = countIn(dataDir);
	assert.ok(left > 0 && left < 10_000, String(left));
	assert.ok(!api.logged.some((line) => line.includes('could not be deleted')));
});
