import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import test, { type TestContext } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import { retryAfterMs } from '../src/providers/hostErrors.ts';
import { ask, startEcho, startProvider, startWith } from './provider.ts';
import { type Api, type Body, type ProviderBody, readEvents, request, startApi } from './setup.ts';
import { storedText } from './storage/disturb.ts';

const path = '/completion-model-config';
const canary = 'sk-canary-7f3b9d-caller';
const serverCanary = 'sk-canary-51c2aa-server';

async function startModel(t: TestContext): Promise<LLMock> {
	const model = new LLMock({ port: 0, chunkSize: 4 });
	await model.start();
	t.after(() => model.stop());
	return model;
}

async function startBoth(t: TestContext) {
	const model = await startModel(t);
	const api = await startApi(t, { providers: { openai: { apiKey: serverCanary, baseUrl: `${model.url}/v1` } } });
	const run = async (config: Record<string, unknown>, call: Record<string, unknown> = {}) => {
		const id = await api.config({ provider: 'openai', model: 'gpt-4o', prompt_template: 'Say {{what}}', ...config });
		return api.post(path, {
			model_config_id: id,
			inputs: { what: 'hello' },
			provider_api_keys: { openai: canary },
			...call,
		});
	};
	return { model, api, run };
}

function sent(model: LLMock): ProviderBody {
	return model.getLastRequest()?.body as unknown as ProviderBody;
}

test("sends exactly what the config and the call say, with the caller's key", async (t) => {
	const { model, run } = await startBoth(t);
	model.onMessage(/.*/, { content: '  Hi there!\n' });
	const { status, body } = await run(
		{
			max_tokens: 50,
			stop: ['END'],
			temperature: 0.2,
			other: { logit_bias: { 1: 2 } },
			seed: 1,
			response_format: { type: 'json_object' },
		},
		{ user: 'u', seed: 7, logprobs: 3 },
	);
	assert.equal(status, 200);
	assert.equal(body.data[0].output, 'Hi there!');
	assert.equal(body.data[0].raw_output, '  Hi there!\n');
	assert.deepEqual(body.provider_request, {
		messages: [{ content: 'Say hello', role: 'user' }],
		stream: false,
		n: 1,
		model: 'gpt-4o',
		temperature: 0.2,
		top_p: 1,
		presence_penalty: 0,
		frequency_penalty: 0,
		stop: ['END'],
		seed: 7,
		user: 'u',
		logprobs: true,
		top_logprobs: 3,
		response_format: { type: 'json_object' },
		logit_bias: { 1: 2 },
		max_tokens: 50,
	});
	for (const [key, value] of Object.entries(body.provider_request))
		if (key !== 'messages') assert.deepEqual(sent(model)[key], value, key);
	assert.equal(body.provider_responses.length, 1);
	assert.equal(body.provider_responses[0].object, 'chat.completion');
	assert.ok(body.usage.total_tokens > 0);
	const bare = (await run({})).body.provider_request;
	assert.deepEqual(Object.keys(bare), [
		'messages',
		'stream',
		'n',
		'model',
		'temperature',
		'top_p',
		'presence_penalty',
		'frequency_penalty',
	]);
});

test('num_samples is n; a host that gives one at a time is asked again for the rest', async (t) => {
	const { model, run } = await startBoth(t);
	model.onMessage(/.*/, { content: 'One.', usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 } });
	const { body } = await run({}, { num_samples: 3 });
	assert.deepEqual(
		model.getRequests().map(({ body: asked }) => (asked as unknown as ProviderBody).n),
		[3, 2, 1],
	);
	assert.deepEqual(
		body.data.map(({ index, output }) => [index, output]),
		[
			[0, 'One.'],
			[1, 'One.'],
			[2, 'One.'],
		],
	);
	assert.equal(body.provider_responses.length, 3);
	assert.deepEqual(body.usage, { prompt_tokens: 15, generation_tokens: 6, total_tokens: 21 });
});

