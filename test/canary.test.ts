import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { HumanloopApi } from '../credentials/HumanloopApi.credentials.ts';
import { callPaths, manualInputs, startHarness, type Harness, type Resource } from './harness/harness.ts';

/**
 * Every provider key is a canary of its own. After calls that succeed, fail, stream and are refused,
 * none of them is in a table, a file, a log line, an error or an item.
 */
const credentialFields = new HumanloopApi().properties.map(({ name }) => name);
const keyFields = credentialFields.filter((name) => name.endsWith('ApiKey'));
const canaries: Record<string, string> = Object.fromEntries(
	keyFields.map((name, index) => [name, `canary-${index}-${'x'.repeat(20)}-${name}`]),
);
const apiKeyCanary = `hl_sk_canary_${'y'.repeat(30)}`;
const serversOwn = 'canary-of-the-environment';

let provider: LLMock;
let harness: Harness;
beforeAll(async () => {
	provider = new LLMock({ port: 0 });
	await provider.start();
	harness = await startHarness({
		apiKey: apiKeyCanary,
		env: { LOG_LEVEL: 'debug', OPENAI_BASE_URL: `${provider.url}/v1`, OPENAI_API_KEY: serversOwn },
	});
});
afterAll(async () => {
	await harness.close();
	await provider.stop();
});

/** Stores a prompt of its own for a resource, which is deployed, and returns what a node needs to run it. */
async function openAiPrompt(resource: Resource): Promise<INodeParameters> {
	const { data } = await harness.api.post<{ project_id: string; config: { id: string } }>('/model-configs', {
		project: `tests/${resource}`,
		provider: 'openai',
		model: 'gpt-6-luna',
		...(resource === 'chat'
			? { endpoint: 'chat', chat_template: [{ role: 'user', content: '{{name}}' }] }
			: { prompt_template: '{{name}}' }),
	});
	return {
		project: { __rl: true, mode: 'id', value: data.project_id },
		modelConfig: { __rl: true, mode: 'id', value: data.config.id },
		inputs: manualInputs({ name: '={{ $json.name }}' }),
	};
}

test('keys are nowhere', async () => {
	const prompts = { chat: await openAiPrompt('chat'), completion: await openAiPrompt('completion') };
	// Hosts that repeat the keys of a call in an error and in an answer, in small pieces when it streams.
	provider.onMessage('answer', { content: 'An answer from the provider' });
	const words = { answer: 'answer', refuse: 'refuse', parrot: 'parrot', unmatched: 'unmatched' };
	const ownWords = { ...words, refuse: 'deny', parrot: 'mimic' };
	for (const [{ refuse, parrot }, keys] of [
		[words, [...Object.values(canaries), serversOwn].join(', ')],
		[ownWords, serversOwn],
	] as const) {
		provider.onMessage(refuse, {
			error: { message: `Incorrect API key provided: ${keys}`, type: 'invalid_request_error' },
			status: 401,
		});
		provider.onMessage(parrot, { content: `Yours is ${keys}.` }, { chunkSize: 4 });
	}

	const seen: unknown[] = [];
	// Every setting of On Error with one of the calls, and one setting with each of the others.
	const settings = [
		...(['stopWorkflow', 'continueErrorOutput'] as const).map((onError) => ({ ...callPaths.at(-1)!, onError })),
		...callPaths.map((call) => ({ ...call, onError: 'continueRegularOutput' as const })),
	];
	for (const { resource, run, onError } of settings) {
		for (const word of ['answer', 'refuse', 'parrot', 'unmatched'] as const) {
			for (const stream of [false, true]) {
				for (const [simplify, providerKeys] of [
					[false, canaries],
					[true, canaries],
					[false, {}],
				] as const) {
					const parameters = { ...prompts[resource], resource, run, simplify, options: { stream, maxRetries: 0 } };
					const result = await harness.run({
						parameters: parameters,
						items: Array<IDataObject>(2).fill({ name: (providerKeys === canaries ? words : ownWords)[word] }),
						credentials: { apiKey: apiKeyCanary, baseUrl: harness.proxy.baseUrl, ...providerKeys },
						settings: { onError },
					});
					const failure = result.failure as (Error & { cause?: unknown }) | undefined;
					seen.push(result.run, failure?.message, failure?.stack, failure && { ...failure }, failure?.cause);
				}
			}
		}
	}
	const calls = harness.calls();
	expect(new Set(calls.map(({ path: called }) => called))).toEqual(new Set(callPaths.map((call) => `/v4${call.path}`)));
	const keys = calls.map(({ body }) => (body!.provider_api_keys as IDataObject | undefined)?.openai);
	expect(new Set(keys)).toEqual(new Set([canaries.openaiApiKey, undefined]));
	const outcomes = JSON.stringify(seen);
	expect(outcomes).toContain('An answer from the provider');
	expect(outcomes).toContain('Incorrect API key provided');
	expect(outcomes).toContain('Yours is ');

	const stored = readdirSync(harness.server.dataDir, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))
		.join('\n');
	expect(stored).toContain('An answer from the provider');
	expect(harness.server.output()).toMatch(/debug|"level":20/);

	for (const canary of [...Object.values(canaries), apiKeyCanary, serversOwn]) {
		expect({
			canary,
			inItems: outcomes.includes(canary),
			inFiles: stored.includes(canary),
			inOutput: harness.server.output().includes(canary),
		}).toEqual({
			canary,
			inItems: false,
			inFiles: false,
			inOutput: false,
		});
	}
});
