import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import fc from 'fast-check';
import { MemoryLimit } from '../src/domain/memory.ts';
import { type Chunk, type runCall, startChoices } from './sampling.ts';

const paris = { name: 'get_weather', arguments: '{"city":"Paris"}' };
const callIdForm = /^call_[A-Za-z0-9]{24}$/;

const end = (reason = 'tool_calls', index = 0): Chunk[] => [{ index, delta: {}, finish_reason: reason }];
const piece = (call: object, index = 0): Chunk[] => [
	{ index, delta: { tool_calls: [call].flat() }, finish_reason: null },
];

describe('hosts that send other forms', () => {
	const functionsOf = ({ outcome }: Awaited<ReturnType<typeof runCall>>, index = 0) =>
		outcome.samples[index]!.toolCalls.map((call) => call.function);
	const berlin = { name: 'get_weather', arguments: '{"city":"Berlin"}' };

	test('plain: arguments as an object, no ID, no name, no text, and what is no call', async (t) => {
		const calls = [
			{ function: { name: 'get_weather', arguments: { city: 'Paris' } } },
			{ id: '', type: 'function', function: { name: 'get_time', arguments: null } },
			{ id: 'c', function: { arguments: '{' } },
			'no call',
		];
		const message = { role: 'assistant', content: null, tool_calls: calls };
		const { run } = await startChoices(t, { choices: [{ message, finish_reason: 'tool_calls' }] });
		const ran = await run();
		assert.deepEqual(functionsOf(ran), [paris, { name: 'get_time', arguments: '' }, { name: '', arguments: '{' }]);
		const [first, second, third] = ran.outcome.samples[0]!.toolCalls;
		assert.match(first!.id, callIdForm);
		assert.match(second!.id, callIdForm);
		assert.notEqual(first!.id, second!.id);
		assert.equal(third!.id, 'c');
		assert.deepEqual(ran.outcome.responses[0]!['choices'], [{ message, finish_reason: 'tool_calls' }]);
	});

	const streams: [string, Chunk[][], object[]][] = [
		[
			'each call in one chunk, all with index 0',
			[
				piece({ index: 0, id: 'a', function: paris }),
				piece({ index: 0, id: 'b', function: berlin }),
				piece({ index: 0, id: 'c', function: berlin }),
			],
			[paris, berlin, berlin],
		],
		[
			'no index and no ID, arguments as objects, in one chunk',
			[
				piece([
					{ function: { name: 'get_weather', arguments: { city: 'Paris' } } },
					{ function: { name: 'get_weather', arguments: { city: 'Berlin' } } },
				]),
			],
			[paris, berlin],
		],
		[
			'no index and no ID, whole calls in chunks of their own',
			[piece({ function: paris }), piece({ function: berlin }), piece({ function: { ...berlin, name: 'other' } })],
			[paris, berlin, { ...berlin, name: 'other' }],
		],
		[
			'the name and the ID again in each piece',
			['', '{"city":', '"Paris"}', ''].map((text) =>
				piece({ index: 0, id: 'a', function: { name: 'get_weather', arguments: text } }),
			),
			[paris],
		],
		[
			'the name again in each piece, without an ID, and white space at the end',
			['{"city":', '"Paris"}', '', ' '].map((text) => piece({ function: { name: 'get_weather', arguments: text } })),
			[{ ...paris, arguments: `${paris.arguments} ` }],
		],
		[
			'another ID in each piece, without a name',
			[
				piece({ index: 0, id: 'a', function: { name: 'get_weather', arguments: '' } }),
				piece({ index: 0, id: 'b', function: { name: null, arguments: '{"city":' } }),
				piece({ index: 0, id: 'c', function: { arguments: '"Paris"}' } }),
			],
			[paris],
		],
		[
			'calls in turns, in the order of their indices, the name in two pieces',
			[
				piece({ index: 1, id: 'b', function: { name: 'get_' } }),
				piece({ index: 0, id: 'a', function: { name: 'get_weather', arguments: '{"city":' } }),
				piece({ index: 1, function: { name: 'time', arguments: '{' } }),
				piece({ index: 0, function: { arguments: '"Paris"}' } }),
				piece({ index: 1, function: { arguments: '}' } }),
			],
			[paris, { name: 'get_time', arguments: '{}' }],
		],
	];
	for (const [what, chunks, expected] of streams) {
		test(`streamed: ${what}`, async (t) => {
			const { run } = await startChoices(t, { chunks: [...chunks, end()] });
			const ran = await run({ stream: true });
			assert.deepEqual(functionsOf(ran), expected);
			const [{ toolCalls, finishReason }] = ran.outcome.samples as [(typeof ran.outcome.samples)[0]];
			assert.equal(new Set(toolCalls.map(({ id }) => id)).size, expected.length);
			for (const { id } of toolCalls) assert.ok(/^[abc]$/.test(id) || callIdForm.test(id), id);
			assert.equal(finishReason, 'tool_call');
			assert.deepEqual(ran.outcome.responses, [
				{
					id: 'x',
					created: 1,
					model: 'm',
					object: 'chat.completion',
					choices: [
						{
							index: 0,
							message: { role: 'assistant', content: null, tool_calls: toolCalls },
							logprobs: null,
							finish_reason: 'tool_calls',
						},
					],
					usage: null,
				},
			]);
		});
	}

	test('streamed: two samples in turns, one with a text, one with a tool call', async (t) => {
		const { run } = await startChoices(t, {
			chunks: [
				[{ index: 1, delta: { role: 'assistant', content: null } }],
				[{ index: 0, delta: { role: 'assistant', content: 'Sun' } }],
				piece({ index: 0, id: 'a', function: { name: 'get_weather', arguments: '{"city":' } }, 1),
				[{ index: 0, delta: { content: 'ny' } }],
				piece({ index: 0, function: { arguments: '"Paris"}' } }, 1),
				[...end('stop', 0), ...end('tool_calls', 1)],
			],
		});
		const ran = await run({ numSamples: 2, stream: true });
		assert.deepEqual(ran.outcome.samples, [
			{ index: 0, text: 'Sunny', toolCalls: [], finishReason: 'stop', call: 0 },
			{
				index: 1,
				text: '',
				toolCalls: [{ id: 'a', type: 'function', function: paris }],
				finishReason: 'tool_call',
				call: 0,
			},
		]);
		assert.deepEqual(ran.deltas, [
			{ index: 0, text: 'Sun' },
			{ index: 0, text: 'ny' },
		]);
	});

	test('a refusal is in the whole response of a stream, and is no text', async (t) => {
		const { run } = await startChoices(t, {
			chunks: [
				[{ delta: { content: null, refusal: null } }],
				[{ delta: { refusal: 'I will ' } }],
				[{ delta: { refusal: 'not.' } }],
				end('stop'),
			],
		});
		const { outcome } = await run({ stream: true });
		assert.equal(outcome.samples[0]!.text, '');
		const [{ choices }] = outcome.responses as [{ choices: { message: object }[] }];
		assert.deepEqual(choices[0]!.message, { role: 'assistant', content: null, refusal: 'I will not.' });
	});

	test('a tool call without its end is an error, as a text is', async (t) => {
		const { run } = await startChoices(t, { chunks: [piece({ index: 0, id: 'a', function: paris })] });
		await assert.rejects(run({ stream: true }), /the stream ended before every sample was finished/);
	});

	test('a response with neither text nor tool calls has an empty text', async (t) => {
		const { run } = await startChoices(t, {
			choices: [{ index: 0, message: { role: 'assistant', content: null, tool_calls: null }, finish_reason: 'stop' }],
			chunks: [end('stop')],
		});
		for (const stream of [false, true]) {
			const { outcome } = await run({ stream });
			assert.deepEqual(outcome.samples, [{ index: 0, text: '', toolCalls: [], finishReason: 'stop', call: 0 }]);
		}
	});
});