test('streams, says the same as without, and asks for usage', async (t) => {
	const { model, api, run } = await startBoth(t);
	model.onMessage(/.*/, {
		content: 'Über alles: 🎉 fine.',
		usage: { prompt_tokens: 5, completion_tokens: 9, total_tokens: 14 },
	});
	const plain = (await run({}, { num_samples: 2 })).body;
	const id = await api.config({ provider: 'openai', model: 'gpt-4o', prompt_template: 'Say {{what}}' });
	const { events, broken } = await readEvents(
		await request(await api.listen(), path, {
			model_config_id: id,
			inputs: { what: 'hello' },
			num_samples: 2,
			stream: true,
			project: 'p',
		}),
	);
	assert.equal(broken, undefined);
	assert.deepEqual(sent(model).stream_options, { include_usage: true });
	for (const index of [0, 1]) {
		const own = events.filter((event) => event.data[0].index === index);
		assert.equal(own.map((event) => event.data[0].raw_output).join(''), plain.data[index]!.raw_output);
		assert.ok(own.length > 3);
		assert.deepEqual(
			own.map((event) => event.data[0].finish_reason).filter((reason) => reason !== null),
			['stop'],
		);
	}
	const last = events.at(-1)!;
	assert.deepEqual(last.usage, plain.usage);
	assert.equal(last.provider_responses[0].object, 'chat.completion');
	assert.equal(last.provider_responses[0].choices[0].message.content, plain.data[0].raw_output);
});

test('a stream that is cut in the middle: the text so far, then an event with detail, then a broken connection', async (t) => {
	const { model, api } = await startBoth(t);
	model.onMessage(/.*/, { content: 'This will be cut short before it ends.' }, { truncateAfterChunks: 4, latency: 30 });
	const id = await api.config({ provider: 'openai', model: 'gpt-4o', prompt_template: 'x' });
	const address = await api.listen();
	const { events, broken } = await readEvents(
		await request(address, path, { model_config_id: id, stream: true, project: 'cut' }),
	);
	assert.ok(broken instanceof Error, 'the connection must break');
	assert.ok(events.length > 1);
	assert.ok(events.slice(0, -1).every((event) => event.data[0].finish_reason === null));
	assert.equal(events.at(-1)!.detail.origin, 'OpenAI');
	assert.equal(events.at(-1)!.detail.code, 503);
});

test("the provider's errors in the contract's codes, Retry-After passed on, no key in them", async (t) => {
	const { model, run } = await startBoth(t);
	for (const [status, code, type] of [
		[400, 400, 'bad_request_error'],
		[401, 401, 'authentication_error'],
		[403, 401, 'authentication_error'],
		[404, 404, 'not_found_error'],
		[422, 422, 'unprocessable_entity_error'],
		[429, 429, 'rate_limit_error'],
		[500, 500, 'internal_server_error'],
		[502, 503, 'service_unavailable_error'],
		[503, 503, 'service_unavailable_error'],
		[529, 503, 'service_unavailable_error'],
	] as const) {
		const stream = status === 404;
		model.clearFixtures();
		model.onMessage(/.*/, {
			error: { message: `Bad key ${canary} or ${serverCanary}`, type: 'x' },
			status,
			retryAfter: 0,
		});
		const before = model.getRequests().length;
		const { status: got, body, headers } = await run({}, { project: 'failed', stream });
		assert.equal(got, code);
		assert.deepEqual(body.detail, { type, message: 'Bad key [redacted] or [redacted]', code, origin: 'OpenAI' });
		const isRetryable = [429, 500, 502, 503, 529].includes(status);
		assert.equal(model.getRequests().length, before + (isRetryable ? 3 : 1), 'the SDK must not try again by itself');
		if (status === 429) assert.equal(headers['retry-after'], '0');
	}
});

test('several choices in one answer of a chat are the samples, plain and streamed', async (t) => {
	const host = await startEcho(t);
	host.say('One two.', ['One', ' two', '.']);
	const api = await startApi(t, { providers: { openai: { baseUrl: host.url } } });
	const id = await api.config({ provider: 'openai', model: 'gpt-4o', prompt_template: 'x' });
	const call = { model_config_id: id, project: 'p', num_samples: 3, logprobs: 1 };
	const { body } = await api.post(path, call);
	const { events, broken } = await readEvents(await request(await api.listen(), path, { ...call, stream: true }));
	assert.equal(broken, undefined);
	assert.deepEqual(
		host.requests.map(({ n, stream }) => [n, stream]),
		[
			[3, false],
			[3, true],
		],
	);
	assert.deepEqual(
		body.data.map(({ index, raw_output, finish_reason }) => [index, raw_output, finish_reason]),
		[0, 1, 2].map((index) => [index, 'One two.', 'stop']),
	);
	assert.equal(body.provider_responses.length, 1);
	assert.deepEqual(
		events.map(({ data: [sample] }) => [sample.index, sample.raw_output, sample.finish_reason]),
		[
			[0, 'One', null],
			[1, 'One', null],
			[2, 'One', null],
			[0, ' two', null],
			[1, ' two', null],
			[2, ' two', null],
			[0, '.', null],
			[1, '.', null],
			[2, '.', null],
			[0, '', 'stop'],
			[1, '', 'stop'],
			[2, '', 'stop'],
		],
	);
	const last = events.at(-1)!;
	assert.deepEqual(last.usage, body.usage);
	assert.equal(last.provider_responses.length, 1);
	const inOrder = [...body.provider_responses[0].choices].reverse();
	assert.deepEqual(last.provider_responses[0].choices, inOrder);
	const logs = (await api.get(`/logs?project_id=${body.project_id}`)).body;
	assert.equal(logs.total, 6);
	assert.deepEqual(
		logs.records.slice(0, 3).map((log) => [log.output, log.tokens]),
		[
			['One two.', 6],
			['One two.', null],
			['One two.', null],
		],
	);
});

