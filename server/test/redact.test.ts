import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { redact, redactor } from '../src/providers/redact.ts';
import { send, startEcho, startWith } from './provider.ts';
import { readEvents } from './setup.ts';

/** Keys over few letters, so that they begin, end and lie in one another, and text that is full of them. */
const key = fc.array(fc.constantFrom('a', 'b', 'ab'), { minLength: 8, maxLength: 16 }).map((parts) => parts.join(''));
const keysAndText = fc.array(key, { minLength: 1, maxLength: 4 }).chain((keys) =>
	fc.record({
		keys: fc.constant(keys),
		text: fc
			.array(fc.oneof(fc.constantFrom(...keys), fc.constantFrom('a', 'b', 'x', '[redacted]', 'ü🎉')), { maxLength: 12 })
			.map((parts) => parts.join('')),
	}),
);

function piecesOf(text: string, lengths: number[]): string[] {
	const pieces: string[] = [];
	let from = 0;
	for (const length of lengths) {
		pieces.push(text.slice(from, from + length));
		from += length;
	}
	return [...pieces, text.slice(from)];
}

test('a text in pieces is the same as in one, wherever it is cut, and no piece waits without need', () => {
	fc.assert(
		fc.property(keysAndText, fc.array(fc.nat(9), { maxLength: 30 }), ({ keys, text }, lengths) => {
			const redacting = redactor(keys);
			let given = '';
			for (const piece of piecesOf(text, lengths)) {
				given += redacting.add(piece);
				for (const secret of keys) assert.equal(given.includes(secret), false);
			}
			assert.equal(given + redacting.end(), redact(text, keys));
		}),
		{ numRuns: 5000 },
	);
	const redacting = redactor(['sk-12345678']);
	assert.deepEqual(['Yours is', ' s', 'o, sk-1', '2', '345678!'].map(redacting.add), [
		'Yours i',
		's ',
		'so, ',
		'',
		'[redacted]!',
	]);
});

test('no part of a key is left where keys begin with, lie in or overlap one another', () => {
	assert.equal(redact('sk-12345678-abc', ['sk-12345678', 'sk-12345678-abc']), '[redacted]');
	assert.equal(redact('<12345678abcd>', ['12345678', '5678abcd', '345678']), '<[redacted]>');
	assert.equal(redact('aaaaaaaaaaaa aaaaaaaa', ['aaaaaaaa']), '[redacted] [redacted]');
	assert.equal(redact('1234567812345678', ['12345678']), '[redacted][redacted]');
	assert.deepEqual(redact({ 'a-12345678': [{ b: '12345678' }, 12345678, null] }, ['12345678']), {
		'a-[redacted]': [{ b: '[redacted]' }, 12345678, null],
	});
	assert.equal(redact('a short word', ['word', '']), 'a short word');
});

test('a host that repeats the key: the same without and with stream, wherever the stream is cut', async (t) => {
	const own = 'sk-canary-caller-7f3b9d';
	const servers = 'sk-canary-caller-7f3b9d-server';
	const host = await startEcho(t);
	const { api, address, call } = await startWith(t, host, {
		providers: { openai: { apiKey: servers, baseUrl: host.url } },
	});
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 20 }),
			fc.boolean(),
			async (lengths, bringsKey) => {
				const text = `Yours is ${own}, mine ${servers} and ${own.slice(0, 12)}`;
				host.say(text, piecesOf(text, lengths));
				const request = { ...call, num_samples: 2, ...(bringsKey ? { provider_api_keys: { openai: own } } : {}) };
				const { events, broken } = await readEvents(await send(address, { ...request, stream: true }));
				assert.equal(broken, undefined);
				for (const index of [0, 1]) {
					const parts = events.map((event) => event.data[0]).filter((sample) => sample.index === index);
					const joined = parts.map((sample) => sample.raw_output).join('');
					assert.equal(joined.includes(servers), false);
					if (bringsKey) assert.equal(joined, `Yours is [redacted], mine [redacted] and ${own.slice(0, 12)}`);
					const log = (await api.get(`/logs/${parts[0]!.id}`)).body;
					assert.equal(log.raw_output, joined);
					assert.equal(JSON.stringify(log).includes(bringsKey ? own : servers), false);
				}
			},
		),
		{ numRuns: 60 },
	);
	assert.ok(host.keys.includes(`Bearer ${servers}`), 'the key of the environment is used when the call brings none');
});

test('log probabilities of a text with a key in it, which spell it token by token, are left out', async (t) => {
	const own = 'sk-canary-caller-7f3b9d';
	const host = await startEcho(t);
	const { address, call } = await startWith(t, host);
	for (const stream of [false, true]) {
		for (const [text, kept] of [
			['no key', true],
			[`Yours is ${own}`, false],
		] as const) {
			host.say(text, piecesOf(text, [3, 3, 9, 5]));
			const response = await send(address, { ...call, logprobs: 1, stream, provider_api_keys: { openai: own } });
			const result = stream
				? (await readEvents(response)).events.at(-1)!
				: ((await response.json()) as { provider_responses: unknown[] });
			const [{ choices }] = result.provider_responses as [{ choices: { logprobs: unknown }[] }];
			assert.equal(choices[0]!.logprobs !== null, kept, text);
		}
	}
});
