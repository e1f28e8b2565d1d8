import assert from 'node:assert/strict';
import test, { describe, type TestContext } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import fc from 'fast-check';
import type { ChatMessage } from '../src/contract/messages.ts';
import { MemoryLimit } from '../src/domain/memory.ts';
import { startHost } from './host.ts';
import { type Asked, runCall, textOf, tool } from './sampling.ts';

const weather = tool('get_weather', { type: 'object', properties: { city: { type: 'string' } } });
const time = tool('get_time');
const paris = { name: 'get_weather', arguments: '{"city":"Paris"}' };
const callIdForm = /^call_[A-Za-z0-9]{24}$/;

type Sent = Record<string, unknown> & { messages: unknown[]; n: number; stream: boolean };
type Chunk = { index?: number; delta?: object; finish_reason?: string | null };

async function startModel(t: TestContext) {
	const model = new LLMock({ port: 0, chunkSize: 3 });
	await model.start();
	t.after(() => model.stop());
	return { model, run: (asked: Asked) => runCall(asked, { baseUrl: `${model.url}/v1` }) };
}

/** A host that answers plain calls with these choices, and streams these chunks of choices. */
async function startBroken(t: TestContext, { choices = [], chunks = [] }: { choices?: object[]; chunks?: Chunk[][] }) {
	const head = { id: 'x', created: 1, model: 'm' };
	const host = await startHost(t, (response, body) => {
		if (!(JSON.parse(body) as Sent).stream) {
			response.setHeader('content-type', 'application/json');
			return response.end(JSON.stringify({ ...head, object: 'chat.completion', choices }));
		}
		response.setHeader('content-type', 'text/event-stream');
		for (const some of chunks) {
			const chunk = { ...head, object: 'chat.completion.chunk', choices: some };
			response.write(`data: ${JSON.stringify(chunk)}\n\n`);
		}
		return response.end('data: [DONE]\n\n');
	});
	const sent = () => JSON.parse(host.state.bodies.at(-1) as string) as Sent;
	return { sent, run: (asked: Asked = {}) => runCall(asked, { baseUrl: host.url }) };
}

const user = (content: NonNullable<ChatMessage['content']>): ChatMessage => ({ role: 'user', content });
const answer = [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }];
const end = (reason = 'tool_calls', index = 0): Chunk[] => [{ index, delta: {}, finish_reason: reason }];
const piece = (call: object, index = 0): Chunk[] => [
	{ index, delta: { tool_calls: [call].flat() }, finish_reason: null },
];

