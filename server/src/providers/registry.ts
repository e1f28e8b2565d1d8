import type { Providers } from '../domain/provider.ts';
import { mockAdapter } from './mock/adapter.ts';
import { openaiAdapter, type OpenAiSettings } from './openai/adapter.ts';
import { createProvider } from './shell.ts';

export type ProviderSettings = { openai: OpenAiSettings };

/** Every provider that this server runs. To add one, add its folder here and a line below. */
export function createProviders(settings: ProviderSettings): Providers {
	return {
		openai: createProvider(openaiAdapter(settings.openai)),
		mock: createProvider(mockAdapter()),
	};
}
