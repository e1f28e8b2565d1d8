import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import type { IDataObject } from 'n8n-workflow';

import { openScene, type Scene } from './engine/scene.ts';

/**
 * Every provider key is a canary of its own. After calls that succeed, fail, stream and are refused,
 * none of them is in a table, a file, a log line, an error or an item.
 */
const canaries: Record<string, string> = Object.fromEntries(
	['openaiApiKey', 'openaiAzureApiKey', 'anthropicApiKey', 'bedrockApiKey', 'cohereApiKey', 'ai21ApiKey', 'mockApiKey'].map(
		(field, position) => [field, `canary-${position}-${'x'.repeat(20)}-${field}`],
	),
);
const apiKeyCanary = `hl_sk_canary_${'y'.repeat(30)}`;

let provider: LLMock;
let scene: Scene;
beforeAll(async () => {
	provider = new LLMock({ port: 0 });
	await provider.start();
	scene = await openScene({
		apiKey: apiKeyCanary,
		env: { LOG_LEVEL: 'debug', OPENAI_BASE_URL: `${provider.url}/v1`, OPENAI_API_KEY: 'canary-of-the-environment' },
	});
});
afterAll(async () => {
	await scene.close();
	await provider.stop();
});

test('keys are nowhere', async () => {
	const { data } = await scene.api.post<{ config: { id: string } }>('/model-configs', {
		project: 'tests', provider: 'openai', model: 'gpt-4o', prompt_template: '{{name}}',
	});
	provider.onMessage('answer', { content: 'An answer from the provider' });
	provider.onMessage('refuse', {
		error: { message: `Incorrect API key provided: ${canaries.openaiApiKey}. Or ${apiKeyCanary}`, type: 'invalid_request_error' },
		status: 401,
	});

	const seen: unknown[] = [];
	const openAi = { __rl: true, mode: 'id', value: data.config.id };
	for (const onError of ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'] as const) {
		for (const word of ['answer', 'refuse', 'unmatched']) {
			for (const stream of [false, true]) {
				for (const simplify of [false, true]) {
					const parameters = { modelConfig: openAi, simplify, options: { stream } };
					const result = await scene.run({
						parameters: parameters,
						items: [{ name: word }, { name: word }],
						credentials: { apiKey: apiKeyCanary, baseUrl: scene.proxy.baseUrl, ...canaries },
						settings: { onError },
					});
					const failure = result.failure as (Error & { cause?: unknown }) | undefined;
					seen.push(result.run, failure?.message, failure?.stack, failure && { ...failure }, failure?.cause);
				}
			}
		}
	}
	const keys = scene.calls().map(({ body }) => (body!.provider_api_keys as IDataObject).openai);
	expect(new Set(keys)).toEqual(new Set([canaries.openaiApiKey]));
	const outcomes = JSON.stringify(seen);
	expect(outcomes).toContain('An answer from the provider');
	expect(outcomes).toContain('Incorrect API key provided');

	const stored = readdirSync(scene.server.dataDir, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))
		.join('\n');
	expect(stored).toContain('An answer from the provider');
	expect(scene.server.output()).toMatch(/debug|"level":20/);

	for (const canary of [...Object.values(canaries), apiKeyCanary, 'canary-of-the-environment']) {
		expect({ canary, inItems: outcomes.includes(canary), inFiles: stored.includes(canary), inOutput: scene.server.output().includes(canary) }).toEqual({
			canary, inItems: false, inFiles: false, inOutput: false,
		});
	}
});
