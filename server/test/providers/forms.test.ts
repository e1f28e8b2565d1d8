import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import test, { describe } from 'node:test';
import type { ChatMessage } from '../../src/contract/messages.ts';
import type { Sampling } from '../../src/domain/provider.ts';
import { newConfig } from '../../src/domain/prompts/configs.ts';
import { createProviders, type ProviderSettings } from '../../src/providers/registry.ts';
import { startHost } from '../host.ts';
import { type Asked, runCall, tool } from '../sampling.ts';

const models = {
	anthropic: 'claude-sonnet-4-5',
	google: 'gemini-3-flash-preview',
	bedrock: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
} as const;
type Name = keyof typeof models;

const setUp: ProviderSettings = {
	openai: {},
	anthropic: { apiKey: 'sk-ant-00000000' },
	google: { apiKey: 'AIza-00000000' },
	bedrock: { apiKey: 'ABSK-00000000', region: 'eu-west-1' },
};

/** What a provider would be sent. Nothing is. */
async function requestOf(name: Name, { config, ...asked }: Asked, settings = setUp): Promise<Record<string, unknown>> {
	const { parameters } = newConfig('p', { provider: name, model: models[name], ...config });
	const sampling: Sampling = {
		...{ parameters, prompt: 'Hello', tools: [], inputs: {}, numSamples: 1, stream: false, keys: {} },
		...asked,
	};
	const provider = (await createProviders(settings, 1_000_000))[name]!;
	return (await provider.prepare(sampling)).request;
}

const refused = (message: RegExp) => (error: unknown) => {
	assert.equal((error as { status?: number }).status, 422, String(error));
	assert.match((error as Error).message, message);
	return true;
};

const schema = {
	type: 'object',
	properties: { day: { type: 'string' } },
	required: ['day'],
	additionalProperties: false,
};
const chat: ChatMessage[] = [
	{ role: 'system', content: 'Be brief.' },
	{ role: 'developer', content: 'Be kind.' },
	{
		role: 'user',
		content: [
			{ type: 'text', text: 'Weather?' },
			{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
		],
	},
	{
		role: 'assistant',
		content: 'Let me see.',
		tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } }],
	},
	{ role: 'tool', tool_call_id: 'call_1', content: 'Sunny' },
];
const weather = tool('get_weather');

