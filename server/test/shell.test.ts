import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import test, { describe } from 'node:test';
import { ApiError } from '../src/domain/apiError.ts';
import type { Delta, ProviderResult, ReadyCall, Requests, Sampling } from '../src/domain/provider.ts';
import { newConfig } from '../src/domain/prompts/configs.ts';
import { ModelRequestCount } from '../src/domain/completions/requestCounts.ts';
import { retries } from '../src/domain/completions/retries.ts';
import { type Generation, UnusableResponse } from '../src/providers/generation.ts';
import { type Adapter, createProvider } from '../src/providers/shell.ts';
import { startApi } from './setup.ts';

const callerKey = 'sk-canary-7f3b9d-caller';
const otherKey = 'canary-of-another-provider';
const serverKey = 'sk-canary-51c2aa-server';
const canary = /canary|7f3b9d|51c2aa/;

const sampling: Omit<Sampling, 'numSamples'> = {
	parameters: newConfig('p', { model: 'm' }).parameters,
	prompt: 'x',
	tools: [],
	inputs: {},
	stream: false,
	keys: { openai: callerKey, anthropic: otherKey },
};

function prepare(adapter: Adapter, numSamples = 1): Promise<ReadyCall> {
	return createProvider(async () => adapter, 1_000_000).prepare({ ...sampling, numSamples });
}

/** What a host says to one call: an error, or a generation and the pieces that it comes in. */
type Reply = Error | (Generation & { pieces?: Delta[]; breaks?: Error });

const text = (value: string, index = 0, finishReason: string | null = 'stop') => ({ index, text: value, finishReason });

const reply = (samples: Generation['samples'], more: Partial<Exclude<Reply, Error>> = {}): Reply => ({
	samples,
	response: {},
	usage: { promptTokens: 5, generationTokens: 2 },
	...more,
});

/** An adapter as careless as it may be: it returns and throws what its host says, as it is. */
function careless(replies: Reply[], { request = {}, refusal }: { request?: object; refusal?: Error } = {}) {
	const asked: number[] = [];
	const ended: boolean[] = [];
	const next = (samples: number) => {
		asked.push(samples);
		const given = replies.shift() ?? new Error('the host is called too often');
		if (given instanceof Error) throw given;
		return given;
	};
	const adapter: Adapter = {
		origin: 'Careless',
		secrets: [serverKey],
		prepare() {
			if (refusal !== undefined) throw refusal;
			return {
				request: { ...request },
				operation: 'chat',
				generate: async (samples) => next(samples),
				async *stream(samples) {
					const { pieces, breaks, ...generation } = next(samples);
					try {
						yield* pieces ?? generation.samples.map(({ index, text: whole }) => ({ index, text: whole }));
						if (breaks !== undefined) throw breaks;
					} finally {
						ended.push(true);
					}
					return generation;
				},
				mapError: (error) =>
					error instanceof TypeError
						? undefined
						: new ApiError(503, (error as Error).message, { origin: 'Careless', isRetryable: true, retryAfterMs: 1 }),
			};
		},
	};
	return { adapter, asked, ended };
}

const nothing = () => undefined;
const unobserved = () => ({
	sent: nothing,
	responded: nothing,
	retrying: nothing,
	succeeded: nothing,
	failed: nothing,
});

const once: Requests = {
	send: (_samples, request) => request(),
	succeeded: () => undefined,
	failed: () => undefined,
};
const { signal } = new AbortController();

type Result = { deltas: Delta[]; outcome: ProviderResult };

async function complete(call: ReadyCall, retry = once, by = signal): Promise<Result> {
	return { deltas: [], outcome: await call.complete(by, retry) };
}

async function stream(call: ReadyCall, retry = once, by = signal, deltas: Delta[] = []): Promise<Result> {
	const pieces = call.stream(by, retry);
	for (;;) {
		const step = await pieces.next();
		if (step.done) return { deltas, outcome: step.value };
		deltas.push(step.value);
	}
}

/** Everything of an error that a caller, a log line or a stored log may show. */
function shown(error: unknown): string {
	const { message, stack, ...more } = error as Error;
	return JSON.stringify([message, stack, more, String((error as Error).cause)]);
}

