import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { Sampling } from '../src/domain/provider.ts';
import { demandedCall } from '../src/providers/mock/toolCalls.ts';
import { cpuTimeOf } from './cpuTime.ts';
import { tool } from './sampling.ts';
import { readEvents, request, startApi } from './setup.ts';

const path = '/chat-model-config';
const tools = [
	{
		name: 'track_order',
		description: 'Says where an order is.',
		parameters: { type: 'object', required: ['order'], properties: { order: { type: 'string' } } },
	},
];
const mock = {
	replies: [
		{
			when: {},
			last_message: ['parcel', 'order'],
			reply: { tool_calls: [{ name: 'track_order', arguments: { order: '{{order}}' } }] },
		},
	],
	otherwise: 'Your order {{order}} arrives tomorrow.',
};
const question = { role: 'user', content: 'Where is my parcel?' };

async function startShop(t: TestContext, config: Record<string, unknown> = {}) {
	const api = await startApi(t);
	const id = await api.config({
		endpoint: 'chat',
		prompt_template: null,
		chat_template: [{ role: 'system', content: 'You help with order {{order}}.' }],
		tools,
		other: { humanloop_server: { mock } },
		...config,
	});
	return { api, call: { model_config_id: id, project: 'shop', inputs: { order: 'P-7' }, messages: [question] } };
}

test('a workflow with a tool runs without a model: the call, its result, the answer', async (t) => {
	const { api, call } = await startShop(t);
	const first = await api.post(path, call);
	assert.equal(first.status, 200, first.text);
	const [sample] = first.body.data;
	assert.deepEqual([sample.output, sample.finish_reason], ['', 'tool_call']);
	const called = { name: 'track_order', arguments: '{"order":"P-7"}' };
	assert.deepEqual(sample.tool_call, called);
	assert.deepEqual(
		sample.tool_calls!.map((one) => one.function),
		[called],
	);
	const result = { role: 'tool', tool_call_id: sample.tool_calls![0]!.id, content: 'The order is in Lyon.' };
	const messages = [question, sample.output_message, result];
	const second = await api.post(path, { ...call, messages });
	assert.equal(second.status, 200, second.text);
	assert.deepEqual(
		[second.body.data[0].output, second.body.data[0].tool_calls],
		['Your order P-7 arrives tomorrow.', null],
	);
	const log = (await api.get(`/logs/${sample.id}`)).body;
	assert.deepEqual(log.output_message!['tool_calls'], sample.tool_calls);

	const { events, broken } = await readEvents(await request(await api.listen(), path, { ...call, stream: true }));
	assert.equal(broken, undefined);
	assert.deepEqual(
		events.map(({ data }) => data[0].tool_calls),
		[sample.tool_calls],
		'the same call, in the last event, which is the only one',
	);
});

test('a tool choice that demands a call gets one, and canned calls of unknown tools are a 422', async (t) => {
	const { api, call } = await startShop(t, { other: {} });
	const { body } = await api.post(path, { ...call, tool_choice: 'required', num_samples: 2 });
	for (const sample of body.data) {
		const [one] = sample.tool_calls!;
		assert.equal(one!.function.name, 'track_order');
		assert.equal(typeof (JSON.parse(one!.function.arguments!) as { order: unknown }).order, 'string');
	}
	const other = await startShop(t, { tools: null });
	const refused = await other.api.post(path, other.call);
	assert.equal(refused.status, 422);
	assert.match(refused.body.detail.message, /calls the tool "track_order".*It has none\.$/);
});

test('a schema that asks for a long value without end takes no long time', async () => {
	const items = { enum: ['x'.repeat(3_000_000)] };
	const parameters = { required: ['list'], properties: { list: { type: 'array', minItems: 1e9, items } } };
	const wanted = { tools: [tool('fill', parameters)], toolChoice: 'required' } as unknown as Sampling;
	let call: ReturnType<typeof demandedCall>;
	const took = await cpuTimeOf(() => (call = demandedCall(wanted, () => 'word')));
	assert.ok(took < 1_500, `${took} ms`);
	assert.ok(call!.arguments.startsWith('{"list":[null,'));
});
