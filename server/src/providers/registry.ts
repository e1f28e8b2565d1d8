import type { Providers } from '../domain/provider.ts';
import type { OpenAiSettings } from './openai/adapter.ts';
import { createProvider } from './shell.ts';

export type ProviderSettings = { openai: OpenAiSettings };

const importOpenAi = () => import('./openai/adapter.ts');
const importMock = () => import('./mock/adapter.ts');

/**
 * Every provider that this server runs. To add one, add its folder here and its lines below. An adapter is imported
 * when first used, as SDKs and the mock's tokenizer take much memory. One that the operator has set up is imported at
 * start, so that no call waits for it.
 */
export async function createProviders({ openai }: ProviderSettings, maxResponseBytes: number): Promise<Providers> {
	const isOpenAiSetUp = openai.apiKey !== undefined || openai.baseUrl !== undefined;
	if (isOpenAiSetUp) await importOpenAi();
	return {
		openai: {
			...createProvider(async () => (await importOpenAi()).openaiAdapter(openai), maxResponseBytes),
			needsKey: !isOpenAiSetUp,
			...(openai.baseUrl === undefined ? {} : { baseUrl: openai.baseUrl }),
		},
		mock: createProvider(async () => (await importMock()).mockAdapter(), maxResponseBytes),
	};
}
