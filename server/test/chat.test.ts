import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { type Host, startChatHost } from './chatHost.ts';
import { ask, logsOf, send } from './provider.ts';
import { type Body, readEvents, startApi } from './setup.ts';
import { execute } from './storage/storage.ts';

const path = '/chat-model-config';
const template = [{ role: 'system', content: 'You are {{person}}.' }];
const messages = [{ role: 'user', content: 'What happened at {{place}}?' }];
const inputs = { person: 'a pilot' };

/** The server with a host that answers as it is told, and a chat config. */
async function startWithChat(t: TestContext, host: Host, more: object = {}, options: object = {}) {
	const api = await startApi(t, { providers: { openai: { baseUrl: host.url } }, backoffMs: 20, ...options });
	const id = await chatConfig(api, { provider: 'openai', model: 'gpt-4o', ...more });
	const address = await api.listen();
	return { api, address, call: { model_config_id: id, project: 'tickets', messages, inputs } };
}

function chatConfig(api: Awaited<ReturnType<typeof startApi>>, more: object = {}): Promise<string> {
	return api.config({ endpoint: 'chat', prompt_template: null, chat_template: template, ...more });
}

const tools = [{ name: 'weather', description: 'Says the weather.', parameters: { type: 'object' } }, { name: 'time' }];
const toolCalls = [
	{ id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"place":"Roswell"}' } },
	{ id: 'call_2', type: 'function', function: { name: 'time', arguments: '{}' } },
];

test("a chat answers with the contract's keys in its order and explicit nulls", async (t) => {
	const api = await startApi(t);
	const id = await chatConfig(api);
	const { status, text, body } = await api.post(path, { model_config_id: id, messages, inputs });
	assert.equal(status, 200, text);
	assert.deepEqual(Object.keys(JSON.parse(text) as Body), [
		'project_id',
		'num_samples',
		'logprobs',
		'suffix',
		'user',
		'data',
		'usage',
		'metadata',
		'provider_responses',
		'provider_request',
		'session_id',
		'tool_choice',
	]);
	assert.deepEqual([body.tool_choice, body.logprobs, body.suffix], [null, null, null]);
	const [sample] = body.data;
	assert.deepEqual(Object.keys(sample), [
		'id',
		'index',
		'output',
		'raw_output',
		'inputs',
		'finish_reason',
		'model_config_id',
		'tool_results',
		'messages',
		'tool_call',
		'tool_calls',
		'output_message',
	]);
	const nulls = { name: null, tool_call_id: null, tool_calls: null, tool_call: null };
	assert.deepEqual(
		sample.messages,
		[
			{ ...nulls, role: 'system', content: 'You are a pilot.' },
			{ ...nulls, role: 'user', content: 'What happened at {{place}}?' },
		],
		'the template is filled, the messages of the request are not',
	);
	const messageKeys = ['content', 'name', 'tool_call_id', 'role', 'tool_calls', 'tool_call'];
	for (const message of [...sample.messages, sample.output_message])
		assert.deepEqual(Object.keys(message), messageKeys);
	assert.deepEqual(sample.output_message, { ...nulls, role: 'assistant', content: sample.raw_output });
	assert.deepEqual([sample.tool_call, sample.tool_calls, sample.finish_reason], [null, null, 'stop']);
	assert.equal(sample.output, sample.raw_output.trim());
	assert.ok(sample.output.length > 0);
});

test('each sample has a log with its messages, which are stored once', async (t) => {
	const api = await startApi(t);
	const id = await chatConfig(api);
	const long = [{ role: 'user', content: 'once '.repeat(10_000) }];
	const { body } = await api.post(path, {
		model_config_id: id,
		project: 'tickets',
		messages: long,
		inputs,
		num_samples: 3,
	});
	assert.equal(body.data.length, 3);
	const logs = await logsOf(api);
	for (const [index, log] of logs.entries()) {
		const sample = body.data[index]!;
		assert.equal(log.id, sample.id);
		assert.deepEqual(log.messages, sample.messages);
		assert.deepEqual(log.output_message, sample.output_message);
		assert.equal(log.output, sample.output);
	}
	const rows = await execute(api.dataDir, 'select messages from logs order by sample_index');
	assert.deepEqual(
		rows.map(({ messages: stored }) => stored !== null),
		[true, false, false],
	);
});

