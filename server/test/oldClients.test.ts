import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { createWire } from './fuzz/wire.ts';
import { apiKey, type Body, startApi } from './setup.ts';

/**
 * What the official clients of Humanloop send, header by header, where it is not what one would expect. The requests
 * are written by hand, so that no library of today makes them better.
 */
async function open(t: TestContext) {
	const api = await startApi(t);
	const { port } = new URL(await api.listen());
	const wire = createWire(Number(port));
	t.after(() => wire.close());
	async function send(method: string, path: string, headers: string[], body = '') {
		const head = [`${method} /v4${path} HTTP/1.1`, 'Host: localhost', `X-API-KEY: ${apiKey}`, ...headers, '', ''];
		const bytes = Buffer.from(head.join('\r\n') + body);
		const { status, body: text } = await wire.exchange(bytes, { ends: false, isHead: false });
		return { status, text, json: () => JSON.parse(text) as Body };
	}
	const sendJson = (method: string, path: string, value: unknown, headers = typescript) => {
		const body = JSON.stringify(value);
		return send(method, path, [...headers, ...jsonOf(body)], body);
	};
	return { api, send, sendJson };
}

/** What the TypeScript SDK sends with every request, and what the Python SDK sends. */
const typescript = ['User-Agent: Konfig/0.5.36/typescript', 'Accept: application/json, text/plain, */*'];
const python = ['User-Agent: Konfig/0.7.2/python', 'Accept: application/json', 'Accept-Encoding: gzip, deflate'];

function jsonOf(body: string): string[] {
	return ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`];
}

for (const length of ['Content-Length: 0', 'Connection: keep-alive']) {
	test(`a session is made by an empty form (${length})`, async (t) => {
		const { send } = await open(t);
		const form = 'Content-Type: application/x-www-form-urlencoded';
		const first = await send('POST', '/sessions', [...typescript, form, length]);
		assert.equal(first.status, 201, first.text);
		const second = await send('POST', '/sessions', [...typescript, form, length]);
		assert.match(second.json().id, /^sesh_/);
		assert.notEqual(second.json().id, first.json().id);
	});
}

test('a form that has something in it is still a 415', async (t) => {
	const { send } = await open(t);
	const form = ['Content-Type: application/x-www-form-urlencoded', 'Content-Length: 3'];
	const { status } = await send('POST', '/sessions', [...typescript, ...form], 'a=b');
	assert.equal(status, 415);
});

test('a stream is a stream, although the client accepts only JSON', async (t) => {
	const { api, sendJson } = await open(t);
	const call = {
		model_config_id: await api.config(),
		inputs: { ticket: 'Where is it?' },
		stream: true,
		provider_api_keys: {},
	};
	for (const headers of [typescript, python]) {
		const { status, text } = await sendJson('POST', '/completion-model-config', call, headers);
		assert.equal(status, 200, text);
		assert.match(text, /^[0-9a-f]+\r\ndata: \{/);
		assert.match(text, /"finish_reason":"stop"/);
	}
});

test('empty provider keys and nulls are as good as none', async (t) => {
	const { api, sendJson } = await open(t);
	const call = { model_config_id: await api.config(), inputs: { ticket: 'x' } };
	const { status, json } = await sendJson(
		'POST',
		'/completion-model-config',
		{ ...call, provider_api_keys: {}, session_id: null, num_samples: 2, user: null },
		python,
	);
	assert.equal(status, 200);
	assert.equal(json().data.length, 2);
});

test('what PATCH bodies repeat of the path and the query, in camel case, is ignored', async (t) => {
	const { api, sendJson } = await open(t);
	const first = await api.config();
	const second = await api.config({ temperature: 0 });
	const { body } = await api.get('/projects?filter=tickets');
	const { id: projectId } = body.records[0] as unknown as { id: string };
	const log = { project: 'tickets', config_id: first, inputs: {}, reference_id: 'order 1' };
	const { id } = (await api.post('/logs', log)).body;
	const patches: [string, object][] = [
		[`/logs/${id}`, { id, output: 'first' }],
		['/logs?reference_id=order%201', { referenceId: 'order 1', output: 'second' }],
		[`/projects/${projectId}`, { id: projectId, name: 'renamed' }],
		[`/projects/${projectId}/deploy-config`, { projectId, config_id: second }],
	];
	for (const [path, patch] of patches) {
		const { status, text } = await sendJson('PATCH', path, patch);
		assert.equal(status, 200, `${path}: ${text}`);
	}
	assert.equal((await api.get(`/logs/${id}`)).body.output, 'second');
	const project = (await api.get(`/projects/${projectId}`)).body as unknown as {
		name: string;
		active_config: { config: { id: string } };
	};
	assert.equal(project.name, 'renamed');
	assert.equal(project.active_config.config.id, second);
});

test('a page after the last one is empty', async (t) => {
	const { api, send } = await open(t);
	await api.config();
	const { body } = await api.get('/projects');
	const { id } = body.records[0] as unknown as { id: string };
	for (const path of ['/projects?page=1&size=1', '/projects?page=7', `/logs?project_id=${id}&page=1&size=1`]) {
		const { status, json } = await send('GET', path, typescript);
		assert.equal(status, 200);
		assert.deepEqual(json().records, []);
	}
	const sessions = await send('GET', `/sessions?project_id=${id}&page=2&size=1`, typescript);
	assert.deepEqual([sessions.status, sessions.json().records], [200, []]);
});

test('the first page of sessions, whose numbers begin at 1, can be asked for as page 0', async (t) => {
	const { api, send } = await open(t);
	const config = await api.config();
	for (const reference of ['a', 'b']) {
		const log = { project: 'tickets', config_id: config, inputs: {}, session_reference_id: reference };
		await api.post('/logs', log);
	}
	const { body } = await api.get('/projects');
	const { id } = body.records[0] as unknown as { id: string };
	const pages = await Promise.all(
		['page=0&', 'page=1&', ''].map((page) => api.get(`/sessions?${page}project_id=${id}&size=1`)),
	);
	const [zero, one, absent] = pages.map((page) => page.body.records.map((session) => session.id));
	assert.equal(zero!.length, 1);
	assert.deepEqual([zero, absent], [one, one]);
	assert.equal((await send('GET', `/sessions?project_id=${id}&page=-1`, typescript)).status, 422);
});

test("Python's isoformat() has no offset, and is read as UTC", async (t) => {
	const { api, sendJson } = await open(t);
	const config = await api.config();
	for (const [given, stored] of [
		['2024-05-24T09:30:00.123456', '2024-05-24T09:30:00.123Z'],
		['2024-05-24T09:30:00', '2024-05-24T09:30:00.000Z'],
		['2024-05-24T09:30:00+02:00', '2024-05-24T07:30:00.000Z'],
		['2024-05-24T09:30:00.123456+00:00', '2024-05-24T09:30:00.123Z'],
	]) {
		const log = { project: 'tickets', config_id: config, inputs: {}, output: 'x', created_at: given };
		const { status, json, text } = await sendJson('POST', '/logs', log, python);
		assert.equal(status, 200, text);
		const { id } = json();
		assert.equal((await api.get(`/logs/${id}`)).body.created_at, stored);
		const feedback = { data_id: id, type: 'rating', value: 'good', created_at: given };
		const answer = await sendJson('POST', '/feedback', feedback, python);
		assert.equal(answer.status, 200, answer.text);
		assert.equal(answer.json().created_at, stored);
	}
});
