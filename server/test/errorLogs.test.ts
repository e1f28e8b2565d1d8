import assert from 'node:assert/strict';
import test from 'node:test';
import { ask, logsOf, send, startProvider, startWith } from './provider.ts';
import { readEvents, tempDir } from './setup.ts';
import { storedText } from './storage/disturb.ts';

test('a call that fails permanently is one log with its inputs, config, target and error', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider);
	const parent = (await ask(address, call)).body.data[0].id;
	provider.next({ status: 400, message: 'Too long' });
	const failed = {
		...call,
		num_samples: 3,
		parent_id: parent,
		session_reference_id: 's',
		source: 'test',
		metadata: { m: 1 },
		user: 'u',
	};
	assert.equal((await ask(address, failed, { key: 'k' })).status, 400);
	const [log, ...more] = await logsOf(api);
	assert.equal(more.length, 1, 'one log for three samples');
	assert.equal(log.error, 'Too long');
	assert.deepEqual(
		[log.output, log.raw_output, log.finish_reason, log.provider_response, log.tokens],
		[null, null, null, null, null],
	);
	assert.deepEqual(
		[log.inputs, log.config_id, log.parent_id, log.session_reference_id],
		[call.inputs, call.model_config_id, parent, 's'],
	);
	assert.deepEqual([log.source, log.metadata, log.project, log.save], ['test', { m: 1 }, 'tickets', true]);
	assert.ok(log.provider_request);
	assert.ok(log.duration >= log.provider_latency);
	assert.equal((await api.get(`/logs/${log.id}`)).body.error, 'Too long');
});

test('a stream that breaks in the middle is one log', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider);
	const { broken } = await readEvents(
		await send(address, { ...call, inputs: { what: 'cut' }, num_samples: 2, stream: true }),
	);
	assert.ok(broken);
	const logs = await logsOf(api);
	assert.equal(logs.length, 1);
	assert.match(logs[0].error!, /cannot be used|connection/);
	assert.equal(logs[0].output, null);
});

test("with save false neither inputs nor the provider's words are kept", async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider);
	provider.next({ status: 400, message: 'Your prompt "private words" is refused' });
	await ask(address, { ...call, save: false, inputs: { what: 'private words' } });
	const [log] = await logsOf(api);
	assert.deepEqual([log.error, log.inputs, log.provider_request], ['bad_request_error (400, OpenAI)', null, null]);
	assert.equal((await storedText(api.dataDir)).includes('private words'), false);
});

test('where nothing ran, nothing is logged', async (t) => {
	const provider = await startProvider(t);
	const { api, address, call } = await startWith(t, provider);
	for (const wrong of [
		{ inputs: {} },
		{ model_config_id: 'nope' },
		{ parent_id: 'nope' },
		{ num_samples: 0 },
		{ suffix: 'x' },
	]) {
		assert.ok((await ask(address, { ...call, ...wrong })).status >= 400);
	}
	assert.deepEqual([...(await logsOf(api))], []);
});

test("no key is in a kept answer, an error's log, an error or a log line", async (t) => {
	const provider = await startProvider(t, 'Your keys are canary-own-1 and canary-server-1.');
	const dataDir = tempDir(t);
	const { api, address, call } = await startWith(t, provider, {
		dataDir,
		providers: { openai: { apiKey: 'canary-server-1', baseUrl: provider.url } },
	});
	const keyed = { ...call, provider_api_keys: { openai: 'canary-own-1', anthropic: 'canary-else-1' } };
	const texts = [(await ask(address, keyed, { key: 'k' })).text, (await ask(address, keyed, { key: 'k' })).text];
	texts.push((await ask(address, { ...keyed, stream: true }, { key: 'k' })).text);
	texts.push((await ask(address, { ...keyed, num_samples: 2 }, { key: 'k' })).text);
	provider.next({ status: 401, message: 'Wrong key canary-own-1, not canary-server-1 or canary-else-1' });
	texts.push((await ask(address, keyed, { key: 'fails' })).text);
	provider.next(503, 503, { status: 503, message: 'canary-own-1' });
	texts.push((await ask(address, { ...keyed, stream: true }, { key: 'fails' })).text);
	assert.equal(texts.filter((text) => text.includes('[redacted]')).length, 5);
	texts.push(JSON.stringify(await logsOf(api)), api.logged.join('\n'));
	assert.ok(texts.at(-2)!.includes('Wrong key [redacted]'));
	assert.ok(api.logged.length > 5);
	await api.app.close();
	texts.push(await storedText(dataDir));
	assert.match(texts.at(-1)!, /Your keys are \[redacted\]/);
	for (const text of texts) assert.doesNotMatch(text, /canary/);
});