describe('Anthropic', () => {
	test('a chat, tools, stop, max_tokens, user, and what the config adds to the body', async () => {
		const body = await requestOf('anthropic', {
			config: { max_tokens: 100, temperature: 0.5, stop: 'END', other: { top_k: 5, metadata: { more: 1 } } },
			prompt: chat,
			tools: [weather],
			toolChoice: { type: 'function', function: { name: 'get_weather' } },
			user: 'u-1',
			stream: true,
		});
		assert.deepEqual(body, {
			model: 'claude-sonnet-4-5',
			max_tokens: 100,
			temperature: 0.5,
			stop_sequences: ['END'],
			metadata: { user_id: 'u-1', more: 1 },
			system: [
				{ type: 'text', text: 'Be brief.' },
				{ type: 'text', text: 'Be kind.' },
			],
			messages: [
				{
					role: 'user',
					content: [
						{ type: 'text', text: 'Weather?' },
						{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
					],
				},
				{
					role: 'assistant',
					content: [
						{ type: 'text', text: 'Let me see.' },
						{ type: 'tool_use', id: 'call_1', name: 'get_weather', input: { city: 'Paris' } },
					],
				},
				{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: 'Sunny' }] },
			],
			tools: [{ name: 'get_weather', description: 'The tool get_weather.', input_schema: { type: 'object' } }],
			tool_choice: { type: 'tool', name: 'get_weather' },
			stream: true,
			top_k: 5,
		});
	});

	test('max_tokens of -1 is all that the model can give, as far as that is known', async () => {
		assert.equal((await requestOf('anthropic', {}))['max_tokens'], 64_000);
		assert.equal((await requestOf('anthropic', { config: { model: 'claude-of-tomorrow' } }))['max_tokens'], 128_000);
		assert.equal((await requestOf('anthropic', { config: { model: 'of-a-gateway' } }))['max_tokens'], 4096);
	});

	test("the contract's defaults of temperature and top_p are Claude's own and are not sent; one of them can be set", async () => {
		const body = await requestOf('anthropic', {});
		assert.deepEqual(['temperature' in body, 'top_p' in body], [false, false]);
		assert.equal((await requestOf('anthropic', { config: { top_p: 0.5 } }))['top_p'], 0.5);
		await assert.rejects(
			requestOf('anthropic', { config: { top_p: 0.5, temperature: 0.5 } }),
			refused(/^Anthropic does not take top_p .*temperature is set/),
		);
	});

	test('a JSON schema, in OpenAI’s form or alone', async () => {
		for (const json_schema of [{ name: 'day', strict: true, schema }, schema]) {
			const body = await requestOf('anthropic', { config: { response_format: { type: 'json_schema', json_schema } } });
			assert.partialDeepStrictEqual(body['output_config'], { format: { type: 'json_schema', schema } });
		}
	});

	test('reasoning: a level, or a number of tokens', async () => {
		const of = async (reasoning_effort: string | number) =>
			(await requestOf('anthropic', { config: { reasoning_effort, max_tokens: 1000 } }))['thinking'];
		assert.deepEqual(await of(2000), { type: 'enabled', budget_tokens: 2000 });
		assert.partialDeepStrictEqual(await of('low'), { type: 'enabled' });
		await assert.rejects(of('huge'), refused(/reasoning_effort "huge" is unknown/));
	});

	test('cache_control marks the end of the system messages, or of the last message', async () => {
		const mark = { type: 'ephemeral', ttl: '1h' };
		const body = await requestOf('anthropic', {
			prompt: chat,
			tools: [weather],
			cacheControl: { type: 'ephemeral', ttl: '1h', breakpoints: ['system', 'last_message'] },
		});
		const system = body['system'] as Record<string, unknown>[];
		assert.deepEqual(
			system.map(({ cache_control: control }) => control),
			[undefined, mark],
		);
		const last = (body['messages'] as { content: Record<string, unknown>[] }[]).at(-1);
		assert.deepEqual(last?.content.at(-1)?.['cache_control'], mark);
		const usual = await requestOf('anthropic', { prompt: chat, tools: [weather], cacheControl: { type: 'ephemeral' } });
		assert.equal(JSON.stringify(usual).split('cache_control').length, 2);
		await assert.rejects(
			requestOf('anthropic', { cacheControl: { type: 'ephemeral' } }),
			refused(/breakpoint "system".*no system message/),
		);
	});
});

describe('Google', () => {
	test('a chat, tools, JSON, log probabilities, and what the config adds to the body', async () => {
		const body = await requestOf('google', {
			config: { max_tokens: 100, stop: ['END'], seed: 7, other: { generationConfig: { topK: 5 }, safetySettings: [] } },
			prompt: chat,
			tools: [weather],
			toolChoice: 'required',
			seed: 7,
			logprobs: 2,
		});
		assert.deepEqual(body['generationConfig'], {
			...{ maxOutputTokens: 100, temperature: 1, topP: 1, stopSequences: ['END'], seed: 7 },
			...{ responseLogprobs: true, logprobs: 2, topK: 5 },
		});
		assert.deepEqual(body['systemInstruction'], { parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }] });
		assert.partialDeepStrictEqual(body['toolConfig'], { functionCallingConfig: { mode: 'ANY' } });
		assert.deepEqual(body['safetySettings'], []);
		const json = await requestOf('google', { config: { response_format: { type: 'json_object' } } });
		assert.partialDeepStrictEqual(json['generationConfig'], { responseMimeType: 'application/json' });
	});

	test("the signature of a tool call comes back to the caller, and goes out with the caller's next message", async (t) => {
		const parts = [{ functionCall: { name: 'get_weather', args: { city: 'Paris' } }, thoughtSignature: 'sig-1' }];
		const host = await startHost(t, (response) => {
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify({ candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP' }] }));
		});
		const settings = { openai: {}, google: { apiKey: 'AIza-00000000', baseUrl: host.url } };
		const config = { provider: 'google', model: models.google } as const;
		const { outcome } = await runCall({ config, tools: [weather] }, settings);
		const calls = outcome.samples[0]!.toolCalls;
		const prompt: ChatMessage[] = [
			{ role: 'user', content: 'Weather?' },
			{ role: 'assistant', content: null, tool_calls: calls },
			{ role: 'tool', tool_call_id: calls[0]!.id, content: 'Sunny' },
		];
		const body = JSON.stringify(await requestOf('google', { prompt, tools: [weather] }));
		assert.ok(body.includes('"thoughtSignature":"sig-1"'), body);
	});

	test('log probabilities and texts of a stream are put together', async (t) => {
		const chunk = (text: string, finishReason?: string) => ({
			candidates: [
				{
					content: { role: 'model', parts: [{ text }] },
					finishReason,
					logprobsResult: { chosenCandidates: [{ token: text }] },
				},
			],
			modelVersion: 'gemini-3',
			usageMetadata: {
				promptTokenCount: 5,
				candidatesTokenCount: 2,
				thoughtsTokenCount: 3,
				cachedContentTokenCount: 4,
			},
		});
		const host = await startHost(t, (response) => {
			response.setHeader('content-type', 'text/event-stream');
			response.end([chunk('One'), chunk(' two', 'STOP')].map((one) => `data: ${JSON.stringify(one)}\n\n`).join(''));
		});
		const settings = { openai: {}, google: { apiKey: 'AIza-00000000', baseUrl: host.url } };
		const { outcome } = await runCall({ config: { provider: 'google', model: models.google }, stream: true }, settings);
		assert.deepEqual(outcome.responses, [
			{
				...chunk(''),
				candidates: [
					{
						content: { role: 'model', parts: [{ text: 'One two' }] },
						finishReason: 'STOP',
						logprobsResult: { chosenCandidates: [{ token: 'One' }, { token: ' two' }] },
					},
				],
			},
		]);
		assert.deepEqual(outcome.usage, {
			...{ promptTokens: 5, generationTokens: 5, cachedPromptTokens: 4, cacheWriteTokens: 0, reasoningTokens: 3 },
		});
	});

	test('a name of a model that would lead to another address is refused', async () => {
		for (const model of ['../files', 'models/../x', 'a?b=c', 'a#b', 'a b', '/a']) {
			await assert.rejects(requestOf('google', { config: { model } }), refused(/is not the name of a Google model/));
		}
	});
});

