import type { Providers } from '../domain/provider.ts';
import type { HostSettings } from './aiSdk/host.ts';
import type { BedrockSettings } from './bedrock/adapter.ts';
import type { OpenAiSettings } from './openai/adapter.ts';
import { type Adapter, createProvider } from './shell.ts';

export type ProviderSettings = {
	openai: OpenAiSettings;
	anthropic?: HostSettings;
	google?: HostSettings;
	bedrock?: BedrockSettings;
};

const importOpenAi = () => import('./openai/adapter.ts');
const importAnthropic = () => import('./anthropic/adapter.ts');
const importGoogle = () => import('./google/adapter.ts');
const importBedrock = () => import('./bedrock/adapter.ts');
const importMock = () => import('./mock/adapter.ts');

/**
 * Every provider that this server runs. To add one, add its folder here and its lines below. An adapter is imported
 * when first used, as SDKs and the mock's tokenizer take much memory. One that the operator has set up is imported at
 * start, so that no call waits for it.
 */
export async function createProviders(
	{ openai, anthropic = {}, google = {}, bedrock = {} }: ProviderSettings,
	maxResponseBytes: number,
): Promise<Providers> {
	const provider = async (isSetUp: boolean, load: () => Promise<Adapter>) => {
		if (isSetUp) await load();
		return { ...createProvider(load, maxResponseBytes), needsKey: !isSetUp };
	};
	const isSetUp = ({ apiKey, baseUrl }: HostSettings) => apiKey !== undefined || baseUrl !== undefined;
	return {
		openai: {
			...(await provider(isSetUp(openai), async () => (await importOpenAi()).openaiAdapter(openai))),
			...(openai.baseUrl === undefined ? {} : { baseUrl: openai.baseUrl }),
		},
		anthropic: await provider(isSetUp(anthropic), async () => (await importAnthropic()).anthropicAdapter(anthropic)),
		google: await provider(isSetUp(google), async () => (await importGoogle()).googleAdapter(google)),
		bedrock: await provider(isSetUp(bedrock) || bedrock.accessKey !== undefined, async () =>
			(await importBedrock()).bedrockAdapter(bedrock),
		),
		mock: createProvider(async () => (await importMock()).mockAdapter(), maxResponseBytes),
	};
}
