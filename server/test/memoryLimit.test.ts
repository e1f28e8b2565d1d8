import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MemoryLimit } from '../src/domain/memory.ts';

/** The same numbers for the same seed, from 0 to 1. */
function randomNumbers(seed: number) {
	let state = seed;
	return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

test('whatever the order in which responses arrive, all come in, and their total stays bounded', async () => {
	const max = 1_000;
	const largest = 600;
	for (let seed = 1; seed <= 50; seed += 1) {
		const random = randomNumbers(seed);
		const limit = new MemoryLimit(max);
		let held = 0;
		const calls = Array.from({ length: 20 }, () => {
			const share = limit.share();
			return { share, left: Math.ceil(random() * largest), bytes: 0, isOpen: true };
		});
		while (calls.some(({ isOpen }) => isOpen)) {
			// The provider of any call that does not wait for room may send next: if there is none, this is a deadlock.
			const free = calls.filter(({ isOpen, share }) => isOpen && !share.isWaiting);
			assert.notEqual(free.length, 0, `seed ${seed}: all wait`);
			const call = free[Math.floor(random() * free.length)]!;
			if (call.left === 0) {
				call.isOpen = false;
				held -= call.bytes;
				call.share.done();
			} else {
				const bytes = Math.min(call.left, Math.ceil(random() * 100));
				call.left -= bytes;
				const take = () => {
					call.bytes += bytes;
					held += bytes;
				};
				const room = call.share.add(bytes, undefined);
				if (room === undefined) take();
				else void room.then(take);
			}
			// Those who got room say so.
			await nextTurn();
			assert.ok(held <= max * 1.5 + largest, `seed ${seed}: ${held} bytes`);
		}
		assert.equal(held, 0);
	}
});

test('a response goes on while one that holds more than its part waits for its provider', () => {
	const limit = new MemoryLimit(1_000);
	assert.equal(limit.share().add(1_400, undefined), undefined);
	assert.throws(() => limit.share().growTo(1), { status: 503 });
	assert.equal(limit.share().add(100, undefined), undefined);
});
