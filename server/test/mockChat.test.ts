import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import type { ChatMessage } from '../src/contract/messages.ts';
import type { MockReplies } from '../src/contract/mock.ts';
import { cpuTimeOf } from './cpuTime.ts';
import { type Asked, runCall, textOf, tool } from './sampling.ts';

const user = (content: NonNullable<ChatMessage['content']>): ChatMessage => ({ role: 'user', content });
const system: ChatMessage = { role: 'system', content: 'You are a friend of short answers.' };
const chat = [system, user('Where is my parcel?')];
const call = { id: 'a', type: 'function', function: { name: 'track', arguments: '{"id":7}' } } as const;
const result: ChatMessage = { role: 'tool', tool_call_id: 'a', content: 'in Lyon' };

const run = ({ config, ...asked }: Asked) =>
	runCall({ prompt: chat, ...asked, config: { provider: 'mock', model: 'mock-1', ...config } });

const track = tool('track', {
	type: 'object',
	required: ['id', 'carrier'],
	properties: { id: { type: 'integer' }, carrier: { enum: ['DHL', 'UPS'] }, note: { type: 'string' } },
});
const tools = [track, tool('cancel')];

test('a chat replies with sentences about its last message: the same each time, streamed or not', async () => {
	const asked = { numSamples: 3, seed: 4, config: { temperature: 0.3 } };
	const plain = await run(asked);
	const streamed = await run({ ...asked, stream: true });
	assert.equal(plain.operation, 'chat');
	const texts = plain.outcome.samples.map(({ text }) => text);
	assert.equal(new Set(texts).size, 3);
	for (const [index, text] of texts.entries()) {
		assert.match(text, /“.*Where is my parcel\?”/);
		assert.equal(textOf(streamed, index), text);
	}
	assert.deepEqual(streamed.outcome, plain.outcome);
	assert.notDeepEqual((await run({ ...asked, seed: 5 })).outcome.samples, plain.outcome.samples);
	assert.notDeepEqual((await run({ ...asked, prompt: [user('Hello')] })).outcome.samples, plain.outcome.samples);
	assert.deepEqual(plain.request['messages'], chat);
	assert.equal('prompt' in plain.request, false);
	const [response] = plain.outcome.responses as [{ object: string; choices: { message: object }[] }];
	assert.equal(response.object, 'chat.completion');
	assert.deepEqual(
		response.choices.map(({ message }) => message),
		texts.map((content) => ({ role: 'assistant', content })),
	);
});

test('usage counts all messages, with their tool calls; an image has no tokens', async () => {
	const promptTokens = async (prompt: string | ChatMessage[]) => (await run({ prompt })).outcome.usage!.promptTokens;
	const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } } as const;
	const count = await promptTokens(chat);
	assert.ok(count > (await promptTokens([chat[1]!])));
	assert.ok((await promptTokens([...chat, { role: 'assistant', tool_calls: [call] }])) > count);
	assert.equal(await promptTokens([user('Hello')]), await promptTokens('Hello'));
	assert.equal(await promptTokens([user([{ type: 'text', text: 'Hello' }, image])]), await promptTokens('Hello'));
	assert.ok((await run({ prompt: [user([image])] })).outcome.samples[0]!.text.length > 20);
});

test('a prompt of 10 MB is counted and answered in little time, and its tokens are estimated', async () => {
	const sentence = 'The parcel 48213 has not arrived yet, and the customer asks for a refund. ';
	const noise = Array.from({ length: 10_000 }, (_, n) => Math.imul(n + 1, 0x9e3779b1).toString(36)).join('');
	for (const part of [sentence, noise, 'x', ' ']) {
		const repeated = (length: number) => part.repeat(Math.ceil(length / part.length));
		const text = repeated(10 * 1024 * 1024);
		const small = repeated(50_000);
		const perCharacter = (await run({ prompt: [user(small)] })).outcome.usage!.promptTokens / small.length;
		let { outcome } = await run({ prompt: [user('Hello')] });
		const took = await cpuTimeOf(async () => ({ outcome } = await run({ prompt: [user(text)], numSamples: 8 })));
		assert.ok(took < 2_000, `${took} ms for ${part.slice(0, 20)}`);
		assert.equal(new Set(outcome.samples.map((sample) => sample.text)).size, 8);
		const expected = perCharacter * text.length;
		const { promptTokens } = outcome.usage!;
		assert.ok(Math.abs(promptTokens - expected) < expected / 10, `${promptTokens} instead of ${expected}`);
	}
	const calls = Array.from({ length: 100 }, (_, n) => {
		return { ...call, id: `call_${n}`, function: { name: 'track', arguments: noise.slice(0, 50_000) } };
	});
	const took = await cpuTimeOf(() => run({ prompt: [user('Hello'), { role: 'assistant', tool_calls: calls }] }));
	assert.ok(took < 2_000, `${took} ms`);
});

