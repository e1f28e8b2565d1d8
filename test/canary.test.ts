import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import type { IDataObject } from 'n8n-workflow';

import { startHarness, type Harness } from './harness/harness.ts';

/**
 * Every provider key is a canary of its own. After calls that succeed, fail, stream and are refused,
 * none of them is in a table, a file, a log line, an error or an item.
 */
const canaries: Record<string, string> = { openaiApiKey: `canary-0-${'x'.repeat(20)}-openaiApiKey` };
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

test('keys are nowhere', async () => {
	const { data } = await harness.api.post<{ config: { id: string } }>('/model-configs', {
		project: 'tests',
		provider: 'openai',
		model: 'gpt-6-luna',
		prompt_template: '{{name}}',
	});
	// Hosts that repeat the keys of a call in an error and in an answer, in small pieces when it streams.
	provider.onMessage('answer', { content: 'An answer from the provider' });
	const words = { answer: 'answer', refuse: 'refuse', parrot: 'parrot', unmatched: 'unmatched' };
	const ownWords = { ...words, refuse: 'deny', parrot: 'mimic' };
	for (const [{ refuse, parrot }, keys] of [
		[words, `${canaries.openaiApiKey}, ${serversOwn}`],
		[ownWords, serversOwn],
	] as const) {
		provider.onMessage(refuse, {
			error: { message: `Incorrect API key provided: ${keys}`, type: 'invalid_request_error' },
			status: 401,
		});
		provider.onMessage(parrot, { content: `Yours is ${keys}.` }, { chunkSize: 4 });
	}

	const seen: unknown[] = [];
	const openAi = { __rl: true, mode: 'id', value: data.config.id };
	for (const onError of ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'] as const) {
		for (const word of ['answer', 'refuse', 'parrot', 'unmatched'] as const) {
			for (const stream of [false, true]) {
				for (const [simplify, providerKeys] of [
					[false, canaries],
					[true, canaries],
					[false, {}],
				] as const) {
					const parameters = { modelConfig: openAi, simplify, options: { stream, maxRetries: 0 } };
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
	const keys = harness.calls().map(({ body }) => (body!.provider_api_keys as IDataObject | undefined)?.openai);
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