test('return_inputs false empties inputs and messages of the answer, not of the log', async (t) => {
	const api = await startApi(t);
	const id = await chatConfig(api);
	const { body } = await api.post(path, { model_config_id: id, messages, inputs, return_inputs: false });
	assert.deepEqual([body.data[0].inputs, body.data[0].messages], [{}, []]);
	const log = (await api.get(`/logs/${body.data[0].id}`)).body;
	assert.deepEqual([log.inputs, log.messages!.length], [inputs, 2]);
});

test('save false stores nothing that was said', async (t) => {
	const api = await startApi(t);
	const id = await chatConfig(api);
	const { body } = await api.post(path, {
		model_config_id: id,
		messages: [{ role: 'user', content: 'secret words' }],
		inputs,
		save: false,
	});
	assert.match(JSON.stringify(body.data[0].messages), /secret words/);
	const log = (await api.get(`/logs/${body.data[0].id}`)).body;
	assert.deepEqual([log.messages, log.output_message, log.output, log.inputs], [null, null, null, null]);
	assert.doesNotMatch(JSON.stringify(log), /secret words/);
});

test('a stream has the new text in each event, and everything else in the last events', async (t) => {
	const host = await startChatHost(t);
	host.say({ content: 'One two three' });
	const { api, address, call } = await startWithChat(t, host);
	const response = await send(address, { ...call, stream: true, num_samples: 2 }, { path });
	const { events, broken } = await readEvents(response);
	assert.equal(broken, undefined);
	const last = events.filter(({ data }) => data[0].finish_reason !== null);
	assert.equal(last.length, 2);
	for (const [index, event] of last.entries()) {
		const own = events.filter(({ data }) => data[0].index === index);
		assert.ok(own.length > 2);
		const said = (part: (event: Body) => unknown) => own.map((each) => String(part(each))).join('');
		assert.equal(
			said(({ data }) => data[0].output),
			'One two three',
		);
		assert.equal(
			said(({ data }) => data[0].output_message.content),
			'One two three',
		);
		for (const { data } of own.slice(0, -1)) assert.deepEqual([data[0].messages, data[0].inputs], [[], {}]);
		assert.equal(event.data[0].messages.length, 2);
		assert.deepEqual(event.data[0].inputs, inputs);
		assert.equal(event.data[0].tool_calls, null);
		const log = (await api.get(`/logs/${event.data[0].id}`)).body;
		assert.equal(log.output_message!['content'], 'One two three');
	}
	assert.equal(Object.hasOwn(events.at(-1)!, 'tool_choice'), true);
});

