import assert from 'node:assert/strict';
import { connect } from 'node:net';
import test from 'node:test';
import { type Body, startApi } from './setup.ts';

const path = '/completion-model-config';

test("names every error of a body at once, each field once, in the contract's words", async (t) => {
	const api = await startApi(t);
	const { status, body } = await api.post(path, {
		project: 'a',
		project_id: 'b',
		session_id: 's',
		session_reference_id: 'r',
		parent_id: 'p',
		parent_reference_id: 'q',
		inputs: [],
		metadata: 'x',
		num_samples: 0,
		logprobs: 1.5,
		stream: 'true',
		source: 7,
		environment: 'production',
	});
	assert.equal(status, 422);
	const byField = Object.fromEntries(body.detail.map(({ loc, msg, type }) => [loc.join('.'), [msg, type]]));
	assert.deepEqual(byField, {
		'body.model_config_id': ['field required', 'value_error.missing'],
		'body.session_reference_id': ['specify at most one of session_id and session_reference_id', 'value_error'],
		'body.parent_reference_id': ['specify at most one of parent_id and parent_reference_id', 'value_error'],
		'body.inputs': ['value is not a valid dict', 'type_error.dict'],
		'body.metadata': ['value is not a valid dict', 'type_error.dict'],
		'body.num_samples': ['ensure this value is greater than or equal to 1', 'value_error.number.not_ge'],
		'body.logprobs': ['value is not a valid integer', 'type_error.integer'],
		'body.stream': ['value could not be parsed to a boolean', 'type_error.bool'],
		'body.source': ['str type expected', 'type_error.str'],
		'body.environment': ['extra fields not permitted', 'value_error.extra'],
	});
	assert.equal(body.detail.length, 10);
});

test('does not convert types', async (t) => {
	const api = await startApi(t);
	for (const wrong of [
		{ model_config_id: 7 },
		{ model_config_id: 'c', num_samples: '2' },
		{ model_config_id: 'c', save: 1 },
	]) {
		assert.equal((await api.post(path, wrong)).status, 422, JSON.stringify(wrong));
	}
});

test('reads null as absent on optional fields, and keeps nulls inside metadata and inputs', async (t) => {
	const api = await startApi(t);
	const id = await api.config({ prompt_template: 'Hello' });
	const { status, body } = await api.post(path, {
		model_config_id: id,
		project: 'tickets',
		project_id: null,
		session_id: null,
		inputs: { spare: null },
		metadata: { a: null },
		save: null,
		num_samples: null,
		stream: null,
		provider_api_keys: { openai: null, unknown: 'x' },
		seed: null,
	});
	assert.equal(status, 200);
	assert.deepEqual(body.data[0].inputs, { spare: null });
	assert.deepEqual((await api.get(`/logs/${body.data[0].id}`)).body.metadata, { a: null });
});

test('a body that is no object, no JSON, empty, too large or of another kind', async (t) => {
	const api = await startApi(t, { bodyLimit: 1000 });
	assert.deepEqual((await api.post(path, '[1]')).body.detail, [
		{ loc: ['body'], msg: 'value is not a valid dict', type: 'type_error.dict' },
	]);
	assert.deepEqual((await api.post(path)).body.detail, [
		{ loc: ['body'], msg: 'field required', type: 'value_error.missing' },
	]);
	assert.deepEqual((await api.post(path, 'null')).body.detail, [
		{ loc: ['body'], msg: 'field required', type: 'value_error.missing' },
	]);
	for (const [text, code, type] of [
		['{nope', 400, 'bad_request_error'],
		['', 400, 'bad_request_error'],
		[JSON.stringify({ model_config_id: 'x'.repeat(1000) }), 413, 'payload_too_large_error'],
	] as const) {
		const { status, body, headers } = await api.post(path, text);
		assert.equal(status, code);
		assert.equal(body.detail.type, type);
		assert.equal(body.detail.code, code);
		assert.equal(body.detail.origin, 'Humanloop');
		assert.match(String(headers['x-request-id']), /^[0-9a-f-]{36}$/);
	}
	const xml = await api.app.inject({
		method: 'POST',
		url: `/v4${path}`,
		headers: { 'x-api-key': 'hl_sk_test0000000000000000000000000000000000000000000', 'content-type': 'text/xml' },
		payload: '<a/>',
	});
	assert.equal(xml.statusCode, 415);
	assert.equal(xml.json<Body>().detail.type, 'unsupported_media_type_error');
});

test('errors deep in a body say where, with numbers for places in lists', async (t) => {
	const api = await startApi(t);
	const { body } = await api.post('/model-configs', {
		project: 'p',
		model: 'm',
		chat_template: [{ role: 'user' }, { role: 'robot' }],
		provider: 'nobody',
		stop: [1],
	});
	const locs = body.detail.map(({ loc }) => loc);
	assert.deepEqual(locs.sort(), [
		['body', 'chat_template', 1, 'role'],
		['body', 'provider'],
		['body', 'stop', 0],
	]);
	assert.match(
		body.detail.find(({ loc }) => loc[1] === 'provider')!.msg,
		/^value is not a valid enumeration member; permitted: 'openai', /,
	);
});

