import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import test, { type TestContext } from 'node:test';
import { sql } from 'kysely';
import { readSettings } from '../src/config.ts';
import { locationOf } from '../src/domain/databaseLocation.ts';
import { openPostgres } from '../src/storage/postgres.ts';
import { post, run, start } from './process.ts';
import { tempDir } from './setup.ts';
import { startCluster } from './storage/cluster.ts';
import { execute, executeAt, newDatabase, onlyOnPostgres } from './storage/storage.ts';

const config = { project: 'p', provider: 'mock', model: 'm', prompt_template: 'x' };

async function failed(t: TestContext, databaseUrl: string, env: Record<string, string> = {}): Promise<string> {
	const { child, err, out } = run(t, { PORT: '0', DATABASE_URL: databaseUrl, DATABASE_WAIT_MS: '0', ...env });
	const closed: unknown[] = await once(child, 'close');
	assert.equal(closed[0], 1, err());
	assert.equal(out(), '');
	assert.equal(err().trimEnd().split('\n').length, 1, err());
	return err();
}

test('DATABASE_URL that is no address of PostgreSQL is named without its value', () => {
	for (const url of ['mysql://user:s3cret@host/x', 's3cret', '/var/s3cret.db']) {
		const { problems } = readSettings({ DATABASE_URL: url });
		assert.equal(problems.length, 1);
		assert.match(problems[0]!, /^DATABASE_URL cannot be used: it must be .*postgres:\/\/user:password@host/);
		assert.doesNotMatch(problems[0]!, /s3cret/);
	}
	const { settings, problems } = readSettings({ DATABASE_URL: 'postgresql://db/x', DATA_DIR: '/dev/null/x' });
	assert.deepEqual(problems, [], 'the data folder is not used');
	assert.deepEqual([settings.databasePoolSize, settings.databaseWaitMs], [10, 30_000]);
});

test('a part of a password that has unencoded special characters is never printed', () => {
	const passwords = [
		'/s3cret==',
		'12/s3cret',
		'12?s3cret',
		'12#s3cret',
		's3cret/x',
		'a@s3cret/x',
		'a/s3cret@b',
		'[s3cret/',
	];
	const urls = passwords.map((password) => `postgres://app:${password}@localhost/prod`);
	for (const url of [...urls, 'postgres:app:s3cret@localhost/prod', 'postgres:///app:s3cret@localhost/prod']) {
		const { problems } = readSettings({ DATABASE_URL: url });
		assert.equal(problems.length, 1, url);
		assert.match(problems[0]!, /^DATABASE_URL cannot be used: .* in percent-encoding, such as %2F/);
		assert.doesNotMatch(problems[0]!, /s3cret/);
		assert.equal(locationOf(url), 'postgres:');
	}
	for (const password of ['%2Fs3cret%3D%3D', 's3cret@x', 's3cret==']) {
		const url = `postgres://app:${password}@localhost/prod`;
		assert.deepEqual(readSettings({ DATABASE_URL: url }).problems, []);
		assert.equal(locationOf(url), 'postgres://localhost/prod');
	}
});

