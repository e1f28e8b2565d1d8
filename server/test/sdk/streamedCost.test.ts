import assert from 'node:assert/strict';
import test from 'node:test';
import { createParser } from 'eventsource-parser';
import { parseCost, pricesFile } from '../costCalls.ts';
import { methodNames, type Server, startSdk } from './client.ts';
import { chatConfig, completionConfig, idOf, readChunks, registerChat, registerCompletion } from './data.ts';
import { notBuiltCases } from './notBuilt.ts';

const prices = [{ provider: 'mock', model: '*', usd_per_million_tokens: { prompt: 1, output: 2 } }];

const inputs = { inputs: { ticket: 'Where is my parcel?' }, num_samples: 2 };
const chat = { messages: [{ role: 'user' as const, content: 'Hello' }], inputs: { shop: 'Ada' }, num_samples: 2 };

type Streamed = { data: ReadableStream };

/** Every method of the SDK that streams, of those that the server has. */
const streams: Record<string, (sdk: Server['sdk'], ids: { completion: string; chat: string }) => Promise<Streamed>> = {
	completeStream: (sdk) => sdk.completeStream({ project: 'completions', model_config: completionConfig, ...inputs }),
	completeDeployedStream: (sdk) => sdk.completeDeployedStream({ project: 'completions', ...inputs }),
	completeModelConfigurationStream: (sdk, { completion }) =>
		sdk.completeModelConfigurationStream({ project: 'completions', model_config_id: completion, ...inputs }),
	chatStream: (sdk) => sdk.chatStream({ project: 'chats', model_config: chatConfig, ...chat }),
	chatDeployedStream: (sdk) => sdk.chatDeployedStream({ project: 'chats', ...chat }),
	chatModelConfigurationStream: (sdk, ids) =>
		sdk.chatModelConfigurationStream({ project: 'chats', model_config_id: ids.chat, ...chat }),
};

/** What the SDK passes on of each event. */
const keys = [
	'output',
	'id',
	'index',
	'finish_reason',
	'model_config_id',
	'tool_calls',
	'output_message',
	'tool_results',
];

type Event = { data: Record<string, unknown>[]; project_id: string };

/** What the SDK has to pass on of an event: it takes the first sample, and each event has one. */
function chunkOf({ data, project_id }: Event): object {
	assert.equal(data.length, 1);
	const shown = Object.entries(data[0] ?? {}).filter(([key]) => keys.includes(key));
	return { ...Object.fromEntries(shown), project_id };
}

/** The events and the comments of a stream. */
function parse(text: string): { events: Event[]; comments: string[] } {
	const events: Event[] = [];
	const comments: string[] = [];
	const parser = createParser({
		onEvent: ({ data }) => events.push(JSON.parse(data) as Event),
		onComment: (comment) => comments.push(comment),
	});
	parser.feed(text);
	return { events, comments };
}

test('the official SDK yields exactly the events of a stream, and nothing of the comment with the cost', async (t) => {
	const { sdk, seen } = await startSdk(t, { pricesFile: pricesFile(t, prices) });
	const ids = {
		completion: idOf(await registerCompletion(sdk, 'completions')),
		chat: idOf(await registerChat(sdk, 'chats')),
	};
	const methods = methodNames().filter((name) => name.endsWith('Stream') && !Object.hasOwn(notBuiltCases, name));
	assert.deepEqual(Object.keys(streams).toSorted(), methods.toSorted());
	for (const [name, call] of Object.entries(streams)) {
		seen.bodies.length = 0;
		const chunks = await readChunks((await call(sdk, ids)).data);
		const [body = ''] = seen.bodies;
		const { events, comments } = parse(body);
		const [comment = ''] = comments;
		const cost = parseCost(comment.replace(/^\s*X-Cost: /, ''));
		assert.ok(Number(cost['charged']) > 0, `${name}: the stream does not say what it cost: ${comment}`);
		assert.equal(comments.length, 1);
		assert.ok(events.length > 4, 'the replies came in one piece');
		assert.deepEqual(chunks, events.map(chunkOf), name);
		assert.ok(!JSON.stringify(chunks).includes('X-Cost'));
	}
	assert.deepEqual(seen.problems, []);
});
