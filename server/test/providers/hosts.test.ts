import { hostProfiles } from '../../src/providers/openai/hosts.ts';
import type { Capability, StandIn } from './standIn.ts';
import { providerSuite } from './suite.ts';

/** What the suite asks for, by the feature that a host lacks. */
const capabilities: Record<string, Capability> = {
	seed: 'seed',
	logprobs: 'logprobs',
	json_schema: 'jsonSchema',
	penalties: 'frequency_penalty',
};

function lacking(name: string): Partial<Record<Capability, string>> {
	const { lacks = [], origin = name } = hostProfiles[name] ?? {};
	const why = `${origin} has none`;
	const cannot = lacks.flatMap((feature) => {
		if (feature === 'images') return [['images', why] as const, ['imageAddresses', why] as const];
		const capability = capabilities[feature];
		return capability === undefined ? [] : [[capability, why] as const];
	});
	return { suffix: 'a chat model takes none', ...Object.fromEntries(cannot) };
}

const bearer: StandIn['keyOf'] = ({ authorization }) => authorization?.replace('Bearer ', '');

for (const name of [...Object.keys(hostProfiles), 'my_gateway']) {
	providerSuite(name, {
		config: { provider: name, model: 'some-model' },
		settings: (origin, apiKey) => ({ hosts: { [name]: { apiKey, baseUrl: `${origin}/v1` } } }),
		keyField: name,
		origin: hostProfiles[name]?.origin ?? name,
		keyOf: bearer,
		cannot: lacking(name),
		skip: name === 'mistral' ? { streamUsage: 'aimock tells usage only if it is asked, Mistral always' } : {},
	});
}

providerSuite('Azure', {
	config: { provider: 'openai_azure', model: 'gpt-4o' },
	settings: (origin, apiKey) => ({ openai_azure: { apiKey, endpoint: origin } }),
	keyField: 'openai_azure',
	origin: 'Azure OpenAI',
	keyOf: ({ 'api-key': key }) => [key].flat()[0],
	cannot: { suffix: 'a chat model takes none' },
});