test('each reason for which a database cannot be used is one line that says what to do', onlyOnPostgres, async (t) => {
	const url = newDatabase();
	const { host, pathname } = new URL(url);
	await executeAt(url, "create role guarded login password 'right'").catch(() => undefined);
	const wrong = await failed(t, `postgres://guarded:s3cret@${host}${pathname}`);
	const named = `The database in DATABASE_URL (postgres://${host}${pathname}) cannot be used: `;
	assert.ok(wrong.startsWith(`${named}user or password is wrong. Change them in DATABASE_URL.`), wrong);
	assert.doesNotMatch(wrong, /s3cret/);
	assert.match(
		await failed(t, `postgres://tests:s3cret@${host}/nowhere`),
		/: it does not exist\. Create it, or change the name/,
	);
	const refused = await failed(t, 'postgres://tests:s3cret@127.0.0.1:1/x');
	assert.match(
		refused,
		/DATABASE_URL \(postgres:\/\/127\.0\.0\.1:1\/x\) cannot be used: nothing listens there\. Start PostgreSQL/,
	);
	assert.match(
		await failed(t, 'postgres://tests@nowhere.invalid/x'),
		/: the name of the host (is not known|could not be looked up)\. Check the host's name in DATABASE_URL\.$/m,
	);
	// Neither is worth waiting for.
	const patient = { DATABASE_WAIT_MS: '60000' };
	const withoutPassword = await failed(t, `postgres://guarded@${host}${pathname}`, patient);
	assert.ok(
		withoutPassword.endsWith(': no password is given. Put it into DATABASE_URL or PGPASSWORD.\n'),
		withoutPassword,
	);
	assert.match(
		await failed(t, `postgres://tests@${host}${pathname}?sslmode=verify-full`, patient),
		/: the server does not support SSL connections\. Switch on ssl in PostgreSQL, or change sslmode in DATABASE_URL\.$/m,
	);
	// A member of nobody's role may not make tables in a database of somebody else.
	const denied = await failed(t, `postgres://guarded:right@${host}${pathname}`);
	assert.match(denied, /the user may not do that\. Make the user the owner of the database/);
	await executeAt(url, "create database ascii encoding 'SQL_ASCII' locale 'C' template template0").catch(
		() => undefined,
	);
	assert.match(await failed(t, `postgres://tests@${host}/ascii`), /its encoding is SQL_ASCII\. Create it with/);
});

test('a connection that is refused for lack of a password is closed', onlyOnPostgres, async (t) => {
	const { host, hostname, port, pathname } = new URL(newDatabase());
	await executeAt(`postgres://tests@${host}${pathname}`, "create role guarded login password 'right'").catch(
		() => undefined,
	);
	const closings: Promise<unknown>[] = [];
	const proxy = createServer((socket) => {
		const upstream = connect(Number(port), hostname);
		// Either side may write after the other one has closed.
		for (const side of [socket, upstream]) side.on('error', () => undefined);
		closings.push(new Promise((resolve) => socket.once('close', resolve)));
		socket.pipe(upstream).pipe(socket);
	}).listen(0, '127.0.0.1');
	await once(proxy, 'listening');
	t.after(() => proxy.close());
	const url = `postgres://guarded@127.0.0.1:${(proxy.address() as AddressInfo).port}${pathname}`;
	const database = await openPostgres(url, 4, 1_000);
	for (let attempt = 1; attempt <= 3; attempt += 1)
		await assert.rejects(sql`select 1`.execute(database.writer), /there is no connection to PostgreSQL/);
	assert.equal(closings.length, 3);
	await Promise.all(closings);
	await database.close();
});

test(
	'three servers that start at once on an empty database all start, and each migration runs once',
	onlyOnPostgres,
	async (t) => {
		const dataDir = tempDir(t);
		const servers = await Promise.all([1, 2, 3].map(() => start(t, { DATA_DIR: dataDir })));
		const { id } = (await post(servers[0]!.address, '/model-configs', config)).config;
		for (const { address } of servers.slice(1)) {
			assert.equal((await post(address, '/model-configs', config)).config.id, id);
		}
		const names = (await execute(dataDir, 'select name from kysely_migration')).map(({ name }) => name);
		assert.equal(new Set(names).size, names.length);
	},
);

test('a server that is started before PostgreSQL waits for it', onlyOnPostgres, async (t) => {
	const cluster = await startCluster();
	t.after(() => cluster.stop());
	await cluster.kill();
	const starting = start(t, { DATABASE_URL: `${cluster.address}postgres` });
	const early = run(t, { PORT: '0', DATABASE_URL: `${cluster.address}postgres` });
	while (!early.err().endsWith('\n')) await once(early.child.stderr, 'data');
	assert.match(early.err(), /^Waiting for the database: there is no connection to PostgreSQL \(ECONNREFUSED\)\.\n$/);
	await cluster.start();
	const { address } = await starting;
	assert.match((await post(address, '/model-configs', config)).config.id, /^config_/);
});

test('the tables of another program in another schema are no tables of the server', onlyOnPostgres, async (t) => {
	const dataDir = tempDir(t);
	await execute(
		dataDir,
		'create schema other; create table other.kysely_migration (x integer); create table other.replays (x integer)',
	);
	const { address } = await start(t, { DATA_DIR: dataDir });
	assert.match((await post(address, '/model-configs', config)).config.id, /^config_/);
});
