import assert from 'node:assert/strict';
import test from 'node:test';
import { cpuTimeOf } from './cpuTime.ts';
import { type Body, startApi } from './setup.ts';

const path = '/completion-model-config';

test("answers with the contract's keys in its order and explicit nulls", async (t) => {
	const api = await startApi(t);
	const id = await api.config();
	const { status, text, body } = await api.post(path, { model_config_id: id, inputs: { ticket: 'late parcel' } });
	assert.equal(status, 200);
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
	]);
	for (const key of ['project_id', 'logprobs', 'suffix', 'user', 'metadata', 'session_id'])
		assert.equal(body[key], null, key);
	assert.deepEqual(Object.keys(body.data[0]), [
		'id',
		'index',
		'output',
		'raw_output',
		'inputs',
		'finish_reason',
		'model_config_id',
		'tool_results',
	]);
	assert.match(body.data[0].id, /^data_[A-Za-z0-9]{21}$/);
	assert.deepEqual(body.data[0].tool_results, []);
	assert.equal(body.usage.total_tokens, body.usage.prompt_tokens + body.usage.generation_tokens);
	assert.deepEqual(Object.keys(body.provider_request).slice(0, 4), ['prompt', 'stream', 'n', 'model']);
});

test('echoes what was given and gives every sample its own log', async (t) => {
	const api = await startApi(t);
	const id = await api.config();
	const given = { user: 'u1', num_samples: 3, logprobs: 2, suffix: 'end', metadata: { a: [1, { b: null }] } };
	const { body } = await api.post(path, {
		...given,
		model_config_id: id,
		project: 'other',
		inputs: { ticket: 'x' },
		source: 'test',
		source_datapoint_id: 'evtc_1',
	});
	for (const [key, value] of Object.entries(given)) assert.deepEqual(body[key], value, key);
	assert.deepEqual(
		body.data.map(({ index }) => index),
		[0, 1, 2],
	);
	assert.equal(new Set(body.data.map(({ id: logId }) => logId)).size, 3);
	assert.equal(body.provider_responses[0].choices[0].logprobs.tokens.length > 0, true);
	const logs = (await api.get(`/logs?project_id=${body.project_id}`)).body;
	assert.equal(logs.total, 3);
	assert.deepEqual(
		logs.records.map(({ id: logId }) => logId),
		body.data.map(({ id: logId }) => logId),
	);
	const [first, second] = logs.records;
	assert.equal(first.project, 'other');
	assert.equal(first.source, 'test');
	assert.equal(first.source_datapoint_id, 'evtc_1');
	assert.equal(first.user, 'u1');
	assert.deepEqual(first.metadata, given.metadata);
	assert.deepEqual(first.inputs, { ticket: 'x' });
	assert.equal(first.output, body.data[0].output);
	assert.equal(first.prompt_tokens, body.usage.prompt_tokens);
	assert.equal(first.tokens, body.usage.total_tokens);
	assert.equal(second.prompt_tokens, null);
	assert.equal(first.config.id, id);
	assert.equal(first.observability_status, 'completed');
	assert.ok(first.duration > 0 && first.provider_latency >= 0 && first.duration >= first.provider_latency);
});

test('save false keeps nothing that was said, but what describes the call', async (t) => {
	const api = await startApi(t);
	const id = await api.config();
	const { body } = await api.post(path, {
		model_config_id: id,
		inputs: { ticket: 'secret words' },
		metadata: { k: 1 },
		save: false,
		source: 's',
	});
	assert.ok(body.data[0].output.length > 0);
	const log = (await api.get(`/logs/${body.data[0].id}`)).body;
	for (const key of ['inputs', 'output', 'raw_output', 'provider_request', 'provider_response', 'messages'])
		assert.equal(log[key], null, key);
	assert.equal(log.save, false);
	assert.deepEqual(log.metadata, { k: 1 });
	assert.equal(log.prompt_tokens, body.usage.prompt_tokens);
	assert.ok(log.duration > 0);
	assert.doesNotMatch(JSON.stringify(log), /secret words/);
});

test('return_inputs false empties inputs of the answer, not of the log', async (t) => {
	const api = await startApi(t);
	const { body } = await api.post(path, {
		model_config_id: await api.config(),
		inputs: { ticket: 'x' },
		return_inputs: false,
	});
	assert.deepEqual(body.data[0].inputs, {});
	assert.deepEqual((await api.get(`/logs/${body.data[0].id}`)).body.inputs, { ticket: 'x' });
});

