import assert from 'node:assert/strict';
import { once } from 'node:events';
import test, { type TestContext } from 'node:test';
import { headers, post, type Running, start } from './process.ts';
import { ask, type Provider, send, startProvider, until } from './provider.ts';
import { type Body, readEvents, tempDir } from './setup.ts';
import { startCluster } from './storage/cluster.ts';
import { databaseUrlFor, execute, executeAt, onlyOnPostgres } from './storage/storage.ts';

const apiKey = headers['x-api-key'];

/** Servers on one PostgreSQL, each a process of its own, and a config that all can run. */
async function startReplicas(t: TestContext, count: number, env: Record<string, string> = {}) {
	const provider = await startProvider(t);
	const dataDir = tempDir(t);
	const settings = { DATA_DIR: dataDir, OPENAI_BASE_URL: provider.url, ...env };
	const replicas = await Promise.all(Array.from({ length: count }, () => start(t, settings)));
	const [first] = replicas as [Running];
	const config = { project: 'tickets', provider: 'openai', model: 'gpt-4o', prompt_template: '{{what}}' };
	const { config: stored } = await post(first.address, '/model-configs', config);
	const call = { model_config_id: stored.id, project: 'tickets', inputs: { what: 'hello' } };
	return { provider, dataDir, call, replicas: replicas as [Running, Running, ...Running[]] };
}

/** A provider that holds its answer. Returns the function that gives it. */
function hold(provider: Provider): () => void {
	const held = Promise.withResolvers<void>();
	provider.next(held.promise);
	return held.resolve;
}

/** The sessions that hold locks of Idempotency-Keys in a database: other test files have theirs on the same PostgreSQL. */
const lockHolders = `select pid from pg_locks where locktype = 'advisory' and objsubid = 1 and granted
	and database = (select oid from pg_database where datname = current_database())`;

/** Returns when so many keys are locked. */
function untilLocked(url: string, count: number): Promise<void> {
	return until(async () => (await executeAt(url, lockHolders)).length === count);
}

/** Sessions that have looked who holds a lock, because another one holds it. */
const waiting = `select count(*)::int as count from pg_stat_activity where application_name = 'humanloop-server locks'
	and datname = current_database() and query like '%from pg_locks%'`;

/** Returns when so many replicas wait for another one's call. */
function untilWaiting(url: string, count: number): Promise<void> {
	return until(async () => Number((await executeAt(url, waiting))[0]!['count']) >= count);
}

const endLockSessions = `select pg_terminate_backend(pid) from pg_stat_activity
	where application_name = 'humanloop-server locks' and datname = current_database()`;

async function logsOf({ address }: Running): Promise<unknown[]> {
	const get = async (path: string) => (await (await fetch(`${address}${path}`, { headers })).json()) as Body;
	const { records } = await get('/projects?filter=tickets');
	return (await get(`/logs?project_id=${String(records[0].id)}`)).records;
}

test('duplicates on two replicas are paid for once, and both get the response', onlyOnPostgres, async (t) => {
	const { provider, dataDir, call, replicas } = await startReplicas(t, 2);
	const answer = hold(provider);
	const first = ask(replicas[0].address, call, { key: 'k', apiKey });
	await until(() => provider.calls() === 1);
	const second = ask(replicas[1].address, call, { key: 'k', apiKey });
	const stream = send(replicas[1].address, { ...call, stream: true }, { key: 'k', apiKey });
	await untilWaiting(databaseUrlFor(dataDir)!, 1);
	answer();
	const [one, two] = await Promise.all([first, second]);
	assert.deepEqual([one.status, one.replayed, two.status, two.replayed], [200, false, 200, true]);
	assert.equal(two.text, one.text);
	const { events, broken } = await readEvents(await stream);
	assert.equal(broken, undefined);
	assert.equal(events.at(-1)!.data[0].id, one.body.data[0].id);
	assert.equal(provider.calls(), 1);
	assert.equal((await logsOf(replicas[1])).length, 1);
	await untilLocked(databaseUrlFor(dataDir)!, 0);
});