test('the key of the environment is used when a call brings none, and is nowhere when the host repeats it', async (t) => {
	const host = await startEcho(t);
	const text = `Yours is ${serverCanary}.`;
	host.say(text, text.match(/.{1,4}/g)!);
	const api = await startApi(t, { providers: { openai: { apiKey: serverCanary, baseUrl: host.url } } });
	const id = await api.config({ provider: 'openai', model: 'gpt-4o', prompt_template: 'x' });
	const call = { model_config_id: id, project: 'p' };
	const texts = [
		(await api.post(path, call)).text,
		await (await request(await api.listen(), path, { ...call, stream: true })).text(),
	];
	assert.deepEqual(host.keys, [`Bearer ${serverCanary}`, `Bearer ${serverCanary}`]);
	for (const response of texts) assert.match(response, /\[redacted\]/);
	texts.push((await api.get(`/logs?project_id=${(JSON.parse(texts[0]!) as Body).project_id}`)).text);
	texts.push(await storedText(api.dataDir));
	texts.push(api.logged.join('\n'));
	for (const one of texts)
		for (const word of [serverCanary, 'canary', '51c2aa']) assert.equal(one.includes(word), false, word);
});

test('the wait that a provider asks for is read from both of its headers, milliseconds first', () => {
	const waitOf = (headers: Record<string, string>) => retryAfterMs(new Headers(headers));
	for (const [headers, expected] of [
		[{ 'retry-after-ms': '1500', 'retry-after': '7' }, 1500],
		[{ 'retry-after-ms': '0' }, 0],
		[{ 'retry-after-ms': 'Infinity', 'retry-after': '7' }, 7000],
		[{ 'retry-after-ms': '12 s', 'retry-after': '0.5' }, 500],
		[{ 'retry-after': '9'.repeat(30) }, Number.MAX_SAFE_INTEGER],
		[{ 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 0],
		[{ 'retry-after': '1.2.3 soon' }, undefined],
		[{}, undefined],
	] as const)
		assert.equal(waitOf(headers), expected, JSON.stringify(headers));
	const inAMinute = waitOf({ 'retry-after': new Date(Date.now() + 60_000).toUTCString() })!;
	assert.ok(inAMinute > 55_000 && inAMinute <= 60_000);
});

test('the wait that a provider asks for is passed on in seconds and in milliseconds', async (t) => {
	const host = createHttpServer((_, response) => {
		response
			.writeHead(429, { 'retry-after-ms': '20500.2', 'content-type': 'application/json' })
			.end('{"error":{"message":"slowly"}}');
	}).listen(0, '127.0.0.1');
	await once(host, 'listening');
	t.after(() => host.close());
	const api = await startApi(t, {
		providers: { openai: { baseUrl: `http://127.0.0.1:${(host.address() as AddressInfo).port}` } },
	});
	const { status, headers } = await api.post(path, {
		model_config_id: await api.config({ provider: 'openai', prompt_template: 'x' }),
	});
	assert.deepEqual([status, headers['retry-after'], headers['retry-after-ms']], [429, '21', '20501']);
});

test('a host that cannot be reached is a 503 of the provider that says which and why, and tells no secret', async (t) => {
	const model = new LLMock({ port: 0 });
	await model.start();
	const { host } = new URL(model.url);
	await model.stop();
	for (const [baseUrl, message] of [
		[`http://${host}/v1`, `The host of OPENAI_BASE_URL (http://${host}) could not be reached: ECONNREFUSED.`],
		[
			`http://${host}/secret-word?key=secret-word`,
			`The host of OPENAI_BASE_URL (http://${host}) could not be reached: ECONNREFUSED.`,
		],
		['http://host.invalid/v1', 'The host of OPENAI_BASE_URL (http://host.invalid) could not be reached: '],
	] as const) {
		const api = await startApi(t, { backoffMs: 1, providers: { openai: { apiKey: serverCanary, baseUrl } } });
		const id = await api.config({ provider: 'openai', prompt_template: 'x' });
		for (const stream of [false, true]) {
			const { status, body } = await api.post(path, {
				model_config_id: id,
				stream,
				provider_api_keys: { openai: canary },
			});
			assert.equal(status, 503);
			assert.equal(body.detail.origin, 'OpenAI');
			assert.ok(body.detail.message.startsWith(message), body.detail.message);
			if (baseUrl.includes('.invalid')) assert.match(body.detail.message, /: (ENOTFOUND|EAI_AGAIN)\.$/);
		}
	}
});

test('a host that closes the connection without an answer is named with the code of the failure', async (t) => {
	const server = createServer((socket) => socket.once('data', () => socket.destroy())).listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.after(() => server.close());
	const { port } = server.address() as AddressInfo;
	const api = await startApi(t, { backoffMs: 1, providers: { openai: { baseUrl: `http://127.0.0.1:${port}` } } });
	const { status, body } = await api.post(path, {
		model_config_id: await api.config({ provider: 'openai', prompt_template: 'x' }),
	});
	assert.equal(status, 503);
	assert.match(
		body.detail.message,
		/^The connection to the host of OPENAI_BASE_URL \(http:\/\/127\.0\.0\.1:\d+\) failed: (it was closed before a response came|ECONNRESET)\.$/,
	);
});

test("an empty key of a call is none: the server's own is used, or no key", async (t) => {
	const host = await startEcho(t);
	host.say('ok');
	for (const [apiKey, expected] of [
		[serverCanary, `Bearer ${serverCanary}`],
		[undefined, undefined],
	] as const) {
		const api = await startApi(t, {
			providers: { openai: { ...(apiKey === undefined ? {} : { apiKey }), baseUrl: host.url } },
		});
		const id = await api.config({ provider: 'openai', prompt_template: 'x' });
		for (const openai of ['', null]) {
			assert.equal((await api.post(path, { model_config_id: id, provider_api_keys: { openai } })).status, 200);
			assert.equal(host.keys.pop(), expected);
		}
	}
	const api = await startApi(t);
	const refused = await api.post(path, {
		model_config_id: await api.config({ provider: 'openai', prompt_template: 'x' }),
		provider_api_keys: { openai: '' },
	});
	assert.equal(refused.status, 422);
});

test('a key that no header can hold is refused with 422 before any call, and not shown', async (t) => {
	const provider = await startProvider(t);
	const { address, call } = await startWith(t, provider);
	for (const key of ['sk-canary-ключ', 'sk-canary-ü', 'sk-canary-1\n', 'sk canary-1', ' ']) {
		for (const stream of [false, true]) {
			const { status, body, text } = await ask(address, { ...call, stream, provider_api_keys: { openai: key } });
			assert.equal(status, 422, JSON.stringify(key));
			assert.match(body.detail.message, /"openai" in "provider_api_keys".*ASCII/);
			assert.doesNotMatch(text, /canary/);
		}
	}
	assert.equal(provider.calls(), 0);
});

test("without any key a host of one's own is called without one; suffix and own n are refused", async (t) => {
	const model = await startModel(t);
	model.onMessage(/.*/, { content: 'ok' });
	const api = await startApi(t, { providers: { openai: { baseUrl: `${model.url}/v1` } } });
	const id = await api.config({ provider: 'openai', prompt_template: 'x' });
	assert.equal((await api.post(path, { model_config_id: id })).status, 200);
	assert.match((await api.post(path, { model_config_id: id, suffix: 's' })).body.detail.message, /suffix/);
	const own = await api.config({ provider: 'openai', prompt_template: 'x', other: { n: 3 } });
	assert.match((await api.post(path, { model_config_id: own })).body.detail.message, /sets n in "other"/);
});

/**
 * aimock gives one choice for any `n` and does not serve /v1/completions; this stands in for those two alone,
 * mounted on it. It echoes the key, as a careless gateway might.
 */
function legacyCompletions(seen: ProviderBody[]) {
	return {
		async handleRequest(incoming: IncomingMessage, response: ServerResponse): Promise<boolean> {
			let text = '';
			for await (const chunk of incoming) text += chunk;
			const body = JSON.parse(text) as ProviderBody;
			seen.push(body);
			const key = String(incoming.headers.authorization);
			const usage = { prompt_tokens: 2, completion_tokens: 4, total_tokens: 6 };
			const choice = (index: number, words: string, finish: string | null) => ({
				index,
				text: words,
				finish_reason: finish,
				logprobs: null,
			});
			const indices = Array.from({ length: body.n }, (_, index) => index);
			const head = { id: 'cmpl-1', object: 'text_completion', created: 1, model: body.model, debug: key };
			if (!body.stream) {
				response.setHeader('content-type', 'application/json');
				response.end(
					JSON.stringify({
						...head,
						choices: indices.map((index) => choice(index, `a${index} b`, 'length')).reverse(),
						usage,
					}),
				);
				return true;
			}
			response.setHeader('content-type', 'text/event-stream');
			const send = (data: unknown) =>
				response.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
			for (const index of indices) send({ ...head, choices: [choice(index, `a${index}`, null)] });
			for (const index of indices) send({ ...head, choices: [choice(index, ' b', 'length')] });
			send({ ...head, choices: [], usage });
			send('[DONE]');
			response.end();
			return true;
		},
	};
}

async function startLegacy(t: TestContext): Promise<{ api: Api; seen: ProviderBody[] }> {
	const model = await startModel(t);
	const seen: ProviderBody[] = [];
	model.mount('/legacy', legacyCompletions(seen));
	return {
		seen,
		api: await startApi(t, { providers: { openai: { apiKey: serverCanary, baseUrl: `${model.url}/legacy` } } }),
	};
}

test('completion models go to the completions API, with n in one call, logprobs and suffix', async (t) => {
	const { api, seen } = await startLegacy(t);
	const id = await api.config({ provider: 'openai', model: 'gpt-3.5-turbo-instruct', prompt_template: 'x' });
	const call = {
		model_config_id: id,
		num_samples: 3,
		logprobs: 2,
		suffix: 'end',
		provider_api_keys: { openai: canary },
	};
	const { body } = await api.post(path, call);
	assert.equal(seen.length, 1);
	assert.deepEqual(seen[0], body.provider_request);
	assert.equal(seen[0].prompt, 'x');
	assert.equal(seen[0].n, 3);
	assert.equal(seen[0].logprobs, 2);
	assert.equal(seen[0].suffix, 'end');
	assert.deepEqual(
		body.data.map(({ raw_output }) => raw_output),
		['a0 b', 'a1 b', 'a2 b'],
	);
	assert.equal(body.data[0].finish_reason, 'length');
	assert.equal(body.provider_responses.length, 1);
	assert.equal(body.provider_responses[0].debug, 'Bearer [redacted]');
	const { events } = await readEvents(await request(await api.listen(), path, { ...call, stream: true }));
	assert.deepEqual(
		events.slice(0, 6).map((event) => [event.data[0].index, event.data[0].output]),
		[
			[0, 'a0'],
			[1, 'a1'],
			[2, 'a2'],
			[0, ' b'],
			[1, ' b'],
			[2, ' b'],
		],
	);
	assert.deepEqual(events.at(-1)!.usage, body.usage);
	assert.equal(events.at(-1)!.provider_responses.length, 1);
});

test('no key is in any file, log line, answer or error', async (t) => {
	const { api, seen } = await startLegacy(t);
	const id = await api.config({ provider: 'openai', model: 'davinci-002', prompt_template: 'x' });
	const keys = { openai: canary, anthropic: 'canary-anthropic-99', unknown_one: 'canary-unknown-77' };
	const call = { model_config_id: id, project: 'p', provider_api_keys: keys };
	const texts = [(await api.post(path, call)).text];
	texts.push(await (await request(await api.listen(), path, { ...call, stream: true })).text());
	texts.push((await api.post(path, { ...call, model_config_id: 'nope' })).text);
	texts.push((await api.post(path, { ...call, foo: 1 })).text);
	texts.push((await api.get(`/logs?project_id=${(JSON.parse(texts[0]!) as Body).project_id}`)).text);
	assert.equal(seen.length, 2);
	assert.match(texts[1]!, /\[redacted\]/);
	texts.push(await storedText(api.dataDir));
	texts.push(api.logged.join('\n'));
	assert.ok(api.logged.length > 3);
	for (const text of texts)
		for (const word of ['canary', '7f3b9d', '51c2aa']) assert.equal(text.includes(word), false, word);
});