test('a key in a tool call does not get out, wherever the stream is cut, also as JSON escapes it', async (t) => {
	const key = 'sk-canary/"7f3b9d"';
	const escaped = JSON.stringify(key).slice(1, -1);
	const forms = [key, escaped, escaped.replaceAll('/', '\\/')];
	const text = `{"a":"${forms.join(' ')}"}`;
	const whole = { id: 'a', type: 'function', function: { name: `of_${key}`, arguments: text } };
	const message = { role: 'assistant', content: null, tool_calls: [whole] };
	const choices = [{ index: 0, message, logprobs: { content: [...key] }, finish_reason: 'tool_calls' }];
	const expected = { name: 'of_[redacted]', arguments: '{"a":"[redacted] [redacted] [redacted]"}' };
	const check = ({ outcome }: Awaited<ReturnType<typeof runCall>>) => {
		assert.deepEqual(outcome.samples[0]!.toolCalls[0]!.function, expected);
		assert.doesNotMatch(JSON.stringify(outcome), /canary|7f3b9d/);
		const [response] = outcome.responses as [{ choices: { logprobs: unknown }[] }];
		assert.equal(response.choices[0]!.logprobs, null, 'log probabilities spell the key token by token');
	};
	const asked = { keys: { openai: 'x'.repeat(10), anthropic: key } };
	const plain = await startChoices(t, { choices });
	check(await plain.run(asked));
	await fc.assert(
		fc.asyncProperty(fc.integer({ min: 0, max: key.length }), fc.integer({ min: 1, max: 9 }), async (cut, size) => {
			const name = whole.function.name;
			const pieces = text.match(new RegExp(`.{1,${size}}`, 'g')) as string[];
			const { run } = await startChoices(t, {
				chunks: [
					piece({ index: 0, id: 'a', function: { name: name.slice(0, cut) } }),
					piece({ index: 0, function: { name: name.slice(cut) } }),
					...pieces.map((more) => piece({ index: 0, function: { arguments: more } })),
					[{ index: 0, delta: {}, logprobs: { content: [...key] }, finish_reason: 'tool_calls' }],
				],
			});
			check(await run({ ...asked, stream: true }));
		}),
		{ numRuns: 10 },
	);
});

test('a stream of tool calls takes memory for what it keeps, not for each chunk', async (t) => {
	const more = (text: string) => piece({ index: 0, function: { arguments: text } });
	const small = Array.from({ length: 1_000 }, () => more('word '));
	const chunks = [piece({ index: 0, id: 'a', function: { name: 'x' } }), ...small, more('y'.repeat(100_000)), end()];
	const { run } = await startChoices(t, { chunks });
	const limit = new MemoryLimit(10_000_000);
	const { outcome } = await run({ stream: true, memory: limit.share() });
	const { length } = outcome.samples[0]!.toolCalls[0]!.function.arguments!;
	assert.equal(length, 105_000);
	assert.ok(limit.held > length * 8, `${limit.held} bytes: the arguments count`);
	assert.ok(limit.held < 1_500_000, `${limit.held} bytes: with all chunks it would be twice as much`);
});