test('a call without a key locks nothing', onlyOnPostgres, async (t) => {
	const { provider, dataDir, call, replicas } = await startReplicas(t, 1);
	const answer = hold(provider);
	const running = ask(replicas[0].address, call, { apiKey });
	await until(() => provider.calls() === 1);
	assert.deepEqual(await execute(dataDir, lockHolders), []);
	answer();
	assert.equal((await running).status, 200);
});

test('when the first fails, its duplicate on another replica runs', onlyOnPostgres, async (t) => {
	const { provider, dataDir, call, replicas } = await startReplicas(t, 2);
	const refused = Promise.withResolvers<{ status: number }>();
	provider.next(refused.promise);
	const first = ask(replicas[0].address, call, { key: 'k', apiKey });
	await until(() => provider.calls() === 1);
	const second = ask(replicas[1].address, call, { key: 'k', apiKey });
	await untilWaiting(databaseUrlFor(dataDir)!, 1);
	refused.resolve({ status: 400 });
	assert.equal((await first).status, 400);
	const { status, replayed } = await second;
	assert.deepEqual([status, replayed, provider.calls()], [200, false, 2]);
});

test('when the replica of the first is killed, its duplicate runs', onlyOnPostgres, async (t) => {
	const { provider, dataDir, call, replicas } = await startReplicas(t, 2);
	hold(provider);
	const first = assert.rejects(ask(replicas[0].address, call, { key: 'k', apiKey }));
	await until(() => provider.calls() === 1);
	const second = ask(replicas[1].address, call, { key: 'k', apiKey });
	await untilWaiting(databaseUrlFor(dataDir)!, 1);
	replicas[0].child.kill('SIGKILL');
	await first;
	const { status, replayed } = await second;
	assert.deepEqual([status, replayed, provider.calls()], [200, false, 2]);
	assert.equal((await logsOf(replicas[1])).length, 1);
	await untilLocked(databaseUrlFor(dataDir)!, 0);
});

test(
	'a replica that lost the connection of its locks gets them back, and nobody pays twice',
	onlyOnPostgres,
	async (t) => {
		const { provider, dataDir, call, replicas } = await startReplicas(t, 2);
		const answer = hold(provider);
		const first = ask(replicas[0].address, call, { key: 'k', apiKey });
		await until(() => provider.calls() === 1);
		const second = ask(replicas[1].address, call, { key: 'k', apiKey });
		await untilWaiting(databaseUrlFor(dataDir)!, 1);
		for (let times = 0; times < 3; times += 1) {
			const [before] = await execute(dataDir, lockHolders);
			await execute(dataDir, endLockSessions);
			await until(async () => {
				const [holder] = await execute(dataDir, lockHolders);
				return holder !== undefined && holder['pid'] !== before!['pid'];
			});
		}
		await until(() => /connection for the locks of Idempotency-Keys was lost/.test(replicas[0].err()));
		answer();
		const [one, two] = await Promise.all([first, second]);
		assert.deepEqual([one.replayed, two.replayed, two.text === one.text, provider.calls()], [false, true, true, 1]);
	},
);

test('a crash of PostgreSQL frees no call that still runs', onlyOnPostgres, async (t) => {
	const cluster = await startCluster();
	t.after(() => cluster.stop());
	const url = `${cluster.address}postgres`;
	const { provider, call, replicas } = await startReplicas(t, 3, { DATABASE_URL: url });
	const answer = hold(provider);
	const first = ask(replicas[0].address, call, { key: 'k', apiKey });
	await until(() => provider.calls() === 1);
	const second = ask(replicas[1].address, call, { key: 'k', apiKey });
	await untilWaiting(url, 1);
	await cluster.kill();
	await cluster.start();
	const third = ask(replicas[2]!.address, call, { key: 'k', apiKey });
	await untilLocked(url, 1);
	answer();
	const responses = await Promise.all([first, second, third]);
	assert.deepEqual(
		responses.map(({ status, replayed }) => [status, replayed]),
		[
			[200, false],
			[200, true],
			[200, true],
		],
	);
	assert.equal(provider.calls(), 1);
});

