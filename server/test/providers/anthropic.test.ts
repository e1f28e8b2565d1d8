import { providerSuite } from './suite.ts';

providerSuite('Anthropic', {
	config: { provider: 'anthropic', model: 'claude-sonnet-4-5' },
	settings: (origin, apiKey) => ({ anthropic: { apiKey, baseUrl: origin } }),
	keyField: 'anthropic',
	origin: 'Anthropic',
	keyOf: (headers) => headers['x-api-key'] as string,
	cannot: {
		frequency_penalty: 'Claude has none',
		jsonObject: 'Claude wants a schema',
		logprobs: 'Claude returns none',
		seed: 'Claude has none',
		suffix: 'a chat model takes none',
	},
	skip: { usage: 'aimock counts no tokens for Claude' },
});
