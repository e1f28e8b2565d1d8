import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { send, untilStatus } from './keyRequests.ts';
import { command, headers, post, start } from './process.ts';
import { tempDir } from './setup.ts';
import { databaseUrlFor } from './storage/storage.ts';

const apiKey = headers['x-api-key'];

/** Runs `budgets …` on the database of a folder, or another group of commands. */
function budgets(dataDir: string, args: string[], group = 'budgets') {
	const databaseUrl = databaseUrlFor(dataDir);
	const database = databaseUrl === undefined ? { DATA_DIR: dataDir } : { DATABASE_URL: databaseUrl };
	return command([group, ...args], database);
}

/** A server whose mock costs $1 for a token of the prompt, and a call of at most 10 tokens of output. */
async function startPriced(t: Parameters<typeof start>[0]) {
	const dataDir = tempDir(t);
	const prices = join(dataDir, 'prices.json');
	const price = { usd_per_million_tokens: { prompt: 1, output: 1 }, context_window: 10_000 };
	writeFileSync(prices, JSON.stringify([{ provider: 'mock', model: '*', ...price }]));
	const { address } = await start(t, { DATA_DIR: dataDir, PRICES_FILE: prices });
	const stored = await post(address, '/model-configs', {
		...{ project: 'tickets', provider: 'mock', model: 'mock-1', prompt_template: '{{what}}', max_tokens: 10 },
	});
	const call = { model_config_id: stored.config.id, project: 'tickets', inputs: { what: 'x' } };
	const callWith = (key: string) => send(address, key, 'POST', '/completion-model-config', call);
	return { dataDir, address, callWith };
}

test('budgets of a key and of a project are set, changed, listed and deleted while the server runs', async (t) => {
	const { dataDir, address, callWith } = await startPriced(t);
	const made = await budgets(dataDir, ['create', '--name', 'n8n', '--role', 'run'], 'keys');
	const key = made.stdout.trim();
	assert.equal((await callWith(key)).status, 200);
	const ofKey = await budgets(dataDir, ['set', '--key', 'n8n', '--period', 'day', '--limit', '0']);
	assert.equal(ofKey.status, 0, ofKey.stderr);
	assert.match(ofKey.stdout, /^budget_\w{21}\n$/, 'its ID and nothing else');
	assert.match(
		ofKey.stderr,
		/^The budget budget_\w+ of the key n8n is \$0\.00 for a day\. \$0\.00 is left until 20\d\d-.+Z\. Servers that are running use it within a second\.\n$/,
	);
	await untilStatus(402, () => callWith(key));
	assert.equal((await callWith(apiKey)).status, 200, 'another key');

	const id = ofKey.stdout.trim();
	const changed = await budgets(dataDir, ['set', '--key', 'n8n', '--period', 'day', '--limit', '20.5']);
	assert.equal(changed.stdout.trim(), id, 'the same budget');
	// A server reads the limit again when it reserves.
	assert.equal((await callWith(key)).status, 200);
	const ofProject = await budgets(dataDir, ['set', '--project', 'tickets', '--period', 'month', '--limit', '0']);
	assert.equal(ofProject.status, 0, ofProject.stderr);
	await untilStatus(402, () => callWith(apiKey));
	const ofOther = await budgets(dataDir, ['set', '--key', 'HUMANLOOP_API_KEY', '--period', 'day', '--limit', '1']);
	assert.equal(ofOther.status, 0, ofOther.stderr);

	const { stdout, status } = await budgets(dataDir, ['list']);
	assert.equal(status, 0);
	const lines = stdout.trimEnd().split('\n');
	assert.equal(lines.length, 4);
	for (const line of lines) assert.ok(line.length <= 80, line);
	assert.match(lines[0]!, /^ID {28}OF {15}PERIOD {2}LIMIT {3}LEFT$/);
	assert.match(lines[1]!, /^budget_\w{21} {2}key n8n {10}day {5}\$20\.50 {2}\$20\.49\d*$/);
	assert.match(lines[2]!, /^budget_\w{21} {2}project tickets {2}month {3}\$0\.00 {3}\$0\.00$/);
	assert.match(lines[3]!, /^budget_\w{21} {2}key HUMANLOOP_… {2}day {5}\$1\.00 {3}\$1\.00$/);

	const deleted = await budgets(dataDir, ['delete', ofProject.stdout.trim()]);
	assert.equal(deleted.status, 0, deleted.stderr);
	assert.match(
		deleted.stderr,
		/^Deleted the budget budget_\w+\. Servers that are running stop using it within a second/,
	);
	await untilStatus(200, () => callWith(apiKey));
	const { body } = await send(address, apiKey, 'GET', '/audit');
	const entries = body.records as unknown as Record<string, string>[];
	assert.deepEqual(
		entries.filter(({ action }) => action!.startsWith('budget')).map((one) => [one['action'], one['actor_name']]),
		['deleted', 'set', 'set', 'set', 'set'].map((action) => [`budget.${action}`, 'command line']),
	);
});

test('what cannot be done is one line that says what to do', async (t) => {
	const dataDir = tempDir(t);
	assert.equal((await budgets(dataDir, ['create', '--name', 'n8n', '--role', 'run'], 'keys')).status, 0);
	const set = (...more: string[]) => ['set', '--period', 'day', '--limit', '1', ...more];
	const wrong: [string[], RegExp][] = [
		[set(), /^Name either an API key with --key or a project with --project\.$/],
		[set('--key', 'n8n', '--project', 'x'), /^Name either an API key/],
		[set('--key', 'hl_sk_canary'), /^There is no such API key\. Look for its ID in the list of keys\.$/],
		[set('--project', 'other'), /^There is no project with the ID or name "other"\.$/],
		[set('--key', 'n8n', '--limit', '1e3'), /^--limit must be US dollars, from 0 to 1000000, such as 20 or 0\.5\.$/],
		[set('--key', 'n8n', '--limit', '1000001'), /^--limit must be US dollars/],
		[['delete', 'budget_x'], /^There is no budget "budget_x"\. Look for its ID in the list of budgets\.$/],
	];
	const results = await Promise.all(wrong.map(([args]) => budgets(dataDir, args)));
	for (const [index, [, words]] of wrong.entries()) {
		const { status, stdout, stderr } = results[index]!;
		assert.deepEqual([status, stdout], [1, ''], stderr);
		assert.match(stderr.trimEnd(), words);
		assert.doesNotMatch(stderr, /canary/);
	}
	assert.equal((await budgets(dataDir, ['set', '--key', 'n8n', '--period', 'week', '--limit', '1'])).status, 2);
	assert.equal((await budgets(dataDir, ['list'])).stdout, 'ID  OF  PERIOD  LIMIT  LEFT\n');
});
