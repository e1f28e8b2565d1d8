import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { apiKey, startApi, tempDir } from './setup.ts';
import { execute } from './storage/storage.ts';

/** A data folder with this many saved responses that are too old. */
async function folderWith(t: TestContext, expired: number): Promise<string> {
	const dataDir = tempDir(t);
	await (await startApi(t, { dataDir })).app.close();
	const response = JSON.stringify({ output: 'x'.repeat(500) });
	await execute(
		dataDir,
		`
		insert into saved_responses (scope, key, fingerprint, response, created_at)
		with recursive numbers (number) as (select 1 union all select number + 1 from numbers where number < ${expired})
		select 's', cast(number as text), 'f', '${response}', '2026-01-01T00:00:00.000Z' from numbers
	`,
	);
	return dataDir;
}

async function countIn(dataDir: string): Promise<number> {
	return Number((await execute(dataDir, 'select count(*) as n from saved_responses'))[0]?.['n']);
}

test('old responses are deleted after the start, with requests in between', async (t) => {
	const expired = 10_000;
	const dataDir = await folderWith(t, expired);
	const api = await startApi(t, { dataDir });
	const address = await api.listen();
	assert.ok((await countIn(dataDir)) > 0, 'the start does not wait for it');
	const remaining: number[] = [];
	for (let left = expired; left > 0;) {
		assert.equal((await fetch(`${address}/projects`, { headers: { 'x-api-key': apiKey } })).status, 200);
		left = await countIn(dataDir);
		remaining.push(left);
	}
	assert.ok(new Set(remaining).size > 10, `answered only when ${[...new Set(remaining)].join(', ')} were left`);
});

test('closing does not wait for the rest', async (t) => {
	const dataDir = await folderWith(t, 10_000);
	const api = await startApi(t, { dataDir });
	await api.listen();
	while ((await countIn(dataDir)) === 10_000) await new Promise((resume) => setTimeout(resume, 5));
	await api.app.close();
	const left = await countIn(dataDir);
	assert.ok(left > 0 && left < 10_000, String(left));
	assert.ok(!api.logged.some((line) => line.includes('could not be deleted')));
});
