import assert from 'node:assert/strict';
import test from 'node:test';
import { startCounting } from './costCalls.ts';
import { startHost } from './host.ts';
import { ask, sleep, startWith, until } from './provider.ts';
import { tempDir } from './setup.ts';
import { lock } from './storage/disturb.ts';
import { notOnPglite } from './storage/storage.ts';

const counted = () => ({ prompt_tokens: 10, completion_tokens: 5 });

for (const order of ['after', 'before'] as const) {
	test(
		`a user is deleted ${order} a reused call waits for the database: nothing of the user is left`,
		notOnPglite,
		async (t) => {
			const host = await startCounting(t, counted);
			const { api, address, call } = await startWith(t, host);
			const own = { ...call, user: 'ann@example.com' };
			const first = await ask(address, own, { reuseMaxAge: 1000 });
			const unlock = await lock(t, api.dataDir);
			const reuse = () => ask(address, own, { reuseMaxAge: 1000 });
			const remove = () => api.call('POST', '/deletions', { user: 'ann@example.com' });
			const waiting = order === 'after' ? reuse() : undefined;
			if (waiting !== undefined) await sleep(300);
			const removed = remove();
			await sleep(300);
			const second = waiting ?? reuse();
			if (waiting === undefined) await sleep(300);
			await unlock();
			const [response, deletion] = [await second, await removed];
			assert.deepEqual([response.status, deletion.status], [200, 202]);
			const { id } = deletion.body as unknown as { id: string };
			await until(async () => (await api.get(`/deletions/${id}`)).text.includes('"status":"done"'));
			assert.equal((await api.get(`/logs/${first.body.data[0].id}`)).status, 404);
			const { status } = await api.get(`/logs/${response.body.data[0].id}`);
			// What was paid for after the deletion is a new answer, which stays.
			if (host.state.calls === 1) assert.equal(status, 404, 'the copy');
			else assert.equal(response.headers.get('x-reused-log-id'), null);
		},
	);
}

test('a call that wants log probabilities pays: they are in the response of the provider', async (t) => {
	const host = await startHost(t, (response) => {
		const logprobs = { content: [{ token: 'Yes', logprob: -0.25, top_logprobs: [] }] };
		response.setHeader('content-type', 'application/json');
		const choices = [{ index: 0, message: { content: 'Yes' }, logprobs, finish_reason: 'stop' }];
		response.end(JSON.stringify({ id: 'x', model: 'gpt-4o', choices }));
	});
	const { address, call } = await startWith(t, host);
	for (const calls of [1, 2]) {
		const { text } = await ask(address, { ...call, logprobs: 1 }, { reuseMaxAge: 1000 });
		assert.match(text, /-0\.25/);
		assert.equal(host.state.calls, calls);
	}
});

test("another address of the provider is another call: it does not get the old host's answers", async (t) => {
	const dataDir = tempDir(t);
	const [old, other] = [await startCounting(t, counted), await startCounting(t, counted)];
	const call = async (host: typeof old) => {
		const { api, address, call: body } = await startWith(t, host, { dataDir });
		const { status, headers } = await ask(address, body, { reuseMaxAge: 1000 });
		assert.equal(status, 200);
		await api.app.close();
		return headers.get('x-reused-log-id') !== null;
	};
	assert.deepEqual([await call(old), await call(other), await call(other)], [false, false, true]);
	assert.deepEqual([old.state.calls, other.state.calls], [1, 1]);
});