describe('what is sent', () => {
	test('messages of every kind go out in the form of OpenAI, with the tools', async (t) => {
		const { sent, run } = await startBroken(t, { choices: answer });
		const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } } as const;
		const inline = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } } as const;
		const call = { id: 'call_1', type: 'function', function: paris } as const;
		const prompt: ChatMessage[] = [
			{ role: 'system', content: 'Be brief.', name: null, tool_calls: null },
			{ role: 'user', name: 'Zoë', content: [{ type: 'text', text: 'What is this?' }, image, inline] },
			{ role: 'assistant', content: null, tool_calls: [call], tool_call: paris } as ChatMessage,
			{ role: 'tool', content: 'Sunny', tool_call_id: 'call_1' },
			{ role: 'developer', content: 'x', vendor: { kept: true } } as ChatMessage,
		];
		const { request, operation } = await run({
			prompt,
			tools: [weather, time],
			toolChoice: 'auto',
			seed: 5,
			config: { response_format: { type: 'json_object' }, reasoning_effort: 'low' },
		});
		assert.deepEqual(sent(), request);
		assert.equal(operation, 'chat');
		assert.deepEqual(request['messages'], [
			{ role: 'system', content: 'Be brief.' },
			{ role: 'user', name: 'Zoë', content: [{ type: 'text', text: 'What is this?' }, image, inline] },
			{ role: 'assistant', content: null, tool_calls: [call] },
			{ role: 'tool', content: 'Sunny', tool_call_id: 'call_1' },
			{ role: 'developer', content: 'x', vendor: { kept: true } },
		]);
		assert.partialDeepStrictEqual(request, {
			tools: [weather, time],
			tool_choice: 'auto',
			seed: 5,
			response_format: { type: 'json_object' },
			reasoning_effort: 'low',
		});
	});

	test('the deprecated tool_call gets an ID, and so does the result that follows it', async (t) => {
		const { sent, run } = await startBroken(t, { choices: answer });
		const asking = (toolCall: unknown) => ({ role: 'assistant', content: '', tool_call: toolCall }) as ChatMessage;
		const calls = [
			{ id: 'a', type: 'function', function: { name: 'get_time' } },
			{ id: 'b', type: 'function', function: paris },
		] as const;
		await run({
			prompt: [
				user('Weather?'),
				asking(paris),
				{ role: 'tool', name: 'get_weather', content: 'Sunny' },
				asking({ name: 'get_time', arguments: { zone: 'CET' } }),
				{ role: 'tool', content: '12:00' },
				{ role: 'assistant', tool_calls: [...calls] },
				{ role: 'tool', name: 'get_weather', content: 'Rain' },
				{ role: 'tool', content: '13:00' },
				{ role: 'assistant', content: 'Fine.', tool_calls: [], tool_call: null } as ChatMessage,
			],
		});
		const first = { id: 'call_2', type: 'function', function: paris };
		const second = { id: 'call_4', type: 'function', function: { name: 'get_time', arguments: '{"zone":"CET"}' } };
		assert.deepEqual(sent().messages, [
			{ role: 'user', content: 'Weather?' },
			{ role: 'assistant', content: '', tool_calls: [first] },
			{ role: 'tool', name: 'get_weather', content: 'Sunny', tool_call_id: 'call_2' },
			{ role: 'assistant', content: '', tool_calls: [second] },
			{ role: 'tool', content: '12:00', tool_call_id: 'call_4' },
			{
				role: 'assistant',
				tool_calls: [{ ...calls[0], function: { name: 'get_time', arguments: '{}' } }, calls[1]],
			},
			{ role: 'tool', name: 'get_weather', content: 'Rain', tool_call_id: 'b' },
			{ role: 'tool', content: '13:00', tool_call_id: 'a' },
			{ role: 'assistant', content: 'Fine.' },
		]);
	});

	test('what cannot be sent is a 422 that says what to do, before any call', async (t) => {
		const { run } = await startBroken(t, {});
		const chat = [user('Hello')];
		const named = { type: 'function', function: { name: 'get_rain' } } as const;
		const cases: [Asked, RegExp][] = [
			[
				{ prompt: [...chat, { role: 'tool', content: 'x' }] },
				/^Message 2 of .* has the role "tool" and no "tool_call_id"/,
			],
			[
				{ prompt: [{ role: 'assistant', tool_call: { arguments: '{}' } } as ChatMessage] },
				/^Message 1 of .* has a "tool_call" without a "name"/,
			],
			[
				{ prompt: chat, config: { model: 'gpt-3.5-turbo-instruct' } },
				/"gpt-3\.5-turbo-instruct" is a completion model, which takes no messages/,
			],
			[{ tools: [time], config: { model: 'davinci-002' } }, /is a completion model, which takes no tools/],
			[{ prompt: chat, toolChoice: 'required' }, /asks for a tool call, but the model config has no tools/],
			[{ prompt: chat, tools: [weather, time], toolChoice: named }, /"get_rain".*: get_weather, get_time\.$/],
			[{ prompt: chat, tools: [time], config: { other: { tools: [] } } }, /sets tools in "other"/],
			[
				{ prompt: chat, tools: [time], toolChoice: 'none', config: { other: { tool_choice: 'auto' } } },
				/sets tool_choice in "other"/,
			],
			[{ prompt: chat, suffix: 'x' }, /takes no suffix/],
		];
		for (const [asked, message] of cases) await assert.rejects(run(asked), { status: 422, message });
	});

	test('without tools, no tool_choice is sent; tools in "other" are, if the config has no others', async (t) => {
		const { run } = await startBroken(t, { choices: answer });
		const prompt = [user('Hello')];
		for (const toolChoice of ['none', 'auto'] as const) {
			assert.equal('tool_choice' in (await run({ prompt, toolChoice })).request, false);
		}
		const { request } = await run({ prompt, config: { other: { tools: [time] } } });
		assert.deepEqual(request['tools'], [time]);
	});
});

