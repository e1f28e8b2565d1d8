import assert from 'node:assert/strict';
import test, { describe, type TestContext } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import type { ChatMessage } from '../src/contract/messages.ts';
import { cpuTimeOf } from './cpuTime.ts';
import { type Asked, runCall, startChoices, textOf, tool } from './sampling.ts';

const weather = tool('get_weather', { type: 'object', properties: { city: { type: 'string' } } });
const time = tool('get_time');
const paris = { name: 'get_weather', arguments: '{"city":"Paris"}' };

async function startModel(t: TestContext) {
	const model = new LLMock({ port: 0, chunkSize: 3 });
	await model.start();
	t.after(() => model.stop());
	return { model, run: (asked: Asked) => runCall(asked, { openai: { baseUrl: `${model.url}/v1` } }) };
}

const user = (content: NonNullable<ChatMessage['content']>): ChatMessage => ({ role: 'user', content });
const answer = [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }];
describe('what is sent', () => {
	test('messages of every kind go out in the form of OpenAI, with the tools', async (t) => {
		const { sent, run } = await startChoices(t, { choices: answer });
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

	test('the results of very many calls find their calls at once', async (t) => {
		const { sent, run } = await startChoices(t, { choices: answer });
		const count = 40_000;
		const calls = Array.from({ length: count }, (_, index) => {
			const name = index < count / 2 ? 'get_time' : 'get_weather';
			return { id: `c${index}`, type: 'function', function: { name } } as const;
		});
		const half = Array.from({ length: count / 2 }, () => ({ role: 'tool', content: '' }) as const);
		const results = [...half.map((result) => ({ ...result, name: 'get_weather' })), ...half];
		const took = await cpuTimeOf(() =>
			run({ prompt: [user('x'), { role: 'assistant', tool_calls: [...calls] }, ...results] }),
		);
		const [, , ...answered] = sent()['messages'] as { tool_call_id: string }[];
		const ids = calls.map(({ id }) => id);
		assert.deepEqual(
			answered.map((message) => message.tool_call_id),
			[...ids.slice(count / 2), ...ids.slice(0, count / 2)],
		);
		assert.ok(took < 10_000, `${took} ms`);
	});

	test('the deprecated tool_call gets an ID, and so does the result that follows it', async (t) => {
		const { sent, run } = await startChoices(t, { choices: answer });
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
		assert.deepEqual(sent()['messages'], [
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
		const { run } = await startChoices(t, {});
		const chat = [user('Hello')];
		const cases: [Asked, RegExp][] = [
			[{ prompt: [...chat, { role: 'tool', content: 'x' }] }, /^Message 2 has the role "tool" and no "tool_call_id"/],
			[
				{ prompt: [{ role: 'assistant', tool_call: { arguments: '{}' } } as ChatMessage] },
				/^Message 1 has a "tool_call" without a "name"/,
			],
			[
				{ prompt: chat, config: { model: 'gpt-3.5-turbo-instruct' } },
				/"gpt-3\.5-turbo-instruct" is a completion model, which takes no messages/,
			],
			[{ tools: [time], config: { model: 'davinci-002' } }, /is a completion model, which takes no tools/],
			[{ prompt: chat, tools: [time], config: { other: { tools: [] } } }, /sets tools in "other"/],
			[
				{ prompt: chat, tools: [time], toolChoice: 'none', config: { other: { tool_choice: 'auto' } } },
				/sets tool_choice in "other"/,
			],
			[{ prompt: chat, suffix: 'x' }, /takes no suffix/],
		];
		for (const [asked, message] of cases) await assert.rejects(run(asked), { status: 422, message });
	});

	test('tools in "other" are sent, if the config has no others', async (t) => {
		const { run } = await startChoices(t, { choices: answer });
		const { request } = await run({ prompt: [user('Hello')], config: { other: { tools: [time] } } });
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
			assert.deepEqual(sample, { index: 0, text: 'I will look.', toolCalls, finishReason: 'tool_call', call: 0 });
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
