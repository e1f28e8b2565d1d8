import type { Providers } from '../domain/provider.ts';
import { mockProvider } from './mock.ts';
import { openaiProvider, type OpenAiSettings } from './openai.ts';

export type ProviderSettings = { openai: OpenAiSettings };

/** Every provider that this server runs. A new one is a file beside this and a line here. */
export function createProviders(settings: ProviderSettings): Providers {
	return {
		openai: openaiProvider(settings.openai),
		mock: mockProvider(),
	};
}