for (const stream of [false, true]) {
	const form = stream ? 'stream' : 'plain';

	test(`tools are passed on, and their calls come back whole (${form})`, async (t) => {
		const host = await startChatHost(t);
		host.say({ content: 'Let me look.', tool_calls: toolCalls });
		const { api, address, call } = await startWithChat(t, host, { tools });
		const response = await send(address, { ...call, stream, num_samples: 2, tool_choice: 'auto' }, { path });
		const events = stream ? (await readEvents(response)).events : [];
		const body = stream ? undefined : ((await response.json()) as Body);
		const samples = body?.data ?? events.flatMap(({ data }) => data).filter((sample) => sample.finish_reason !== null);
		assert.equal(samples.length, 2);
		for (const sample of samples) {
			assert.equal(sample.finish_reason, 'tool_call');
			assert.deepEqual(sample.tool_calls, toolCalls);
			assert.deepEqual(sample.tool_call, { name: 'weather', arguments: '{"place":"Roswell"}' });
			assert.deepEqual(sample.output_message.tool_calls, toolCalls);
			assert.equal(sample.output_message.content, stream ? '' : 'Let me look.');
			const log = (await api.get(`/logs/${sample.id}`)).body;
			assert.deepEqual(log.output_message!['tool_calls'], toolCalls);
			assert.equal(log.finish_reason, 'tool_call');
		}
		assert.equal((body ?? events.at(-1)!).tool_choice, 'auto');
		const sent = host.requests[0]!;
		assert.deepEqual(sent.tools, [
			{
				type: 'function',
				function: { name: 'weather', description: 'Says the weather.', parameters: { type: 'object' } },
			},
			{ type: 'function', function: { name: 'time' } },
		]);
		assert.equal(sent.tool_choice, 'auto');
	});

	test(`a repeat with the same Idempotency-Key gets the same chat (${form})`, async (t) => {
		const host = await startChatHost(t);
		host.say({ content: '', tool_calls: toolCalls });
		const { address, call } = await startWithChat(t, host, { tools });
		const sent = { ...call, stream, num_samples: 2 };
		const first = await ask(address, sent, { path, key: 'k' });
		const again = await ask(address, sent, { path, key: 'k' });
		assert.deepEqual([first.status, first.replayed, again.replayed], [200, false, true]);
		// What a replay is charged is nothing; the first call's cost is not known.
		assert.equal(again.text, first.text.replace('charged=unknown', 'charged="0"'));
		assert.equal(host.requests.length, 1);
		assert.match(first.text, /"tool_calls":\[\{"id":"call_1"/);
		const other = await ask(address, sent, { path: '/chat-deployed', key: 'k' });
		assert.equal(other.status, 422, 'the path is part of the request');
	});
}

test('a message that only calls tools has no content, and can be sent back as it came', async (t) => {
	const host = await startChatHost(t);
	host.say({ content: null, tool_calls: toolCalls });
	const { address, call } = await startWithChat(t, host, { tools });
	const first = await ask(address, call, { path });
	const [{ output_message: message, output }] = first.body.data;
	assert.deepEqual([output, message.content], ['', null]);
	host.say({ content: 'It is sunny.' });
	const results = toolCalls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'sunny' }));
	const second = await ask(address, { ...call, messages: [...messages, message, ...results] }, { path });
	assert.equal(second.status, 200, second.text);
	assert.equal(second.body.data[0].output, 'It is sunny.');
	const sent = host.requests[1]!.messages;
	assert.deepEqual(
		sent.map(({ role }) => role),
		['system', 'user', 'assistant', 'tool', 'tool'],
	);
	assert.deepEqual(sent[2]!['tool_calls'], toolCalls);
	assert.equal(sent[4]!['tool_call_id'], 'call_2');
});

test('tool_choice and the deprecated tool_call say which tool the model must call', async (t) => {
	const host = await startChatHost(t);
	host.say({ content: null, tool_calls: toolCalls });
	const { address, call } = await startWithChat(t, host, { tools });
	const choice = { type: 'function', function: { name: 'time' } };
	for (const field of [{ tool_choice: choice }, { tool_call: { name: 'time' } }]) {
		const { body } = await ask(address, { ...call, ...field }, { path });
		assert.deepEqual(body.tool_choice, choice);
		assert.deepEqual(host.requests.at(-1)!.tool_choice, choice);
	}
	const both = await ask(address, { ...call, tool_choice: 'auto', tool_call: 'auto' }, { path });
	assert.equal(both.status, 422);
	assert.deepEqual(both.body.detail[0]!.loc, ['body', 'tool_call']);
	const unknown = await ask(address, { ...call, tool_call: { name: 'news' } }, { path });
	assert.equal(unknown.status, 422);
	assert.match(unknown.body.detail.message, /has no tool named "news".*It has: weather, time\./);
	const wrong = await ask(address, { ...call, tool_choice: 'always' }, { path });
	assert.deepEqual([wrong.status, wrong.body.detail[0]!.loc], [422, ['body', 'tool_choice']]);
});

