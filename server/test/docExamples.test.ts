import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { promisify } from 'node:util';
import type { DeploymentResponse } from '../src/contract/environments.ts';
import type { ToolCall } from '../src/contract/messages.ts';
import type { ModelsResponse } from '../src/contract/models.ts';
import { blocksOf } from './docBlocks.ts';
import { headers, inherited, post, type Running, start } from './process.ts';
import { type Body, tempDir } from './setup.ts';

/*
 * The examples of the docs, as readers copy them: requests, files and settings. Those of operations.md run in
 * test/package, those of coming-from-humanloop.md in comingFromHumanloop.test.ts.
 */

/** What stands for an ID in an example, and the ID that the server gave. */
type Ids = Record<string, string>;

/** The commands of the blocks that are in the language sh. Each one begins at the start of a line. */
function commandsOf(page: string): string[] {
	return blocksOf(page, 'sh').flatMap((block) => block.split(/\n(?=curl )/));
}

/** Runs a command that sends one request, and returns what was answered. */
async function follow({ address }: Running, command: string, ids: Ids): Promise<Body> {
	const origin = new URL(address).origin;
	const filled = Object.entries(ids).reduce((text, [name, id]) => text.replaceAll(`${name}…`, id), command);
	assert.doesNotMatch(filled.replaceAll('hl_sk_…', ''), /…/, 'an ID that the test does not know');
	const script = filled.replace(/^KEY=.*$/m, '').replaceAll('http://127.0.0.1:8400', origin);
	const env = { ...inherited, KEY: headers['x-api-key'] };
	const { stdout } = await promisify(execFile)('sh', ['-euc', script.replaceAll('curl ', 'curl -sS ')], { env });
	const body = JSON.parse(stdout) as Body;
	assert.equal(body['detail'], undefined, `${filled}\n${stdout}`);
	return body;
}

function startHere(t: TestContext, env: Record<string, string> = {}): Promise<Running> {
	return start(t, { DATA_DIR: join(tempDir(t), 'data'), ...env });
}

/** A file with an example that begins like that, as a setting names it. */
function fileWith(t: TestContext, page: string, beginning: RegExp): string {
	const example = blocksOf(page, 'json').find((block) => beginning.test(block));
	assert.ok(example !== undefined, `${page} has no such example`);
	const file = join(tempDir(t), 'example.json');
	writeFileSync(file, example);
	return file;
}

test('docs/prompts.md: store a prompt, run it, deploy it, try it in another environment, and roll back', async (t) => {
	const running = await startHere(t);
	const [store, run, deploy, makeEnvironment, deployThere, list, rollBack, ...others] = commandsOf('docs/prompts.md');
	assert.deepEqual(others, []);
	const stored = await follow(running, store!, {});
	const ids: Ids = { pr_: stored.project_id, config_: stored.config.id };
	const answer = await follow(running, run!, ids);
	assert.equal(answer.data.length, 2);
	assert.match(JSON.stringify(answer.provider_request), /Answer: My parcel is late\./);

	const next = { project: 'tickets', provider: 'mock', model: 'mock-1', prompt_template: 'Reply: {{ticket}}' };
	const { config } = await post(running.address, '/model-configs', next);
	ids['config_'] = config.id;
	const deployed = async () => {
		const call = { project: 'tickets', inputs: { ticket: 'x' } };
		return (await post(running.address, '/completion-deployed', call)).data[0].model_config_id;
	};
	assert.equal(await deployed(), stored.config.id);
	await follow(running, deploy!, ids);
	assert.equal(await deployed(), config.id);

	ids['env_'] = (await follow(running, makeEnvironment!, ids)).id;
	await follow(running, deployThere!, ids);
	const call = { project: 'tickets', environment: 'staging', inputs: { ticket: 'x' } };
	assert.equal((await post(running.address, '/completion-deployed', call)).data[0].model_config_id, config.id);

	const { records } = (await follow(running, list!, ids)) as unknown as { records: DeploymentResponse[] };
	ids['dep_'] = records.find((one) => one.environment_name === 'production')!.id;
	await follow(running, rollBack!, ids);
	assert.equal(await deployed(), stored.config.id);
});

