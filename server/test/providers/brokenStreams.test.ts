import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { startHost } from '../host.ts';
import { logsOf, send, sleep, startWith } from '../provider.ts';
import { readEvents, startApi } from '../setup.ts';

const usage = { input_tokens: 10, output_tokens: 4 };

/** A stream of Anthropic's that begins with one block and then reports an error. Without a block, only its head came. */
function failingEvents(kind: 'thinking' | 'tool_use' | undefined): string {
	const message = { id: 'm', type: 'message', role: 'assistant', model: 'c', content: [], stop_reason: null };
	const blocks = {
		thinking: [
			{ type: 'thinking', thinking: '', signature: '' },
			{ type: 'thinking_delta', thinking: 'Let me think. ' },
		],
		tool_use: [
			{ type: 'tool_use', id: 'toolu_1', name: 'find', input: {} },
			{ type: 'input_json_delta', partial_json: '{"a": "b' },
		],
	};
	const [block, delta] = kind === undefined ? [] : blocks[kind];
	const ofBlock = [
		{ type: 'content_block_start', index: 0, content_block: block },
		{ type: 'content_block_delta', index: 0, delta },
	];
	return [
		{ type: 'message_start', message: { ...message, stop_sequence: null, usage } },
		...(kind === undefined ? [] : ofBlock),
		{ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
	]
		.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
		.join('');
}

async function startClaude(t: TestContext, url: string) {
	const anthropic = { apiKey: 'sk-ant-canary', baseUrl: url };
	const api = await startApi(t, { providers: { openai: {}, anthropic }, backoffMs: 5 });
	const id = await api.config({ provider: 'anthropic', model: 'claude-sonnet-4-5', prompt_template: 'x' });
	return { address: await api.listen(), call: { model_config_id: id, project: 'tickets' } };
}

for (const [kind, calls] of [
	['thinking', 1],
	['tool_use', 1],
	[undefined, 3],
] as const) {
	test(`Anthropic reports an error after ${kind ?? 'no block'}: ${calls} request(s)`, async (t) => {
		const host = await startHost(t, (response) => {
			response.setHeader('content-type', 'text/event-stream');
			response.end(failingEvents(kind));
		});
		const { address, call } = await startClaude(t, host.url);
		const text = await (await send(address, { ...call, stream: true })).text();
		assert.match(text, /Overloaded/);
		assert.equal(host.state.calls, calls, text);
	});
}

/** A chunk of OpenAI's stream. */
function chunk(content: string | undefined, finish: string | null, index = 0): string {
	return `data: ${JSON.stringify({ id: 'x', choices: [{ index, delta: { content }, finish_reason: finish }] })}\n\n`;
}

test('a stream that breaks after every finish reason is whole: it is kept, and a repeat replays it', async (t) => {
	const host = await startHost(t, async (response) => {
		response.setHeader('content-type', 'text/event-stream');
		response.write(chunk('Hello', null) + chunk(undefined, 'stop'));
		await sleep(50);
		response.destroy();
	});
	const { address, call } = await startWith(t, host);
	const go = async () => readEvents(await send(address, { ...call, stream: true }, { key: 'k' }));
	for (let turn = 0; turn < 2; turn += 1) {
		const text = JSON.stringify((await go()).events);
		assert.match(text, /Hello/);
		assert.doesNotMatch(text, /detail/);
	}
	assert.equal(host.state.calls, 1);
});

test('a stream that breaks before a sample has its finish reason stays an error', async (t) => {
	const host = await startHost(t, async (response) => {
		response.setHeader('content-type', 'text/event-stream');
		response.write(chunk('Hello', null) + chunk('Bye', null, 1) + chunk(undefined, 'stop'));
		await sleep(50);
		response.destroy();
	});
	const { api, address, call } = await startWith(t, host);
	await readEvents(await send(address, { ...call, num_samples: 2, stream: true }));
	assert.match((await logsOf(api))[0].error ?? '', /before the response was whole/);
	assert.equal(host.state.calls, 1);
});
