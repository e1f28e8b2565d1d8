import assert from 'node:assert/strict';
import test from 'node:test';
import OpenAI from 'openai';
import { runCall, tool } from '../sampling.ts';
import { startLine } from './standIn.ts';
import { providerSuite } from './suite.ts';

providerSuite('OpenAI', {
	config: { provider: 'openai', model: 'gpt-4o' },
	settings: (origin, apiKey) => ({ openai: { apiKey, baseUrl: `${origin}/v1` } }),
	keyField: 'openai',
	origin: 'OpenAI',
	keyOf: ({ authorization }) => authorization?.replace('Bearer ', ''),
	cannot: { suffix: 'a chat model takes none' },
});

for (const [what, response] of [
	['a text', { content: 'Über alles: 🎉 fine.' }],
	['tool calls', { toolCalls: [{ id: 'call_1', name: 'get_weather', arguments: '{"city":"Paris"}' }] }],
] as const) {
	test(`${what}: a stream is put together as OpenAI's own SDK does it`, async (t) => {
		const line = await startLine(t);
		line.model.onMessage(/.*/, response as never);
		const ran = await runCall(
			{ stream: true, tools: [tool('get_weather')] },
			{ openai: { baseUrl: `${line.origin}/v1` } },
		);
		const client = new OpenAI({ baseURL: `${line.origin}/v1`, apiKey: 'none' });
		const { stream: _, ...request } = ran.request as unknown as OpenAI.ChatCompletionCreateParamsStreaming;
		const { choices, usage } = await client.chat.completions.stream(request).finalChatCompletion();
		const { message, finish_reason: reason } = choices[0]!;
		const [ours] = (ran.outcome.responses[0] as unknown as OpenAI.ChatCompletion).choices;
		assert.deepEqual([ours?.message.content, ours?.finish_reason], [message.content, reason]);
		assert.deepEqual(
			ours?.message.tool_calls?.map((call) => [call.id, call.type === 'function' && call.function.arguments]),
			message.tool_calls?.map((call) => [call.id, call.type === 'function' && call.function.arguments]),
		);
		assert.deepEqual((ran.outcome.responses[0] as { usage?: unknown }).usage, usage);
	});
}