/** The signature of a request as AWS's documentation computes it (version 4). */
function signatureOf(
	secret: string,
	region: string,
	path: string,
	headers: Record<string, unknown>,
	body: string,
): string {
	const authorization = String(headers['authorization']);
	const signed = /SignedHeaders=([^,]+)/.exec(authorization)![1]!;
	const time = String(headers['x-amz-date']);
	const sha = (text: string) => createHash('sha256').update(text).digest('hex');
	const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
	const lines = signed.split(';').map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}\n`);
	const encoded = path.split('/').map(encodeURIComponent).join('/');
	const request = ['POST', encoded, '', lines.join(''), signed, sha(body)].join('\n');
	const scope = `${time.slice(0, 8)}/${region}/bedrock/aws4_request`;
	const toSign = ['AWS4-HMAC-SHA256', time, scope, sha(request)].join('\n');
	const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`);
	return hmac(key, toSign).toString('hex');
}

describe('Bedrock', () => {
	test('an access key signs the body as it goes out, with what the config adds', async (t) => {
		let seen: Record<string, unknown> = {};
		let path = '';
		const host = await startHost(t, (response, _body, { headers, url }) => {
			seen = headers;
			path = url ?? '';
			response.setHeader('content-type', 'application/json');
			const message = { role: 'assistant', content: [{ text: 'Fine.' }] };
			const usage = {
				inputTokens: 10,
				outputTokens: 4,
				totalTokens: 14,
				cacheReadInputTokens: 20,
				cacheWriteInputTokens: 30,
			};
			response.end(JSON.stringify({ output: { message }, stopReason: 'end_turn', usage }));
		});
		const accessKey = {
			accessKeyId: 'AKIACANARY00',
			secretAccessKey: 'secret-canary-0001',
			sessionToken: 'token-canary-1',
		};
		const settings = { openai: {}, bedrock: { accessKey, region: 'eu-west-1', baseUrl: host.url.replace('/v1', '') } };
		const config = { provider: 'bedrock', model: models.bedrock, other: { requestMetadata: { team: 'a' } } } as const;
		const { outcome, request } = await runCall({ config }, settings);
		const [body = ''] = host.state.bodies;
		assert.deepEqual(JSON.parse(body), request);
		assert.deepEqual(request['requestMetadata'], { team: 'a' });
		assert.equal(path, `/model/${encodeURIComponent(models.bedrock)}/converse`);
		assert.match(
			String(seen['authorization']),
			/^AWS4-HMAC-SHA256 Credential=AKIACANARY00\/\d{8}\/eu-west-1\/bedrock\//,
		);
		assert.ok(
			String(seen['authorization']).endsWith(signatureOf('secret-canary-0001', 'eu-west-1', path, seen, body)),
			'the signature is right',
		);
		assert.equal(seen['x-amz-security-token'], 'token-canary-1');
		assert.deepEqual(outcome.usage, {
			...{ promptTokens: 60, generationTokens: 4, cachedPromptTokens: 20, cacheWriteTokens: 30, reasoningTokens: 0 },
		});
	});

	test("other models than Claude get temperature and top_p as the config has them, and those that take none don't", async () => {
		const of = async (model: string) => (await requestOf('bedrock', { config: { model } }))['inferenceConfig'];
		assert.deepEqual(await of('eu.amazon.nova-lite-v1:0'), { temperature: 1, topP: 1 });
		assert.equal(await of('openai.gpt-5'), undefined);
		assert.equal(await of(models.bedrock), undefined);
		await assert.rejects(
			requestOf('bedrock', { config: { model: 'openai.gpt-5', temperature: 0.5 } }),
			refused(/^Bedrock does not take temperature/),
		);
	});

	test('cache_control is a cache point of Claude', async () => {
		const body = await requestOf('bedrock', { prompt: chat, tools: [weather], cacheControl: { type: 'ephemeral' } });
		assert.deepEqual((body['system'] as unknown[]).at(-1), { cachePoint: { type: 'default' } });
	});

	test('without a region, or with no key, it says what to set', async () => {
		await assert.rejects(
			requestOf('bedrock', { keys: { bedrock: 'ABSK-1' } }, { openai: {} }),
			refused(/set AWS_REGION/),
		);
		await assert.rejects(
			requestOf('bedrock', {}, { openai: {}, bedrock: { region: 'eu-west-1' } }),
			refused(/"bedrock" in "provider_api_keys".*AWS_BEARER_TOKEN_BEDROCK/),
		);
	});
});

