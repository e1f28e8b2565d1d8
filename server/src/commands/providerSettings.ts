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
	return {
		openai: defined({ apiKey: settings.openaiApiKey, baseUrl: settings.openaiBaseUrl }),
		anthropic: defined({ apiKey: settings.anthropicApiKey, baseUrl: settings.anthropicBaseUrl }),
		google: defined({ apiKey: settings.googleApiKey, baseUrl: settings.googleBaseUrl }),
		bedrock: defined({
			region: settings.awsRegion,
			apiKey: settings.bedrockApiKey,
			accessKey,
			baseUrl: settings.bedrockBaseUrl,
		}),
	};
}