test('the mock says the same for the same prompt, index and seed, and honours stop and max_tokens', async (t) => {
	const api = await startApi(t);
	const ask = async (config: Record<string, unknown>, call: object = {}) => {
		const id = await api.config(config);
		return (await api.post(path, { model_config_id: id, inputs: { ticket: 'refund please' }, num_samples: 2, ...call }))
			.body;
	};
	const plain = await ask({});
	assert.deepEqual(
		(await ask({})).data.map((d) => d.output),
		plain.data.map((d) => d.output),
	);
	assert.notEqual(plain.data[0].output, plain.data[1].output);
	assert.notEqual((await ask({}, { seed: 5 })).data[0].output, plain.data[0].output);
	assert.equal((await ask({ seed: 9 }, { seed: 5 })).data[0].output, (await ask({ seed: 5 })).data[0].output);
	const cut = await ask({ max_tokens: 4 });
	assert.deepEqual(
		cut.data.map((d) => d.finish_reason),
		['length', 'length'],
	);
	assert.equal(cut.usage.generation_tokens, 8);
	assert.ok(plain.data[0].raw_output.startsWith(cut.data[0].raw_output));
	const stopped = await ask({ stop: ['”'] });
	assert.equal(stopped.data[0].finish_reason, 'stop');
	assert.equal(stopped.data[0].raw_output, plain.data[0].raw_output.split('”')[0]);
});

test('megabytes without a space do not hold the server up', async (t) => {
	const api = await startApi(t);
	const id = await api.config();
	const took = await cpuTimeOf(async () => {
		for (const ticket of ['a'.repeat(2e6), ' '.repeat(2e6), '日'.repeat(1e6)]) {
			assert.equal(
				(await api.post(path, { model_config_id: id, inputs: { ticket }, return_inputs: false })).status,
				200,
			);
		}
	});
	assert.ok(took < 20_000, `${took} ms`);
});

test('missing inputs are listed before any model call', async (t) => {
	const api = await startApi(t);
	const id = await api.config({ prompt_template: '{{b}} {{a}} {{b}} {{c}}' });
	const { status, body } = await api.post(path, {
		model_config_id: id,
		project: 'never made',
		inputs: { c: 'x', a: null },
	});
	assert.equal(status, 422);
	assert.equal(body.detail.type, 'unprocessable_entity_error');
	assert.match(body.detail.message, /: a, b\. Add/);
	assert.equal((await api.get('/projects?filter=never')).body.total, 0);
});

test('configs that this endpoint cannot run are refused with what they are', async (t) => {
	const api = await startApi(t);
	for (const [more, words] of [
		[{ endpoint: 'chat', chat_template: [{ role: 'user', content: 'x' }], prompt_template: null }, /endpoint "chat"/],
		[{ prompt_template: null }, /no prompt_template/],
		[{ tools: [{ name: 't' }] }, /tools/],
		[{ provider: 'replicate' }, /"replicate".*Available: openai, .*anthropic, .*mock/],
		[{ provider: 'openai' }, /provider_api_keys.*OPENAI_API_KEY/],
	] as const) {
		const { status, body } = await api.post(path, { model_config_id: await api.config(more), inputs: { ticket: 'x' } });
		assert.equal(status, 422, JSON.stringify(more));
		assert.match(body.detail.message, words);
	}
});

test('equal parameters in a project are one config, with an ID that follows from them', async (t) => {
	const api = await startApi(t);
	const other = await startApi(t);
	const id = await api.config({ name: 'one', other: { a: 1, b: { c: 2, d: 3 } } });
	assert.match(id, /^config_[A-Za-z0-9]{21}$/);
	assert.equal(await api.config({ name: 'two', temperature: 1, other: { b: { d: 3, c: 2 }, a: 1 } }), id);
	assert.equal(await other.config({ other: { a: 1, b: { c: 2, d: 3 } } }), id);
	assert.notEqual(await api.config({ temperature: 0.5 }), id);
	assert.notEqual(await api.config({ project: 'second', other: { a: 1, b: { c: 2, d: 3 } } }), id);
	const [project] = (await api.get('/projects?filter=TICK')).body.records;
	const configs = (await api.get(`/projects/${project.id}/configs`)).body;
	assert.equal(configs.length, 2);
	assert.equal(project.active_config.config.id, id);
	assert.equal(project.active_config.config.name, 'one');
	assert.equal((await api.get(`/model-configs/${id}`)).body.name, 'one');
});

test('pages of projects count from 0, and past the end they are empty', async (t) => {
	const api = await startApi(t);
	for (const project of ['a', 'b', 'c']) await api.config({ project });
	const names = async (query: string) => (await api.get(`/projects?${query}`)).body.records.map(({ name }) => name);
	assert.deepEqual(await names('size=2&sort_by=name&order=asc'), ['a', 'b']);
	assert.deepEqual(await names('size=2&page=1&sort_by=name&order=asc'), ['c']);
	assert.deepEqual((await api.get('/projects?page=9&size=2')).body, { records: [], page: 9, size: 2, total: 3 });
});
