import assert from 'node:assert/strict';
import test from 'node:test';
import { connect } from 'node:net';
import { startPausing, startWith, until } from './provider.ts';
import { apiKey, type Body, readEvents, request, startApi } from './setup.ts';

const path = '/completion-model-config';

test('one sample an event, interleaved; the last ones are held back until the logs are committed', async (t) => {
	const api = await startApi(t);
	const id = await api.config();
	const address = await api.listen();
	const call = {
		model_config_id: id,
		project: 'fresh',
		inputs: { ticket: 'Größe 🎉 falsch' },
		num_samples: 3,
		session_reference_id: 's',
		metadata: { k: 'v' },
		user: 'u',
		logprobs: 1,
	};
	const response = await request(address, path, { ...call, stream: true });
	assert.equal(response.status, 200);
	assert.match(response.headers.get('content-type')!, /^text\/event-stream/);
	assert.equal(response.headers.get('cache-control'), 'no-cache');
	assert.equal(response.headers.get('x-accel-buffering'), 'no');
	assert.ok(response.headers.get('x-request-id'));
	const { events, broken } = await readEvents(response);
	assert.equal(broken, undefined);
	for (const event of events) assert.equal(event.data.length, 1);
	const deltas = events.slice(0, -3);
	const lasts = events.slice(-3);
	assert.deepEqual(
		deltas.slice(0, 6).map((event) => event.data[0].index),
		[0, 1, 2, 0, 1, 2],
	);
	for (const event of deltas) {
		assert.equal(event.data[0].finish_reason, null);
		assert.deepEqual(event.data[0].inputs, {});
		assert.deepEqual(Object.keys(event), ['project_id', 'data', 'provider_responses']);
	}
	for (const event of lasts) {
		assert.equal(event.data[0].finish_reason, 'stop');
		assert.deepEqual(event.data[0].inputs, call.inputs);
		assert.match(event.session_id, /^sesh_/);
		assert.deepEqual(event.metadata, { k: 'v' });
	}
	assert.equal('usage' in lasts[0]!, false);
	assert.deepEqual(Object.keys(lasts[2]!), [
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
	assert.equal(new Set(events.map((event) => event.project_id)).size, 1);
	const plain = (await api.post(path, call)).body;
	assert.equal(plain.project_id, events[0]!.project_id);
	for (const index of [0, 1, 2]) {
		const own = events.filter((event) => event.data[0].index === index);
		assert.equal(new Set(own.map((event) => event.data[0].id)).size, 1);
		const text = own.map((event) => event.data[0].raw_output).join('');
		assert.equal(text, own.map((event) => event.data[0].output).join(''));
		assert.equal(text, plain.data[index]!.raw_output);
		const log = (await api.get(`/logs/${own[0]!.data[0].id}`)).body;
		assert.equal(log.raw_output, text);
		assert.equal(log.finish_reason, 'stop');
	}
	assert.deepEqual(lasts[2]!.usage, plain.usage);
	assert.deepEqual(lasts[2]!.provider_responses, plain.provider_responses);
});

test('the frames are what the official clients read: "data: ", one line, a blank line, a comment and no end mark', async (t) => {
	const api = await startApi(t);
	const id = await api.config();
	const text = await (
		await request(await api.listen(), path, { model_config_id: id, inputs: { ticket: 'a\nb' }, stream: true })
	).text();
	assert.ok(text.endsWith('\n\n'));
	const frames = text.slice(0, -2).split('\n\n');
	assert.match(frames.pop()!, /^: X-Cost: [!-~ ]+$/);
	for (const frame of frames) {
		assert.ok(frame.startsWith('data: {'), frame);
		assert.equal(frame.includes('\n'), false);
	}
	assert.doesNotMatch(text, /\[DONE\]/);
});

test('what is wrong before the first event is an ordinary error', async (t) => {
	const api = await startApi(t);
	const id = await api.config();
	const address = await api.listen();
	const missing = await request(address, path, { model_config_id: id, stream: true });
	assert.equal(missing.status, 422);
	assert.match(((await missing.json()) as Body).detail.message, /ticket/);
	assert.equal((await request(address, path, { stream: true })).status, 422);
});

test('a caller that reads slowly is waited for, and gets everything', async (t) => {
	const api = await startApi(t);
	const id = await api.config();
	const address = new URL(await api.listen());
	const body = JSON.stringify({
		model_config_id: id,
		inputs: { ticket: 'x'.repeat(2_000) },
		num_samples: 100,
		stream: true,
	});
	const socket = connect(Number(address.port), address.hostname);
	t.after(() => socket.destroy());
	socket.write(
		`POST /v4${path} HTTP/1.1\r\nHost: x\r\nX-API-KEY: ${apiKey}\r\nContent-Type: application/json\r\n` +
			`Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
	);
	socket.pause();
	await new Promise((resume) => setTimeout(resume, 300));
	let received = '';
	socket.setEncoding('utf8').on('data', (chunk: string) => {
		received += chunk;
	});
	socket.resume();
	await new Promise((ended) => socket.once('end', ended));
	assert.equal([...received.matchAll(/"finish_reason":"stop","model_config_id"/g)].length, 100);
});

test('a caller that hangs up leaves no log', async (t) => {
	const provider = await startPausing(t);
	const { api, address, call } = await startWith(t, provider);
	const hangUp = new AbortController();
	const sent = { ...call, project: 'left', stream: true };
	const response = await request(address, path, sent, { signal: hangUp.signal });
	await response.body!.getReader().read();
	hangUp.abort();
	await until(() => provider.state.left === 1);
	assert.equal((await api.get('/projects?filter=left')).body.total, 0);
	assert.equal(provider.state.calls, 1);
});

test('save false and return_inputs false hold for a stream too', async (t) => {
	const api = await startApi(t);
	const id = await api.config();
	const address = await api.listen();
	const call = { model_config_id: id, project: 'p', inputs: { ticket: 'secret words' }, num_samples: 2, stream: true };
	const { events: hidden } = await readEvents(await request(address, path, { ...call, return_inputs: false }));
	for (const event of hidden) assert.deepEqual(event.data[0].inputs, {});
	assert.deepEqual((await api.get(`/logs/${hidden[0]!.data[0].id}`)).body.inputs, call.inputs);
	const { events } = await readEvents(await request(address, path, { ...call, save: false, metadata: { k: 1 } }));
	const last = events.at(-1)!;
	assert.deepEqual(last.data[0].inputs, call.inputs);
	for (const index of [0, 1]) {
		const own = events.filter((event) => event.data[0].index === index);
		assert.ok(own.length > 2);
		const log = (await api.get(`/logs/${own[0]!.data[0].id}`)).body;
		for (const key of ['inputs', 'output', 'raw_output', 'provider_request', 'provider_response', 'messages'])
			assert.equal(log[key], null, key);
		assert.equal(log.save, false);
		assert.equal(log.finish_reason, 'stop');
		assert.deepEqual(log.metadata, { k: 1 });
		assert.equal(log.prompt_tokens, index === 0 ? last.usage.prompt_tokens : null);
	}
});
