import { addressOf, keyOf } from './kinds.ts';
import { changedSettings, readSetting, type Texts } from './read.ts';

/** What the operator sets for a host of model providers. */
export type HostSettings = { apiKey?: string; baseUrl?: string };

/** Providers that have variables of their own, and which. */
const ownVariables: Readonly<Record<string, string>> = {
	openai: 'OPENAI_BASE_URL and OPENAI_API_KEY',
	openai_azure: 'AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_API_KEY',
};

/** Providers that do not speak OpenAI's API, or are no host. */
const otherProviders = ['mock', 'anthropic', 'bedrock', 'google'];

function problemOf(name: string): string | undefined {
	if (ownVariables[name] !== undefined) return `use ${ownVariables[name]} instead`;
	if (otherProviders.includes(name)) return `the provider ${name} is not a host that speaks OpenAI's API`;
	return undefined;
}

/** The names of the hosts in `PROVIDER_<NAME>_BASE_URL` and `PROVIDER_<NAME>_API_KEY`, in upper case. */
function namesIn(env: Texts): string[] {
	const names = Object.entries(env)
		.filter(([, text]) => (text ?? '').trim() !== '')
		.map(([variable]) => /^PROVIDER_([A-Z][A-Z0-9_]{0,62})_(?:BASE_URL|API_KEY)$/.exec(variable)?.[1])
		.filter((name) => name !== undefined);
	return [...new Set(names)].sort();
}

/**
 * Reads the hosts that the operator has named with variables of the form `PROVIDER_<NAME>_BASE_URL` and
 * `PROVIDER_<NAME>_API_KEY`. `knownHosts` have an address already. Adds a line to `problems` for each unusable value.
 */
export function readHosts(env: Texts, knownHosts: readonly string[], problems: string[]) {
	const hosts: Record<string, HostSettings> = {};
	const changed: string[] = [];
	for (const upper of namesIn(env)) {
		const name = upper.toLowerCase();
		const address = addressOf(`PROVIDER_${upper}_BASE_URL`, '');
		const key = keyOf(`PROVIDER_${upper}_API_KEY`, '');
		const baseUrl = readSetting(address, { env }, problems);
		const apiKey = readSetting(key, { env }, problems);
		const problem = problemOf(name);
		if (problem !== undefined)
			problems.push(`${(baseUrl === undefined ? key : address).name} cannot be used: ${problem}.`);
		if (baseUrl === undefined && !knownHosts.includes(name)) {
			problems.push(`${key.name} is set, but ${address.name} is not: set it to the address of the host.`);
		}
		hosts[name] = {
			...(baseUrl === undefined ? {} : { baseUrl }),
			...(apiKey === undefined ? {} : { apiKey }),
		};
		changed.push(...changedSettings([address, key], { env }));
	}
	return { hosts, changed };
}
