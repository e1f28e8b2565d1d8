import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AxiosInstance } from 'axios';

import type { ExportedWorkflow } from '../n8n/instance.ts';
import { check } from './check.ts';
import { listenTo, type Arrival } from './listen.ts';
import { directCredentialId, type Environment } from './environment.ts';
import { automatic, webhookWorkflow } from './workflows.ts';

/*
 * Tokens to a webhook's caller as they arrive: Webhook 2.1 in its response mode "Streaming", and a model that takes its time
 * for each chunk.
 */
const result =
	'Your parcel has left our house this morning; the carrier expects to hand it over to you tomorrow before noon. 📦';
const chunkSize = 4;
/** Between two chunks of the model, in milliseconds: long enough for pieces to arrive meanwhile, on a busy machine, too. */
const latency = 100;
/** The same for a call that is cancelled, which takes a busy machine seconds. */
const longLatency = 300;
const chunkCount = Math.ceil(result.length / chunkSize);

export async function streamingWorkflows(api: AxiosInstance): Promise<ExportedWorkflow[]> {
	const { data } = await api.post<{ config: { id: string } }>('/model-configs', {
		project: 'e2e/streaming',
		provider: 'openai',
		model: 'gpt-6-luna',
		prompt_template: 'Slowly: {{topic}}',
	});
	const parameters = {
		modelConfig: { __rl: true, mode: 'id', value: data.config.id } as never,
		inputs: automatic,
		options: { stream: true },
	};
	const credential = directCredentialId;
	return [
		webhookWorkflow({ id: 'stream-one', parameters, credential, responseMode: 'streaming' }),
		webhookWorkflow({
			id: 'stream-two',
			parameters: { ...parameters, numSamples: 2 },
			credential,
			responseMode: 'streaming',
		}),
		webhookWorkflow({ id: 'stream-plain', parameters, credential }),
	];
}

const listen = async (environment: Environment, id: string, items: object[], signal?: AbortSignal) =>
	await listenTo(`${environment.main.url}/webhook/${id}`, { items }, 'Humanloop', signal);

/**
 * Whether the pieces came one after the other, while the model was still writing, and not all at its end. It is compared
 * with when the model has ended, and not with a duration: a busy machine delays both.
 */
function assertOverTime({ modelHost }: Environment, topic: string, pieces: Arrival[]): void {
	const call = modelHost.requests.find(({ text }) => text.includes(`Slowly: ${topic}"`))!;
	const early = pieces.filter(({ at }) => at < call.respondedAt!);
	assert.ok(
		early.length >= chunkCount / 2,
		`${early.length} of ${pieces.length} pieces came before the model had written its ${chunkCount} chunks`,
	);
	const moments = new Set(early.map(({ at }) => at));
	assert.ok(moments.size >= chunkCount / 4, `${early.length} pieces at ${moments.size} moments`);
}

const outputsOf = async (environment: Environment, id: string) =>
	(await environment.n8nApi.lastExecution(id)).data.resultData.runData.Humanloop![0]!.data!.main![0]?.map(
		({ json }) => json.output,
	);

export async function checkStreaming(environment: Environment): Promise<void> {
	environment.model.onMessage(/^Slowly: cancelled/, { content: result }, { latency: longLatency, chunkSize });
	environment.model.onMessage(/^Slowly/, { content: result }, { latency, chunkSize });
	for (const id of ['stream-one', 'stream-two', 'stream-plain']) await environment.n8nApi.activate(id, id);

	await check(
		'streaming: one sample: begin, plain text as the model writes it, end; the item is the same',
		async () => {
			environment.modelHost.requests.splice(0);
			const arrivals = await listen(environment, 'stream-one', [{ topic: 'parcel' }]);
			assert.deepEqual(new Set(arrivals.map(({ type }) => type)), new Set(['begin', 'item', 'end']));
			assert.deepEqual([arrivals[0]!.type, arrivals.at(-1)!.type], ['begin', 'end']);
			const pieces = arrivals.filter(({ type }) => type === 'item');
			assert.equal(pieces.map(({ content }) => content).join(''), result);
			assertOverTime(environment, 'parcel', pieces);
			assert.deepEqual(await outputsOf(environment, 'stream-one'), [result]);
		},
	);

	await check('streaming: three items at once: each has its own begin, text and end', async () => {
		const topics = ['one', 'two', 'three'];
		const arrivals = await listen(
			environment,
			'stream-one',
			topics.map((topic) => ({ topic })),
		);
		for (const [item, topic] of topics.entries()) {
			const own = arrivals.filter(({ metadata }) => metadata.itemIndex === item);
			assert.deepEqual([own[0]!.type, own.at(-1)!.type], ['begin', 'end']);
			const pieces = own.filter(({ type }) => type === 'item');
			assert.equal(pieces.map(({ content }) => content).join(''), result);
			assertOverTime(environment, topic, pieces);
		}
		assert.deepEqual(await outputsOf(environment, 'stream-one'), [result, result, result]);
	});

	await check('streaming: two samples: each chunk says whose it is', async () => {
		const arrivals = await listen(environment, 'stream-two', [{ topic: 'parcel' }]);
		const chunks = arrivals.map(({ type, content }) => ({
			type,
			...(JSON.parse(content!) as { index: number; output?: string }),
		}));
		for (const index of [0, 1]) {
			const own = chunks.filter((chunk) => chunk.index === index);
			assert.deepEqual([own[0]!.type, own.at(-1)!.type], ['begin', 'end']);
			assert.equal(own.map(({ output }) => output ?? '').join(''), result);
		}
		assert.deepEqual(await outputsOf(environment, 'stream-two'), [result, result]);
	});

	await check('streaming: a workflow that does not answer in streaming mode returns the items', async () => {
		const response = await fetch(`${environment.main.url}/webhook/stream-plain`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ items: [{ topic: 'parcel' }] }),
		});
		assert.deepEqual(
			((await response.json()) as { output: string }[]).map(({ output }) => output),
			[result],
		);
	});

	const outcomeAfter = async (
		id: string,
		topic: string,
		between: number,
		end: () => Promise<unknown>,
	): Promise<{ status: string; wasWhole: boolean }> => {
		environment.modelHost.requests.splice(0);
		const abort = new AbortController();
		const listening = listen(environment, id, [{ topic }], abort.signal).catch(() => {});
		while (environment.modelHost.requests.length === 0) await sleep(10);
		await sleep((chunkCount * between) / 4);
		await end().finally(() => abort.abort());
		await listening;
		const { status } = await environment.n8nApi.lastExecution(id);
		await sleep(chunkCount * between);
		assert.equal(environment.modelHost.requests.length, 1);
		return { status, wasWhole: environment.modelHost.requests[0]!.respondedAt !== undefined };
	};

	await check('streaming: cancelling the execution ends the model call', async () => {
		const cancel = async () => await environment.n8nApi.stopRunning('stream-one');
		const outcome = await outcomeAfter('stream-one', 'cancelled', longLatency, cancel);
		assert.deepEqual(outcome, { status: 'canceled', wasWhole: false });
	});

	await check(
		'streaming: n8n does not tell that the listener hung up: the execution goes on, and nothing of it is lost',
		async () => {
			const outcome = await outcomeAfter('stream-one', 'a listener', latency, async () => {});
			assert.deepEqual(outcome, { status: 'success', wasWhole: true });
		},
	);
}
