import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { migrate } from '../src/storage/migrations.ts';
import { openDatabase } from '../src/storage/openDatabase.ts';
import { send, untilStatus } from './keyRequests.ts';
import { command, start } from './process.ts';
import { tempDir } from './setup.ts';
import { databaseUrlFor, onlyOnSqlite } from './storage/storage.ts';

/** Runs `keys …` on the database of a folder. */
function keys(dataDir: string, args: string[], env: Record<string, string> = {}) {
	const databaseUrl = databaseUrlFor(dataDir);
	const database = databaseUrl === undefined ? { DATA_DIR: dataDir } : { DATABASE_URL: databaseUrl };
	return command(['keys', ...args], { ...database, ...env });
}

function idIn(text: string): string {
	return /key_[A-Za-z0-9]{21}/.exec(text)?.[0] ?? 'none';
}

test('a key that a command makes works at once on a running server, and is rejected soon after another revokes it', async (t) => {
	const dataDir = tempDir(t);
	const { address, out, err } = await start(t, { DATA_DIR: dataDir, LOG_LEVEL: 'trace' });
	const made = await keys(dataDir, ['create', '--name', 'n8n', '--role', 'run']);
	assert.equal(made.status, 0, made.stderr);
	assert.match(made.stdout, /^hl_sk_[0-9a-f]{48}\n$/, 'the key and nothing else');
	assert.match(made.stderr, /^data: .+\nMade the key key_\w+ \("n8n"\) with the role run\. It is shown only once:\n$/);
	const key = made.stdout.trim();
	assert.equal((await send(address, key, 'GET', '/projects')).status, 200);

	const rotated = await keys(dataDir, ['rotate', 'n8n', '--until', '12h']);
	assert.equal(rotated.status, 0, rotated.stderr);
	assert.match(rotated.stderr, /The old key is valid until 20\d\d-/);
	const next = rotated.stdout.trim();
	for (const valid of [key, next]) assert.equal((await send(address, valid, 'GET', '/projects')).status, 200);

	const several = await keys(dataDir, ['revoke', 'n8n']);
	assert.equal(several.status, 1);
	assert.match(several.stderr, /^Several API keys have this name: key_.*\(replaced\).*Name one by its ID\.\n$/);
	const revoked = await keys(dataDir, ['revoke', idIn(made.stderr)]);
	assert.equal(revoked.status, 0, revoked.stderr);
	assert.equal(revoked.stdout, '');
	await untilStatus(401, () => send(address, key, 'GET', '/projects'));
	assert.equal((await send(address, next, 'GET', '/projects')).status, 200);

	const admin = (await keys(dataDir, ['create', '--name', 'operator', '--role', 'admin'])).stdout.trim();
	const { body } = await send(address, admin, 'GET', '/audit');
	assert.deepEqual(
		(body.records as unknown as Record<string, string>[]).map(({ action, actor_name }) => [action, actor_name]),
		['key.created', 'key.revoked', 'key.rotated', 'key.created'].map((action) => [action, 'command line']),
	);
	for (const secret of [key, next, admin]) assert.ok(!(out() + err()).includes(secret));
});

test('the list of keys fits into 80 columns and has no keys', async (t) => {
	const dataDir = tempDir(t);
	const name = 'a name that is longer than its column, by far';
	const secrets = [
		(await keys(dataDir, ['create', '--name', name, '--role', 'deploy', '--expires', '2999-01-31'])).stdout.trim(),
		(await keys(dataDir, ['create', '--name', 'old', '--role', 'read', '--expires', '0d'])).stdout.trim(),
		(await keys(dataDir, ['create', '--name', 'leaked', '--role', 'edit'])).stdout.trim(),
	];
	assert.equal((await keys(dataDir, ['revoke', 'leaked'])).status, 0);
	assert.match((await keys(dataDir, ['revoke', 'leaked'])).stderr, /^"leaked" was revoked already, on 20/);
	const { stdout, status } = await keys(dataDir, ['list']);
	assert.equal(status, 0);
	const lines = stdout.trimEnd().split('\n');
	for (const line of lines) assert.ok(line.length <= 80, line);
	assert.match(stdout, /^key_\w{21} {2}a name that is… {2}deploy {2}never {6}until 2999-01-31$/m);
	assert.match(stdout, /^key_\w{21} {2}old {14}read {4}never {6}expired$/m);
	assert.match(stdout, /^key_\w{21} {2}leaked {11}edit {4}never {6}revoked$/m);
	for (const secret of secrets) assert.ok(secret.startsWith('hl_sk_') && !stdout.includes(secret));
});

