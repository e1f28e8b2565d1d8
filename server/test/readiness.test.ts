import assert from 'node:assert/strict';
import test from 'node:test';
import { Readiness } from '../src/domain/readiness.ts';

test('a check that gets no answer makes the server not ready, and is not run twice at once', async () => {
	const held = Promise.withResolvers<undefined>();
	let runs = 0;
	const check = () => {
		runs += 1;
		return held.promise;
	};
	const readiness = new Readiness(() => undefined, [check], 10);
	assert.equal(await readiness.check(), 'the database does not answer');
	assert.equal(await readiness.check(), 'the database does not answer');
	assert.equal(runs, 1);
});