for (const name of ['anthropic', 'google', 'bedrock'] as const) {
	describe(`each of them: ${name}`, () => {
		test('reads nothing from the environment: without a key there is no call', async () => {
			const names = [
				'ANTHROPIC_API_KEY',
				'GOOGLE_GENERATIVE_AI_API_KEY',
				'AWS_BEARER_TOKEN_BEDROCK',
				'AWS_ACCESS_KEY_ID',
			];
			const all = [...names, 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION'];
			const before = all.map((key) => [key, process.env[key]] as const);
			for (const key of all) process.env[key] = 'from-the-environment';
			try {
				await assert.rejects(
					requestOf(name, {}, { openai: {}, bedrock: { region: 'eu-west-1' } }),
					refused(/There is no .* key/),
				);
			} finally {
				for (const [key, value] of before) {
					if (value === undefined) delete process.env[key];
					else process.env[key] = value;
				}
			}
		});

		test('what the call decides cannot be set in "other"', async () => {
			const key = name === 'google' ? 'contents' : 'messages';
			await assert.rejects(
				requestOf(name, { config: { other: { [key]: [] } } }),
				refused(new RegExp(`sets ${key} in "other"`)),
			);
		});

		test('messages that it has no place for are a 422 that names the message', async () => {
			const first: ChatMessage = { role: 'user', content: 'Hello' };
			const cases: [ChatMessage, RegExp][] = [
				[{ role: 'user', name: 'Ann', content: 'x' }, /^Message 2 .*"name"/],
				[{ role: 'tool', tool_call_id: 'nope', content: 'x' }, /^Message 2 .*"nope"/],
				[
					{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'ftp://example.com/a' } }] },
					/^Message 2 .*ftp:\/\/example\.com/,
				],
				[{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'nowhere' } }] }, /^Message 2 .*no URL/],
				[
					{ role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '[1' } }] },
					/^Message 2 .*not a JSON object/,
				],
			];
			for (const [message, expected] of cases) {
				await assert.rejects(requestOf(name, { prompt: [first, message] }), refused(expected));
			}
		});

		test('several samples with a seed are refused: they would all be the same', async () => {
			await assert.rejects(requestOf(name, { seed: 1, numSamples: 2 }), refused(/same text 2 times/));
		});
	});
}
