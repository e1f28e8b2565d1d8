import assert from 'node:assert/strict';
import test from 'node:test';
import { fuzz } from './fuzz/fuzz.ts';

test('two thousand wild requests: never a 5xx, a hang or an error without detail', async () => {
	const { requests, failures, statuses } = await fuzz(2000, 1);
	assert.deepEqual(failures, []);
	assert.ok(requests >= 2000);
	// Among them are requests that come through, and every kind of refusal.
	for (const status of ['200', '400', '401', '404', '415', '422'])
		assert.ok((statuses.get(status) ?? 0) > 5, `${status} is missing`);
});