for (const stream of [false, true]) {
	describe(stream ? 'streamed from aimock' : 'from aimock', () => {
		test('tool calls of several samples, and a text beside them', async (t) => {
			const { model, run } = await startModel(t);
			model.onMessage('both', { content: 'I will look.', toolCalls: [{ ...paris, id: 'call_a' }] });
			model.onMessage('tools', { toolCalls: [paris, { name: 'get_time', arguments: '{"zone": "C' }] });
			const ran = await run({ prompt: [user('Use tools')], tools: [weather, time], numSamples: 3, stream });
			assert.equal(ran.outcome.samples.length, 3);
			for (const { text, toolCalls, finishReason } of ran.outcome.samples) {
				assert.deepEqual([text, finishReason], ['', 'tool_call']);
				assert.deepEqual(
					toolCalls.map((call) => call.function),
					[paris, { name: 'get_time', arguments: '{"zone": "C' }],
					'arguments stay text, however broken',
				);
				for (const { id, type } of toolCalls) assert.ok(id.startsWith('call_') && type === 'function');
			}
			assert.deepEqual(ran.deltas, []);
			assert.ok(ran.outcome.usage!.generationTokens > 0);

			const both = await run({ prompt: [user('both')], tools: [weather], stream });
			const [sample] = both.outcome.samples;
			const toolCalls = [{ id: 'call_a', type: 'function', function: paris }];
			assert.deepEqual(sample, { text: 'I will look.', toolCalls, finishReason: 'tool_call', call: 0 });
			if (stream) assert.equal(textOf(both, 0), 'I will look.');
			const [{ choices }] = both.outcome.responses as [{ choices: object[] }];
			assert.partialDeepStrictEqual(choices[0], {
				message: { role: 'assistant', content: 'I will look.', tool_calls: toolCalls },
				finish_reason: 'tool_calls',
			});
		});

		test('a chat of several turns, with the result of a tool', async (t) => {
			const { model, run } = await startModel(t);
			model.on({ toolCallId: 'call_a' }, { content: 'It is sunny.' });
			model.onMessage('Weather?', { toolCalls: [{ ...paris, id: 'call_a' }] });
			const asked = [user('Weather?')];
			const { outcome } = await run({ prompt: asked, tools: [weather], stream });
			const { toolCalls } = outcome.samples[0]!;
			const more: ChatMessage[] = [
				{ role: 'assistant', content: '', tool_calls: toolCalls },
				{ role: 'tool', content: 'sunny', tool_call_id: toolCalls[0]!.id },
			];
			const next = await run({ prompt: [...asked, ...more], tools: [weather], stream });
			assert.equal(next.outcome.samples[0]!.text, 'It is sunny.');
		});
	});
}

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
		const { run } = await startBroken(t, { choices: [{ message, finish_reason: 'tool_calls' }] });
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
			const { run } = await startBroken(t, { chunks: [...chunks, end()] });
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
		const { run } = await startBroken(t, {
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
			{ text: 'Sunny', toolCalls: [], finishReason: 'stop', call: 0 },
			{ text: '', toolCalls: [{ id: 'a', type: 'function', function: paris }], finishReason: 'tool_call', call: 0 },
		]);
		assert.deepEqual(ran.deltas, [
			{ index: 0, text: 'Sun' },
			{ index: 0, text: 'ny' },
		]);
	});

	test('a refusal is in the whole response of a stream, and is no text', async (t) => {
		const { run } = await startBroken(t, {
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
		const { run } = await startBroken(t, { chunks: [piece({ index: 0, id: 'a', function: paris })] });
		await assert.rejects(run({ stream: true }), /the stream ended before every sample was finished/);
	});

	test('a response with neither text nor tool calls has an empty text', async (t) => {
		const { run } = await startBroken(t, {
			choices: [{ index: 0, message: { role: 'assistant', content: null, tool_calls: null }, finish_reason: 'stop' }],
			chunks: [end('stop')],
		});
		for (const stream of [false, true]) {
			const { outcome } = await run({ stream });
			assert.deepEqual(outcome.samples, [{ text: '', toolCalls: [], finishReason: 'stop', call: 0 }]);
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
	const plain = await startBroken(t, { choices });
	check(await plain.run(asked));
	await fc.assert(
		fc.asyncProperty(fc.integer({ min: 0, max: key.length }), fc.integer({ min: 1, max: 9 }), async (cut, size) => {
			const name = whole.function.name;
			const pieces = text.match(new RegExp(`.{1,${size}}`, 'g')) as string[];
			const { run } = await startBroken(t, {
				chunks: [
					piece({ index: 0, id: 'a', function: { name: name.slice(0, cut) } }),
					piece({ index: 0, function: { name: name.slice(cut) } }),
					...pieces.map((more) => piece({ index: 0, function: { arguments: more } })),
					[{ index: 0, delta: {}, logprobs: { content: [...key] }, finish_reason: 'tool_calls' } as Chunk],
				],
			});
			check(await run({ ...asked, stream: true }));
		}),
		{ numRuns: 10 },
	);
});

test('a stream of tool calls takes memory for what it keeps, not for each chunk', async (t) => {
	const pieces = Array.from({ length: 1_000 }, () => piece({ index: 0, function: { arguments: 'word ' } }));
	const { run } = await startBroken(t, {
		chunks: [piece({ index: 0, id: 'a', function: time.function }), ...pieces, end()],
	});
	const limit = new MemoryLimit(10_000_000);
	const { outcome } = await run({ stream: true, memory: limit.share() });
	const { length } = outcome.samples[0]!.toolCalls[0]!.function.arguments!;
	assert.equal(length, 5_000);
	assert.ok(limit.held > length * 8, `${limit.held} bytes: the text counts`);
	assert.ok(limit.held < 500_000, `${limit.held} bytes: a chunk takes four times as much until it is parsed`);
});