test('of a tool_choice, only what it means is sent and stored, also with save false', async (t) => {
	const host = await startChatHost(t);
	host.say({ content: null, tool_calls: toolCalls });
	const { api, address, call } = await startWithChat(t, host, { tools });
	const choice = { type: 'function', function: { name: 'time' } };
	const more = { ...choice, function: { ...choice.function, more: 'Roswell' }, more: 'Roswell' };
	const odd = { name: 'time', function: null, more: 'Roswell' };
	for (const field of [{ tool_choice: more }, { tool_call: odd }]) {
		const { status, body, text } = await ask(address, { ...call, ...field, save: false }, { path });
		assert.equal(status, 200, text);
		assert.deepEqual(body.tool_choice, choice);
		assert.deepEqual(host.requests.at(-1)!.tool_choice, choice);
		const [log] = await logsOf(api);
		assert.deepEqual(log.tool_choice, choice);
	}
});

test('without tools in the config, only the choice "none" can be met, and no choice is sent', async (t) => {
	const host = await startChatHost(t);
	host.say({ content: 'No tool.' });
	const { address, call } = await startWithChat(t, host);
	const none = await ask(address, { ...call, tool_choice: 'none' }, { path });
	assert.deepEqual([none.status, none.body.tool_choice], [200, 'none']);
	assert.equal(Object.hasOwn(host.requests[0]!, 'tool_choice'), false);
	const required = await ask(address, { ...call, tool_choice: 'required' }, { path });
	assert.equal(required.status, 422);
	assert.match(required.body.detail.message, /has no tools, so tool_choice can only be "none"/);
	assert.equal(host.requests.length, 1);
});

test('a linked tool with a name is a function; one without is a 422', async (t) => {
	const host = await startChatHost(t);
	host.say({ content: 'Good.' });
	const linked = { id: 'oc_1', source: 'organization' };
	const named = await startWithChat(t, host, { tools: [{ ...linked, name: 'news', strict: true }] });
	assert.equal((await ask(named.address, named.call, { path })).status, 200);
	assert.deepEqual(host.requests[0]!.tools, [{ type: 'function', function: { name: 'news', strict: true } }]);
	const unnamed = await startWithChat(t, host, { tools: [linked] });
	const refused = await ask(unnamed.address, unnamed.call, { path });
	assert.equal(refused.status, 422);
	assert.match(refused.body.detail.message, /a tool without a name \(number 1, linked by its ID "oc_1"/);
	assert.equal(host.requests.length, 1);
});

test('response_format and seed of the request win over those of the config', async (t) => {
	const host = await startChatHost(t);
	host.say({ content: '{}' });
	const { address, call } = await startWithChat(t, host, { seed: 1, response_format: { type: 'json_object' } });
	await ask(address, call, { path });
	assert.deepEqual([host.requests[0]!.seed, host.requests[0]!.response_format], [1, { type: 'json_object' }]);
	const format = { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } };
	await ask(address, { ...call, seed: 2, response_format: format }, { path });
	assert.deepEqual([host.requests[1]!.seed, host.requests[1]!.response_format], [2, format]);
});

test('a config runs at its own endpoint; the other one names the path to use', async (t) => {
	const api = await startApi(t);
	const chat = await chatConfig(api);
	const complete = await api.config();
	const edit = await api.config({ endpoint: 'edit' });
	const wrongs: [path: string, id: string, words: RegExp][] = [
		['/completion-model-config', chat, /endpoint "chat".*Send it to POST \/v4\/chat-model-config\./],
		[path, complete, /endpoint "complete".*Send it to POST \/v4\/completion-model-config\./],
		['/completion-model-config', edit, /endpoint "edit".*No call of this server runs "edit"\./],
	];
	for (const [wrong, id, words] of wrongs) {
		const chatFields = wrong === path ? { messages } : {};
		const { status, body } = await api.post(wrong, { model_config_id: id, inputs, ...chatFields });
		assert.equal(status, 422);
		assert.match(body.detail.message, words);
	}
});

test('a tool is no config to run', async (t) => {
	const api = await startApi(t);
	const id = await chatConfig(api);
	await execute(api.dataDir, `update configs set type = 'tool' where id = '${id}'`);
	const { status, body } = await api.post(path, { model_config_id: id, messages, inputs });
	assert.equal(status, 422);
	assert.match(body.detail.message, /is a tool\. Run a model config\./);
});