test('what cannot be done is one line that says what to do, without the key that was pasted', async (t) => {
	const dataDir = tempDir(t);
	assert.equal((await keys(dataDir, ['create', '--name', 'only', '--role', 'admin'])).status, 0);
	const wrong = [
		[['revoke', 'only'], /last valid API key with the role "admin"/],
		[['revoke', 'hl_sk_canary'], /There is no such API key\. Look for its ID in the list of keys\./],
		[['rotate', 'hl_sk_canary'], /There is no such API key/],
		[['rotate', 'only', '--expires', '2020-01-31'], /^--expires is in the past: 2020-01-31/],
		[['rotate', 'only', '--until', 'tomorrow'], /--until is neither a date/],
		[['create', '--name', 'only', '--role', 'read'], /Another API key has the name "only"/],
		[['create', '--name', 'hl_sk_canary', '--role', 'read'], /must not begin with/],
		[['create', '--name', 'x', '--role', 'read', '--requests-per-minute', '0'], /whole number from 1 to 1000000/],
	] as const;
	const results = await Promise.all(wrong.map(([args]) => keys(dataDir, [...args])));
	for (const [index, [, words]] of wrong.entries()) {
		const { status, stdout, stderr } = results[index]!;
		assert.deepEqual([status, stdout, stderr.split('\n').length], [1, '', 2], stderr);
		assert.match(stderr, words);
		assert.doesNotMatch(stderr, /canary/);
	}
	assert.equal((await keys(dataDir, ['create', '--name', 'x', '--role', 'owner'])).status, 2);
	const own = { HUMANLOOP_API_KEY: 'key-of-the-environment' };
	assert.equal((await keys(dataDir, ['revoke', 'only'], own)).status, 0);
});

test('keys leaves a database of an earlier version as it is', async (t) => {
	const dataDir = tempDir(t);
	const { database } = await openDatabase({ dataDir, databaseUrl: databaseUrlFor(dataDir) }, () => undefined);
	await migrate(database, '0005_shared_values');
	await database.close();
	const { status, stderr } = await keys(dataDir, ['list']);
	assert.equal(status, 1);
	assert.match(stderr, /^The database lacks 0006_api_keys.*Start the server of this version first/m);
});

test('a command does not make a database where there is none, but for the first key', onlyOnSqlite, async (t) => {
	const dataDir = join(tempDir(t), 'data');
	const env = { DATA_DIR: dataDir };
	for (const args of [['keys', 'list'], ['keys', 'revoke', 'x'], ['keys', 'rotate', 'x'], ['backup']]) {
		const { status, stdout, stderr } = await command(args, env);
		assert.deepEqual([status, stdout], [1, '']);
		assert.equal(
			stderr,
			`There is no database in DATA_DIR (${dataDir}). A command works on the database of its own settings: ` +
				'give it the DATA_DIR or the DATABASE_URL of the server.\n',
		);
		assert.ok(!existsSync(dataDir), args.join(' '));
	}
	const { stderr } = await keys(dataDir, ['create', '--name', 'first', '--role', 'admin']);
	assert.ok(stderr.startsWith(`data: ${join(dataDir, 'humanloop.db')}\n`), stderr);
	assert.equal((await keys(dataDir, ['revoke', 'x'])).stderr.includes('There is no such API key'), true);
});