test('docs/prompts.md: both .prompt files can be read, and the mock gives the replies that the page describes', async (t) => {
	const { address } = await startHere(t);
	const files = blocksOf('docs/prompts.md', 'prompt');
	assert.equal(files.length, 2);
	const read = await Promise.all(files.map((config) => post(address, '/model-configs/deserialize', { config })));
	assert.deepEqual(
		read.map(({ endpoint }) => endpoint),
		['complete', 'chat'],
	);

	const examples = blocksOf('docs/prompts.md', 'json').map((block) => JSON.parse(block) as Body);
	const canned = examples.find((example) => example['project'] === 'support/triage')!;
	const { config } = await post(address, '/model-configs', canned);
	const reply = async (message: string) => {
		const call = { model_config_id: config.id, inputs: { message, language: 'German', subject: '', customer: 'Zoë' } };
		return (await post(address, '/completion-model-config', call)).data[0].output;
	};
	assert.equal(await reply('I want my MONEY BACK.'), 'refund');
	assert.equal(await reply('Where is it?'), 'question');

	const withTool = examples.find((example) => example['otherwise'] === 'Your order arrives tomorrow.')!;
	const chat = {
		project: 'orders',
		provider: 'mock',
		model: 'mock-1',
		endpoint: 'chat',
		tools: [{ name: 'track_order', parameters: { type: 'object' } }],
		other: { humanloop_server: { mock: withTool } },
	};
	const { config: chatConfig } = await post(address, '/model-configs', chat);
	const question = { role: 'user', content: 'Where is my parcel?' };
	const ask = async (messages: unknown[]) =>
		(await post(address, '/chat-model-config', { model_config_id: chatConfig.id, messages, inputs: { order: '4711' } }))
			.data[0];
	const first = await ask([question]);
	assert.equal(first.finish_reason, 'tool_call');
	const toolCall: ToolCall = first.output_message.tool_calls![0]!;
	assert.deepEqual(JSON.parse(toolCall.function.arguments!), { order: '4711' });
	const result = { role: 'tool', tool_call_id: toolCall.id, content: 'It is on its way.' };
	assert.equal((await ask([question, first.output_message, result])).output, 'Your order arrives tomorrow.');
});

test('docs/prompts.md, docs/costs.md, docs/calls.md, docs/api-keys.md, docs/providers.md: the examples work', async (t) => {
	const running = await startHere(t, {
		MODELS_FILE: fileWith(t, 'docs/prompts.md', /"shut_down_on"/),
		PRICES_FILE: fileWith(t, 'docs/costs.md', /"usd_per_million_tokens"/),
		...Object.fromEntries(
			blocksOf('docs/providers.md', 'ini')[0]!
				.trim()
				.split('\n')
				.map((line) => line.split('=') as [string, string])
				.map(([name, value]) => [name, value.replace('…', '')]),
		),
	});
	const { address } = running;
	const models = (await (await fetch(`${address}/models`, { headers })).json()) as ModelsResponse;
	const names = models.providers.filter(({ available }) => available).map(({ name }) => name);
	assert.ok(names.includes('vllm') && names.includes('openrouter'), names.join());

	const examples = blocksOf('docs/providers.md', 'json').map((block) => JSON.parse(block) as Body);
	const fallback = examples.find((example) => example['model'] !== undefined)!;
	const cached = examples.find((example) => example['humanloop_server'] !== undefined)!;
	await post(address, '/model-configs', { ...fallback, project: 'p', prompt_template: 'x' });
	await post(address, '/model-configs', { project: 'p', provider: 'anthropic', model: 'm', other: cached });

	await post(address, '/keys', { name: 'workflows', role: 'run' });
	const pages = ['api-keys', 'calls', 'costs'];
	const [signIn, once, usage, budget, ...others] = pages.flatMap((name) => commandsOf(`docs/${name}.md`));
	assert.deepEqual(others, []);
	assert.match(String((await follow(running, signIn!, {}))['code']), /./);
	const [totals] = (await follow(running, usage!, {})).records as unknown as { calls: number }[];
	assert.equal(totals, undefined);
	await post(address, '/model-configs', { project: 'tickets', provider: 'mock', model: 'm', prompt_template: 'x' });
	const first = await follow(running, once!, {});
	assert.deepEqual(await follow(running, once!, {}), first);
	assert.equal((await follow(running, budget!, {})).api_key, 'workflows');
});

test('docs/retention.md: the request for a deletion', async (t) => {
	const running = await startHere(t);
	const [deletion, ...others] = commandsOf('docs/retention.md');
	assert.deepEqual(others, []);
	assert.match(String((await follow(running, deletion!, {}))['status']), /^(running|done)$/);
});

test("server/README.md: a prompt is stored and runs at once, because a project's first version is deployed", async (t) => {
	const running = await startHere(t);
	const [store, run, ...others] = commandsOf('server/README.md').filter((command) => command.startsWith('curl'));
	assert.deepEqual(others, []);
	const { config } = await follow(running, store!, {});
	const answer = await follow(running, run!, {});
	assert.equal(answer.data[0].model_config_id, config.id);
});