test('messages that OpenAI would refuse are refused with the same words', async () => {
	for (const [message, words] of [
		[{ role: 'tool', content: 'x' }, /^Message 2 has the role "tool" and no "tool_call_id"/],
		[{ role: 'assistant', tool_call: { arguments: {} } }, /^Message 2 has a "tool_call" without a "name"/],
	] as const) {
		const prompt = [user('Hello'), message as ChatMessage];
		for (const provider of ['mock', 'openai'] as const) {
			const refused = run({ prompt, keys: { openai: 'sk-x' }, config: { provider, model: 'gpt-4o' } });
			await assert.rejects(refused, { status: 422, message: words }, provider);
		}
	}
});

test('a chat has log probabilities in the form of a chat', async () => {
	const { outcome } = await run({ logprobs: 2 });
	const [{ choices }] = outcome.responses as [{ choices: { logprobs: { content: { token: string }[] } }[] }];
	const { content } = choices[0]!.logprobs;
	assert.equal(content.map(({ token }) => token).join(''), outcome.samples[0]!.text);
	assert.partialDeepStrictEqual(content[0], { top_logprobs: [{ token: content[0]!.token }, {}] });
});

describe('tool_choice', () => {
	test('a tool that must be called is called, with arguments that fit its required fields', async () => {
		const named = { type: 'function', function: { name: 'cancel' } } as const;
		for (const [toolChoice, name, args] of [
			['required', 'track', '{"id":1,"carrier":"DHL"}'],
			[named, 'cancel', '{}'],
		] as const) {
			const asked = { tools, toolChoice, numSamples: 2 };
			const plain = await run(asked);
			const streamed = await run({ ...asked, stream: true });
			assert.deepEqual(streamed.outcome, plain.outcome);
			assert.deepEqual(streamed.deltas, []);
			const [first, second] = plain.outcome.samples;
			assert.deepEqual([first!.text, first!.finishReason], ['', 'tool_call']);
			assert.deepEqual(first!.toolCalls[0]!.function, { name, arguments: args });
			assert.match(first!.toolCalls[0]!.id, /^call_[a-z0-9]{24}$/);
			assert.notEqual(second!.toolCalls[0]!.id, first!.toolCalls[0]!.id);
			assert.deepEqual([plain.request['tools'], plain.request['tool_choice']], [tools, toolChoice]);
			const [{ choices }] = plain.outcome.responses as [{ choices: object[] }];
			assert.partialDeepStrictEqual(choices[0], {
				message: { role: 'assistant', content: null, tool_calls: first!.toolCalls },
				finish_reason: 'tool_calls',
			});
			assert.ok(plain.outcome.usage!.generationTokens > 0);
		}
	});

	test('with auto and none, the mock calls no tool by itself', async () => {
		for (const toolChoice of ['auto', 'none'] as const) {
			assert.deepEqual((await run({ tools, toolChoice })).outcome.samples[0]!.toolCalls, []);
		}
	});

	test('made-up arguments have the types of the schema', async () => {
		const argumentsFor = async (parameters: Record<string, unknown>) => {
			const { outcome } = await run({ tools: [tool('x', parameters)], toolChoice: 'required' });
			const text = outcome.samples[0]!.toolCalls[0]!.function.arguments as string;
			assert.ok(text.length <= 8_000, 'a schema cannot make the arguments endless');
			return JSON.parse(text) as Record<string, unknown>;
		};
		const only = async (schema: unknown) =>
			(await argumentsFor({ type: 'object', required: ['a'], properties: { a: schema } }))['a'];
		const isText = (value: unknown) => typeof value === 'string' && value.length > 0;
		assert.ok(isText(await only({ type: 'string' })));
		assert.ok(isText(await only({})));
		assert.ok(isText(await only(undefined)), 'a required field without a schema');
		assert.equal(String(await only({ type: 'string', minLength: 50, maxLength: 50 })).length, 50);
		assert.equal(await only({ type: 'number', minimum: 2.5 }), 2.5);
		assert.equal(await only({ type: 'integer', exclusiveMinimum: 6 }), 7);
		assert.equal(await only({ type: 'integer', maximum: -3 }), -3);
		assert.equal(await only({ type: 'boolean' }), true);
		assert.equal(await only({ type: ['null', 'boolean'] }), true);
		assert.equal(await only({ type: 'null' }), null);
		assert.equal(await only({ const: 'fixed' }), 'fixed');
		assert.equal(await only({ enum: [3, 4] }), 3);
		assert.equal(await only({ anyOf: [{ type: 'boolean' }, { type: 'null' }] }), true);
		assert.deepEqual(await only({ type: 'array', minItems: 2, items: { type: 'boolean' } }), [true, true]);
		assert.deepEqual(await only({ required: ['b'], properties: { b: { enum: ['c'] }, d: {} } }), { b: 'c' });
		let deep: object = { type: 'string', minLength: 1e9 };
		for (let depth = 0; depth < 50; depth += 1) deep = { type: 'array', minItems: 1e9, items: deep };
		await only(deep);
		await only({ enum: ['x'.repeat(10_000)] });
	});
});

