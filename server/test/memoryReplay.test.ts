import assert from 'node:assert/strict';
import test from 'node:test';
import { chatCompletion, startHost } from './host.ts';
import { ask, send, startWith, until } from './provider.ts';

test('replays and followers take memory for their response, and are told to come again when there is none', async (t) => {
	const answers: (() => void)[] = [];
	const text = 'y'.repeat(9_000_000);
	const host = await startHost(t, (response) => {
		const json = { 'content-type': 'application/json' };
		answers.push(() => response.writeHead(200, json).end(chatCompletion(text)));
	});
	const { address, call } = await startWith(t, host, { maxBytesInFlight: 80_000_000 });
	const first = ask(address, call, { key: 'k' });
	await until(() => answers.length === 1);
	const followers = Array.from({ length: 4 }, () => send(address, call, { key: 'k' }));
	answers[0]!();
	const { status, body } = await first;
	assert.equal(status, 200);
	const unread: Response[] = [];
	let rejected = 0;
	const sort = (response: Response) => {
		if (response.status === 200) return unread.push(response);
		assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '1']);
		return (rejected += 1);
	};
	for (const follower of followers) sort(await follower);
	assert.ok(rejected >= 2, `${rejected} followers were rejected`);
	rejected = 0;
	// Nobody reads these.
	for (let replay = 0; replay < 4; replay += 1) sort(await send(address, call, { key: 'k' }));
	assert.ok(unread.length <= 2, `${unread.length} responses in memory`);
	assert.ok(rejected >= 2, `${rejected} replays were rejected`);
	for (const response of unread) await response.body?.cancel();
	await until(async () => {
		const again = await ask(address, call, { key: 'k' });
		if (again.status !== 200) return false;
		assert.deepEqual([again.replayed, again.body.data[0].id], [true, body.data[0].id]);
		return true;
	});
	assert.equal(host.state.calls, 1);
});

test('a saved response that is larger than the limit can be read when nothing else is in flight', async (t) => {
	const text = 'y'.repeat(500_000);
	const json = { 'content-type': 'application/json' };
	const host = await startHost(t, (response) => response.writeHead(200, json).end(chatCompletion(text)));
	const { address, call } = await startWith(t, host, { maxBytesInFlight: 1_000_000 });
	const first = await ask(address, call, { key: 'k' });
	assert.equal(first.status, 200);
	// The server may still be about to end the first request.
	await until(async () => {
		const { status, replayed, text: again } = await ask(address, call, { key: 'k' });
		if (status === 503) return false;
		assert.deepEqual([status, replayed, again], [200, true, first.text]);
		return true;
	});
});
