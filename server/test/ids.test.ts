import assert from 'node:assert/strict';
import test from 'node:test';
import { newId } from '../src/domain/ids.ts';

test('an ID of a later millisecond comes later in the order of bytes, also when a digit overflows', (t) => {
	const times = [0, 61, 62, 62 ** 2 - 1, 62 ** 2, 62 ** 6 - 1, 62 ** 6, Date.UTC(2026, 10, 30), Date.UTC(2080, 11, 31)];
	t.mock.timers.enable({ apis: ['Date'] });
	const ids = times.map((time) => {
		t.mock.timers.setTime(time);
		return newId('data');
	});
	for (const id of ids) assert.match(id, /^data_[0-9A-Za-z]{21}$/);
	const byBytes = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other));
	assert.deepEqual(ids.toSorted(byBytes), ids);
});

test('IDs of one millisecond differ', (t) => {
	t.mock.timers.enable({ apis: ['Date'], now: 1_000 });
	const ids = Array.from({ length: 10_000 }, () => newId('data'));
	assert.equal(new Set(ids).size, ids.length);
	assert.equal(new Set(ids.map((id) => id.slice(0, 12))).size, 1);
});
