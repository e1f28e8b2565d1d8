import { providerNames } from '../contract/providers.ts';
import type { Provider, Providers } from '../domain/provider.ts';
import type { BedrockSettings } from './bedrock/adapter.ts';
import type { AzureSettings } from './openai/azure.ts';
import { type HostSettings, hostFamily } from './openai/host.ts';
import { hostProfiles, profileOf } from './openai/hosts.ts';
import { type Adapter, createProvider } from './shell.ts';

export type ProviderSettings = {
	openai: HostSettings;
	openai_azure?: AzureSettings;
	anthropic?: HostSettings;
	google?: HostSettings;
	bedrock?: BedrockSettings;
	/** Further hosts that speak OpenAI's API, by the name of the provider in a config. */
	hosts?: Readonly<Record<string, HostSettings>>;
};

const importOpenAi = () => import('./openai/adapter.ts');
const importAzure = () => import('./openai/azure.ts');
const importAnthropic = () => import('./anthropic/adapter.ts');
const importGoogle = () => import('./google/adapter.ts');
const importBedrock = () => import('./bedrock/adapter.ts');
const importMock = () => import('./mock/adapter.ts');

function isSetUp({ apiKey, baseUrl }: HostSettings): boolean {
	return apiKey !== undefined || baseUrl !== undefined;
}

/** The names that a config can have as `provider`: those of the contract, and those of the operator. */
export function knownProviders({ hosts = {} }: ProviderSettings): string[] {
	return [...new Set([...providerNames, ...Object.keys(hosts)])];
}

/**
 * Every provider that this server runs. To add one, add its folder here and its lines below. An adapter is imported
 * when first used, as SDKs and the mock's tokenizer take much memory. One that the operator has set up is imported at
 * start, so that no call waits for it.
 */
export async function createProviders(settings: ProviderSettings, maxResponseBytes: number): Promise<Providers> {
	const { openai, openai_azure: azure = {}, anthropic = {}, google = {}, bedrock = {}, hosts = {} } = settings;
	/** `baseUrl` is the address that the operator has set, if any. */
	const provider = async (
		isReady: boolean,
		baseUrl: string | undefined,
		load: () => Promise<Adapter>,
	): Promise<Provider> => {
		if (isReady) await load();
		return {
			...createProvider(load, maxResponseBytes),
			...(isReady ? {} : { needsKey: true }),
			...(baseUrl === undefined ? {} : { baseUrl }),
		};
	};
	/** A host that speaks OpenAI's API. */
	const host = async (name: string, own: HostSettings = {}): Promise<Provider> => {
		const { baseUrl, baseUrlVariable } = profileOf(name);
		const isElsewhere = baseUrl === undefined && own.baseUrl === undefined;
		return {
			...(await provider(isSetUp(own), own.baseUrl, async () =>
				(await importOpenAi()).openaiAdapter(hostFamily(name, own)),
			)),
			...(isElsewhere ? { unavailable: `Set ${baseUrlVariable} to its address where the server runs.` } : {}),
		};
	};
	const names = [...new Set([...Object.keys(hostProfiles), ...Object.keys(hosts)])];
	const named = await Promise.all(names.map(async (name) => [name, await host(name, hosts[name])] as const));
	return {
		openai: await host('openai', openai),
		openai_azure: await provider(azure.apiKey !== undefined && azure.endpoint !== undefined, azure.endpoint, async () =>
			(await importOpenAi()).openaiAdapter((await importAzure()).azureFamily(azure)),
		),
		anthropic: await provider(isSetUp(anthropic), anthropic.baseUrl, async () =>
			(await importAnthropic()).anthropicAdapter(anthropic),
		),
		google: await provider(isSetUp(google), google.baseUrl, async () => (await importGoogle()).googleAdapter(google)),
		bedrock: await provider(isSetUp(bedrock) || bedrock.accessKey !== undefined, bedrock.baseUrl, async () =>
			(await importBedrock()).bedrockAdapter(bedrock),
		),
		mock: createProvider(async () => (await importMock()).mockAdapter(), maxResponseBytes),
		...Object.fromEntries(named),
	};
}
