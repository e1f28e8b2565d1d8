import { chatWith, fields, storeChatConfig } from './harness/chat.ts';
import { useHarness } from './harness/useHarness.ts';

const harness = useHarness();

test('the text of a chat streams to a listener, item by item; tool calls do not', async () => {
	const configId = await storeChatConfig(harness, {
		tools: [{ name: 'look' }],
		other: {
			humanloop_server: {
				mock: {
					replies: [{ when: {}, last_message: 'hello', reply: 'Hello. How can I help you today?' }],
					otherwise: { tool_calls: [{ name: 'look' }] },
				},
			},
		},
	});
	const run = (content: string) =>
		harness.run({
			streaming: true,
			parameters: chatWith(configId, { ...fields({ content }), options: { stream: true } }),
		});

	const { chunks, success } = await run('Hello');
	for (const item of [0, 1]) {
		const sent = chunks.filter(({ metadata }) => metadata.itemIndex === item);
		const pieces = sent.filter(({ type }) => type === 'item').map(({ content }) => content);
		expect(pieces.length).toBeGreaterThan(1);
		expect(pieces.join('')).toBe(success[item]!.json.output);
		expect([sent[0]!.type, sent.at(-1)!.type]).toEqual(['begin', 'end']);
	}

	const calls = await run('Where is my parcel?');
	expect(calls.success.map(({ json }) => json.finishReason)).toEqual(['tool_call', 'tool_call']);
	expect(calls.chunks.filter(({ type }) => type === 'item')).toEqual([]);
});
