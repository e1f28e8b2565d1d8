import assert from 'node:assert/strict';
import type { ChatResponse, ToolCall } from 'humanloop';
import type { Case, Cases, Server } from './client.ts';
import { chatConfig, chunksOfSample, idOf, readChunks, registerChat, replies, weatherTool } from './data.ts';

type Sdk = Server['sdk'];
type Answer = { status: number; data: ChatResponse };
type Streamed = { status: number; data: ReadableStream };
type Inline = Parameters<Sdk['chat']>[0];
type Deployed = Parameters<Sdk['chatDeployed']>[0];
type ById = Parameters<Sdk['chatModelConfiguration']>[0];

const question = () => ({ role: 'user' as const, content: 'Where is my parcel?' });

const common = () => ({
	inputs: { shop: 'Kettles & Co' },
	messages: [question()],
	metadata: { order: 7 },
	user: 'ada@example.com',
	num_samples: 2,
});

/** What the model gets: the template, filled, and then the messages of the request. */
const sentMessages = [{ role: 'system', content: 'You answer for Kettles & Co.' }, question()];

function withoutNulls(messages: object[] | undefined): object[] | undefined {
	return messages?.map((message) => Object.fromEntries(Object.entries(message).filter(([, value]) => value !== null)));
}

async function checkAnswer({ send }: Server, { status, data }: Answer): Promise<void> {
	assert.equal(status, 200);
	assert.deepEqual(
		data.data.map(({ output }) => output),
		replies,
	);
	for (const [index, sample] of data.data.entries()) {
		assert.equal(sample.index, index);
		assert.equal(sample.finish_reason, 'stop');
		const { role, content } = sample.output_message as { role: string; content: string };
		assert.deepEqual({ role, content }, { role: 'assistant', content: replies[index] });
		assert.deepEqual(sample.inputs, common().inputs);
		assert.deepEqual(withoutNulls(sample.messages), sentMessages);
		const { body } = await send('GET', `/logs/${sample.id}`);
		assert.deepEqual(withoutNulls(body.messages as object[]), sentMessages);
		assert.equal(body.output, sample.output);
		assert.equal((body.output_message as { content: string }).content, replies[index]);
	}
	assert.deepEqual(data.metadata, { order: 7 });
	assert.ok(data.usage!.generation_tokens > 0);
	const { provider_request: sent } = data as unknown as { provider_request: { messages: object[] } };
	assert.deepEqual(sent.messages, sentMessages);
}

async function checkStream({ status, data }: Streamed): Promise<void> {
	assert.equal(status, 200);
	const chunks = await readChunks(data);
	for (const [index, reply] of replies.entries()) {
		const own = chunksOfSample(chunks, index);
		assert.ok(own.length > 2, 'the reply came in one piece');
		assert.equal(own.map(({ output }) => output).join(''), reply);
		assert.equal(own.map(({ output_message }) => output_message!.content ?? '').join(''), reply);
		assert.equal(own.at(-1)!.finish_reason, 'stop');
	}
}

/** What has to come back when the model must call the tool. */
function checkToolCall(sample: ChatResponse['data'][number]): void {
	assert.equal(sample.finish_reason, 'tool_call');
	const { tool_calls: calls } = sample.output_message as { tool_calls: ToolCall[] };
	assert.equal(calls.length, 1);
	assert.match(calls[0]!.id, /./);
	assert.equal(calls[0]!.type, 'function');
	assert.equal(calls[0]!.function.name, 'get_weather');
	const values = JSON.parse(calls[0]!.function.arguments!) as { city: string; unit: string };
	assert.equal(typeof values.city, 'string');
	assert.equal(values.unit, 'celsius');
	assert.deepEqual(sample.tool_calls, calls);
	assert.deepEqual(sample.tool_call, calls[0]!.function);
}

function inline(project: string, call: (sdk: Sdk, request: Inline) => Promise<Answer>): Case {
	return async (server) => {
		await checkAnswer(server, await call(server.sdk, { project, model_config: chatConfig, ...common() }));
	};
}

function deployed(project: string, call: (sdk: Sdk, request: Deployed) => Promise<Answer>): Case {
	return async (server) => {
		const config = await registerChat(server.sdk, project);
		const answer = await call(server.sdk, { project, ...common() });
		await checkAnswer(server, answer);
		assert.equal(answer.data.data[0]!.model_config_id, idOf(config));
	};
}

function byId(project: string, call: (sdk: Sdk, request: ById) => Promise<Answer>): Case {
	return async (server) => {
		const { sdk } = server;
		const config = await registerChat(sdk, project);
		await checkAnswer(server, await call(sdk, { project, model_config_id: idOf(config), ...common() }));
		const tools = await registerChat(sdk, project, { tools: [weatherTool], other: {} });
		const { data } = await call(sdk, {
			project,
			model_config_id: idOf(tools),
			...common(),
			tool_choice: { type: 'function', function: { name: 'get_weather' } },
		});
		for (const sample of data.data) checkToolCall(sample);
		assert.deepEqual(data.tool_choice, { type: 'function', function: { name: 'get_weather' } });
	};
}

export const chats: Cases = {
	'chats.create': inline('inline chat', (sdk, request) => sdk.chats.create(request)),
	chat: inline('inline chat, in short', (sdk, request) => sdk.chat(request)),
	'chats.createDeployed': deployed('deployed chat', (sdk, request) => sdk.chats.createDeployed(request)),
	chatDeployed: deployed('deployed chat, in short', (sdk, request) => sdk.chatDeployed(request)),
	'chats.createModelConfig': byId('chat by ID', (sdk, request) => sdk.chats.createModelConfig(request)),
	chatModelConfiguration: byId('chat by ID, in short', (sdk, request) => sdk.chatModelConfiguration(request)),

	chatStream: async ({ sdk }) => {
		await checkStream(await sdk.chatStream({ project: 'inline chat stream', model_config: chatConfig, ...common() }));
	},
	chatDeployedStream: async ({ sdk }) => {
		await registerChat(sdk, 'deployed chat stream');
		await checkStream(await sdk.chatDeployedStream({ project: 'deployed chat stream', ...common() }));
	},
	chatModelConfigurationStream: async ({ sdk }) => {
		const project = 'chat stream by ID';
		const config = await registerChat(sdk, project);
		const request = { project, model_config_id: idOf(config), ...common() };
		await checkStream(await sdk.chatModelConfigurationStream(request));
		const tools = await registerChat(sdk, project, { tools: [weatherTool], other: {} });
		const { data } = await sdk.chatModelConfigurationStream({
			project,
			model_config_id: idOf(tools),
			...common(),
			num_samples: 1,
			tool_choice: 'required',
		});
		const last = (await readChunks(data)).at(-1)!;
		assert.equal(last.finish_reason, 'tool_call');
		assert.equal((last.output_message!.tool_calls as ToolCall[])[0]!.function.name, 'get_weather');
	},
};
