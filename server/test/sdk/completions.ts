import assert from 'node:assert/strict';
import type { CompletionResponse } from 'humanloop';
import type { Case, Cases, Server } from './client.ts';
import { completionConfig, idOf, readChunks, registerCompletion, replies, chunksOfSample } from './data.ts';

type Sdk = Server['sdk'];
type Answer = { status: number; data: CompletionResponse };
type Streamed = { status: number; data: ReadableStream };
type Inline = Parameters<Sdk['complete']>[0];
type Deployed = Parameters<Sdk['completeDeployed']>[0];
type ById = Parameters<Sdk['completeModelConfiguration']>[0];

const common = () => ({
	inputs: { ticket: 'Where is my parcel?' },
	source: 'shop',
	metadata: { order: 7 },
	user: 'ada@example.com',
	num_samples: 2,
});

/** What all three ways of naming a config give back, and that both samples have a log. */
async function checkAnswer({ send }: Server, { status, data }: Answer, configId: string): Promise<void> {
	assert.equal(status, 200);
	assert.deepEqual(
		data.data.map(({ output }) => output),
		replies,
	);
	for (const [index, sample] of data.data.entries()) {
		assert.equal(sample.index, index);
		assert.equal(sample.model_config_id, configId);
		assert.equal(sample.finish_reason, 'stop');
		assert.deepEqual(sample.inputs, common().inputs);
		const { body } = await send('GET', `/logs/${sample.id}`);
		assert.equal(body.output, sample.output);
		assert.equal(body.config_id, configId);
		assert.equal(body.source, 'shop');
	}
	assert.equal(data.num_samples, 2);
	assert.equal(data.user, 'ada@example.com');
	assert.deepEqual(data.metadata, { order: 7 });
	const { prompt_tokens, generation_tokens, total_tokens } = data.usage!;
	assert.ok(prompt_tokens > 0 && generation_tokens > 0);
	assert.equal(total_tokens, prompt_tokens + generation_tokens);
	assert.match(JSON.stringify(data), /Answer the ticket: Where is my parcel\?/);
}

async function checkStream({ status, data }: Streamed, configId: string): Promise<void> {
	assert.equal(status, 200);
	// Each is JSON: the comment at the end, which has the cost, is none of them.
	const chunks = await readChunks(data);
	for (const [index, reply] of replies.entries()) {
		const own = chunksOfSample(chunks, index);
		assert.ok(own.length > 2, 'the reply came in one piece');
		assert.equal(own.map(({ output }) => output).join(''), reply);
		assert.equal(own.at(-1)!.finish_reason, 'stop');
		assert.ok(own.every((chunk) => chunk.model_config_id === configId));
	}
	assert.equal(chunks.filter(({ finish_reason }) => finish_reason !== null).length, replies.length);
}

/** The config that the project has in its default environment. */
async function activeConfigId(sdk: Sdk, project: string): Promise<string> {
	const { data } = await sdk.projects.list({ filter: project });
	return idOf(data.records.find(({ name }) => name === project)!.active_config!);
}

function inline(project: string, call: (sdk: Sdk, request: Inline) => Promise<Answer>): Case {
	return async (server) => {
		const answer = await call(server.sdk, { project, model_config: completionConfig, ...common() });
		await checkAnswer(server, answer, await activeConfigId(server.sdk, project));
	};
}

function deployed(project: string, call: (sdk: Sdk, request: Deployed) => Promise<Answer>): Case {
	return async (server) => {
		const config = await registerCompletion(server.sdk, project);
		const answer = await call(server.sdk, { project, session_reference_id: project, ...common() });
		assert.equal(answer.data.project_id, config.project_id);
		await checkAnswer(server, answer, idOf(config));
	};
}

function byId(project: string, call: (sdk: Sdk, request: ById) => Promise<Answer>): Case {
	return async (server) => {
		const config = await registerCompletion(server.sdk, project);
		const answer = await call(server.sdk, { project, model_config_id: idOf(config), ...common() });
		assert.equal(answer.data.project_id, config.project_id);
		await checkAnswer(server, answer, idOf(config));
	};
}

export const completions: Cases = {
	'completions.create': inline('inline', (sdk, request) => sdk.completions.create(request)),
	complete: inline('inline, in short', (sdk, request) => sdk.complete(request)),
	'completions.createDeployed': deployed('deployed', (sdk, request) => sdk.completions.createDeployed(request)),
	completeDeployed: deployed('deployed, in short', (sdk, request) => sdk.completeDeployed(request)),
	'completions.createModelConfig': byId('by ID', (sdk, request) => sdk.completions.createModelConfig(request)),
	completeModelConfiguration: byId('by ID, in short', (sdk, request) => sdk.completeModelConfiguration(request)),

	completeStream: async ({ sdk }) => {
		const project = 'inline stream';
		const request = { project, model_config: completionConfig, ...common() };
		const { config } = await registerCompletion(sdk, project);
		await checkStream(await sdk.completeStream(request), (config as { id: string }).id);
	},
	completeDeployedStream: async ({ sdk }) => {
		const config = await registerCompletion(sdk, 'deployed stream');
		await checkStream(await sdk.completeDeployedStream({ project: 'deployed stream', ...common() }), idOf(config));
	},
	completeModelConfigurationStream: async ({ sdk }) => {
		const config = await registerCompletion(sdk, 'stream by ID');
		const request = { project: 'stream by ID', model_config_id: idOf(config), ...common() };
		await checkStream(await sdk.completeModelConfigurationStream(request), idOf(config));
	},
};
