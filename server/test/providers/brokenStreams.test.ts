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

async function startFor(t: TestContext, provider: 'openai' | 'anthropic', url: string) {
	const settings = { apiKey: 'sk-canary', baseUrl: url };
	const api = await startApi(t, { providers: { openai: settings, anthropic: settings }, backoffMs: 5 });
	const id = await api.config({ provider, model: 'claude-sonnet-4-5', prompt_template: 'x' });
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
		const { address, call } = await startFor(t, 'anthropic', host.url);
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

const anthropicAnswer = {
	...{ id: 'm', type: 'message', role: 'assistant', model: 'c', content: [{ type: 'text', text: 'Hello' }] },
	...{ stop_reason: 'end_turn', stop_sequence: null, usage },
};
const openaiAnswer = {
	id: 'x',
	choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
};

for (const provider of ['openai', 'anthropic'] as const) {
	for (const [stream, how] of [
		[false, 'plain'],
		[true, 'streamed'],
	] as const) {
		for (const [what, type, text, expected] of [
			['an error', 'application/json', '{"error": {"type": "x", "message": "quota is over"}}', /"quota is over"/],
			['a web page', 'text/html', '<html><h1>Login  required</h1></html>', /begins with: <html><h1>Login required</],
		] as const) {
			test(`${provider}, ${how}: a 200 that holds ${what} is told in the host's words, and not asked for again`, async (t) => {
				const host = await startHost(t, (response) => response.setHeader('content-type', type).end(text));
				const { address, call } = await startFor(t, provider, host.url);
				assert.match(await (await send(address, { ...call, stream })).text(), expected);
				assert.equal(host.state.calls, 1);
			});
		}
	}

	test(`${provider}: one plain response to a request for a stream is read as a whole`, async (t) => {
		const answer = provider === 'openai' ? openaiAnswer : anthropicAnswer;
		const host = await startHost(t, (response) => {
			response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
		});
		const { address, call } = await startFor(t, provider, host.url);
		const { events, broken } = await readEvents(await send(address, { ...call, stream: true, num_samples: 2 }));
		assert.equal(broken, undefined);
		assert.match(JSON.stringify(events), /Hello.*Hello/);
		assert.equal(host.state.calls, 2);
	});
}

/** A stream of each provider's up to the reason why it ended, without its last event. */
const finished = {
	anthropic: [
		{ type: 'message_start', message: { ...anthropicAnswer, content: [], stop_reason: null } },
		{ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
		{ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
		{ type: 'content_block_stop', index: 0 },
		{ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 4 } },
	],
	google: [
		{ candidates: [{ content: { role: 'model', parts: [{ text: 'Hel' }] }, index: 0 }] },
		{
			candidates: [{ content: { role: 'model', parts: [{ text: 'lo' }] }, finishReason: 'STOP', index: 0 }],
			usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 4, totalTokenCount: 14 },
		},
	],
};

for (const [provider, model] of [
	['anthropic', 'claude-sonnet-4-5'],
	['google', 'gemini-2.5-flash'],
] as const) {
	test(`${provider}: a stream that breaks after its finish reason is whole, with its usage`, async (t) => {
		const host = await startHost(t, async (response) => {
			response.setHeader('content-type', 'text/event-stream');
			for (const event of finished[provider]) response.write(`data: ${JSON.stringify(event)}\n\n`);
			await sleep(50);
			response.destroy();
		});
		const settings = { apiKey: 'sk-canary', baseUrl: host.url };
		const api = await startApi(t, { providers: { openai: {}, [provider]: settings } });
		const id = await api.config({ provider, model, prompt_template: 'x' });
		const address = await api.listen();
		const call = { model_config_id: id, project: 'tickets', num_samples: 2, stream: true };
		for (let turn = 0; turn < 2; turn += 1) {
			const { events, broken } = await readEvents(await send(address, call, { key: 'k' }));
			assert.equal(broken, undefined);
			const texts = [0, 1].map((wanted) =>
				events.flatMap(({ data }) => data.filter(({ index }) => index === wanted).map(({ output }) => output)).join(''),
			);
			assert.deepEqual(texts, ['Hello', 'Hello']);
			assert.deepEqual(events.at(-1)?.usage, { prompt_tokens: 20, generation_tokens: 8, total_tokens: 28 });
		}
		assert.equal(host.state.calls, 2);
	});
}