test('query values are read as what they stand for, and refused with their place', async (t) => {
	const api = await startApi(t);
	assert.equal((await api.get('/projects?page=0&size=3')).status, 200);
	assert.deepEqual((await api.get('/logs?page=-1&size=x&foo=1')).body.detail, [
		{ loc: ['query', 'project_id'], msg: 'field required', type: 'value_error.missing' },
		{ loc: ['query', 'foo'], msg: 'extra fields not permitted', type: 'value_error.extra' },
		{
			loc: ['query', 'page'],
			msg: 'ensure this value is greater than or equal to 0',
			type: 'value_error.number.not_ge',
		},
		{ loc: ['query', 'size'], msg: 'value is not a valid integer', type: 'type_error.integer' },
	]);
	assert.equal((await api.get('/projects?sort_by=age')).body.detail[0]!.type, 'type_error.enum');
});

test('what is no usable request is a 400 in the same form, and a number too large is refused', async (t) => {
	const api = await startApi(t);
	const bad = await api.get('/logs/%');
	assert.equal(bad.status, 400);
	assert.equal(bad.body.detail.type, 'bad_request_error');
	assert.ok(bad.headers['x-request-id']);
	const address = new URL(await api.listen());
	const socket = connect(Number(address.port), address.hostname);
	socket.end('NONSENSE\r\n\r\n');
	let text = '';
	for await (const chunk of socket) text += chunk;
	assert.match(text, /^HTTP\/1\.1 400 [\s\S]*"type":"bad_request_error"/);
	const { body } = await api.post(path, { model_config_id: 'c', num_samples: 1e9, logprobs: 1e9 });
	assert.deepEqual(
		body.detail.map(({ type }) => type),
		['value_error.number.not_le', 'value_error.number.not_le'],
	);
});

test("what does not exist is a 404 in the contract's form", async (t) => {
	const api = await startApi(t);
	const { status, body } = await api.get('/nothing');
	assert.equal(status, 404);
	assert.deepEqual(body.detail, {
		type: 'not_found_error',
		message: 'There is no GET /v4/nothing here.',
		code: 404,
		origin: 'Humanloop',
	});
});

test('headers that are too large are a 431, and a missing route is one whatever its body', async (t) => {
	const api = await startApi(t);
	const address = new URL(await api.listen());
	const socket = connect(Number(address.port), address.hostname);
	socket.end(`GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ${'y'.repeat(20_000)}\r\n\r\n`);
	let text = '';
	for await (const chunk of socket) text += String(chunk);
	assert.match(text, /^HTTP\/1\.1 431 [^]*"code":431,"origin":"Humanloop"/);
	for (const payload of ['', '{nope', 'x'.repeat(11 * 1024 * 1024)]) {
		const response = await api.app.inject({
			method: 'DELETE',
			url: '/v4/model-configs/x',
			headers: { 'content-type': 'application/json' },
			payload,
		});
		assert.equal(response.statusCode, 404);
		assert.equal(response.json<Body>().detail.message, 'There is no DELETE /v4/model-configs/x here.');
	}
});

test('a time that cannot be kept, or is none, is refused by name; a leap second is the second before', async (t) => {
	const api = await startApi(t);
	const config = await api.config();
	for (const [created_at, status] of [
		['2016-12-31T23:59:60Z', 200],
		['2024-05-01T10:00:00+02:00', 200],
		['2024-05-01T10:00:00+02', 200],
		['2024-05-01T10:00:00', 200],
		['2024-05-01T10:00:00.123456', 200],
		['2024-05-01 10:00:00.5', 200],
		['2024-05-01', 422],
		['2024-05-01T10:60:00', 422],
		['2024-05-01T10:00:00+02:60', 422],
		['10:00:00', 422],
		['', 422],
		['2024-02-30T10:00:00Z', 422],
		['soon', 422],
	] as const) {
		const response = await api.post('/logs', { project: 'p', config_id: config, created_at });
		assert.equal(response.status, status, created_at);
		if (status === 422) assert.match(response.text, /created_at/);
	}
});

test('a body that is nested too deep is refused with the field that is', async (t) => {
	const api = await startApi(t);
	const config = await api.config();
	const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
	for (const [url, body, field] of [
		['/completion-model-config', `{"model_config_id":"${config}","inputs":{"ticket":${deep}}}`, 'inputs'],
		['/completion-model-config', `{"model_config_id":"${config}","metadata":{"a":[1,${deep}]}}`, 'metadata'],
		['/model-configs', `{"project":"p","model":"m","other":{"a":${deep}}}`, 'other'],
		['/logs', `[{"project":"p"},{"project":"p","messages":[{"a":${deep}}]}]`, '1.messages'],
	] as const) {
		const response = await api.post(url, body);
		assert.equal(response.status, 422);
		assert.equal(response.body.detail.message, `The body is nested more than 200 levels deep in "${field}".`);
	}
});
