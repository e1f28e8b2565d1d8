import { providerNames } from '../contract/providers.ts';
import type { Provider, Providers } from '../domain/provider.ts';
import type { AzureSettings } from './openai/azure.ts';
import { type HostSettings, hostFamily } from './openai/host.ts';
import { hostProfiles, profileOf } from './openai/hosts.ts';
import type { Adapter } from './shell.ts';
import { createProvider } from './shell.ts';

export type ProviderSettings = {
	openai: HostSettings;
	openai_azure?: AzureSettings;
	/** Further hosts that speak OpenAI's API, by the name of the provider in a config. */
	hosts?: Readonly<Record<string, HostSettings>>;
};

const importOpenAi = () => import('./openai/adapter.ts');
const importAzure = () => import('./openai/azure.ts');
const importMock = () => import('./mock/adapter.ts');

function isSetUp({ apiKey, baseUrl }: HostSettings): boolean {
	return apiKey !== undefined || baseUrl !== undefined;
}

/** A host that speaks OpenAI's API. */
async function createHost(name: string, settings: HostSettings, maxResponseBytes: number): Promise<Provider> {
	const load = async (): Promise<Adapter> => (await importOpenAi()).openaiAdapter(hostFamily(name, settings));
	if (isSetUp(settings)) await importOpenAi();
	const { baseUrl, baseUrlVariable } = profileOf(name);
	const isElsewhere = baseUrl === undefined && settings.baseUrl === undefined;
	return {
		...createProvider(load, maxResponseBytes),
		...(isElsewhere ? { unavailable: `Set ${baseUrlVariable} to its address where the server runs.` } : {}),
		...(isSetUp(settings) ? {} : { needsKey: true }),
	};
}

async function createAzure(settings: AzureSettings, maxResponseBytes: number): Promise<Provider> {
	const load = async () => {
		const [{ openaiAdapter }, { azureFamily }] = await Promise.all([importOpenAi(), importAzure()]);
		return openaiAdapter(azureFamily(settings));
	};
	const isReady = settings.apiKey !== undefined && settings.endpoint !== undefined;
	if (isReady) await Promise.all([importOpenAi(), importAzure()]);
	return { ...createProvider(load, maxResponseBytes), ...(isReady ? {} : { needsKey: true }) };
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
	const { openai, openai_azure: azure = {}, hosts = {} } = settings;
	const names = [...new Set([...Object.keys(hostProfiles), ...Object.keys(hosts)])];
	const others = names.map(
		async (name) => [name, await createHost(name, hosts[name] ?? {}, maxResponseBytes)] as const,
	);
	return {
		openai: await createHost('openai', openai, maxResponseBytes),
		openai_azure: await createAzure(azure, maxResponseBytes),
		mock: createProvider(async () => (await importMock()).mockAdapter(), maxResponseBytes),
		...Object.fromEntries(await Promise.all(others)),
	};
}
