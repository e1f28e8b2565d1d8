import type { AppOptions } from './appOptions.ts';
import type { Settings } from './config.ts';

/** The object without what is undefined. */
function present<T extends object>(values: T) {
	const entries = Object.entries(values).filter(([, value]) => value !== undefined);
	return Object.fromEntries<unknown>(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** What the settings say about each provider. `PROVIDER_<NAME>_…` counts more than a host's shorter variable. */
export function providerSettings(settings: Settings): AppOptions['providers'] {
	const { hosts } = settings;
	const named = {
		groq: present({ apiKey: settings.groqApiKey }),
		deepseek: present({ apiKey: settings.deepseekApiKey }),
		mistral: present({ apiKey: settings.mistralApiKey }),
		cohere: present({ apiKey: settings.cohereApiKey }),
		ollama: present({ baseUrl: settings.ollamaBaseUrl }),
	};
	const merged = Object.entries(named).map(([name, own]) => [name, { ...own, ...hosts[name] }] as const);
	return {
		openai: present({ apiKey: settings.openaiApiKey, baseUrl: settings.openaiBaseUrl }),
		openai_azure: present({
			apiKey: settings.azureApiKey,
			endpoint: settings.azureEndpoint,
			apiVersion: settings.azureApiVersion,
			allowedHosts: settings.azureHosts,
		}),
		hosts: { ...hosts, ...Object.fromEntries(merged) },
	};
}