test(
	'while PostgreSQL is away, a call with a key gets a 503, and its repeat runs when it is back',
	onlyOnPostgres,
	async (t) => {
		const cluster = await startCluster();
		t.after(() => cluster.stop());
		const { provider, call, replicas } = await startReplicas(t, 1, { DATABASE_URL: `${cluster.address}postgres` });
		await cluster.kill();
		const { status, body, retryAfter } = await ask(replicas[0].address, call, { key: 'k', apiKey });
		assert.deepEqual([status, retryAfter], [503, '5']);
		assert.match(body.detail.message, /^The server cannot write to its database: there is no connection to PostgreSQL/);
		await cluster.start();
		await until(async () => (await ask(replicas[0].address, call, { key: 'k', apiKey })).status === 200);
		assert.equal(provider.calls(), 1);
	},
);

test(
	'a replica that was frozen while another took its call over gives out the saved response',
	onlyOnPostgres,
	async (t) => {
		const { provider, dataDir, call, replicas } = await startReplicas(t, 2);
		const answer = hold(provider);
		const first = ask(replicas[0].address, call, { key: 'k', apiKey });
		await until(() => provider.calls() === 1);
		replicas[0].child.kill('SIGSTOP');
		await execute(dataDir, endLockSessions);
		const second = await ask(replicas[1].address, call, { key: 'k', apiKey });
		assert.deepEqual([second.status, second.replayed, provider.calls()], [200, false, 2]);
		answer();
		replicas[0].child.kill('SIGCONT');
		const one = await first;
		assert.deepEqual([one.status, one.replayed, one.text], [200, true, second.text]);
		await until(() => /A call was paid for twice/.test(replicas[0].err()));
	},
);

test(
	'the same key with another request is refused on another replica, when the first has ended',
	onlyOnPostgres,
	async (t) => {
		const { provider, call, replicas } = await startReplicas(t, 2);
		const answer = hold(provider);
		const first = ask(replicas[0].address, call, { key: 'k', apiKey });
		await until(() => provider.calls() === 1);
		const other = ask(replicas[1].address, { ...call, num_samples: 2 }, { key: 'k', apiKey });
		answer();
		assert.equal((await first).status, 200);
		const { status, body } = await other;
		assert.equal(status, 422);
		assert.match(body.detail.message, /This Idempotency-Key was used for another request/);
		assert.equal(provider.calls(), 1);
	},
);

test(
	'a caller that disconnects while another replica has the call leaves nothing behind',
	onlyOnPostgres,
	async (t) => {
		const { provider, dataDir, call, replicas } = await startReplicas(t, 2);
		const answer = hold(provider);
		const first = ask(replicas[0].address, call, { key: 'k', apiKey });
		await until(() => provider.calls() === 1);
		const left = new AbortController();
		const second = assert.rejects(ask(replicas[1].address, call, { key: 'k', apiKey, signal: left.signal }));
		await untilWaiting(databaseUrlFor(dataDir)!, 1);
		left.abort();
		await second;
		answer();
		assert.equal((await first).status, 200);
		await untilLocked(databaseUrlFor(dataDir)!, 0);
		const closed = once(replicas[1].child, 'exit');
		replicas[1].child.kill('SIGTERM');
		assert.deepEqual(await closed, [0, null]);
		assert.equal(provider.calls(), 1);
	},
);

test('what three replicas create at once is there once', onlyOnPostgres, async (t) => {
	const { call, replicas } = await startReplicas(t, 3);
	const config = { project: 'new', provider: 'mock', model: 'mock-1', prompt_template: 'Hi' };
	const configs = await Promise.all(replicas.map(({ address }) => post(address, '/model-configs', config)));
	assert.equal(new Set(configs.map(({ config: { id } }) => id)).size, 1);
	const calls = replicas.flatMap(({ address }) =>
		Array.from({ length: 5 }, (_, index) =>
			post(address, '/completion-model-config', { ...call, project: `made ${index}`, session_reference_id: 'one' }),
		),
	);
	const bodies = await Promise.all(calls);
	assert.equal(new Set(bodies.map((body) => body.session_id)).size, 1);
	assert.equal(new Set(bodies.map((body) => body.project_id)).size, 5);
});