test('parts that a config of its endpoint does not have are a 422', async (t) => {
	const api = await startApi(t);
	const wrongs: [config: object, words: RegExp][] = [
		[{ endpoint: 'chat', chat_template: template }, /a prompt_template; this call runs configs with a chat_template/],
		[{ endpoint: 'chat', prompt_template: null }, /no chat_template, and "messages" is empty/],
		[{ tools }, /tools; only configs with the endpoint "chat" can have them/],
	];
	for (const [config, words] of wrongs) {
		const id = await api.config({ ...config });
		const isChat = Object.hasOwn(config, 'endpoint');
		const { status, body } = await api.post(isChat ? path : '/completion-model-config', {
			model_config_id: id,
			inputs: { ...inputs, ticket: 'x' },
			...(isChat ? { messages: [] } : {}),
		});
		assert.equal(status, 422);
		assert.match(body.detail.message, words);
	}
});

test('messages that cannot be used are named, and nothing runs', async (t) => {
	const api = await startApi(t);
	const id = await chatConfig(api);
	const wrongs: [messages: unknown, loc: (string | number)[]][] = [
		[undefined, ['body', 'messages']],
		['hello', ['body', 'messages']],
		[[{ content: 'x' }], ['body', 'messages', 0, 'role']],
		[[{ role: 'robot', content: 'x' }], ['body', 'messages', 0, 'role']],
		[
			[...messages, { role: 'user', content: [{ type: 'text' }] }],
			['body', 'messages', 1, 'content', 0, 'text'],
		],
	];
	for (const [wrong, loc] of wrongs) {
		const { status, body } = await api.post(path, { model_config_id: id, project: 'tickets', messages: wrong, inputs });
		assert.equal(status, 422);
		assert.deepEqual(body.detail[0]!.loc, loc);
	}
	const missing = await api.post(path, { model_config_id: id, messages });
	assert.match(missing.body.detail.message, /requires inputs for the following variables: person/);
	assert.deepEqual(await logsOf(api), []);
});

test('messages count in the size of a call, also for each sample of the response', async (t) => {
	const api = await startApi(t, { maxCallBytes: 50_000 });
	const id = await chatConfig(api);
	const call = { model_config_id: id, inputs, messages: [{ role: 'user', content: 'x'.repeat(10_000) }] };
	assert.equal((await api.post(path, call)).status, 200);
	const eight = { ...call, num_samples: 8 };
	const refused = await api.post(path, eight);
	assert.equal(refused.status, 413);
	assert.match(refused.body.detail.message, /inputs and messages in each sample/);
	assert.equal((await api.post(path, { ...eight, return_inputs: false })).status, 200);
});

test('the log of a chat that fails has its messages', async (t) => {
	const host = await startChatHost(t);
	host.fail(400);
	const { api, address, call } = await startWithChat(t, host);
	assert.equal((await ask(address, call, { path })).status, 400);
	const [log] = await logsOf(api);
	assert.match(log.error!, /trouble 400/);
	assert.equal(log.messages!.length, 2);
	assert.equal(log.output_message, null);
});

test('images reach the provider as they were sent, and their addresses are filled in the template', async (t) => {
	const host = await startChatHost(t);
	host.say({ content: 'A cat.' });
	const image = (url: string) => ({ type: 'image_url', image_url: { url, detail: 'low' } });
	const { address, call } = await startWithChat(t, host, {
		chat_template: [{ role: 'user', content: [{ type: 'text', text: 'Like {{person}}:' }, image('{{person}}')] }],
	});
	const own = [{ type: 'text', text: 'What is this?' }, image('data:image/png;base64,iVBORw0KGgo=')];
	const person = 'https://pictures.example/cat.png';
	const { body, text } = await ask(
		address,
		{ ...call, inputs: { person }, messages: [{ role: 'user', content: own }] },
		{ path },
	);
	const template_ = [{ type: 'text', text: `Like ${person}:` }, image(person)];
	assert.deepEqual(
		host.requests[0]!.messages.map(({ content }) => content),
		[template_, own],
		text,
	);
	assert.deepEqual(
		body.data[0].messages.map(({ content }) => content),
		[template_, own],
	);
});