async function thrownBy(work: () => unknown): Promise<unknown> {
	try {
		await work();
	} catch (error) {
		return error;
	}
	return assert.fail('nothing was thrown');
}

const joined = (deltas: Delta[], index: number) =>
	deltas
		.filter((delta) => delta.index === index)
		.map((delta) => delta.text)
		.join('');

for (const [name, run] of [
	['plain', complete],
	['stream', stream],
] as const) {
	describe(name, () => {
		test('a key that the host echoes does not get out, wherever it stands', async () => {
			for (const key of [callerKey, otherKey, serverKey]) {
				const echo = reply([text(`It is ${key}.`, 0, `stop ${key}`), text(key, 1)], {
					response: {
						[key]: [{ deep: `Bearer ${key}`, logprobs: { tokens: key.split('') } }],
						logprobsResult: [...key],
					},
				});
				const { adapter } = careless([echo], { request: { header: key } });
				const call = await prepare(adapter, 2);
				const { deltas, outcome } = await run(call);
				assert.deepEqual(call.request, { header: '[redacted]' });
				assert.deepEqual(outcome.samples, [
					{ index: 0, text: 'It is [redacted].', toolCalls: [], finishReason: 'stop [redacted]', call: 0 },
					{ index: 1, text: '[redacted]', toolCalls: [], finishReason: 'stop', call: 0 },
				]);
				assert.deepEqual(outcome.responses, [
					{ '[redacted]': [{ deep: 'Bearer [redacted]', logprobs: null }], logprobsResult: null },
				]);
				if (run === stream) assert.equal(joined(deltas, 0), 'It is [redacted].');
				assert.doesNotMatch(JSON.stringify([call, deltas, outcome]), canary);
			}
		});

		test('log probabilities stay beside a text without a key', async () => {
			const response = { debug: serverKey, choices: [{ text: 'fine', logprobs: { tokens: ['fi', 'ne'] } }] };
			const { adapter } = careless([reply([text('fine')], { response })]);
			const { outcome } = await run(await prepare(adapter));
			assert.deepEqual(outcome.responses, [{ ...response, debug: '[redacted]' }]);
		});

		test('an error says what the provider says, without a key', async () => {
			const said = `${callerKey} and ${otherKey} and ${serverKey} are wrong`;
			const cases: [Error, string][] = [
				[new Error(said, { cause: said }), '[redacted] and [redacted] and [redacted] are wrong'],
				[
					new UnusableResponse(said),
					"The provider's response cannot be used: [redacted] and [redacted] and [redacted] are wrong",
				],
			];
			for (const [fault, message] of cases) {
				const { adapter } = careless([fault]);
				const call = await prepare(adapter);
				const error = await thrownBy(() => run(call));
				assert.ok(error instanceof ApiError);
				assert.deepEqual([error.status, error.message, error.origin], [503, message, 'Careless']);
				if (!(fault instanceof UnusableResponse)) assert.deepEqual([error.isRetryable, error.retryAfterMs], [true, 1]);
				assert.doesNotMatch(shown(error), canary);
			}
			const { adapter } = careless([Object.assign(new TypeError(said, { cause: said }), { headers: said })]);
			const call = await prepare(adapter);
			const bug = await thrownBy(() => run(call));
			assert.equal(bug instanceof ApiError, false, 'what is not the provider’s is a bug of the server');
			assert.match(shown(bug), /\[redacted\] are wrong/);
			assert.doesNotMatch(shown(bug), canary);
		});

		test('usage is the sum of all calls; one that is not counted makes it null', async () => {
			const of = (promptTokens: unknown, generationTokens: unknown, parts: object = {}) =>
				reply([text('a')], { usage: { promptTokens, generationTokens, ...parts } });
			const none = { cachedPromptTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
			const parts = { cachedPromptTokens: 4, cacheWriteTokens: 1, reasoningTokens: 2 };
			const twice = { cachedPromptTokens: 8, cacheWriteTokens: 2, reasoningTokens: 4 };
			for (const [replies, expected] of [
				[[of(5, 2), of(6, 3)], { promptTokens: 11, generationTokens: 5, ...none }],
				[[of(0, 0), of(0, 0)], { promptTokens: 0, generationTokens: 0, ...none }],
				[[of(5, 2, parts), of(6, 3, parts)], { promptTokens: 11, generationTokens: 5, ...twice }],
				[[of(5, 2, parts), of(6, 3)], { promptTokens: 11, generationTokens: 5, ...parts }],
				[[of(5, 2, { cachedPromptTokens: -1 }), of(6, 3)], { promptTokens: 11, generationTokens: 5, ...none }],
				[[of(5, 2), of(undefined, 3)], null],
				[[of(5, null), of(6, 3)], null],
				[[of(5, 2), of(6, 2.5)], null],
				[[of(5, -1), of(6, 3)], null],
				[[of(Number.MAX_SAFE_INTEGER, 2), of(6, 3)], null],
			] as const) {
				const { adapter } = careless([...replies]);
				const { outcome } = await run(await prepare(adapter, 2));
				assert.deepEqual(outcome.usage, expected);
			}
		});

		test('a host that gives fewer samples than it was asked for is asked for the rest', async () => {
			const replies = [
				reply([text('b', 1), text('a', 0)], { response: { id: 1 } }),
				reply([text('c')], { response: { id: 2 } }),
				reply([text('d'), text('too many', 1)], { response: { id: 3 } }),
			];
			const { adapter, asked } = careless(replies);
			const { deltas, outcome } = await run(await prepare(adapter, 4));
			assert.deepEqual(asked, [4, 2, 1]);
			assert.deepEqual(
				outcome.samples.map((sample) => [sample.text, sample.call]),
				[
					['a', 0],
					['b', 0],
					['c', 1],
					['d', 2],
				],
			);
			assert.deepEqual(outcome.responses, [{ id: 1 }, { id: 2 }, { id: 3 }]);
			if (run === stream) {
				assert.deepEqual(
					[0, 1, 2, 3].map((index) => joined(deltas, index)),
					['a', 'b', 'c', 'd'],
				);
				assert.equal(deltas.length, 4);
			}
		});

		test('a response without samples is an error, not a reason to ask without end', async () => {
			const { adapter, asked } = careless([reply([])]);
			const call = await prepare(adapter);
			await assert.rejects(run(call), /^ApiError: The provider's response cannot be used: it has no samples\.$/);
			assert.deepEqual(asked, [1]);
		});

		test('what fails before anything has gone out is tried again', async () => {
			const fault = new Error('trouble');
			const { adapter, asked } = careless([fault, fault, reply([text('a')])]);
			const count = new ModelRequestCount(Infinity, 0);
			const retry = retries({ deadline: performance.now() + 10_000, backoffMs: 1 }, count, signal, unobserved);
			const { outcome } = await run(await prepare(adapter), retry);
			assert.equal(outcome.samples[0]!.text, 'a');
			assert.equal(asked.length, 3);
		});

		test('a call that was aborted throws the reason, whatever the adapter makes of it', async () => {
			for (const given of [
				new Error(callerKey),
				new TypeError('x'),
				reply([]),
				reply([text('a', 0, null)]),
				reply([text('a')]),
			]) {
				const { adapter } = careless([given]);
				const call = await prepare(adapter);
				const reason = new Error('gone');
				assert.equal(await thrownBy(() => run(call, once, AbortSignal.abort(reason))), reason);
			}
		});
	});
}

test('no 422 of an adapter shows a key', async () => {
	for (const refusal of [new ApiError(422, `no ${callerKey}`), new TypeError(`no ${callerKey}`)]) {
		const { adapter } = careless([], { refusal });
		const error = await thrownBy(() => prepare(adapter));
		assert.match(shown(error), /no \[redacted\]/);
		assert.doesNotMatch(shown(error), canary);
		if (refusal instanceof ApiError) assert.equal((error as ApiError).status, 422);
	}
});

test('a key that is split over the pieces of a stream does not get out, in no sample', async () => {
	for (let at = 1; at < callerKey.length; at += 1) {
		const parts = [`a ${callerKey.slice(0, at)}`, callerKey.slice(at), ' b sk-', 'can'];
		const whole = parts.join('');
		const pieces = parts.flatMap((part) => [
			{ index: 1, text: part },
			{ index: 0, text: part },
		]);
		const { adapter } = careless([reply([text(whole, 0), text(whole, 1)], { pieces })]);
		const { deltas } = await stream(await prepare(adapter, 2));
		for (const index of [0, 1]) assert.equal(joined(deltas, index), 'a [redacted] b sk-can');
		assert.ok(deltas.every((delta) => delta.text !== ''));
		assert.ok(deltas.length >= 6, 'what cannot be part of a key is not held back');
	}
});

test('the beginning of a key at the end of a stream that breaks does not get out', async () => {
	const pieces = [{ index: 0, text: `a ${callerKey.slice(0, -1)}` }];
	for (const given of [
		reply([text('', 0)], { pieces, breaks: new Error('cut') }),
		reply([text(pieces[0]!.text, 0, null)], { pieces }),
	]) {
		const { adapter } = careless([given]);
		const deltas: Delta[] = [];
		const call = await prepare(adapter);
		await assert.rejects(stream(call, once, signal, deltas), ApiError);
		assert.deepEqual(deltas, [{ index: 0, text: 'a ' }]);
	}
});

test('a stream that ends without a finish reason, or with a sample missing, is an error', async () => {
	for (const [samples, message] of [
		[[text('a', 0), text('b', 1, null)], /: the stream ended before every sample was finished\.$/],
		[[text('b', 1)], /: a sample is missing\.$/],
	] as const) {
		const { adapter } = careless([reply([...samples])]);
		const call = await prepare(adapter, 2);
		await assert.rejects(stream(call), (error: ApiError) => error.origin === 'Careless' && message.test(error.message));
	}
	const { adapter } = careless([reply([text('a', 0, null)])]);
	const { outcome } = await complete(await prepare(adapter));
	assert.equal(outcome.samples[0]!.finishReason, null, 'a plain response is whole without one');
});

test('what is missing after streaming began is asked for again, as long as nothing of it has gone out', async () => {
	const { adapter, asked } = careless([reply([text('a')]), new Error('trouble'), reply([text('b')])]);
	const count = new ModelRequestCount(Infinity, 0);
	const retry = retries({ deadline: performance.now() + 10_000, backoffMs: 1 }, count, signal, unobserved);
	const deltas: Delta[] = [];
	const call = await prepare(adapter, 2);
	await stream(call, retry, signal, deltas);
	assert.deepEqual(asked, [2, 1, 1]);
	assert.deepEqual(deltas, [
		{ index: 0, text: 'a' },
		{ index: 1, text: 'b' },
	]);
	assert.equal(count.failed, 1, 'a request that succeeded does not count');
	const broken = careless([reply([text('a')], { breaks: new Error('cut') }), reply([text('b')])]);
	await assert.rejects(stream(await prepare(broken.adapter), retry), /cut/);
	assert.deepEqual(broken.asked, [1]);
	assert.equal(count.failed, 2);
});

test('a stream that is left early, or aborted, ends the adapter’s', async () => {
	const left = careless([reply([text('a')])]);
	const pieces = (await prepare(left.adapter)).stream(signal, once);
	await pieces.next();
	await pieces.return({} as never);
	assert.equal(left.ended.length, 1);
	const aborted = careless([reply([text('abc')], { pieces: [...'abc'].map((one) => ({ index: 0, text: one })) })]);
	const controller = new AbortController();
	const cut = (await prepare(aborted.adapter)).stream(controller.signal, once);
	await cut.next();
	controller.abort(new Error('gone'));
	await assert.rejects(cut.next(), /gone/);
	assert.equal(aborted.ended.length, 1);
});

test('an adapter, with its SDK or tokenizer, is loaded when it is first used, or at start if it is set up', async (t) => {
	const loaded = new Set<string>();
	const hooks = registerHooks({
		load(url, context, next) {
			const name = /node_modules\/(undici|gpt-tokenizer|@ai-sdk|zod|aws4fetch)\//.exec(url)?.[1];
			if (name !== undefined) loaded.add(name);
			return next(url, context);
		},
	});
	t.after(() => hooks.deregister());
	const api = await startApi(t);
	assert.deepEqual([...loaded], []);
	await startApi(t, { providers: { openai: { apiKey: serverKey } } });
	assert.deepEqual([...loaded].sort(), ['undici']);
	const call = { model_config_id: await api.config({ prompt_template: 'x' }) };
	assert.equal((await api.post('/completion-model-config', call)).status, 200);
	assert.deepEqual([...loaded].sort(), ['gpt-tokenizer', 'undici']);
});