describe('canned replies', () => {
	const inputs = { topic: 'parcels', id: 'P-7' };
	const trackCall = { name: 'track', arguments: { id: '{{id}}', list: ['{{ topic }}', 7], deep: { b: '{{none}}' } } };
	const tracking: MockReplies = {
		replies: [
			{ when: { topic: 'parcel' }, reply: { tool_calls: [trackCall, { name: 'cancel' }] } },
			{ when: {}, reply: 'Your {{topic}} are well.' },
		],
	};

	test('texts work for chats as for completions', async () => {
		const { outcome } = await run({ inputs: { topic: 'hats' }, mockReplies: tracking, numSamples: 2 });
		assert.deepEqual(
			outcome.samples.map(({ text }) => text),
			['Your hats are well.', 'Your hats are well.'],
		);
	});

	test('a reply can be tool calls, with inputs in their arguments', async () => {
		for (const stream of [false, true]) {
			const { outcome } = await run({ inputs, tools, mockReplies: tracking, stream });
			const [{ text, toolCalls, finishReason }] = outcome.samples as [(typeof outcome.samples)[0]];
			assert.deepEqual([text, finishReason], ['', 'tool_call']);
			assert.deepEqual(
				toolCalls.map(({ function: called }) => called),
				[
					{ name: 'track', arguments: '{"id":"P-7","list":["parcels",7],"deep":{"b":"{{none}}"}}' },
					{ name: 'cancel', arguments: '{}' },
				],
			);
			assert.notEqual(toolCalls[0]!.id, toolCalls[1]!.id);
		}
	});

	test('tool calls are not used right after a result, nor when the caller wants none: the next reply is', async () => {
		const after = [...chat, { role: 'assistant', tool_calls: [call] } as ChatMessage, result];
		for (const asked of [{ prompt: after }, { toolChoice: 'none' as const }]) {
			const { outcome } = await run({ inputs, tools, mockReplies: tracking, ...asked });
			assert.equal(outcome.samples[0]!.text, 'Your parcels are well.');
		}
		const next = await run({ inputs, tools, mockReplies: tracking, prompt: [...after, user('And now?')] });
		assert.equal(next.outcome.samples[0]!.toolCalls.length, 2, 'a new question calls again');
		const only: MockReplies = { otherwise: [{ tool_calls: [trackCall] }, 'Done.'] };
		const list = await run({ inputs, tools, mockReplies: only, prompt: after, numSamples: 2 });
		assert.deepEqual(
			list.outcome.samples.map(({ text }) => text),
			['Done.', 'Done.'],
		);
	});

	test('a rule can ask for the text of the last message, in any case', async () => {
		const mockReplies: MockReplies = {
			replies: [
				{ when: { topic: 'parcel' }, last_message: ['lost', 'PARCEL'], reply: 'A parcel.' },
				{ when: {}, last_message: 'lyon', reply: 'Lyon.' },
			],
			otherwise: 'Nothing.',
		};
		const cases: [Asked, string][] = [
			[{}, 'A parcel.'],
			[{ inputs: { topic: 'hats' } }, 'Nothing.'],
			[{ prompt: [...chat, user('Hm.')] }, 'Nothing.'],
			[{ prompt: [...chat, { role: 'assistant', tool_calls: [call] }, result] }, 'Lyon.'],
			[{ prompt: [user([{ type: 'text', text: 'In Lyon?' }])] }, 'Lyon.'],
			[{ prompt: [] }, 'Nothing.'],
			[{ prompt: 'Where is my parcel?' }, 'Nothing.'],
		];
		for (const [asked, expected] of cases) {
			const { outcome } = await run({ inputs, mockReplies, ...asked });
			assert.equal(outcome.samples[0]!.text, expected);
		}
	});

	test('canned replies come before a tool_choice that demands a call', async () => {
		const { outcome } = await run({ tools, mockReplies: { otherwise: 'No.' }, toolChoice: 'required' });
		assert.equal(outcome.samples[0]!.text, 'No.');
	});

	test('a tool that the config does not have is a 422 that says which there are', async () => {
		const asked = { inputs, mockReplies: tracking };
		await assert.rejects(run({ ...asked, tools: [tools[1]!] }), {
			status: 422,
			message: /calls the tool "track", .*\. It has cancel\.$/,
		});
		await assert.rejects(run(asked), { status: 422, message: /It has none\.$/ });
	});

	test('arguments have an end, whatever the inputs and the config are', async () => {
		const canned = (argument: unknown): MockReplies => ({
			otherwise: { tool_calls: [{ name: 'cancel', arguments: { a: argument } }] },
		});
		const asked = { tools, inputs: { long: 'x'.repeat(100_000) } };
		const { outcome } = await run({ ...asked, mockReplies: canned(Array(300).fill('{{long}}')) });
		assert.ok(outcome.samples[0]!.toolCalls[0]!.function.arguments!.length < 8_000);
		await assert.rejects(run({ ...asked, mockReplies: canned('y'.repeat(5_000)) }), {
			status: 422,
			message: /more than 4000 characters/,
		});
	});
});
