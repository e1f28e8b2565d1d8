import assert from 'node:assert/strict';
import test from 'node:test';
import { makeKey, send } from './keyRequests.ts';
import { apiKey, startApi } from './setup.ts';

test('a key with a limit gets 429 with Retry-After above it, and other keys do not', async (t) => {
	const api = await startApi(t);
	const address = await api.listen();
	const { id, key } = await makeKey(address, 'slow', 'read', { requests_per_minute: 3 });
	const get = (used: string) => send(address, used, 'GET', '/projects');
	for (const left of [2, 1, 0]) {
		const { status, headers } = await get(key);
		assert.equal(status, 200);
		assert.equal(headers.get('ratelimit-policy'), '"minute";q=3;w=60');
		assert.match(headers.get('ratelimit') ?? '', new RegExp(`^"minute";r=${left};t=\\d+$`));
	}
	const { status, headers, body } = await get(key);
	assert.equal(status, 429);
	assert.equal(body.detail.type, 'rate_limit_error');
	assert.match(body.detail.message, /^The API key "slow" may send 3 requests per minute/);
	const retryAfter = Number(headers.get('retry-after'));
	assert.ok(retryAfter >= 1 && retryAfter <= 60);
	assert.match(headers.get('ratelimit') ?? '', new RegExp(`^"minute";r=0;t=${retryAfter}$`));

	const unlimited = await get(apiKey);
	assert.equal(unlimited.status, 200);
	assert.equal(unlimited.headers.get('ratelimit'), null);
	const rotated = (await send(address, apiKey, 'POST', `/keys/${id}/rotate`, {})).body;
	assert.equal((await get(rotated.key)).status, 429, 'both count together');
	const health = await fetch(address.replace('/v4', '/healthz'), { headers: { 'x-api-key': key } });
	assert.equal(health.status, 200);
});

test('the minute begins with the first request, and a new one begins after its end', async (t) => {
	const api = await startApi(t);
	const address = await api.listen();
	const { key } = await makeKey(address, 'slow', 'read', { requests_per_minute: 1 });
	const get = () => send(address, key, 'GET', '/projects');
	const realNow = performance.now.bind(performance);
	let ahead = 0;
	t.mock.method(performance, 'now', () => realNow() + ahead);
	assert.equal((await get()).status, 200);
	const limited = await get();
	assert.equal(limited.status, 429);
	ahead = Number(limited.headers.get('retry-after-ms'));
	assert.equal((await get()).status, 200);
	assert.equal((await get()).status, 429);
});
