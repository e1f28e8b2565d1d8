import type { AppOptions } from '../appOptions.ts';
import type { Settings } from '../config.ts';

/** The object without its undefined values. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
	return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

/** How the operator has set up the providers. */
export function providerSettingsOf(settings: Settings): AppOptions['providers'] {
	const { awsAccessKeyId: accessKeyId, awsSecretAccessKey: secretAccessKey, awsSessionToken: sessionToken } = settings;
	const accessKey =
		accessKeyId === undefined || secretAccessKey === undefined
			? undefined
			: { accessKeyId, secretAccessKey, ...defined({ sessionToken }) };
	const { hosts } = settings;
	const known = {
		groq: defined({ apiKey: settings.groqApiKey }),
		deepseek: defined({ apiKey: settings.deepseekApiKey }),
		mistral: defined({ apiKey: settings.mistralApiKey }),
		cohere: defined({ apiKey: settings.cohereApiKey }),
		ollama: defined({ baseUrl: settings.ollamaBaseUrl }),
	};
	// PROVIDER_<NAME>_… counts more than a host's shorter variable.
	const merged = Object.entries(known).map(([name, own]) => [name, { ...own, ...hosts[name] }] as const);
	return {
		openai: defined({ apiKey: settings.openaiApiKey, baseUrl: settings.openaiBaseUrl }),
		openai_azure: defined({
			apiKey: settings.azureApiKey,
			endpoint: settings.azureEndpoint,
			apiVersion: settings.azureApiVersion,
			allowedHosts: settings.azureHosts,
		}),
		anthropic: defined({ apiKey: settings.anthropicApiKey, baseUrl: settings.anthropicBaseUrl }),
		google: defined({ apiKey: settings.googleApiKey, baseUrl: settings.googleBaseUrl }),
		bedrock: defined({
			region: settings.awsRegion,
			apiKey: settings.bedrockApiKey,
			accessKey,
			baseUrl: settings.bedrockBaseUrl,
		}),
		hosts: { ...hosts, ...Object.fromEntries(merged) },
	};
}
