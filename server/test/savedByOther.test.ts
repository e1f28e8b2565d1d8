import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { ask, logsOf, send, startPausing, startProvider, startWith, until } from './provider.ts';
import { readEvents, tempDir } from './setup.ts';
import { storage } from './storage/storage.ts';

const withoutLocks = { skip: storage === 'postgres' && 'PostgreSQL has locks: see replicas.test.ts' };

/** Two servers on one SQLite file. They have no locks for each other's keys, as two replicas that have lost theirs. */
async function startTwo(t: TestContext, provider: { url: string }, other = provider) {
	const dataDir = tempDir(t);
	const first = await startWith(t, provider, { dataDir });
	const second = await startWith(t, other, { dataDir });
	assert.deepEqual(first.call, second.call, 'one config');
	return { first, second, call: first.call };
}

test(
	'two servers ran one call: both callers get the response that was saved first, and the other log says why it is there',
	withoutLocks,
	async (t) => {
		const provider = await startProvider(t);
		const held = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
		provider.next(held[0].promise, held[1].promise);
		const { first, second, call } = await startTwo(t, provider);
		const one = ask(first.address, call, { key: 'k' });
		await until(() => provider.calls() === 1);
		const two = ask(second.address, call, { key: 'k' });
		await until(() => provider.calls() === 2);
		held[1].resolve();
		const saved = await two;
		assert.deepEqual([saved.status, saved.replayed], [200, false]);
		held[0].resolve();
		const superseded = await one;
		assert.deepEqual([superseded.status, superseded.replayed], [200, true]);
		assert.equal(superseded.text, saved.text);
		assert.equal((await ask(first.address, call, { key: 'k' })).text, saved.text);
		const logs = await logsOf(first.api);
		const [other] = logs.filter(({ id }) => id !== saved.body.data[0].id);
		assert.equal(logs.length, 2);
		assert.match(other!.error!, /Another server ran the same call/);
		assert.equal(other!.output, saved.body.data[0].output);
		assert.ok(first.api.logged.some((line) => line.includes('A call was paid for twice.')));
	},
);

test(
	'a stream whose response another server has saved ends with an error, and its repeat gets that response',
	withoutLocks,
	async (t) => {
		const provider = await startPausing(t);
		const { first, second, call } = await startTwo(t, provider, await startProvider(t));
		const streamed = await send(first.address, { ...call, stream: true }, { key: 'k' });
		const saved = await ask(second.address, call, { key: 'k' });
		assert.deepEqual([saved.status, saved.replayed], [200, false]);
		provider.goOn();
		const { events, broken } = await readEvents(streamed);
		assert.ok(broken);
		assert.match(events.at(-1)!.detail.message, /Another server has answered this call too/);
		const repeat = await ask(first.address, call, { key: 'k' });
		assert.deepEqual([repeat.replayed, repeat.text], [true, saved.text]);
	},
);
